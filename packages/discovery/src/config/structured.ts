/** YAML and JSON configuration: deployments, pipelines, templates of infrastructure, settings. */
import { suppliedBy } from "../finding-list.ts";
import { isModelTable } from "../source/names.ts";
import { noteAgents } from "./agent-lists.ts";
import { noteEngineArguments } from "./engine.ts";
import { readFlow } from "./flowise.ts";
import { noteKestraTask } from "./kestra.ts";
import { readWorkflow } from "./n8n.ts";
import { noteMessage, noteNamedPrompt, notePrompt, noteSavedPrompt } from "./prompts.ts";
import { noteCommands, noteImage, noteModelCommand, noteSetting, noteVariable, type Signals } from "./signals.ts";
import {
  entriesOf,
  itemsOf,
  readTrees,
  scalarsOf,
  splitDocuments,
  treeAt,
  treeText,
  type Tree,
  type TreeEntry,
  walk,
} from "./tree.ts";
import { noteToolServers } from "./tool-servers.ts";
import { noteTrainingData } from "./training.ts";

/** Keys whose texts are shell. */
const SCRIPT_KEYS = new Set([
  "run",
  "script",
  "before_script",
  "after_script",
  "entrypoint",
  "postCreateCommand",
  "postStartCommand",
]);

const ENVIRONMENT_KEYS = new Set([
  "env",
  "environment",
  "variables",
  "secrets",
  "build-args",
  "build_args",
  "envFrom",
  "extraEnv",
  "extraEnvVars",
]);

/** Documents of other standards that speak of models without using them. */
function isForeignDocument(tree: Tree): boolean {
  return ["openapi", "swagger", "asyncapi", "$schema"].some((key) => {
    const text = treeText(tree, key);
    return text !== undefined && (key !== "$schema" || /json-schema\.org/.test(text));
  });
}

/** Reads every document of a file. */
export function readStructured(signals: Signals, text: string): void {
  for (const document of splitDocuments(text)) {
    // Definitions of Kubernetes types are long schemas that deploy nothing.
    if (/^kind:\s*CustomResourceDefinition\s*$/m.test(document) || !signals.book.mayConcern(Buffer.from(document)))
      continue;
    for (const tree of readTrees(document)) if (!isForeignDocument(tree)) new StructuredReader(signals).read(tree);
  }
}

/** Only what needs no context to be meant: resource types and vector mappings. For JSON that may be data. */
export function readResources(signals: Signals, text: string): void {
  for (const tree of readTrees(text)) {
    if (isForeignDocument(tree)) continue;
    walk(tree, (map) => noteMeaning(signals, map));
    notePrompts(signals, tree, []);
    readWorkflow(signals, tree);
    readFlow(signals, tree);
  }
}

/** Lists are left out: they are what data is kept in. */
function notePrompts(signals: Signals, tree: Tree, keys: readonly string[]): void {
  for (const { key, value } of entriesOf(tree)) {
    if (value.type === "scalar") noteNamedPrompt(signals, [...keys, key], value.text, value.line);
    else notePrompts(signals, value, [...keys, key]);
  }
}

function noteMeaning(signals: Signals, map: Tree): void {
  noteForm(signals, map);
  for (const entry of entriesOf(map)) {
    const { key, value } = entry;
    noteAgents(signals, entry);
    const rules = value.type === "scalar" ? signals.book.literalRules(key, value.text) : [];
    for (const rule of rules) signals.found.addTechnology(rule, value.line, `${rule.id}/literal`, "declared");
  }
}

/** What a map is by its form alone, in a configuration as in data. */
function noteForm(signals: Signals, map: Tree): void {
  noteResource(signals, map);
  noteSavedPrompt(signals, map);
  noteEngineArguments(signals, map);
  noteToolServers(signals, map);
}

class StructuredReader {
  readonly #signals: Signals;

  constructor(signals: Signals) {
    this.#signals = signals;
  }

