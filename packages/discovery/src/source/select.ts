/** Takes the names that a rule emits out of a call. */
import type { Source } from "../rules/rule.ts";
import { HOLE } from "./ir.ts";
import type { Linker } from "./link.ts";
import { CALLED, textsOf, textValue, type CallFact, type ObjectValue, type Value } from "./values.ts";

/** Names that stand for a value to be filled in, as examples and templates write them. */
const PLACEHOLDER =
  /^(?:your?[-_ ]|my[-_ ]?model|<|\{|\$|\[|xxx|model[-_]?name$|path[/_]to|some[-_]|foo|bar$|dummy|fake|mock|test[-_]?model|placeholder|change[-_]?me|none$|null$|auto$|default$|custom$|unknown$|undefined$|todo)/i;

/** The same of files, whose name often says whose model it is: `my_model.keras`. */
const PLACEHOLDER_FILE = new RegExp(PLACEHOLDER.source.replace("|my[-_ ]?model", ""), "i");

/** The variable of a key, which a table of settings holds beside the models. */
const KEY_VARIABLE = /^[A-Z][A-Z0-9_]*_(?:KEY|TOKEN|SECRET)$/;

const CONSTANT = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

export interface SelectContext {
  readonly linker: Linker;
  /** The file in which the call stands. */
  readonly file: string;
  /** The path of the callee, and the pattern that it fits. */
  readonly path: string;
  readonly pattern: RegExp | undefined;
  /** The model that a constant of a library stands for: `ModelType.GPT_4O_MINI`; undefined for any other name. */
  readonly modelOf: (constant: string) => string | undefined;
}

/** The texts of the first source that has any. */
export function selectTexts(sources: readonly Source[], fact: CallFact, context: SelectContext): readonly string[] {
  for (const source of sources) {
    const texts = textsFrom(source, fact, context);
    // What a decorator names only in part, as by a prefix that only the run of a program knows, has its own name beside it.
    const isKnown = fact.decorates === undefined || texts.some((text) => !text.includes(HOLE));
    if (texts.length > 0 && isKnown) return texts;
    // A name that is given but can't be read is not what another source says.
    if (source.from === "named" && fact.named.has(source.name) && fact.decorates === undefined) return [];
  }
  return [];
}

function textsFrom(source: Source, fact: CallFact, context: SelectContext): readonly string[] {
  switch (source.from) {
    case "fixed":
      return [source.text];
    case "named":
      return argumentTexts(fact, source.name, context);
    case "position":
      return linkedTexts(fact.args[source.at], context);
    case "target": {
      const target = fact.decorates ?? fact.assignedTo;
      return target === undefined || target === "" ? [] : [target];
    }
    case "definition":
      return fact.decorates === undefined ? [] : [fact.decorates];
    case "callee":
      return [context.pattern?.exec(context.path)?.[1] ?? (context.path.split(/[./]/).at(-1) as string)];
    default:
      return [];
  }
}

/**
 * The texts of a named argument; `a.b` goes into its entries, `a.*.b` into those of every item, `a.[].b` the same of a list
 * alone, `a.#` are the names of what is described in it, `a.()` those of the functions and classes in it, and `a.@` is the name by which it was taken out of
 * something that can't be read. A number stands for an argument by position.
 */
function argumentTexts(fact: CallFact, name: string, context: SelectContext): readonly string[] {
  const [first, ...rest] = name.split(".");
  let values = [/^\d+$/.test(first as string) ? fact.args[Number(first)] : fact.named.get(first as string)];
  for (const step of rest) {
    values = values.flatMap((value): (Value | undefined)[] => {
      const linked = value === undefined ? undefined : context.linker.resolve(value, context.file).value;
      if (step === "*" && linked?.type === "object") return [...linked.entries.values()];
      if (step === "*" || step === "[]") return linked?.type === "list" ? [...linked.items] : [];
      if (step === "()") return linked === undefined ? [] : handedOver(linked, context);
      if (step === "#") return linked?.type === "object" ? describedIn(linked, context) : [];
      if (step === "@") return linked?.type === "unknown" && linked.member ? [textValue([linked.member])] : [];
      // What a library's class was given, as its fields: `metadata=ToolMetadata(name="search")`.
      if (linked?.type === "reference" && linked.trail.at(-1) === CALLED) return [linked.calls.at(-1)?.named.get(step)];
      return linked?.type === "object" ? [linked.entries.get(step)] : [];
    });
  }
  return values.flatMap((value) => linkedTexts(value, context));
}

/** What tools are described by: a description, or how a server of tools is started and reached. */
const DESCRIBED_BY = ["description", "command", "url", "transport"];

/**
 * The names of the entries that are described: `{ weather: { description: "…", execute } }`; and of those that a supplier
 * describes: `{ shell: anthropic.tools.bash_20250124({ execute }) }`.
 */
function describedIn({ entries }: ObjectValue, { linker, file }: SelectContext): Value[] {
  const described = [...entries].filter(([, entry]) => {
    if (entry.type === "object") return DESCRIBED_BY.some((key) => entry.entries.has(key));
    const { value } = linker.resolve(entry, file);
    return value.type === "reference" && value.trail.at(-1) === CALLED && value.trail.includes("tools");
  });
  return described.map(([name]) => textValue([name]));
}

/** The names of the functions and classes that are handed over, by themselves or in a list; a decorator may rename one. */
function handedOver(value: Value, { linker, file }: SelectContext): Value[] {
  return (value.type === "list" ? value.items : [value]).flatMap((item) => {
    const { value: linked } = linker.resolve(item, file);
    const named = linked.type === "function" && !linked.decorated ? linked.name : libraryTool(linked);
    const name = linked.type === "object" ? linked.className : named;
    return name === undefined ? [] : [textValue([name])];
  });
}

/** A function that a library has among its tools: `from google.adk.tools import google_search`. */
function libraryTool(value: Value): string | undefined {
  const name = value.type === "reference" ? value.trail.at(-1) : undefined;
  const isTool =
    value.type === "reference" && /\.tools(?:\.|$)/.test([value.module, ...value.trail.slice(0, -1)].join("."));
  return isTool && name !== undefined && /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/.test(name) ? name : undefined;
}

function linkedTexts(value: Value | undefined, context: SelectContext): readonly string[] {
  if (value === undefined) return [];
  const linked = context.linker.resolve(value, context.file).value;
  // A function that is handed over goes by its own name: `function_tool(search)`.
  if (linked.type === "function") return linked.name === undefined ? [] : [linked.name];
  const constant = linked.type === "reference" ? linked.trail.findLast((step) => step !== "value") : undefined;
  if (constant !== undefined && CONSTANT.test(constant)) {
    const model = context.modelOf(constant);
    return model === undefined ? [] : [model];
  }
  return textsOf(linked);
}

/** True for a text that may be the name of a model or data set in a registry: no path, no sentence, no placeholder. */
export function isRegistryName(text: string): boolean {
  if (text.length < 2 || text.length > 128 || text.includes(HOLE)) return false;
  if (!/^[\w@][\w@.:/+=-]*$/.test(text) || PLACEHOLDER.test(text) || KEY_VARIABLE.test(text)) return false;
  if (/^(?:https?|s3|gs|file|az|abfss?|dbfs|hdfs):/.test(text)) return text.startsWith("https://tfhub.dev/");
  return !/\.(?:csv|json|jsonl|parquet|txt|pkl|pickle|joblib|h5|onnx|bin|npz|npy|zip|tar|gz|yaml|yml|safetensors|ckpt|pth)$/i.test(
    text,
  );
}

/** Where programs keep files of their own: what begins so is a path, and no name on a hub. */
const OWN_FOLDER =
  /^(?:models?|data|datasets?|outputs?|checkpoints?|runs|results|src|app|apps|lib|assets|configs?|weights|artifacts|logs|tmp|tests?|docs|api|v\d+|application|text|image|audio|video)\//i;

/** True for an organisation and a name, as hubs of models and data sets have them. */
export function isHubName(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]+\/[\w.-]*[A-Za-z][\w.-]*$/.test(text) && !OWN_FOLDER.test(text) && isRegistryName(text);
}

/** True for a text that may name an agent or tool. */
export function isDisplayName(text: string): boolean {
  return text.trim() !== "" && text.length <= 100 && !text.includes(HOLE) && !text.includes("\n");
}

/** The ending of a file of data, and of one of weights. */
const DATA_FILE =
  /\.(?:csv|tsv|parquet|jsonl?|feather|arrow|xlsx?|npy|npz|tfrecords?|data|arff|h5)(?:\.(?:gz|zip|bz2))?$/i;
const MODEL_FILE =
  /\.(?:pkl|pickle|joblib|h5|hdf5|keras|pt|pth|ckpt|onnx|safetensors|gguf|ggml|tflite|xgb|ubj|cbm|mlmodel|bst|lgb|caffemodel|weights|pb|t7)$|(?:^|[/_-])model\.json$/i;
const FILE_NAME = /^(?:https?:\/\/|s3:\/\/|gs:\/\/)?[\w./@~+ =-]{3,200}$/;

/** What is spelled out of a path: its name, and the folders before it up to one that only the run of a program knows. */
export function spelledOut(path: string): string {
  const unknown = Math.max(path.lastIndexOf(HOLE), path.lastIndexOf("${"));
  return unknown < 0 ? path : path.slice(path.indexOf("/", unknown) + 1);
}

/** The ending of what is fetched as data, which may be packed; and what is fetched alike and is no data to train on. */
const DATA_ADDRESS = /^https?:\/\/\S+\.(?:txt|zip|tgz|tar|(?:tar\.)?(?:gz|bz2|xz))$/i;
export const NO_DATA =
  /weights|checkpoint|models?\b|pretrained|vocab|filters|glove|fasttext|word2vec|\b(?:src|source|releases?)\b/i;

/** Arrays of numbers, which may be anything that a program computes with. */
const ARRAYS = /\.np[yz]$/i;

/** What a program has written itself, and where SageMaker lays what is known by another path. */
const NO_INPUT = /^(?:\.{0,2}\/)*(?:outputs?|results?|predictions?|reports?|logs|opt\/ml)\//i;

/** True for the path or address of a file of data that is spelled out: no template, no placeholder. */
export function isDataFileName(text: string): boolean {
  if (NO_INPUT.test(text) || PLACEHOLDER_FILE.test(text) || /submission/i.test(text) || !FILE_NAME.test(text))
    return false;
  if (ARRAYS.test(text) && NO_DATA.test(text.slice(text.lastIndexOf("/") + 1))) return false;
  return DATA_FILE.test(text) || (DATA_ADDRESS.test(text) && !NO_DATA.test(text));
}

/** Where tensors and pickles are data, unless their name says otherwise: in a folder of data, or called `traindata.pt`. */
const DATA_PATH =
  /(?:^|\/)(?:processed|raw|datasets?|tokenizers?)\/(?!.*(?:model|weights|checkpoint))|(?:^|[/_-])(?:train|training|test|val)?_?data(?:set)?\.\w+$|(?:^|\/)(?:train|test|val|valid|dev)\.pt$|(?:^|[/_-])(?:feats?|features?|ids|token_bytes)(?:_\w+)?\.pt$/i;

/** True for the path of a file of weights that is spelled out. */
export function isModelFileName(text: string): boolean {
  if (DATA_PATH.test(text) && !/model_?data/i.test(text)) return false;
  return FILE_NAME.test(text) && MODEL_FILE.test(text) && !PLACEHOLDER_FILE.test(text);
}
