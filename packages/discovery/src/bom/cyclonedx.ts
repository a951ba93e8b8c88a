/**
 * A scan as an AI bill of materials in CycloneDX 1.6 or 1.7: models with their model cards, data sets, packages,
 * services, and the places where each was found. https://cyclonedx.org/docs/1.7/json/
 */
import { TOOL_NAME, TOOL_TITLE, TOOL_VERSION } from "../tool.ts";
import type { CardFacts, Component, Confidence, Evidence, Kind, Scan } from "../types.ts";
import { spdxLicense } from "./license.ts";
import { purlOf } from "./purl.ts";

export const CYCLONEDX_VERSIONS = ["1.6", "1.7"] as const;
export type CycloneDxVersion = (typeof CYCLONEDX_VERSIONS)[number];

export interface BomOptions {
  /** What was scanned, as the document names it. */
  readonly name: string;
  /** The release that the document is about, where there is one. */
  readonly version?: string;
  /** UUID of this document. */
  readonly serialNumber: string;
  /** RFC 3339. */
  readonly timestamp: string;
  /** Titles of suppliers, by their id. */
  readonly suppliers: ReadonlyMap<string, string>;
}

/** Names of the properties that carry what CycloneDX has no field for; the import reads them again. */
export const PROPERTY = { kind: "steward:kind", confidence: "steward:confidence", place: "steward:place" } as const;

/** Kinds that CycloneDX describes as services; every other kind is a component. */
const SERVICE_KINDS: ReadonlySet<Kind> = new Set(["provider", "service", "endpoint"]);

const COMPONENT_TYPES: Readonly<Partial<Record<Kind, string>>> = {
  package: "library",
  model: "machine-learning-model",
  embedding: "machine-learning-model",
  model_file: "machine-learning-model",
  dataset: "data",
  prompt: "data",
  credential: "cryptographic-asset",
  image: "container",
};

/** How sure each confidence is, on CycloneDX's scale from 0 to 1: our precision on the labelled corpus is above these. */
const SURENESS: Readonly<Record<Confidence, number>> = { used: 0.95, declared: 0.9, inferred: 0.6 };
const TECHNIQUES: Readonly<Record<Confidence, string>> = {
  used: "source-code-analysis",
  declared: "manifest-analysis",
  inferred: "source-code-analysis",
};

/** An IRI as CycloneDX takes it; an address that is put together in code may hold anything. */
const ADDRESS = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/;

const ROOT_REF = "root";

