/** The data sets of a configuration that trains a model, by their names on a hub. */
import { HUB_MODEL_KEY, HUB_NAME, type Signals } from "./signals.ts";
import { entriesOf, itemsOf, scalarsOf, type Tree, walk } from "./tree.ts";

/** `dataset_name`, `train_dataset`, `datasets`, `dataset_mixer`. */
const DATASET_KEY =
  /^(?:hf_)?(?:(?:train|eval|test|val|validation|pretraining|rl)_)?data_?sets?(?:_(?:name|id|path|repo|repo_id|name_or_path|mixer|mixture))?$/i;

/** Under which key an entry of a list of data sets has its name. */
const NAME_KEY = /^(?:path|id|name|repo|repo_id|dataset|dataset_name|hf_name)$/;

/** A name on a hub is a weak signal: it counts where the same file says which model it trains. */
export function noteTrainingData(signals: Signals, tree: Tree): void {
  let trains = false;
  const sets: Tree[] = [];
  walk(tree, (map) => {
    for (const { key, value } of entriesOf(map)) {
      trains ||= HUB_MODEL_KEY.test(key) && value.type === "scalar" && HUB_NAME.test(value.text);
      if (DATASET_KEY.test(key)) sets.push(value);
    }
  });
  if (trains) for (const set of sets) noteDatasets(signals, set);
}

function noteDatasets(signals: Signals, value: Tree): void {
  for (const { text, line } of scalarsOf(value)) noteName(signals, text, line);
  for (const item of itemsOf(value)) {
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
