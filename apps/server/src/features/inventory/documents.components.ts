/** What a CycloneDX document lists, whoever wrote it. */
import type { BomComponent } from "@steward/contract";

export type BomDocument = Readonly<Record<string, unknown>>;

/** Components and services at every depth, and the format in words; undefined for what is no CycloneDX. */
export function readBom(
  document: BomDocument,
): { format: string; components: BomDocument[]; services: BomDocument[] } | undefined {
  const { bomFormat, specVersion, components, services } = document;
  if (bomFormat !== "CycloneDX" || typeof specVersion !== "string" || !/^1\.\d{1,2}$/.test(specVersion))
    return undefined;
  if ([components, services].some((list) => list !== undefined && !Array.isArray(list))) return undefined;
  const root = fields(document["metadata"])["component"];
  return {
    format: `CycloneDX ${specVersion}`,
    components: flatten([root, ...list(components)], "components"),
    services: flatten(list(services), "services"),
  };
}

/** What a document lists beside what it is about, each thing once; what it is about as well where it is a model. */
export function componentsOf(document: BomDocument): BomComponent[] {
  const bom = readBom(document);
  if (bom === undefined) return [];
  const root = fields(document["metadata"])["component"];
  const listed = [
    ...bom.components.filter((one) => one !== root || one["type"] === MODEL).flatMap(componentOf),
    ...bom.services.flatMap(serviceOf),
  ];
  return [...new Map(listed.map((one) => [JSON.stringify([one.kind, one.name, one.version]), one])).values()];
}

/** Whether a component is a model whose card says something: an empty form is none. */
export function isModelWithCard(component: BomDocument): boolean {
  return component["type"] === MODEL && saysSomething(component["modelCard"]);
}

/**
 * A component's name with its group, which is a part of it: `@langchain` and `core`, `meta-llama` and `Llama-3`. Only of a
 * model without a package URL the group is its maker.
 */
export function nameOfComponent(component: BomDocument): string | undefined {
  const [name, group, purl] = [text(component["name"]), text(component["group"]), text(component["purl"])];
  if (name === undefined || group === undefined || name.startsWith(`${group}/`)) return name;
  if (component["type"] === MODEL && purl === undefined) return name;
  return `${group}${purl?.startsWith("pkg:maven/") ? ":" : "/"}${name}`;
}

const MODEL = "machine-learning-model";

function componentOf(component: BomDocument): BomComponent[] {
  const name = nameOfComponent(component);
  if (name === undefined) return [];
  const isMadeBy =
    component["type"] === MODEL && component["purl"] === undefined ? text(component["group"]) : undefined;
  return [
    {
      kind: text(component["type"]) ?? "component",
      name,
      version: text(component["version"]) ?? null,
      provider:
        nameAt(component, "supplier") ??
        nameAt(component, "manufacturer") ??
        text(component["publisher"]) ??
        isMadeBy ??
        null,
      digest: digestOf(component),
      licence: licenceOf(component),
    },
  ];
}

function serviceOf(service: BomDocument): BomComponent[] {
  const name = text(service["name"]);
  if (name === undefined) return [];
  const provider = nameAt(service, "provider") ?? text(service["group"]) ?? null;
  return [{ kind: "service", name, version: text(service["version"]) ?? null, provider, digest: null, licence: null }];
}

/** The strongest digest that is given, as registers write it. */
function digestOf(component: BomDocument): string | null {
  const hashes = list(component["hashes"]).map(fields);
  for (const [alg, prefix] of DIGESTS) {
    const content = text(hashes.find((hash) => hash["alg"] === alg)?.["content"]);
    if (content !== undefined) return `${prefix}:${content.toLowerCase()}`;
  }
  return null;
}

const DIGESTS = [
  ["SHA-512", "sha512"],
  ["SHA-384", "sha384"],
  ["SHA-256", "sha256"],
  ["SHA-1", "sha1"],
  ["MD5", "md5"],
] as const;

/** Ids, names and expressions, as they stand. */
function licenceOf(component: BomDocument): string | null {
  const licences = list(component["licenses"]).flatMap((one) => {
    const { expression, license } = fields(one);
    return text(expression) ?? text(fields(license)["id"]) ?? text(fields(license)["name"]) ?? [];
  });
  return licences.length === 0 ? null : licences.toSorted().join(", ");
}

function saysSomething(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).some(([name, part]) => name !== "bom-ref" && saysSomething(part));
  }
  return typeof value === "string" ? value.trim() !== "" : typeof value === "number" || typeof value === "boolean";
}

function flatten(roots: readonly unknown[], nested: "components" | "services"): BomDocument[] {
  return roots.flatMap((one): BomDocument[] =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? [one as BomDocument, ...flatten(list((one as BomDocument)[nested]), nested)]
      : [],
  );
}

function nameAt(component: BomDocument, field: string): string | undefined {
  return text(fields(component[field])["name"]);
}

/** The members of an object; none of what is no object. */
export function fields(value: unknown): BomDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as BomDocument) : {};
}

/** The items of a list; none of what is no list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
