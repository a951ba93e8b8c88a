/** What names say: whether one speaks of a model, and how an address is named. */
import { HOLE, type Entry, type Expr } from "./ir.ts";

const MODEL_NAME_CONTEXT = /model|llm|engine|deployment|embed|encoder|pretrained|checkpoint|init_from|backbone/i;
const NO_MODEL_CONTEXT =
  /price|pricing|cost|limit|window|token|context_?(?:length|size)|encoding|rate|regex|pattern|label|title|display|description|test|mock|example|alias|deprecat|regexp|capab|prefix|placeholder|(?:reasoning|thinking|multimodal)_?models/i;

/** True for the name of a table whose keys are the models that are offered: `models`, `SUPPORTED_MODELS`. */
export function isModelTable(name: string | undefined): boolean {
  return (
    name !== undefined &&
    /(?:^|[_a-z])models?(?:_?(?:map|config|configs|registry|list))?$/i.test(name) &&
    !NO_MODEL_CONTEXT.test(name)
  );
}

/** True for the entry by which a list offers a model, beside what people call it: `{ id: "gpt-4o", name: "GPT-4o" }`. */
export function isChoiceOfModel(entries: readonly Entry[], { key, value }: Entry): boolean {
  if (!/^(?:id|value)$/.test(key) || value.type !== "text") return false;
  return entries.some((entry) => /^(?:name|label|title|displayName)$/.test(entry.key));
}

/** True for what a model costs, in figures alone: `{ "input": 2.5, "output": 10 }`. */
export function isPriceList(expr: Expr): boolean {
  return (
    expr.type === "object" &&
    expr.entries.length > 0 &&
    expr.entries.every(
      ({ key, value }) => /cost|price|input|output|prompt|completion|cache/i.test(key) && isFigure(value),
    )
  );
}

function isFigure(expr: Expr): boolean {
  return expr.type === "other" && expr.children.length === 0;
}

/** True for the name of a function that answers yes or no: `is_reasoning_model`, `supportsVision`. */
export function isPredicateName(name: string): boolean {
  return /^_*(?:is|has|can|needs|should|supports?|uses|requires)(?:_|[A-Z])/.test(name);
}

/** True for the name of a class or enumeration that says what its constants are: `OpenAIModels`, `LlmModel`. */
export function holdsModels(name: string | undefined): boolean {
  return name !== undefined && MODEL_NAME_CONTEXT.test(name) && !NO_MODEL_CONTEXT.test(name);
}

/**
 * True for a class that is named as an agent of its own making: `ResearchAgent`. What others extend is none, and neither
 * is what a browser or a proxy calls an agent.
 */
export function isAgentClass(name: string): boolean {
  return (
    /^[A-Z]\w*[a-z0-9]Agent$/.test(name) &&
    !/^(?:Base|Abstract|Mock|Fake)|^(?:Test|\w*User|\w*Http|\w*Https|\w*Proxy)Agent$/.test(name)
  );
}

/** Says who makes or offers models, or of which make they are; some families are called as their makers are. */
const MAKER =
  /(?:provider|vendor|supplier|maker|family|backend|type)s?(?:_?(?:table|list|map|names?|options|choices|info|registry))?$/i;

/** True where the names under which a text stands say that it is a model that is used. */
export function namesModel(names: readonly string[], model: { readonly loose: boolean }): boolean {
  // `models: [{ name: … }]`: what is called a name is one of what it stands in.
  const last = /^(?:name|id|value)$/i.test(names.at(-1) ?? "") ? names.at(-2) : names.at(-1);
  const speaking = model.loose ? [last ?? ""].filter((name) => !MAKER.test(name)) : names;
  return speaking.some((name) => MODEL_NAME_CONTEXT.test(name)) && !names.some((name) => NO_MODEL_CONTEXT.test(name));
}

/** Suppliers who serve the models that they make, and no others. */
const OWN_MODELS_ONLY = new Set(["anthropic"]);

/** True for a model that a supplier who serves its own only does not make: its client was pointed elsewhere, or is one of two. */
export function isForeign(provider: string, maker: string | undefined): boolean {
  return maker !== undefined && maker !== provider && OWN_MODELS_ONLY.has(provider);
}

/** Longer texts name no resource. */
const MAX_RESOURCE_CHARS = 400;

/** The model that the name of a resource ends in: `arn:aws:bedrock:us-east-1::foundation-model/…`, `hf://org/name`. */
export function modelOfResource(text: string): string {
  if (/^(?:hf|kaggle):\/\//.test(text)) return text.replace(/^\w+:\/\//, "");
  if (text.startsWith("publishers/")) return text.replace(/^publishers\/[\w-]+\/models\//, "");
  return text.startsWith("arn:") && text.length < MAX_RESOURCE_CHARS
    ? text.replace(/^arn:.*:bedrock:.*(?:foundation-model|inference-profile)\//s, "")
    : text;
}

/** Where an address names the model that is asked: in its path, or as an argument. */
const ASKED_MODEL = /\/(?:deployments|models?)\/([\w.-]+(?:\/[\w.-]+)?)(?=[:?#/]|$)|[?&]model=([\w.:/-]+)/;

/** The model in an address: `…/v1beta/models/gemini-2.5-flash:generateContent`, `…/realtime?model=gpt-realtime`. */
export function modelInAddress(url: string): string | undefined {
  const match = ASKED_MODEL.exec(url);
  // What follows a model's name in its path is what it is asked for.
  return (
    match?.[2] ??
    match?.[1]?.replace(/\/(?:chat|completions|embeddings|invoke|converse|predictions|images|audio)\b.*$/, "")
  );
}

/** An address as the name of an endpoint: without query, credentials, doubled and trailing slashes; `{}` for what is filled in. */
export function endpointName(url: string): string {
  return url
    .replaceAll(HOLE, "{}")
    .replaceAll(/%[sdv]|\{\w+\}|\$\{[^}]*\}/g, "{}")
    .replace(/[?#].*$/, "")
    .replace(/\/\/[^/@]*@/, "//")
    .replace(/(?<=[^:/])\/{2,}/g, "/")
    .replace(/\/+$/, "");
}

/** The hub from which a model of no known family comes, as its name tells. */
export function hubOf(name: string): string | undefined {
  if (name.startsWith("https://")) return undefined;
  return name.includes("/") ? "huggingface" : undefined;
}

export interface HubFile {
  readonly kind: "model" | "dataset";
  /** Organisation and name, as the hub has them. */
  readonly name: string;
}

/** The model or data set that the address of a file on Hugging Face's hub belongs to; undefined for its other pages. */
export function hubFile(url: string): HubFile | undefined {
  const match = /^https?:\/\/(?:huggingface|hf)\.co\/(datasets\/)?([\w-][\w.-]*\/[\w-][\w.-]*)\/(?:resolve|raw)\//.exec(
    url,
  );
  // A vocabulary that is kept on the hub is no model.
  if (match === null || (match[1] === undefined && /(?:vocab\w*\.\w+|\.proto)$/.test(url))) return undefined;
  return { kind: match[1] === undefined ? "model" : "dataset", name: match[2] as string };
}
