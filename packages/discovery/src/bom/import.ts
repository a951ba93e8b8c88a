/**
 * Reads AI bills of materials in CycloneDX JSON, whoever wrote them: our own, cdxgen, k8s-aibom, the OWASP AIBOM
 * generator. What they have beside AI (every other package of a lock file) is left out by the rule book.
 */
import { DiscoveryError } from "../error.ts";
import { isEcosystem } from "../component-key.ts";
import { fieldsAt, isFields, listAt, textOf, type Fields } from "../manifests/manifest.ts";
import type { RuleBook } from "../rules/rule-book.ts";
import { CONFIDENCES, KINDS, type Component, type Confidence, type Evidence, type Kind } from "../types.ts";
import { PROPERTY } from "./cyclonedx.ts";
import { parsePurl } from "./purl.ts";

export interface ImportedBom {
  readonly specVersion: string;
  /** The programs that wrote it. */
  readonly tools: readonly string[];
  /** What it is about, with its release where it says one. */
  readonly subject: { readonly name: string; readonly version?: string } | undefined;
  readonly components: readonly Component[];
}

/** A bill of materials deeper than this is not one that a tool writes. */
const MAX_NESTED = 16;

/** Tasks of models that embed, in the words of Hugging Face. */
const EMBEDDING_TASK = /^(?:feature-extraction|sentence-similarity|text-embedding|embeddings?)$/i;

/**
 * @param file what evidence without a place of its own points to
 * @throws DiscoveryError `bad_document` for what is no CycloneDX in JSON
 */
export function importCycloneDx(text: string, file: string, book: RuleBook): ImportedBom {
  const bom = parseBom(text, file);
  const metadata = fieldsAt(bom, "metadata");
  const subject = fieldsAt(metadata, "component");
  const name = textOf(subject["name"]);
  const version = textOf(subject["version"]);
  const read = [
    // The subject of an OWASP document may be the model itself.
    ...(textOf(subject["type"]) === "machine-learning-model" ? [subject] : []),
    ...flatten(bom["components"], 0),
  ].flatMap((entry) => [...(componentOf(entry, file, book) ?? []), ...cardDatasets(entry, file)]);
  const services = flatten(bom["services"], 0).flatMap((entry) => serviceOf(entry, file, book));
  return {
    specVersion: textOf(bom["specVersion"]) ?? "",
    tools: toolsOf(metadata["tools"]),
    subject: name === undefined ? undefined : { name, ...(version === undefined ? {} : { version }) },
    components: merge([...read, ...services]),
  };
}

function parseBom(text: string, file: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DiscoveryError("bad_document", `${file} is no JSON.`, { cause });
  }
  if (!isFields(value) || value["bomFormat"] !== "CycloneDX")
    throw new DiscoveryError("bad_document", `${file} is no CycloneDX document: bomFormat is missing.`);
  return value;
}

function flatten(list: unknown, depth: number): Fields[] {
  if (!Array.isArray(list) || depth > MAX_NESTED) return [];
  return list
    .filter((entry) => isFields(entry))
    .flatMap((entry) => [entry, ...flatten(entry["components"], depth + 1), ...flatten(entry["services"], depth + 1)]);
}

function componentOf(entry: Fields, file: string, book: RuleBook): [Component] | undefined {
  const purl = parsePurl(textOf(entry["purl"]) ?? "");
  const name = nameOf(entry, purl?.type);
  if (name === undefined) return undefined;
  const kind = kindOf(entry, name, book);
  if (kind === undefined) return undefined;
  const ecosystem = kind === "package" && isEcosystem(purl?.type) ? purl?.type : undefined;
  const known = ecosystem === undefined ? undefined : book.packageNamed(ecosystem, purl?.name ?? name);
  const isOurs = propertyOf(entry, PROPERTY.kind) !== undefined;
  if (kind === "package" && !isOurs && known === undefined) return undefined;
  const version = textOf(entry["version"]) ?? purl?.version;
  const provider = providerOf(entry, name, purl?.type, book);
  const component: Component = {
    kind,
    name: kind === "package" && !isOurs ? (purl?.name ?? name) : name,
    ...(version === undefined || version === "" ? {} : { version }),
    ...(ecosystem === undefined ? {} : { ecosystem }),
    ...(provider === undefined ? {} : { provider }),
    confidence: confidenceOf(entry),
    evidence: placesOf(entry, file),
  };
  return [component];
}

/** Data sets that only a model's card names. */
function cardDatasets(entry: Fields, file: string): Component[] {
  if (propertyOf(entry, PROPERTY.kind) !== undefined) return [];
  return listAt(entry, "modelCard", "modelParameters", "datasets").flatMap((item): Component[] => {
    const name = isFields(item) ? textOf(item["name"]) : undefined;
    if (name === undefined || name === "") return [];
    return [{ kind: "dataset", name, confidence: "declared", evidence: placesOf(entry, file) }];
  });
}

/** Models of a registry go by `group/name`; other groups are part of package names, which a package URL holds. */
function nameOf(entry: Fields, purlType: string | undefined): string | undefined {
  const name = textOf(entry["name"]);
  const group = textOf(entry["group"]);
  const isGrouped = purlType === "huggingface" && group !== undefined && name?.includes("/") === false;
  return isGrouped ? `${group}/${name as string}` : name;
}

