/** Model cards and data cards: README files with Hugging Face's front matter. */
import { baseName, directoryOf } from "../repo/paths.ts";
import type { CardFacts } from "../types.ts";
import { frontMatter } from "./front-matter.ts";
import type { Signals } from "./signals.ts";
import { itemsOf, scalarsOf, treeAt, treeText, type Tree } from "./tree.ts";

/** Keys that only a model card has. */
const MODEL_CARD_KEYS = ["pipeline_tag", "library_name", "base_model", "model-index", "model_name"];
const DATA_CARD_KEYS = ["dataset_info", "task_categories", "size_categories", "annotations_creators", "configs"];

export interface Card {
  readonly name: string;
  readonly facts: CardFacts;
}

/** Notes what a card speaks of; returns the card of the component that it describes. */
export function readCard(signals: Signals, path: string, text: string, rootName: string): Card | undefined {
  const matter = frontMatter(text);
  if (matter === undefined) return undefined;
  if (MODEL_CARD_KEYS.some((key) => treeAt(matter, key) !== undefined))
    return readModelCard(signals, path, matter, rootName);
  const dataKeys = DATA_CARD_KEYS.filter((key) => treeAt(matter, key) !== undefined);
  if (dataKeys.some((key) => key !== "configs")) return readDataCard(signals, path, matter, rootName);
  if (treeAt(matter, "sdk") !== undefined) readSpace(signals, matter);
  return undefined;
}

function readModelCard(signals: Signals, path: string, matter: Tree, rootName: string): Card {
  const index = itemsOf(treeAt(matter, "model-index"))[0];
  const name = treeText(matter, "model_name") ?? treeText(index, "name") ?? placeName(path, rootName);
  signals.found.add("model", name, 1, "cards/model-card", "used");
  const facts = cardFacts(path, matter);
  for (const { text, line } of scalarsOf(treeAt(matter, "base_model"))) {
    const known = signals.book.model(text);
    signals.found.add(known?.kind ?? "model", text, line, "cards/base-model", "declared");
  }
  for (const { text, line } of scalarsOf(treeAt(matter, "datasets")))
    signals.found.add("dataset", text, line, "cards/datasets", "declared");
  return { name, facts };
}

function readDataCard(signals: Signals, path: string, matter: Tree, rootName: string): Card {
  const name = treeText(matter, "pretty_name") ?? placeName(path, rootName);
  signals.found.add("dataset", name, 1, "cards/data-card", "used");
  return { name, facts: cardFacts(path, matter) };
}

/** A Hugging Face Space names the models and data sets that it uses. */
function readSpace(signals: Signals, matter: Tree): void {
  for (const { text, line } of scalarsOf(treeAt(matter, "models")))
    signals.found.add("model", text, line, "cards/space", "declared", { provider: "huggingface" });
  for (const { text, line } of scalarsOf(treeAt(matter, "datasets")))
    signals.found.add("dataset", text, line, "cards/space", "declared");
}

function cardFacts(path: string, matter: Tree): CardFacts {
  const texts = (key: string): string[] => scalarsOf(treeAt(matter, key)).map(({ text }) => text);
  const task = treeText(matter, "pipeline_tag") ?? texts("task_categories")[0];
  const license = texts("license")[0];
  return {
    file: path,
    ...(task === undefined ? {} : { task }),
    ...(license === undefined ? {} : { license }),
    baseModels: texts("base_model"),
    datasets: texts("datasets"),
    languages: texts("language"),
    metrics: texts("metrics"),
  };
}

function placeName(path: string, rootName: string): string {
  return baseName(directoryOf(path)) || rootName;
}
