/**
 * AI workloads of a Kubernetes cluster: the output of `kubectl get … -A -o json` for deployments, stateful sets, daemon
 * sets, jobs, pods and KServe's InferenceService. A workload counts by its image, by a model that an InferenceService
 * names, or by the name of a variable that holds a supplier's key; values of variables are never read.
 */
import { instant, type Json, list, merge, object, ObserveError, type Sighting, text } from "./sighting.ts";

/** Images that serve models: the last part of their name without tag. */
const SERVING_IMAGES: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)vllm-openai$|(^|\/)vllm(-|$)/, "vllm"],
  [/(^|\/)text-generation-inference$|(^|\/)text-embeddings-inference$/, "huggingface"],
  [/(^|\/)ollama$/, "ollama"],
  [/(^|\/)tritonserver$|(^|\/)nim\//, "nvidia"],
  [/(^|\/)tensorflow\/serving$|(^|\/)serving$/, "google"],
  [/(^|\/)torchserve$|(^|\/)torchserve-kfs$/, "pytorch"],
  [/(^|\/)(sklearnserver|xgbserver|lgbserver|huggingfaceserver|paddleserver|pmmlserver)$/, "kserve"],
  [/(^|\/)mlserver$/, "seldon"],
  [/(^|\/)localai$/, "localai"],
  [/(^|\/)litellm(-database)?$/, "litellm"],
];

/** Variables whose presence says that a supplier's service is called. */
const KEY_VARIABLES: Readonly<Record<string, string>> = {
  OPENAI_API_KEY: "openai",
  AZURE_OPENAI_API_KEY: "azure",
  AZURE_OPENAI_ENDPOINT: "azure",
  ANTHROPIC_API_KEY: "anthropic",
  GEMINI_API_KEY: "google",
  GOOGLE_API_KEY: "google",
  COHERE_API_KEY: "cohere",
  CO_API_KEY: "cohere",
  MISTRAL_API_KEY: "mistral",
  GROQ_API_KEY: "groq",
  TOGETHER_API_KEY: "together",
  HF_TOKEN: "huggingface",
  HUGGING_FACE_HUB_TOKEN: "huggingface",
  OPENROUTER_API_KEY: "openrouter",
  DEEPSEEK_API_KEY: "deepseek",
};

/** @param now when the list was made: kubectl does not say. @throws ObserveError where the file is no list of objects. */
export function readKubectl(document: unknown, now: Date): Sighting[] {
  const root = object(document);
  const items = Array.isArray(root["items"]) ? root["items"] : root["kind"] === undefined ? undefined : [root];
  if (items === undefined) throw new ObserveError("unreadable", "This is no kubectl output: it has no items.");
  const seenAt = now.toISOString();
  return merge(items.map(object).flatMap((item) => workload(item, seenAt)));
}

function workload(item: Json, seenAt: string): Sighting[] {
  const metadata = object(item["metadata"]);
  // A pod is told by what made it, so that its workload is one thing however many pods it has.
  const owner = object(list(metadata["ownerReferences"])[0]);
  const name = text(owner["name"])?.replace(/-[a-f0-9]{6,10}$/, "") ?? text(metadata["name"]);
  if (name === undefined) return [];
  const created = instant(metadata["creationTimestamp"]) ?? seenAt;
  const base = {
    service: `${text(metadata["namespace"]) ?? "default"}/${name}`,
    count: 1,
    firstAt: created < seenAt ? created : seenAt,
    lastAt: seenAt,
  };
  const spec = object(item["spec"]);
  const model = item["kind"] === "InferenceService" ? inferenceModel(spec) : undefined;
  const pod = podSpec(spec);
  const containers = [...list(pod["containers"]), ...list(pod["initContainers"])].map(object);
  return [
    ...(model === undefined ? [] : [{ ...base, ...model }]),
    ...containers.flatMap((container) => [...imageSighting(container, base), ...keySightings(container, base)]),
  ];
}

/** Where the containers stand: in a pod itself, in a workload's template, or in a cron job's. */
function podSpec(spec: Json): Json {
  const job = object(object(object(spec["jobTemplate"])["spec"])["template"]);
  const template = object(spec["template"]);
  const inner = object(template["spec"] ?? job["spec"]);
  return Object.keys(inner).length > 0 ? inner : spec;
}

function inferenceModel(spec: Json): Pick<Sighting, "provider" | "model" | "version" | "digest"> | undefined {
  const predictor = object(spec["predictor"]);
  const model = object(predictor["model"]);
  const uri =
    text(model["storageUri"]) ??
    Object.values(predictor)
      .map((part) => text(object(part)["storageUri"]))
      .find(Boolean);
  const format = text(object(model["modelFormat"])["name"]);
  if (uri === undefined && format === undefined) return undefined;
  return { provider: "kserve", model: uri ?? format ?? null, version: null, digest: null };
}

function imageSighting(container: Json, base: Pick<Sighting, "service" | "count" | "firstAt" | "lastAt">): Sighting[] {
  const image = text(container["image"]);
  if (image === undefined) return [];
  const [withTag = "", digest = null] = image.split("@");
  const [, name = withTag, version = null] = /^(.*?)(?::([\w][\w.-]*))?$/.exec(withTag) ?? [];
  const served = SERVING_IMAGES.find(([pattern]) => pattern.test(name));
  if (served === undefined) return [];
  return [{ ...base, provider: served[1], model: argumentOf(container, "model"), version, digest }];
}

/** The model that a server is started with: `--model NAME`, `--model=NAME` or, for Hugging Face's, `--model-id NAME`. */
function argumentOf(container: Json, name: string): string | null {
  const words = [...list(container["command"]), ...list(container["args"])].flatMap((word) => text(word) ?? []);
  for (const [index, word] of words.entries()) {
    const match = new RegExp(`^--${name}(?:-id)?(?:=(.+))?$`).exec(word);
    if (match) return match[1] ?? words[index + 1] ?? null;
  }
  return null;
}

function keySightings(container: Json, base: Pick<Sighting, "service" | "count" | "firstAt" | "lastAt">): Sighting[] {
  const names = list(container["env"]).flatMap((variable) => text(object(variable)["name"]) ?? []);
  const providers = new Set(names.flatMap((name) => KEY_VARIABLES[name] ?? []));
  return [...providers].map((provider) => ({ ...base, provider, model: null, version: null, digest: null }));
}