  read(tree: Tree): void {
    noteWorkload(this.#signals, tree);
    noteTrainingData(this.#signals, tree);
    this.#visit(tree, []);
  }

  #visit(tree: Tree, keys: readonly string[]): void {
    if (tree.type === "list") for (const item of tree.items) this.#visit(item, keys);
    if (tree.type === "scalar") this.#scalar(tree.text, tree.line, keys);
    if (tree.type !== "map") return;
    noteForm(this.#signals, tree);
    noteMessage(this.#signals, tree);
    noteKestraTask(this.#signals, tree);
    noteServedModel(this.#signals, tree);
    noteProvidedModel(this.#signals, tree);
    if (isImageParts(tree)) this.#imageParts(tree);
    // What is served under a name of one's own is the model that stands beside it.
    const entries = servesModel(tree) ? tree.entries.filter(({ key }) => key !== "name") : tree.entries;
    for (const entry of entries) this.#entry(entry, keys);
  }

  #entry(entry: TreeEntry, keys: readonly string[]): void {
    const { key, value, line } = entry;
    noteAgents(this.#signals, entry);
    if (ENVIRONMENT_KEYS.has(key)) this.#environment(value);
    else if (SCRIPT_KEYS.has(key)) {
      for (const { text, line: at } of scalarsOf(value))
        noteCommands(this.#signals, text, at + (text.includes("\n") ? 1 : 0));
    }
    if (key === "image" && value.type === "scalar") noteImage(this.#signals, value.text, value.line);
    else if (key === "image" && value.type === "map") this.#imageParts(value);
    else if (key === "newName" && value.type === "scalar") noteImage(this.#signals, value.text, value.line);
    else if (key === "uses" && value.type === "scalar") this.#action(value.text, value.line);
    else if (value.type === "scalar") noteVariable(this.#signals, key, line);
    else if (isModelTable(keys.at(-1))) noteSetting(this.#signals, ["model"], key, line);
    this.#visit(value, [...keys, key]);
  }

  #scalar(text: string, line: number, keys: readonly string[]): void {
    const key = keys.at(-1) ?? "";
    if (/^(?:not)?actions?$/i.test(key)) {
      const rule = this.#signals.book.permission(text);
      if (rule !== undefined) this.#signals.found.addTechnology(rule, line, `${rule.id}/permission`, "declared");
    }
    for (const rule of this.#signals.book.literalRules(key, text)) {
      this.#signals.found.addTechnology(rule, line, `${rule.id}/literal`, "declared");
    }
    if (holdsImage(keys, text)) noteImage(this.#signals, text, line);
    // A parameter of a deployment: `chatModel: { value: "${CHAT_MODEL=gpt-4o}" }`.
    const names = key === "value" || key === "defaultValue" ? keys.slice(0, -1) : keys;
    const set = /^\$\{\w+=(.*)\}$/.exec(text)?.[1] ?? text;
    noteSetting(this.#signals, names, set, line);
    notePrompt(this.#signals, names.at(-1) === "default" ? names.slice(0, -1) : names, set, line);
  }

  /** Variables as a mapping, as `NAME=value`, or as `{ name: NAME }`. */
  #environment(value: Tree): void {
    for (const item of itemsOf(value)) {
      if (item.type === "scalar") {
        const [name, setting] = item.text.split(/=(.*)/s);
        noteSetting(this.#signals, [name as string], setting ?? "", item.line);
      } else if (item.type === "map") {
        const name = treeText(item, "name");
        if (name !== undefined) noteSetting(this.#signals, [name], treeText(item, "value") ?? "", item.line);
      }
    }
  }

  /** Helm's way: `image: { repository, tag }`. */
  #imageParts(value: Tree): void {
    const repository = treeText(value, "repository") ?? treeText(value, "name");
    const registry = treeText(value, "registry");
    if (repository === undefined) return;
    const tag = treeText(value, "tag");
    const full = registry === undefined ? repository : `${registry}/${repository}`;
    noteImage(this.#signals, tag === undefined ? full : `${full}:${tag}`, value.line);
  }

  #action(text: string, line: number): void {
    const [name, version] = text.split("@");
    const rule = this.#signals.book.action(name as string);
    if (rule === undefined) return;
    const details = { ...(version === undefined ? {} : { version }), ...suppliedBy(rule.provider) };
    this.#signals.found.add("ci", name as string, line, `${rule.id}/action`, "declared", details);
  }
}

/** A resource of CloudFormation or of an ARM template. */
function noteResource(signals: Signals, map: Tree): void {
  // What ARM deploys says by which version of the API; a bare type is a list of types, as of a policy.
  const type = treeText(map, "Type") ?? (treeAt(map, "apiVersion") === undefined ? undefined : treeText(map, "type"));
  if (type === undefined || !/::|\//.test(type)) return;
  for (const { rule, resource } of signals.book.resource(type)) {
    const { when } = resource;
    const actual = when === undefined ? undefined : (treeText(map, when.key) ?? treeText(map, "Properties", when.key));
    if (when !== undefined && (actual === undefined || !when.texts.test(actual))) continue;
    signals.found.addTechnology(rule, map.line, `${rule.id}/resource`, "declared");
    if (resource.model === undefined) continue;
    const model = treeText(map, "properties", ...resource.model.split("."));
    const known = model === undefined ? undefined : signals.book.model(model);
    if (known !== undefined)
      signals.found.add(known.kind, known.name, map.line, `${rule.id}/resource`, "declared", suppliedBy(rule.provider));
  }
}

/** The model that a container serves: an argument beside an image of a model server. */
function noteServedModel(signals: Signals, map: Tree): void {
  if (treeAt(map, "image") === undefined && treeAt(map, "args") === undefined && treeAt(map, "command") === undefined)
    return;
  const words = [...scalarsOf(treeAt(map, "command")), ...scalarsOf(treeAt(map, "args"))];
  if (words.length === 0) return;
  const command = words.map(({ text }) => text).join(" ");
  const image = treeText(map, "image") ?? "";
  const line = words.find(({ text }) => /--model|serve|pull|run/.test(text))?.line ?? map.line;
  noteModelCommand(signals, `${/vllm/.test(image) ? "vllm " : ""}${command}`, line);
}

/** `{ provider: openai, name: gpt-4o }`: a name beside a supplier of models is a model's. */
function noteProvidedModel(signals: Signals, map: Tree): void {
  const provider = treeText(map, "provider");
  const name = treeAt(map, "name");
  if (provider === undefined || name?.type !== "scalar" || signals.book.provider(provider) === undefined) return;
  noteSetting(signals, ["model"], name.text, name.line);
}

/** An image in parts without a key of its own: `{ name, repository: vllm/vllm-openai, tag }`. */
function isImageParts(map: Tree): boolean {
  return treeText(map, "tag") !== undefined && /\w\/\w/.test(treeText(map, "repository") ?? "");
}

/** True for what names the model that it serves by the hub's name: `{ name: chat, modelURL: org/model }`. */
function servesModel(map: Tree): boolean {
  return ["modelURL", "modelUrl", "model_url", "modelURI", "modelUri", "model_uri"].some((key) =>
    /^(?:hf:\/\/)?[\w-]+\/[\w.-]+$/.test(treeText(map, key) ?? ""),
  );
}

/** Longer texts name no image. */
const MAX_IMAGE_CHARS = 300;

/** True for an image with its tag under a key of one's own: `images: { default: … }`, `VLLM_IMAGE`, `serverImage`. */
function holdsImage(keys: readonly string[], text: string): boolean {
  const key = keys.at(-1) ?? "";
  if (text.length > MAX_IMAGE_CHARS || !/^[^\s]+[:@][^\s/]+$/.test(text)) return false;
  return /(?:[_-]image|[a-z]Image|^images?)$|_IMAGE$/.test(key) || keys.at(-2) === "images";
}

/** What a whole Kubernetes object stands for, by the group of its API. */
function noteWorkload(signals: Signals, tree: Tree): void {
  const group = (treeText(tree, "apiVersion") ?? "").split("/")[0];
  const line = tree.line;
  switch (group) {
    case "serving.kserve.io":
    case "serving.kubeflow.org":
      signals.found.add("service", "kserve", line, "kserve/resource", "declared");
      walk(tree, (map) => noteStorageUri(signals, map));
      noteStoragePath(signals, treeAt(tree, "spec"));
      break;
    case "kubeflow.org":
      signals.found.add("service", "kubeflow", line, "kubeflow/resource", "declared");
      break;
    case "machinelearning.seldon.io":
    case "mlops.seldon.io":
      signals.found.add("service", "seldon", line, "seldon/resource", "declared");
      break;
    case "kaito.sh": {
      const preset = treeText(tree, "inference", "preset", "name");
      if (preset !== undefined) signals.found.add("model", preset, line, "kaito/resource", "declared");
      break;
    }
    case "kubeai.org":
      noteModelUri(signals, treeText(tree, "spec", "url"), line, "kubeai/resource");
      break;
    default:
      break;
  }
}

function noteStorageUri(signals: Signals, map: Tree): void {
  const uri = treeAt(map, "storageUri") ?? treeAt(map, "uri");
  if (uri?.type === "scalar") noteModelUri(signals, uri.text, uri.line, "kserve/resource");
}

/** A model by its path in the storage that the cluster knows: of a predictor, or of ModelMesh's own resource. */
function noteStoragePath(signals: Signals, spec: Tree | undefined): void {
  const holders = [spec, ...entriesOf(treeAt(spec, "predictor")).map(({ value }) => value)];
  for (const holder of holders) {
    const path =
      treeAt(holder, "storage", "path") ??
      (treeAt(holder, "storage") === undefined ? undefined : treeAt(holder, "path"));
    if (path?.type === "scalar") signals.found.add("model", path.text, path.line, "kserve/resource", "declared");
  }
}

/** `hf://org/name` and `ollama://name` name a model; other addresses lead to a file that is the model. */
function noteModelUri(signals: Signals, uri: string | undefined, line: number, detector: string): void {
  const match = /^(hf|huggingface|ollama|gs|s3|pvc|https?|azure|oci):\/\/(.+)$/.exec(uri ?? "");
  if (match === null) return;
  const [, scheme, rest] = match as unknown as [string, string, string];
  if (/^(?:hf|huggingface|ollama)$/.test(scheme)) {
    const known = signals.book.model(rest);
    signals.found.add(
      known?.kind ?? "model",
      rest.replace(/:.*$/, (tag) => (scheme === "ollama" ? tag : "")),
      line,
      detector,
      "declared",
      suppliedBy(known?.maker),
    );
  } else signals.found.add("model", uri as string, line, detector, "declared");
}

/** Chart.yaml: charts that a chart brings along. */
export function readChart(signals: Signals, text: string): void {
  for (const tree of readTrees(text)) {
    for (const dependency of itemsOf(treeAt(tree, "dependencies"))) {
      const name = treeText(dependency, "name");
      const rule = name === undefined ? undefined : signals.book.chart(name);
      if (rule !== undefined) signals.found.addTechnology(rule, dependency.line, `${rule.id}/chart`, "declared");
    }
  }
}

/** Helm templates are not YAML before they are filled in: images and variables are read line by line. */
export function readTemplate(signals: Signals, text: string): void {
  for (const [at, line] of text.split("\n").entries()) {
    if (/^\s*#/.test(line)) continue;
    const image = /^\s*-?\s*image:\s*["']?([^"'{}\s]+)["']?\s*$/.exec(line)?.[1];
    if (image !== undefined) noteImage(signals, image, at + 1);
    const name = /^\s*-?\s*name:\s*["']?([A-Z][A-Z0-9_]+)["']?\s*$/.exec(line)?.[1];
    if (name !== undefined) noteVariable(signals, name, at + 1);
  }
}

/** docker-compose's `models:`, served by Docker Model Runner. */
export function readComposeModels(signals: Signals, text: string): void {
  for (const tree of readTrees(text)) {
    for (const { value, line } of entriesOf(treeAt(tree, "models"))) {
      const name = treeText(value, "model");
      if (name !== undefined) signals.found.add("model", name, line, "docker-model-runner/compose", "declared");
    }
  }
}
