/** Hands a configuration file to its readers. */
import type { ConfigReader } from "../classify.ts";
import type { Card } from "./cards.ts";
import { readCard } from "./cards.ts";
import { readDockerfile, readModelfile } from "./docker.ts";
import { readExtensionSettings } from "./extension.ts";
import { readBicep, readTerraform } from "./infrastructure.ts";
import {
  readCrewAgents,
  readDvc,
  readLangGraph,
  readLiteLlm,
  readMlModel,
  readModelConfig,
  readPromptflow,
  readPromptfoo,
} from "./learning.ts";
import { readHtml, readSql } from "./markup.ts";
import { readSettings } from "./settings.ts";
import { noteCommands, type Signals } from "./signals.ts";
import { readChart, readComposeModels, readResources, readStructured, readTemplate } from "./structured.ts";

/** Formats that say what they are by their name and are read whatever they hold; others only with an AI token. */
const ALWAYS: ReadonlySet<ConfigReader> = new Set([
  "card",
  "dvc",
  "langgraph",
  "mlmodel",
  "model-config",
  "modelfile",
  "promptflow",
  "promptfoo",
  "sql",
  "crew-agents",
]);

/** True for readers that need no token in the file. */
export function readsAlways(reader: ConfigReader): boolean {
  return ALWAYS.has(reader);
}

const READERS: Readonly<Record<Exclude<ConfigReader, "card">, (signals: Signals, path: string, text: string) => void>> =
  {
    bicep: (signals, _path, text) => readBicep(signals, text),
    chart: (signals, _path, text) => readChart(signals, text),
    compose: (signals, _path, text) => readComposeModels(signals, text),
    "crew-agents": (signals, _path, text) => readCrewAgents(signals, text),
    dockerfile: (signals, _path, text) => readDockerfile(signals, text),
    dvc: readDvc,
    extension: (signals, _path, text) => readExtensionSettings(signals, text),
    // A folder of templates may be another's than Helm's: what has nothing to be filled in is read as it is.
    "helm-template": (signals, _path, text) =>
      text.includes("{{") ? readTemplate(signals, text) : readStructured(signals, text),
    html: (signals, _path, text) => readHtml(signals, text),
    json: (signals, _path, text) => readStructured(signals, text),
    "json-data": (signals, _path, text) => readResources(signals, text),
    langgraph: readLangGraph,
    litellm: (signals, _path, text) => readLiteLlm(signals, text),
    mlmodel: readMlModel,
    "model-config": readModelConfig,
    modelfile: (signals, _path, text) => readModelfile(signals, text),
    promptflow: readPromptflow,
    promptfoo: (signals, _path, text) => readPromptfoo(signals, text),
    settings: (signals, _path, text) => readSettings(signals, text),
    shell: (signals, _path, text) => noteCommands(signals, text, 1),
    sql: (signals, _path, text) => readSql(signals, text),
    terraform: (signals, _path, text) => readTerraform(signals, text),
    yaml: (signals, _path, text) => readStructured(signals, text),
  };

/** Runs the readers of a file; returns the card where it is one. */
export function readConfig(
  readers: readonly ConfigReader[],
  signals: Signals,
  path: string,
  text: string,
  rootName: string,
): Card | undefined {
  let card: Card | undefined;
  for (const reader of readers) {
    if (reader === "card") card = readCard(signals, path, text, rootName);
    else READERS[reader](signals, path, text);
  }
  return card;
}
