/** What must agree across files: ids occur once, every reference resolves, links are seen from both sides. */
import { CatalogueError } from "./error.ts";
import { isCataloguePath } from "./files.ts";
import type { CatalogueContent, CataloguePath } from "./files.ts";
import { placeOf } from "./validate.ts";

/** A whole string of this form is a reference to an id of the catalogue. */
const REFERENCE = /^[a-z][a-z0-9-]*:[A-Za-z0-9][A-Za-z0-9.()-]*$/;
const TEST_REFERENCE = /^T-(\d|A\.|AG-)/;
const FILE_REFERENCE = /^[\w-]+\/[\w-]+\.yaml$/;

/** @throws CatalogueError `inconsistent`, with every problem that was found. */
export function checkConsistency(content: CatalogueContent): void {
  const problems: string[] = [];
  const ids = collectIds(content, problems);
  checkReferences(content, ids, problems);
  checkTestLinks(content, problems);
  checkParameterLinks(content, problems);
  checkDocumentLinks(content, problems);
  checkGroups(content, problems);
  checkCrosswalkTargets(content, problems);
  if (problems.length > 0) throw new CatalogueError("inconsistent", problems);
}

type Visit = (value: string, path: readonly PropertyKey[]) => void;

function walk(value: unknown, path: PropertyKey[], visit: Visit): void {
  if (typeof value === "string") visit(value, path);
  else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      walk(value[index], path, visit);
      path.pop();
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      path.push(key);
      visit(key, path);
      walk(inner, path, visit);
      path.pop();
    }
  }
}

function files(content: CatalogueContent): [CataloguePath, CatalogueContent[CataloguePath]][] {
  return Object.entries(content) as [CataloguePath, CatalogueContent[CataloguePath]][];
}

/** An `id` defines; so do the lists of the other side in a crosswalk, whose standard has no file of its own. */
function collectIds(content: CatalogueContent, problems: string[]): Set<string> {
  const definedAt = new Map<string, string>();
  const define = (id: string, place: string) => {
    const earlier = definedAt.get(id);
    if (earlier === undefined) definedAt.set(id, place);
    else problems.push(`${place}: ${id} is already defined at ${earlier}`);
  };
  for (const [path, file] of files(content)) {
    walk(file, [], (value, at) => {
      if (at.at(-1) === "id" && value !== "id") define(value, `${path}: ${placeOf(at)}`);
    });
  }
  for (const path of OWN_TARGETS) {
    for (const id of content[path].targets) define(id, `${path}: targets`);
  }
  const nist = content["crosswalks/nist-ai-rmf.yaml"];
  for (const id of [...nist.functions, ...nist.categories, ...nist.subcategories]) {
    define(id, "crosswalks/nist-ai-rmf.yaml");
  }
  return new Set(definedAt.keys());
}

/** Crosswalks whose targets are defined in the crosswalk itself. */
const OWN_TARGETS = [
  "crosswalks/iso-27001.yaml",
  "crosswalks/iso-9001.yaml",
  "crosswalks/iso-31000.yaml",
  "crosswalks/soc-2.yaml",
] as const;

const CROSSWALKS = [...OWN_TARGETS, "crosswalks/eu-ai-act.yaml", "crosswalks/nist-ai-rmf.yaml"] as const;

function checkReferences(content: CatalogueContent, ids: ReadonlySet<string>, problems: string[]): void {
  for (const [path, file] of files(content)) {
    walk(file, [], (value, at) => {
      if ((REFERENCE.test(value) || TEST_REFERENCE.test(value)) && !ids.has(value)) {
        problems.push(`${path}: ${placeOf(at)}: ${value} is not defined`);
      }
      if (FILE_REFERENCE.test(value) && !isCataloguePath(value)) {
        problems.push(`${path}: ${placeOf(at)}: ${value} is no file of the catalogue`);
      }
    });
  }
}

/** Every pair (a, b) that one side names and the other does not. */
function checkMirror(
  left: readonly (readonly [string, string])[],
  right: readonly (readonly [string, string])[],
  names: { left: string; right: string },
  problems: string[],
): void {
  const key = ([a, b]: readonly [string, string]) => `${a}\u0000${b}`;
  const inLeft = new Set(left.map(key));
  const inRight = new Set(right.map(key));
  for (const pair of left) {
    if (!inRight.has(key(pair))) problems.push(`${names.left}: ${pair[0]} names ${pair[1]}, ${names.right} does not`);
  }
  for (const pair of right) {
    if (!inLeft.has(key(pair))) problems.push(`${names.right}: ${pair[1]} names ${pair[0]}, ${names.left} does not`);
  }
}

