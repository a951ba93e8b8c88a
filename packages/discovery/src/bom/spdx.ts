/**
 * A scan as SPDX 3.0.1 in JSON-LD, with the AI and Dataset profiles: models and agents are AIPackages, data sets
 * DatasetPackages, suppliers Organizations, everything else Packages. https://spdx.github.io/spdx-spec/v3.0.1/
 */
import { TOOL_TITLE, TOOL_VERSION } from "../tool.ts";
import type { CardFacts, Component, Kind, Scan } from "../types.ts";
import type { BomOptions } from "./cyclonedx.ts";
import { spdxLicense } from "./license.ts";
import { purlOf } from "./purl.ts";

const CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";

/** The specification's own individuals for what nobody asserts. */
const NO_SUPPLIER = "https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement";
const NO_LOCATION = "https://spdx.org/rdf/3.0.1/terms/Core/NoAssertion";
const NO_VERSION = "NOASSERTION";

const CREATION_INFO = "_:creation";

/** Places that are told of one component; a package that every file imports has thousands. */
const MAX_PLACES = 50;

const AI_KINDS: ReadonlySet<Kind> = new Set(["model", "embedding", "model_file", "agent"]);

const PURPOSES: Readonly<Partial<Record<Kind, string>>> = {
  package: "library",
  model: "model",
  embedding: "model",
  model_file: "model",
  dataset: "data",
  agent: "application",
  tool: "module",
  prompt: "configuration",
  service: "platform",
  vector_store: "application",
  image: "container",
  ci: "application",
};

type Element = Readonly<Record<string, unknown>>;

/** The document as JSON text. Times are whole seconds, as SPDX writes them. */
export function toSpdx({ report, cards }: Scan, options: BomOptions): string {
  const base = `https://spdx.org/spdxdocs/${encodeURIComponent(options.name)}-${options.serialNumber}#`;
  const created = `${options.timestamp.slice(0, 19)}Z`;
  const context: Context = { base, created, options, cards, organizations: new Map() };
  const author = element("SoftwareAgent", `${base}author`, { name: `${TOOL_TITLE} ${TOOL_VERSION}` });
  const root = element("software_Package", `${base}root`, {
    name: options.name,
    software_primaryPurpose: "application",
    ...(options.version === undefined ? {} : { software_packageVersion: options.version }),
  });
  const described = report.components.filter(({ kind }) => kind !== "provider");
  const ids = new Map(described.map((component, at) => [component, `${base}${component.kind}-${at + 1}`]));
  const packages = [...ids].map(([component, id]) => packageOf(component, id, context));
  for (const { kind, name } of report.components) if (kind === "provider") organization(name, context);
  const relationships = [
    ...(ids.size === 0 ? [] : [relationship(context, "contains", root, [...ids.values()], "incomplete")]),
    ...[...ids].flatMap(([component, id]) => cardRelationships(component, id, ids, context)),
  ];
  const licenses = [...licenseElements(described, ids, context)];
  const elements = [author, root, ...context.organizations.values(), ...packages, ...licenses, ...relationships];
  const sbom = element("software_Sbom", `${base}sbom`, {
    rootElement: [root["spdxId"]],
    element: elements.map(({ spdxId }) => spdxId),
    software_sbomType: ["source"],
  });
  const document = element("SpdxDocument", `${base}document`, {
    name: `AI bill of materials of ${options.name}`,
    profileConformance: ["core", "software", "ai", "dataset", "simpleLicensing"],
    rootElement: [sbom["spdxId"]],
    element: [...elements, sbom].map(({ spdxId }) => spdxId),
  });
  const creation = {
    type: "CreationInfo",
    "@id": CREATION_INFO,
    specVersion: "3.0.1",
    created,
    createdBy: [author["spdxId"]],
  };
  return `${JSON.stringify({ "@context": CONTEXT, "@graph": [creation, document, sbom, ...elements] }, null, 2)}\n`;
}

interface Context {
  readonly base: string;
  readonly created: string;
  readonly options: BomOptions;
  readonly cards: ReadonlyMap<string, CardFacts>;
  readonly organizations: Map<string, Element>;
}

