/**
 * AI workloads of a Kubernetes cluster: the output of `kubectl get … -A -o json` for deployments, stateful sets, daemon
 * sets, jobs, pods and KServe's InferenceService. A workload counts by its image, by a model that an InferenceService
 * names, or by the name of a variable that holds a supplier's key; values of variables are never read. A workload that
 * calls a supplier is also told as itself (`self`) with the digest of the image that runs, so that it can be held against
 * the digest of the release that is recorded.
 */
import { UsageError } from "../usage.ts";
import { instant, type Json, list, merge, object, type Sighting, text } from "./sighting.ts";

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

/** @param now when the list was made: kubectl does not say. @throws UsageError where the file is no list of objects. */
export function readKubectl(document: unknown, now: Date): Sighting[] {
  const root = object(document);
  const items = Array.isArray(root["items"]) ? root["items"] : root["kind"] === undefined ? undefined : [root];
  if (items === undefined) throw new UsageError("This is no kubectl output: it has no items.");
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
  const running = runningDigests(object(item["status"]));
  return [
    ...(model === undefined ? [] : [{ ...base, ...model }]),
    ...containers.flatMap((container) => {
      const served = imageSighting(container, base, running);
      if (served.length > 0) return [...served, ...keySightings(container, base)];
      return [...keySightings(container, base), ...selfSighting(container, base, running)];
    }),
  ];
}

/** The digest of the image that each container of a pod runs, by the container's name. */
function runningDigests(status: Json): ReadonlyMap<string, string> {
  const statuses = [...list(status["containerStatuses"]), ...list(status["initContainerStatuses"])].map(object);
  return new Map(
    statuses.flatMap((one): [string, string][] => {
      const name = text(one["name"]);
      // `docker.io/org/app@sha256:…`, `docker-pullable://org/app@sha256:…`; an id without a repository is the local image's.
      const digest = /@(sha256:[0-9a-f]{64})$/.exec(text(one["imageID"]) ?? "")?.[1];
      return name === undefined || digest === undefined ? [] : [[name, digest]];
    }),
  );
}

type Base = Pick<Sighting, "service" | "count" | "firstAt" | "lastAt">;

interface Image {
  readonly name: string;
  readonly version: string | null;
  readonly digest: string | null;
}

function imageOf(container: Json, running: ReadonlyMap<string, string>): Image | undefined {
  const image = text(container["image"]);
  if (image === undefined) return undefined;
  const [withTag = "", pinned = null] = image.split("@");
  const [, name = withTag, version = null] = /^(.*?)(?::([\w][\w.-]*))?$/.exec(withTag) ?? [];
  return { name, version, digest: running.get(text(container["name"]) ?? "") ?? pinned };
}

/** A container that calls a supplier, as itself; nothing where the digest of what runs is not known. */
function selfSighting(container: Json, base: Base, running: ReadonlyMap<string, string>): Sighting[] {
  const image = imageOf(container, running);
  if (image === undefined || image.digest === null || keySightings(container, base).length === 0) return [];
  return [{ ...base, provider: "self", model: null, version: image.version, digest: image.digest }];
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

function imageSighting(container: Json, base: Base, running: ReadonlyMap<string, string>): Sighting[] {
  const image = imageOf(container, running);
  const served = image === undefined ? undefined : SERVING_IMAGES.find(([pattern]) => pattern.test(image.name));
  if (image === undefined || served === undefined) return [];
  const { version, digest } = image;
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

function keySightings(container: Json, base: Base): Sighting[] {
  const names = list(container["env"]).flatMap((variable) => text(object(variable)["name"]) ?? []);
  const providers = new Set(names.flatMap((name) => KEY_VARIABLES[name] ?? []));
  return [...providers].map((provider) => ({ ...base, provider, model: null, version: null, digest: null }));
}