function checkTestLinks(content: CatalogueContent, problems: string[]): void {
  const requirements = [
    ...content["iso-42001/clauses.yaml"].clauses.flatMap((clause) => (clause.auditable ? [clause] : [])),
    ...content["iso-42001/controls.yaml"].controls,
  ];
  const tests = content["iso-42001/tests.yaml"].tests;
  checkMirror(
    requirements.flatMap(({ id, tests }) => tests.map((test) => [id, test] as const)),
    tests.flatMap(({ id, requirements }) => requirements.map((requirement) => [requirement, id] as const)),
    { left: "clauses.yaml and controls.yaml", right: "iso-42001/tests.yaml" },
    problems,
  );
  const automationOf = new Map(tests.map((test) => [test.id, test.automation]));
  for (const { id, automation, tests } of content["iso-42001/controls.yaml"].controls) {
    const union = [...new Set(tests.map((test) => automationOf.get(test)))].sort().join("+");
    if (union !== automation)
      problems.push(`iso-42001/controls.yaml: ${id}: automation is ${union}, not ${automation}`);
  }
}

function checkParameterLinks(content: CatalogueContent, problems: string[]): void {
  const defaults = content["iso-42001/defaults.yaml"].defaults;
  const names = new Set<string>();
  for (const { name } of defaults) {
    if (names.has(name)) problems.push(`iso-42001/defaults.yaml: ${name} occurs twice`);
    names.add(name);
  }
  checkMirror(
    content["iso-42001/tests.yaml"].tests.flatMap(({ id, parameters }) =>
      parameters.map((name) => [id, name] as const),
    ),
    defaults.flatMap(({ name, usedBy }) => usedBy.map((test) => [test, name] as const)),
    { left: "iso-42001/tests.yaml", right: "iso-42001/defaults.yaml" },
    problems,
  );
  for (const rule of content["assessments/internal-audit.yaml"].rules) {
    for (const name of rule.parameters ?? []) {
      if (!names.has(name)) problems.push(`assessments/internal-audit.yaml: rule ${rule.number}: no parameter ${name}`);
    }
  }
}

function checkDocumentLinks(content: CatalogueContent, problems: string[]): void {
  checkMirror(
    content["iso-42001/clauses.yaml"].clauses.flatMap((clause) =>
      clause.auditable ? clause.documents.map((document) => [clause.id, document] as const) : [],
    ),
    content["iso-42001/documented-information.yaml"].documents.map(({ id, requirement }) => [requirement, id] as const),
    { left: "iso-42001/clauses.yaml", right: "iso-42001/documented-information.yaml" },
    problems,
  );
}

function checkGroups(content: CatalogueContent, problems: string[]): void {
  const { groups, controls } = content["iso-42001/controls.yaml"];
  checkMirror(
    groups.flatMap(({ id, controls }) => controls.map((control) => [id, control] as const)),
    controls.map(({ id, group }) => [group, id] as const),
    { left: "groups of iso-42001/controls.yaml", right: "its controls" },
    problems,
  );
  const subgroups = new Map(groups.map((group) => [group.id, (group.subgroups ?? []).map(({ id }) => id)]));
  for (const { id, group, subgroup } of controls) {
    if (subgroup !== undefined && !subgroups.get(group)?.includes(subgroup)) {
      problems.push(`iso-42001/controls.yaml: ${id}: ${group} has no subgroup ${subgroup}`);
    }
  }
  for (const { id, controls, count } of groups) {
    if (controls.length !== count)
      problems.push(`iso-42001/controls.yaml: ${id}: count is ${controls.length}, not ${count}`);
  }
  const clauses = new Map(content["iso-42001/clauses.yaml"].clauses.map((clause) => [clause.id, clause]));
  for (const { id, parent } of clauses.values()) {
    if (parent !== null && clauses.get(parent)?.auditable !== false) {
      problems.push(`iso-42001/clauses.yaml: ${id}: the parent ${parent} is no container`);
    }
  }
}

function checkCrosswalkTargets(content: CatalogueContent, problems: string[]): void {
  for (const path of CROSSWALKS) {
    const { targets, rows, supportFlags, titles, meta } = content[path];
    const used = new Set<string>();
    const pairs = new Set<string>();
    for (const { from, to, strength, support } of rows) {
      if (to !== null) used.add(to);
      if ((to === null) !== (strength === "none")) problems.push(`${path}: ${from}: "none" and no target go together`);
      if (pairs.has(`${from} ${to}`)) problems.push(`${path}: ${from} to ${to} occurs twice`);
      pairs.add(`${from} ${to}`);
      if (!from.startsWith(`${meta.fromStandard}:`) || (to !== null && !to.startsWith(`${meta.toStandard}:`))) {
        problems.push(`${path}: ${from} to ${to}: not from ${meta.fromStandard} to ${meta.toStandard}`);
      }
      for (const flag of support) {
        if (!Object.hasOwn(supportFlags, flag)) problems.push(`${path}: ${from}: no support flag ${flag}`);
      }
    }
    checkMirror(
      targets.map((target) => ["rows", target] as const),
      [...used].map((target) => ["rows", target] as const),
      { left: `${path} targets`, right: `${path} rows` },
      problems,
    );
    // Titles of articles and of ISO/IEC 42001 stand in their own files.
    if (meta.toStandard !== "eu-ai-act" && meta.toStandard !== "iso42001") {
      for (const target of used) {
        if (!Object.hasOwn(titles, target)) problems.push(`${path}: ${target} has no title`);
      }
    }
  }
}
