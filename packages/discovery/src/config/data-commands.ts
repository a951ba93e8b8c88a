/** Commands that fetch what a model is trained on, or a file of weights. */
import { hubFile } from "../source/names.ts";
import { isModelFileName, NO_DATA } from "../source/select.ts";
import type { Signals } from "./signals.ts";

/** Commands that name the data set that they fetch. */
const DATA_COMMANDS: readonly (readonly [detector: string, pattern: RegExp])[] = [
  [
    "kaggle/command",
    /\bkaggle (?:datasets|competitions) download (?:.*?(?:-d|-c|--dataset|--competition)[= ])?([\w./-]+)/,
  ],
  ["huggingface-hub/command", /\b(?:huggingface-cli|hf) download (?=.*--repo-type[= ]dataset)(?!-)([\w./-]+)/],
];

/** Data by its ending, also packed; and packed data by its address. */
const DATA_ENDING = /\.(?:csv|tsv|jsonl|parquet|npz|npy|arff|tfrecords?)(?:\.(?:gz|zip|bz2|xz))?$/i;
const PACKED_DATA =
  /(?:dataset|corpus|corpora|[/._-](?:train|images|annotations|data)\b).*\.(?:zip|tgz|tar|gz|bz2|xz)$/i;

/** What a command that fetches an address brings; a weak signal, as programs of any kind fetch data. */
export function noteFetched({ found }: Signals, words: readonly string[], line: number): void {
  for (const word of words) {
    const url = /^https?:\/\/[^\s$]+$/.test(word) ? word.replace(/[?#].*$/, "") : undefined;
    // A file of a hub is the hub's model or data set.
    if (url === undefined || hubFile(url) !== undefined) continue;
    if (isModelFileName(url)) found.add("model_file", url, line, "model-files/download", "inferred");
    else if ((DATA_ENDING.test(url) || PACKED_DATA.test(url)) && !NO_DATA.test(url))
      found.add("dataset", url, line, "datasets/download", "inferred");
  }
}

export function noteDataCommand({ found }: Signals, command: string, line: number): void {
  for (const [detector, pattern] of DATA_COMMANDS) {
    const name = pattern.exec(command)?.[1];
    if (name !== undefined) found.add("dataset", name, line, detector, "used");
  }
}