/** The document as JSON text. */
export function toCycloneDx({ report, cards }: Scan, options: BomOptions, specVersion: CycloneDxVersion): string {
  const refs = new Map(report.components.map((component, at) => [component, `${component.kind}-${at + 1}`]));
  const datasets = new Map(
    [...refs].flatMap(([{ kind, name }, ref]) => (kind === "dataset" ? [[name, ref] as const] : [])),
  );
  const context = { options, cards, refOf: (component: Component) => refs.get(component) as string, datasets };
  const document = {
    $schema: `http://cyclonedx.org/schema/bom-${specVersion}.schema.json`,
    bomFormat: "CycloneDX",
    specVersion,
    serialNumber: `urn:uuid:${options.serialNumber}`,
    version: 1,
    metadata: {
      timestamp: options.timestamp,
      lifecycles: [{ phase: "pre-build" }],
      tools: { components: [{ type: "application", name: TOOL_NAME, version: TOOL_VERSION, description: TOOL_TITLE }] },
      component: {
        type: "application",
        "bom-ref": ROOT_REF,
        name: options.name,
        ...(options.version === undefined ? {} : { version: options.version }),
      },
    },
    components: report.components
      .filter(({ kind }) => !SERVICE_KINDS.has(kind))
      .map((item) => componentOf(item, context)),
    services: report.components.filter(({ kind }) => SERVICE_KINDS.has(kind)).map((item) => serviceOf(item, context)),
    dependencies: [{ ref: ROOT_REF, dependsOn: [...refs.values()] }, ...[...refs.values()].map((ref) => ({ ref }))],
    // Reading source cannot see what is configured elsewhere or chosen at run time.
    compositions: [{ aggregate: "incomplete", assemblies: [ROOT_REF] }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

interface Context {
  readonly options: BomOptions;
  readonly cards: ReadonlyMap<string, CardFacts>;
  readonly datasets: ReadonlyMap<string, string>;
  refOf(component: Component): string;
}

function componentOf(component: Component, context: Context): Record<string, unknown> {
  const { kind, name, version, provider, confidence, evidence } = component;
  const purl = purlOf(component);
  const card = context.cards.get(name);
  const isModel = COMPONENT_TYPES[kind] === "machine-learning-model";
  return {
    type: COMPONENT_TYPES[kind] ?? "application",
    "bom-ref": context.refOf(component),
    name,
    ...(version === undefined ? {} : { version }),
    ...(provider === undefined ? {} : { supplier: { name: titleOf(provider, context) } }),
    ...(purl === undefined ? {} : { purl }),
    ...(card?.license === undefined ? {} : { licenses: [licenseOf(card.license)] }),
    ...(isModel ? modelFields(card, context) : {}),
    ...(kind === "dataset" ? { data: [{ type: "dataset", name }] } : {}),
    ...(kind === "prompt" ? { data: [{ type: "configuration", name }] } : {}),
    ...(kind === "credential" ? CREDENTIAL_FIELDS : {}),
    evidence: {
      identity: [identityOf(purl === undefined ? "name" : "purl", purl ?? name, confidence)],
      occurrences: evidence.map((place) => occurrenceOf(place)),
    },
    properties: propertiesOf(component),
  };
}

/** A secret is named, never held: what it protects is the service of its supplier. */
const CREDENTIAL_FIELDS = {
  cryptoProperties: {
    assetType: "related-crypto-material",
    relatedCryptoMaterialProperties: { type: "credential" },
  },
};

function modelFields(card: CardFacts | undefined, { datasets }: Context): Record<string, unknown> {
  // Only what a card in the repository says: a form that we fill in ourselves would pass for one.
  const task = card?.task;
  const modelParameters = {
    ...(task === undefined ? {} : { task }),
    ...(card === undefined || card.datasets.length === 0
      ? {}
      : { datasets: card.datasets.map((name) => datasetOf(name, datasets)) }),
  };
  const languages = card?.languages ?? [];
  const properties = languages.map((value) => ({ name: "steward:language", value }));
  return {
    ...(card === undefined || card.baseModels.length === 0
      ? {}
      : { pedigree: { ancestors: card.baseModels.map((name) => ({ type: "machine-learning-model", name })) } }),
    modelCard: {
      modelParameters,
      ...(card === undefined || card.metrics.length === 0
        ? {}
        : { quantitativeAnalysis: { performanceMetrics: card.metrics.map((type) => ({ type })) } }),
      ...(properties.length === 0 ? {} : { properties }),
    },
  };
}

function datasetOf(name: string, datasets: ReadonlyMap<string, string>): Record<string, unknown> {
  const ref = datasets.get(name);
  return ref === undefined ? { type: "dataset", name } : { ref };
}

function serviceOf(component: Component, context: Context): Record<string, unknown> {
  const { kind, name, version, provider } = component;
  const supplier = kind === "provider" ? name : provider;
  return {
    "bom-ref": context.refOf(component),
    name,
    ...(version === undefined ? {} : { version }),
    ...(supplier === undefined ? {} : { provider: { name: titleOf(supplier, context) } }),
    ...(kind === "endpoint" && ADDRESS.test(name) ? { endpoints: [name] } : {}),
    properties: [
      ...propertiesOf(component),
      // CycloneDX gives services no evidence, so their places go into properties.
      ...component.evidence.map(({ file, line, detector }) => ({
        name: PROPERTY.place,
        value: `${file}:${line} ${detector}`,
      })),
    ],
  };
}

function identityOf(field: "name" | "purl", value: string, confidence: Confidence): Record<string, unknown> {
  const sure = SURENESS[confidence];
  return {
    field,
    confidence: sure,
    concludedValue: value,
    methods: [{ technique: TECHNIQUES[confidence], confidence: sure }],
  };
}

function occurrenceOf({ file, line, detector }: Evidence): Record<string, unknown> {
  return { location: file, line, additionalContext: detector };
}

function propertiesOf({ kind, confidence, provider }: Component): { name: string; value: string }[] {
  return [
    { name: PROPERTY.kind, value: kind },
    { name: PROPERTY.confidence, value: confidence },
    ...(provider === undefined ? [] : [{ name: "steward:provider", value: provider }]),
  ];
}

function licenseOf(tag: string): Record<string, unknown> {
  const id = spdxLicense(tag);
  return { license: id === undefined ? { name: tag } : { id } };
}

function titleOf(provider: string, { options }: Context): string {
  return options.suppliers.get(provider) ?? provider;
}
