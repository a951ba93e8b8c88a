/** The catalogue as the product asks for it: requirements, tests, parameters, crosswalks. Pure. */
import { canonicalBytes } from "@steward/kernel";
import type { Json } from "@steward/kernel";

import { checkConsistency } from "./check.ts";
import { indexCrosswalks } from "./crosswalks.ts";
import type { Crosswalks } from "./crosswalks.ts";
import type { CatalogueContent } from "./files.ts";
import { validateFiles } from "./validate.ts";

export type Clause = CatalogueContent["iso-42001/clauses.yaml"]["clauses"][number];
export type ControlGroup = CatalogueContent["iso-42001/controls.yaml"]["groups"][number];
export type Control = CatalogueContent["iso-42001/controls.yaml"]["controls"][number];
export type CatalogueTest = CatalogueContent["iso-42001/tests.yaml"]["tests"][number];
export type Parameter = CatalogueContent["iso-42001/defaults.yaml"]["defaults"][number];
export type DocumentedInformation = CatalogueContent["iso-42001/documented-information.yaml"]["documents"][number];
export type ExclusionChallenge = CatalogueContent["iso-42001/exclusion-challenges.yaml"]["challenges"][number];
export type Standard = CatalogueContent["standards.yaml"]["standards"][number];

/** What gets a status: an auditable clause or an Annex A control. */
export type Requirement = (
  | (Extract<Clause, { auditable: true }> & { readonly kind: "clause" })
  | (Control & { readonly kind: "control" })
) & {
  /** Id of the group it is shown in: the clause of the first level, or the group of Annex A. */
  readonly group: string;
};

/** Clauses 4 to 10 and groups A.2 to A.10, in the order of the standard. */
export interface RequirementGroup {
  readonly id: string;
  readonly ref: string;
  readonly title: string;
  readonly kind: Requirement["kind"];
  readonly requirementIds: readonly string[];
}

export interface Catalogue {
  /** SHA-256, in lower-case hex, over the canonical content of every file: the version of the catalogue. */
  readonly digest: string;
  /** Every file, typed, by its path. */
  readonly content: CatalogueContent;
  /** The 32 auditable clauses, then the 38 controls, in the order of the standard. */
  readonly requirements: readonly Requirement[];
  readonly groups: readonly RequirementGroup[];
  readonly tests: readonly CatalogueTest[];
  readonly parameters: readonly Parameter[];
  readonly documents: readonly DocumentedInformation[];
  readonly challenges: readonly ExclusionChallenge[];
  readonly standards: readonly Standard[];
  readonly crosswalks: Crosswalks;
  requirement(id: string): Requirement | undefined;
  test(id: string): CatalogueTest | undefined;
  parameter(name: string): Parameter | undefined;
}

/**
 * Builds the catalogue from its parsed files, given by path below `catalogue/`.
 * @throws CatalogueError with every problem, each naming file and place.
 */
export async function buildCatalogue(parsed: ReadonlyMap<string, unknown>): Promise<Catalogue> {
  const content = validateFiles(parsed);
  checkConsistency(content);
  const requirements = listRequirements(content);
  const tests = content["iso-42001/tests.yaml"].tests;
  const parameters = content["iso-42001/defaults.yaml"].defaults;
  const requirementsById = new Map(requirements.map((requirement) => [requirement.id, requirement]));
  const testsById = new Map(tests.map((test) => [test.id, test]));
  const parametersByName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  return {
    digest: await digestOf(content),
    content,
    requirements,
    groups: listGroups(content, requirements),
    tests,
    parameters,
    documents: content["iso-42001/documented-information.yaml"].documents,
    challenges: content["iso-42001/exclusion-challenges.yaml"].challenges,
    standards: content["standards.yaml"].standards,
    crosswalks: indexCrosswalks(content, titlesOf(content)),
    requirement: (id) => requirementsById.get(id),
    test: (id) => testsById.get(id),
    parameter: (name) => parametersByName.get(name),
  };
}

function listRequirements(content: CatalogueContent): Requirement[] {
  const clauses = content["iso-42001/clauses.yaml"].clauses.flatMap((clause): Requirement[] =>
    clause.auditable ? [{ ...clause, kind: "clause", group: `iso42001:${clause.ref.split(".")[0]}` }] : [],
  );
  const controls = content["iso-42001/controls.yaml"].controls.map((control): Requirement => ({
    ...control,
    kind: "control",
  }));
  return [...clauses.toSorted(byRef), ...controls.toSorted(byRef)];
}

function listGroups(content: CatalogueContent, requirements: readonly Requirement[]): RequirementGroup[] {
  const members = Map.groupBy(requirements, (requirement) => requirement.group);
  const group = (kind: Requirement["kind"], { id, ref, title }: { id: string; ref: string; title: string }) => ({
    id,
    ref,
    title,
    kind,
    requirementIds: (members.get(id) ?? []).map((requirement) => requirement.id),
  });
  const clauses = content["iso-42001/clauses.yaml"].clauses.filter((clause) => clause.parent === null);
  return [
    ...clauses.map((clause) => group("clause", clause)).toSorted(byRef),
    ...content["iso-42001/controls.yaml"].groups.map((annexGroup) => group("control", annexGroup)).toSorted(byRef),
  ];
}

/** 6.2 before 6.10, A.9 before A.10. */
function byRef(a: { readonly ref: string }, b: { readonly ref: string }): number {
  return a.ref.localeCompare(b.ref, "en", { numeric: true });
}

function titlesOf(content: CatalogueContent): Map<string, string> {
  const titled = [
    ...content["iso-42001/clauses.yaml"].clauses,
    ...content["iso-42001/controls.yaml"].groups,
    ...content["iso-42001/controls.yaml"].controls,
    ...content["eu-ai-act/articles.yaml"].articles,
    ...content["eu-ai-act/annex-iv.yaml"].sections,
  ];
  return new Map(titled.flatMap(({ id, title }) => (title === undefined ? [] : [[id, title] as const])));
}

async function digestOf(content: CatalogueContent): Promise<string> {
  const bytes = canonicalBytes(content as unknown as Json);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