function kindOf(entry: Fields, name: string, book: RuleBook): Kind | undefined {
  const ours = KINDS.find((kind) => kind === propertyOf(entry, PROPERTY.kind));
  if (ours !== undefined) return ours;
  switch (textOf(entry["type"])) {
    case "machine-learning-model": {
      const task = textOf(fieldsAt(entry, "modelCard", "modelParameters")["task"]) ?? "";
      return EMBEDDING_TASK.test(task) || book.model(name)?.kind === "embedding" ? "embedding" : "model";
    }
    case "data":
      // k8s-aibom: a volume of an inference workload holds weights.
      return propertyOf(entry, "aibom.evidence.source") === "volume_source" ? "model_file" : "dataset";
    case "container":
      return book.image(name) === undefined ? undefined : "image";
    case "library":
    case "framework":
      return "package";
    default:
      // k8s-aibom names a model server by its runtime.
      if (propertyOf(entry, "runtime.name") !== undefined) return "service";
      return cdxgenKind(propertyOf(entry, "cdx:ai:kind") ?? "");
  }
}

/** cdxgen tells agents, tools and prompts by a property. */
function cdxgenKind(word: string): Kind | undefined {
  if (/agent/.test(word)) return "agent";
  if (/prompt|instruction|skill/.test(word)) return "prompt";
  return /tool|mcp/.test(word) ? "tool" : undefined;
}

function serviceOf(entry: Fields, file: string, book: RuleBook): Component[] {
  const name = textOf(entry["name"]);
  if (name === undefined) return [];
  const evidence = placesOf(entry, file);
  const confidence = confidenceOf(entry);
  const ours = KINDS.find((kind) => kind === propertyOf(entry, PROPERTY.kind));
  const supplier =
    propertyOf(entry, "steward:provider") ?? textOf(fieldsAt(entry, "provider")["name"]) ?? textOf(entry["group"]);
  const provider = supplier === undefined ? undefined : book.provider(supplier)?.id;
  const supplied = provider === undefined || ours === "provider" ? {} : { provider };
  if (ours !== undefined) return [{ kind: ours, name, ...supplied, confidence, evidence }];
  const addresses = listAt(entry, "endpoints").flatMap((url) => textOf(url) ?? []);
  const isAi = provider !== undefined || addresses.some((url) => book.host(url) !== undefined);
  if (!isAi) return [];
  return [
    { kind: "service", name, ...supplied, confidence, evidence },
    ...(provider === undefined ? [] : [{ kind: "provider" as const, name: provider, confidence, evidence }]),
    ...addresses.map((url) => ({ kind: "endpoint" as const, name: url, ...supplied, confidence, evidence })),
  ];
}

function providerOf(entry: Fields, name: string, purlType: string | undefined, book: RuleBook): string | undefined {
  if (purlType === "huggingface") return "huggingface";
  const said = propertyOf(entry, "steward:provider") ?? propertyOf(entry, "cdx:ai:provider");
  const supplier = said ?? textOf(fieldsAt(entry, "supplier")["name"]);
  const known = supplier === undefined ? undefined : book.provider(supplier)?.id;
  if (known !== undefined || propertyOf(entry, PROPERTY.kind) !== undefined) return known;
  return textOf(entry["type"]) === "machine-learning-model" ? book.model(name)?.maker : undefined;
}

/** In our words, in k8s-aibom's or cdxgen's; a document that says nothing declares what it lists. */
function confidenceOf(entry: Fields): Confidence {
  const word =
    propertyOf(entry, PROPERTY.confidence) ??
    propertyOf(entry, "aibom.confidence") ??
    propertyOf(entry, "cdx:ai:confidence");
  return CONFIDENCES.find((confidence) => confidence === word) ?? "declared";
}

function placesOf(entry: Fields, file: string): Evidence[] {
  const detector = propertyOf(entry, "aibom.evidence.locator") ?? "bom/import";
  const places = listAt(entry, "evidence", "occurrences").flatMap((item): Evidence[] => {
    const location = isFields(item) ? textOf(item["location"]) : undefined;
    if (!isFields(item) || location === undefined || location === "") return [];
    // cdxgen writes the line into the location: `app.py#12`.
    const [, path = location, inPath] = /^(.*?)(?:#L?(\d+))?$/.exec(location) ?? [];
    const line = Number(item["line"] ?? inPath ?? 1);
    return [{ file: path, line: line >= 1 ? line : 1, detector: textOf(item["additionalContext"]) ?? detector }];
  });
  const own = propertiesOf(entry, PROPERTY.place).flatMap((text): Evidence[] => {
    const match = /^(.*):(\d+) (\S+)$/.exec(text);
    return match === null ? [] : [{ file: match[1] as string, line: Number(match[2]), detector: match[3] as string }];
  });
  const all = [...places, ...own];
  return all.length > 0 ? all : [{ file, line: 1, detector }];
}

function propertiesOf(entry: Fields, name: string): string[] {
  return listAt(entry, "properties").flatMap((item) =>
    isFields(item) && item["name"] === name ? (textOf(item["value"]) ?? []) : [],
  );
}

function propertyOf(entry: Fields, name: string): string | undefined {
  return propertiesOf(entry, name)[0];
}

function toolsOf(tools: unknown): string[] {
  const list = Array.isArray(tools) ? tools : isFields(tools) ? tools["components"] : undefined;
  return (Array.isArray(list) ? list : []).flatMap((tool) => (isFields(tool) ? (textOf(tool["name"]) ?? []) : []));
}

/** k8s-aibom lists a model once for each place that names it: here it is one component with all its places. */
function merge(components: readonly Component[]): Component[] {
  const merged = new Map<string, Component>();
  for (const component of components) {
    const key = `${component.kind}\u0000${component.ecosystem ?? ""}\u0000${component.name}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, component);
    else {
      const surest = CONFIDENCES.find((word) => word === known.confidence || word === component.confidence);
      merged.set(key, {
        ...component,
        ...known,
        confidence: surest ?? known.confidence,
        evidence: [...known.evidence, ...component.evidence],
      });
    }
  }
  return [...merged.values()];
}
