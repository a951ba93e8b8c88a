/** Files of machine-learning tools: MLflow, DVC, LangGraph, CrewAI, Prompt flow, promptfoo, LiteLLM, Hugging Face configurations. */
import { suppliedBy } from "../finding-list.ts";
import { directoryOf, joinPath } from "../repo/paths.ts";
import { isRegistryName } from "../source/select.ts";
import { notePrompt } from "./prompts.ts";
import type { Signals } from "./signals.ts";
import { entriesOf, itemsOf, readTrees, treeAt, treeText, type Tree } from "./tree.ts";

const MODEL_FILE =
  /\.(?:pkl|pickle|joblib|h5|hdf5|keras|pt|pth|ckpt|onnx|safetensors|gguf|tflite|bin|model|xgb|cbm|mlmodel)$/i;
const DATA_FILE = /(?:^|\/)(?:data|datasets?)(?:\/|$)|\.(?:csv|tsv|parquet|arrow|feather|jsonl|xml)$/i;

/** MLmodel: a directory that MLflow saved a model in. */
export function readMlModel(signals: Signals, path: string, text: string): void {
  for (const tree of readTrees(text)) {
    if (treeAt(tree, "flavors") === undefined) continue;
    signals.found.add("model_file", directoryOf(path) || path, 1, "mlflow/mlmodel", "used");
  }
}

/** A .dvc file or the outputs of dvc.yaml and dvc.lock: models and data that are kept outside of git. */
export function readDvc(signals: Signals, path: string, text: string): void {
  for (const tree of readTrees(text)) {
    noteOutputs(signals, path, treeAt(tree, "outs"));
    for (const { value } of entriesOf(treeAt(tree, "stages"))) noteOutputs(signals, path, treeAt(value, "outs"));
  }
}

function noteOutputs(signals: Signals, path: string, outputs: Tree | undefined): void {
  for (const output of itemsOf(outputs)) {
    const name = output.type === "scalar" ? output.text : (treeText(output, "path") ?? entriesOf(output)[0]?.key);
    if (name === undefined) continue;
    const place = directoryOf(path) === "" ? name : `${directoryOf(path)}/${name}`;
    if (MODEL_FILE.test(name)) signals.found.add("model_file", place, output.line, "dvc/output", "declared");
    else if (DATA_FILE.test(place)) signals.found.add("dataset", place, output.line, "dvc/output", "declared");
  }
}

/** langgraph.json: the graphs that a deployment serves, and how it embeds what they remember. */
export function readLangGraph(signals: Signals, path: string, text: string): void {
  for (const tree of readTrees(text)) {
    const embed = treeAt(tree, "store", "index", "embed");
    if (embed?.type === "scalar") notePrefixed(signals, embed.text, embed.line, "langgraph/config");
    for (const { key, value, line } of entriesOf(treeAt(tree, "graphs"))) {
      const place = value.type === "scalar" ? value.text : treeText(value, "path");
      const [, file, variable] = /^([^:]+):(\w+)$/.exec(place ?? "") ?? [];
      const source = file === undefined ? undefined : joinPath(directoryOf(path), file);
      const details = source === undefined ? {} : { servedFrom: `${source}#${variable}` };
      signals.found.add("agent", key, line, "langgraph/config", "declared", details);
    }
  }
}

/** CrewAI's agents.yaml: an entry per agent, told by its role and goal. */
export function readCrewAgents(signals: Signals, text: string): void {
  for (const tree of readTrees(text)) {
    for (const { key, value, line } of entriesOf(tree)) {
      if (treeText(value, "role") === undefined || treeText(value, "goal") === undefined) continue;
      signals.found.add("agent", key, line, "crewai/config", "declared");
      const model = treeText(value, "llm");
      if (model !== undefined) notePrefixed(signals, model, line, "crewai/config");
    }
  }
}

/** promptfoo's providers are the models under test; its prompts stand beside them, if not in files of their own. */
export function readPromptfoo(signals: Signals, text: string): void {
  for (const tree of readTrees(text)) {
    for (const prompt of itemsOf(treeAt(tree, "prompts")))
      if (prompt.type === "scalar") notePrompt(signals, ["prompts", "prompts"], prompt.text, prompt.line);
    for (const provider of itemsOf(treeAt(tree, "providers"))) {
      const id = provider.type === "scalar" ? provider.text : treeText(provider, "id");
      if (id !== undefined)
        notePrefixed(
          signals,
          id.replace(/^(\w+):(?:chat|completion|messages|responses|embedding):/, "$1:"),
          provider.line,
          "promptfoo/config",
        );
    }
  }
}

/** Prompt flow's graph: nodes that ask a model name their template, and the model or the deployment of it. */
export function readPromptflow(signals: Signals, path: string, text: string): void {
  for (const tree of readTrees(text)) {
    for (const node of itemsOf(treeAt(tree, "nodes"))) {
      const type = treeText(node, "type");
      if (type !== "llm" && type !== "prompt") continue;
      const template = treeText(node, "source", "path");
      const place = template === undefined ? undefined : joinPath(directoryOf(path), template);
      if (place !== undefined) signals.found.add("prompt", place, node.line, "promptflow/flow", "declared");
      if (type === "llm") noteNodeModel(signals, node);
    }
  }
}

const PROMPTFLOW_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["azureopenai", "azure"],
  ["openai", "openai"],
]);

function noteNodeModel(signals: Signals, node: Tree): void {
  const provider = PROMPTFLOW_PROVIDERS.get(treeText(node, "provider")?.toLowerCase() ?? "");
  if (provider !== undefined) signals.found.add("provider", provider, node.line, "promptflow/flow", "declared");
  // A deployment goes by a name of its own choice: it tells the model only where it is the model's.
  const names = ["model", "deployment_name"].flatMap((key) => treeText(node, "inputs", key) ?? []);
  const known = names.map((name) => signals.book.model(name)).find((model) => model !== undefined);
  if (known !== undefined)
    signals.found.add(known.kind, known.name, node.line, "promptflow/flow", "declared", suppliedBy(known.maker));
}

/** A LiteLLM proxy's list of models. */
export function readLiteLlm(signals: Signals, text: string): void {
  for (const tree of readTrees(text)) {
    for (const model of itemsOf(treeAt(tree, "model_list"))) {
      const name = treeText(model, "litellm_params", "model");
      if (name !== undefined) notePrefixed(signals, name, model.line, "litellm/config");
    }
  }
}

function notePrefixed(signals: Signals, text: string, line: number, detector: string): void {
  const { provider, name } = signals.book.splitPrefix(text);
  const known = signals.book.model(text);
  if (!isRegistryName(name) || (provider === undefined && known === undefined)) return;
  const maker = provider?.id ?? known?.maker;
  if (maker !== undefined) signals.found.add("provider", maker, line, detector, "declared");
  signals.found.add(known?.kind ?? "model", name, line, detector, "declared", suppliedBy(maker));
}

/** A Hugging Face model's config.json: it names the model that it was made from. */
export function readModelConfig(signals: Signals, path: string, text: string): void {
  for (const tree of readTrees(text)) {
    if (treeAt(tree, "architectures") === undefined || treeText(tree, "model_type") === undefined) continue;
    const name = treeText(tree, "_name_or_path");
    const isNamed = name !== undefined && isRegistryName(name);
    signals.found.add(
      "model",
      isNamed ? name : directoryOf(path) || (treeText(tree, "model_type") as string),
      1,
      "transformers/config",
      "used",
    );
  }
}