function packageOf(component: Component, id: string, context: Context): Element {
  const { kind, name, version, provider } = component;
  const purl = purlOf(component);
  const isAi = AI_KINDS.has(kind);
  const isProfiled = isAi || kind === "dataset";
  const supplier = provider === undefined ? undefined : organization(provider, context);
  const fields = {
    name,
    comment: commentOf(component, isProfiled),
    software_primaryPurpose: PURPOSES[kind] ?? "other",
    software_sourceInfo: placesOf(component),
    ...(version === undefined ? {} : { software_packageVersion: version }),
    ...(purl === undefined ? {} : { software_packageUrl: purl }),
    ...(supplier === undefined ? {} : { suppliedBy: supplier }),
  };
  if (!isProfiled) return element("software_Package", id, fields);
  // The profiles ask for these of every AI package and data set; what is not known is said to be unknown.
  const required = {
    releaseTime: context.created,
    suppliedBy: supplier ?? NO_SUPPLIER,
    software_packageVersion: version ?? NO_VERSION,
    software_downloadLocation: locationOf(component),
  };
  const card = context.cards.get(name);
  if (isAi) return element("ai_AIPackage", id, { ...fields, ...required, ...aiFields(component, card) });
  return element("dataset_DatasetPackage", id, {
    ...fields,
    ...required,
    builtTime: context.created,
    originatedBy: [NO_SUPPLIER],
    dataset_datasetType: ["noAssertion"],
    ...(card?.task === undefined ? {} : { dataset_intendedUse: card.task }),
  });
}

function aiFields({ kind }: Component, card: CardFacts | undefined): Element {
  const type = card?.task ?? (kind === "embedding" ? "feature-extraction" : undefined);
  return {
    ...(type === undefined ? {} : { ai_typeOfModel: [type] }),
    ...(card === undefined || card.baseModels.length === 0
      ? {}
      : { ai_informationAboutTraining: `Derived from ${card.baseModels.join(", ")}.` }),
    ...(card === undefined || card.metrics.length === 0
      ? {}
      : { ai_metric: card.metrics.map((key) => ({ type: "DictionaryEntry", key })) }),
  };
}

function locationOf({ kind, name, provider }: Component): string {
  const isHosted = provider === "huggingface" && kind !== "model_file" && /^[\w.-]+\/[\w.-]+$/.test(name);
  return isHosted ? `https://huggingface.co/${name}` : NO_LOCATION;
}

function commentOf({ kind, confidence }: Component, isProfiled: boolean): string {
  const time = isProfiled ? " Its times are that of the scan: it was built and released no later." : "";
  return `Found as ${kind}, ${confidence}.${time}`;
}

function placesOf({ evidence }: Component): string {
  const told = evidence.slice(0, MAX_PLACES).map(({ file, line, detector }) => `${file}:${line} (${detector})`);
  const more = evidence.length - told.length;
  return `Found at ${told.join(", ")}${more > 0 ? ` and ${more} more places` : ""}.`;
}

/** The id of a supplier, who becomes an element of the document with the first use. */
function organization(provider: string, { base, options, organizations }: Context): string {
  const id = `${base}organization-${provider}`;
  if (!organizations.has(provider))
    organizations.set(provider, element("Organization", id, { name: options.suppliers.get(provider) ?? provider }));
  return id;
}

/** What a model card says of the data that the model was trained on, where that data is a component too. */
function cardRelationships(
  component: Component,
  id: string,
  ids: ReadonlyMap<Component, string>,
  context: Context,
): Element[] {
  const trainedOn = AI_KINDS.has(component.kind) ? (context.cards.get(component.name)?.datasets ?? []) : [];
  const targets = [...ids].flatMap(([{ kind, name }, target]) =>
    kind === "dataset" && trainedOn.includes(name) ? target : [],
  );
  if (targets.length === 0) return [];
  return [relationship(context, "trainedOn", { spdxId: id }, targets, "noAssertion")];
}

function* licenseElements(
  components: readonly Component[],
  ids: ReadonlyMap<Component, string>,
  context: Context,
): Generator<Element> {
  for (const component of components) {
    const tag = context.cards.get(component.name)?.license;
    const target = ids.get(component);
    if (tag === undefined || target === undefined) continue;
    const expression = spdxLicense(tag) ?? `LicenseRef-${tag.replaceAll(/[^A-Za-z0-9.-]/g, "-")}`;
    const license = element("simplelicensing_LicenseExpression", `${target}-license`, {
      simplelicensing_licenseExpression: expression,
    });
    yield license;
    yield relationship(context, "hasDeclaredLicense", { spdxId: target }, [`${target}-license`], "complete");
  }
}

function relationship(
  { base }: Context,
  relationshipType: string,
  from: Element,
  to: readonly string[],
  completeness: string,
): Element {
  const source = from["spdxId"] as string;
  return element("Relationship", `${base}${relationshipType}-${source.slice(base.length)}`, {
    from: source,
    relationshipType,
    to,
    completeness,
  });
}

function element(type: string, spdxId: string, fields: Element): Element {
  return { type, spdxId, creationInfo: CREATION_INFO, ...fields };
}
