/** Texts that mean something by the call that they are handed to, or by their name and the rules. */
import { COMPARING_CALL } from "./call-names.ts";
import type { Interests, NamedText } from "./fact-types.ts";
import { HUB_DATASET_NAME, HUB_MODEL_NAME, IMAGE_NAME } from "./held-names.ts";
import type { CallExpr } from "./ir.ts";
import { isHubName } from "./select.ts";
import { textsOf, type CallFact } from "./values.ts";

/** A program's own loader of data sets: `load_hub_dataset("org/name")`. */
const DATASET_LOADER =
  /^_?(?:load|get|fetch|download|prepare|stream)_(?:\w+_)?dataset$|^(?:load|get|fetch|download)\w*Dataset$/;

/** Under which name a file of weights is written down that is handed to a function or class of the program's own. */
export const WEIGHTS = "weights file";

/** A path whose ending leaves no doubt; that of PyTorch's counts in a folder, as its models also go by such names. */
const WEIGHTS_PATH =
  /^(?!https?:)[\w./@~=-]*[\w-]\.(?:onnx|ckpt|safetensors|gguf|ggml|tflite|keras|pth)$|^[\w./@~-]*\/[\w-]+\.pt$/;

/** A module of a package, and what is kept of data in PyTorch's format. */
const NO_WEIGHTS = /^[a-z_]+(?:\.[a-z_]+){2,}$|(?:vectors?|cache|tensors?|tokens|data|embeddings)\b[^/]*\.pt$/;

/** What asks about names of files, prints them, or takes them from a hub. */
const NO_LOADER =
  /^(?:hf_hub_download|snapshot_download|cached_file|r?glob|replace|r?split|with_suffix|rename|print|info|debug|warning|error|log|echo|remove|unlink|download\w*|endswith|startsWith|endsWith)$/;

/** The data set that a loader of the program's own is told, and the files of weights that a call is handed. */
export function handedTexts(call: string, { args, named, line }: CallExpr, fact: CallFact): NamedText[] {
  const loaded = DATASET_LOADER.test(call) ? textsOf(fact.args[0]).filter(isHubName) : [];
  const given = COMPARING_CALL.test(call) || NO_LOADER.test(call) ? [] : [...args, ...named.map(({ value }) => value)];
  return [
    ...loaded.map((text) => ({ names: ["dataset"], text, line })),
    ...given.flatMap((value) =>
      value.type === "text" && WEIGHTS_PATH.test(value.text) && !NO_WEIGHTS.test(value.text)
        ? { names: [WEIGHTS], text: value.text, line: value.line }
        : [],
    ),
  ];
}

/** What holds the path of data, and a file that is data and no setting. */
const DATA_FILE_NAME = /^-*(?:\w+[_-])?(?:data|dataset|train|training|corpus)(?:[_-](?:path|file|csv|jsonl?))*$/i;
const DATA_FILE = /\.(?:csv|tsv|jsonl|parquet|arrow|feather|npz|npy|tfrecords?)(?:\.(?:gz|bz2|xz|zip))?$/i;

/** What a file is that stands under a name, or is handed to a call; undefined for any other text. */
export function fileKind({ names, text }: NamedText): "dataset" | "model_file" | undefined {
  if (names[0] === WEIGHTS) return "model_file";
  return isDataUnder(names.at(-1) ?? "", text) ? "dataset" : undefined;
}

function isDataUnder(name: string, text: string): boolean {
  return DATA_FILE_NAME.test(name) && DATA_FILE.test(text);
}

/** True for a text that means something under its name, as the rules and these names tell. */
export function isMeant(name: string, text: string, interests: Interests): boolean {
  const isHub = (HUB_DATASET_NAME.test(name) || HUB_MODEL_NAME.test(name)) && isHubName(text);
  return (
    isDataUnder(name, text) || isHub || interests.isNotable(text) || (IMAGE_NAME.test(name) && interests.isImage(text))
  );
}
