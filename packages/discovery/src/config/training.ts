/** The data sets of a configuration that trains a model, by their names on a hub. */
import { HUB_MODEL_KEY, HUB_NAME, type Signals } from "./signals.ts";
import { entriesOf, itemsOf, type Tree, type TreeEntry } from "./tree.ts";

/** `dataset_name`, `train_dataset`, `datasets`, `dataset_mixer`. */
const DATASET_KEY =
  /^(?:hf_)?(?:(?:train|eval|test|val|validation|pretraining|rl)_)?data_?sets?(?:_(?:name|id|path|repo|repo_id|name_or_path|mixer|mixture))?$/i;

/** Under which key an entry of a list of data sets has its name. */
const NAME_KEY = /^(?:path|id|name|repo|repo_id|dataset|dataset_name|hf_name)$/;

/** A name on a hub is a weak signal: it counts where the same file says which model it trains. */
export function noteTrainingData(signals: Signals, tree: Tree): void {
  if (allEntries(tree).some(({ key, value }) => HUB_MODEL_KEY.test(key) && isHubName(value))) visit(signals, tree);
}

function visit(signals: Signals, tree: Tree): void {
  for (const { key, value } of allEntries(tree)) if (DATASET_KEY.test(key)) noteDatasets(signals, value);
}

function noteDatasets(signals: Signals, value: Tree): void {
  if (value.type === "scalar") noteName(signals, value.text, value.line);
  for (const item of value.type === "list" ? itemsOf(value) : []) {
    if (item.type === "scalar") noteName(signals, item.text, item.line);
    else
      for (const { key, value: name } of entriesOf(item)) {
        if (NAME_KEY.test(key) && name.type === "scalar") noteName(signals, name.text, name.line);
      }
  }
  // A mixture gives the share of each: `org/name: 0.5`.
  for (const { key, line } of entriesOf(value)) noteName(signals, key, line);
}

function noteName(signals: Signals, text: string, line: number): void {
  if (HUB_NAME.test(text)) signals.found.add("dataset", text, line, "datasets/hub-setting", "inferred", {});
}

function isHubName(value: Tree): boolean {
  return value.type === "scalar" && HUB_NAME.test(value.text);
}

/** The entries of a tree at every depth. */
function allEntries(tree: Tree): TreeEntry[] {
  if (tree.type === "list") return tree.items.flatMap(allEntries);
  return entriesOf(tree).flatMap((entry) => [entry, ...allEntries(entry.value)]);
}
