/**
 * Checks of SPDX 3.0.1 documents, written by the specification (https://spdx.github.io/spdx-spec/v3.0.1/): no npm
 * package ships its schema. Only the classes and properties that the scanner writes are known here; a document that
 * goes beyond them does not pass. Set STEWARD_SPDX_SCHEMA to the published schema's file to validate against it too.
 */

type Element = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const TIME = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\dZ$/;
const IRI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/;

const text: Check = (value) => typeof value === "string";
const time: Check = (value) => typeof value === "string" && TIME.test(value);
const iri: Check = (value) => typeof value === "string" && IRI.test(value);
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);
const listOf =
  (check: Check, atLeast = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= atLeast && value.every((item) => check(item));

interface Shape {
  readonly required: Readonly<Record<string, Check>>;
  readonly optional: Readonly<Record<string, Check>>;
}

const ELEMENT: Shape = {
  required: { type: text, spdxId: iri, creationInfo: text },
  optional: { name: text, comment: text },
};

const PACKAGE: Shape = {
  required: {},
  optional: {
    suppliedBy: iri,
    releaseTime: time,
    builtTime: time,
    originatedBy: listOf(iri),
    software_primaryPurpose: oneOf(
      ..."application configuration container data library model module other platform".split(" "),
    ),
    software_sourceInfo: text,
    software_packageVersion: text,
    software_packageUrl: iri,
    software_downloadLocation: iri,
  },
};

const COLLECTION: Shape = {
  required: {},
  optional: {
    element: listOf(iri, 1),
    rootElement: listOf(iri, 1),
    profileConformance: listOf(oneOf("core", "software", "ai", "dataset", "simpleLicensing"), 1),
  },
};

/** Annexes of the profiles: what an AIPackage and a DatasetPackage must have beyond what their classes ask for. */
const PROFILED: Shape = {
  required: {
    releaseTime: time,
    suppliedBy: iri,
    software_packageVersion: text,
    software_downloadLocation: iri,
    software_primaryPurpose: text,
  },
  optional: {},
};

const entry: Check = (value) => {
  const { type, key } = value as Element;
  return type === "DictionaryEntry" && text(key);
};

const SHAPES: Readonly<Record<string, readonly Shape[]>> = {
  CreationInfo: [
    {
      required: {
        type: text,
        "@id": (id) => typeof id === "string" && id.startsWith("_:"),
        specVersion: oneOf("3.0.1"),
        created: time,
        createdBy: listOf(iri, 1),
      },
      optional: {},
    },
  ],
  SpdxDocument: [ELEMENT, COLLECTION],
  software_Sbom: [ELEMENT, COLLECTION, { required: {}, optional: { software_sbomType: listOf(oneOf("source")) } }],
  SoftwareAgent: [ELEMENT],
  Organization: [ELEMENT],
  software_Package: [ELEMENT, PACKAGE],
  ai_AIPackage: [
    ELEMENT,
    PACKAGE,
    PROFILED,
    {
      required: {},
      optional: { ai_typeOfModel: listOf(text), ai_informationAboutTraining: text, ai_metric: listOf(entry) },
    },
  ],
  dataset_DatasetPackage: [
    ELEMENT,
    PACKAGE,
    PROFILED,
    {
      required: {
        builtTime: time,
        originatedBy: listOf(iri, 1),
        dataset_datasetType: listOf(oneOf("noAssertion"), 1),
      },
      optional: { dataset_intendedUse: text },
    },
  ],
  simplelicensing_LicenseExpression: [ELEMENT, { required: { simplelicensing_licenseExpression: text }, optional: {} }],
  Relationship: [
    ELEMENT,
    {
      required: {
        from: iri,
        to: listOf(iri, 1),
        relationshipType: oneOf("contains", "trainedOn", "hasDeclaredLicense"),
      },
      optional: { completeness: oneOf("complete", "incomplete", "noAssertion") },
    },
  ],
};

/** Everything that is wrong with a document; empty where it is as the specification says. */
export function spdxProblems(document: unknown): string[] {
  const { "@context": context, "@graph": graph } = document as { "@context": unknown; "@graph": Element[] };
  const problems: string[] = [];
  if (context !== "https://spdx.org/rdf/3.0.1/spdx-context.jsonld") problems.push("the context is another");
  const ids = graph.flatMap(({ spdxId }) => (typeof spdxId === "string" ? spdxId : []));
  if (new Set(ids).size !== ids.length) problems.push("an spdxId stands twice");
  if (graph.filter(({ type }) => type === "SpdxDocument").length !== 1) problems.push("not exactly one SpdxDocument");
  if (graph.filter(({ type }) => type === "CreationInfo").length !== 1) problems.push("not exactly one CreationInfo");
  const known = new Set(ids);
  for (const element of graph) problems.push(...elementProblems(element), ...referenceProblems(element, known));
  return problems;
}

function elementProblems(element: Element): string[] {
  const name = `${String(element["type"])} ${String(element["spdxId"] ?? element["@id"])}`;
  const shapes = SHAPES[String(element["type"])];
  if (shapes === undefined) return [`${name}: unknown class`];
  const required = Object.assign({}, ...shapes.map((shape) => shape.required)) as Record<string, Check>;
  const optional = Object.assign({}, ...shapes.map((shape) => shape.optional)) as Record<string, Check>;
  return [
    ...Object.keys(required).flatMap((key) => (key in element ? [] : `${name}: ${key} is missing`)),
    ...Object.entries(element).flatMap(([key, value]) => {
      const check = required[key] ?? optional[key];
      if (check === undefined) return `${name}: ${key} is unknown`;
      return check(value) ? [] : `${name}: ${key} is ${JSON.stringify(value)}`;
    }),
  ];
}

/** What an element points to is in the document, or is one of the specification's own individuals. */
function referenceProblems(element: Element, known: ReadonlySet<string>): string[] {
  const pointers = ["from", "to", "element", "rootElement", "suppliedBy", "originatedBy", "createdBy"];
  return pointers
    .flatMap((key) => element[key] ?? [])
    .flatMap((target) =>
      known.has(target as string) || String(target).startsWith("https://spdx.org/rdf/3.0.1/terms/")
        ? []
        : `${String(element["spdxId"])}: ${String(target)} is nowhere`,
    );
}
