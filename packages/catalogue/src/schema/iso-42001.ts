/** Shapes of `catalogue/iso-42001/`. */
import { z } from "zod";

import {
  articles,
  catalogueFile,
  count,
  day,
  id,
  ids,
  mark,
  marks,
  meta,
  parameterName,
  requirementId,
  requirementIds,
  testId,
  testIds,
  text,
  texts,
} from "./common.ts";

const standard = { standard: z.literal("iso42001") };

const clauseShape = { id: requirementId, ref: text, title: text, summary: text, verification: mark };
const container = z.strictObject({
  ...clauseShape,
  parent: requirementId.nullable(),
  auditable: z.literal(false),
});
const auditableClause = z.strictObject({
  ...clauseShape,
  parent: requirementId,
  auditable: z.literal(true),
  documentedInformation: z.strictObject({
    required: z.boolean(),
    what: text,
    verification: mark.optional(),
    note: text.optional(),
    seeAlso: requirementIds.optional(),
  }),
  auditorAsks: texts.min(1),
  documents: ids,
  tests: testIds.min(1),
});

export const clausesFile = catalogueFile(
  z.strictObject({
    meta: meta(["entries", "containers", "auditable"], standard),
    clauses: z.array(z.discriminatedUnion("auditable", [container, auditableClause])),
  }),
  ({ clauses }) => ({
    entries: clauses.length,
    containers: clauses.filter((clause) => !clause.auditable).length,
    auditable: clauses.filter((clause) => clause.auditable).length,
  }),
);

const group = z.strictObject({
  id: requirementId,
  ref: text,
  title: text,
  objective: text,
  objectiveRefs: texts.min(1),
  controls: requirementIds,
  count,
  subgroups: z.array(z.strictObject({ id: requirementId, ref: text, objective: text })).optional(),
});
const control = z.strictObject({
  id: requirementId,
  ref: text,
  title: text,
  group: requirementId,
  subgroup: requirementId.optional(),
  summary: text,
  typicalEvidence: texts.min(1),
  automation: z.enum(["auto", "semi", "auto+semi"]),
  tests: testIds.min(1),
  verification: mark,
  note: text.optional(),
});

export const controlsFile = catalogueFile(
  z.strictObject({
    meta: meta(["groups", "controls"], standard),
    groups: z.array(group),
    controls: z.array(control),
  }),
  ({ groups, controls }) => ({ groups: groups.length, controls: controls.length }),
);

const automation = z.enum(["auto", "semi"]);
const test = z.strictObject({
  id: testId,
  name: text.optional(),
  requirements: requirementIds.min(1),
  appliesTo: z.literal("agents").optional(),
  automation,
  sources: texts.min(1),
  passesWhen: text,
  rationale: text.optional(),
  onFail: text,
  parameters: z.array(parameterName),
  harmDimensions: ids.optional(),
  setHere: texts.optional(),
  verification: mark.optional(),
});

export const testsFile = catalogueFile(
  z.strictObject({
    meta: meta(["tests", "clauseTests", "controlTests", "agentTests"], standard),
    automationClasses: z.array(z.strictObject({ key: automation, meaning: text })),
    resultFields: texts,
    recordTypes: z.array(z.strictObject({ records: texts, fields: texts, abbreviation: text.optional() })),
    liveSources: z.array(z.strictObject({ source: text, provesSomethingAbout: requirementIds })),
    tests: z.array(test),
  }),
  ({ tests }) => ({
    tests: tests.length,
    clauseTests: tests.filter((test) => /^T-\d/.test(test.id)).length,
    controlTests: tests.filter((test) => test.id.startsWith("T-A.")).length,
    agentTests: tests.filter((test) => test.appliesTo === "agents").length,
  }),
);

const parameter = z.strictObject({
  name: parameterName,
  value: z.number().min(0),
  unit: text,
  meaning: text,
  highTierValue: z.number().min(0).optional(),
  highTierMeaning: text.optional(),
  legalMinimum: z.literal(true).optional(),
  articles: articles.optional(),
  usedBy: testIds.min(1),
  alsoUsedIn: texts.optional(),
});

export const defaultsFile = catalogueFile(
  z.strictObject({ meta: meta(["named"], standard), defaults: z.array(parameter) }),
  ({ defaults }) => ({ named: defaults.length }),
);

export const documentsFile = catalogueFile(
  z.strictObject({
    meta: meta(["entries"], standard),
    documents: z.array(
      z.strictObject({
        id,
        ref: text,
        title: text,
        requirement: requirementId,
        verification: mark,
        note: text.optional(),
      }),
    ),
  }),
  ({ documents }) => ({ entries: documents.length }),
);

const soaLine = z.strictObject({
  lines: text,
  ownControlIdPattern: text,
  fields: z.array(
    z.strictObject({
      name: text,
      values: texts.optional(),
      valuesIfApplicable: texts.optional(),
      valuesIfExcluded: texts.optional(),
    }),
  ),
});
const challenge = z.strictObject({
  id,
  controls: requirementIds.min(1),
  contradictedWhen: text,
  credible: z.enum(["unless contradicted", "never"]),
  reason: text.optional(),
});

export const challengesFile = catalogueFile(
  z.strictObject({
    meta: meta(["challenges", "controlsChallenged", "controlsWithoutChallenge"], { ...standard, usedByTests: testIds }),
    soaLine,
    challenges: z.array(challenge),
  }),
  ({ challenges }) => {
    const challenged = new Set(challenges.flatMap((challenge) => challenge.controls)).size;
    return {
      challenges: challenges.length,
      controlsChallenged: challenged,
      controlsWithoutChallenge: ANNEX_A_CONTROLS - challenged,
    };
  },
);

/** Annex A of ISO/IEC 42001:2023 has 38 controls. */
const ANNEX_A_CONTROLS = 38;

const entry = { id, ref: text, title: text, summary: text, verification: mark };

export const annexCFile = catalogueFile(
  z.strictObject({
    meta: meta(["objectives", "riskSources"], standard),
    objectives: z.array(z.strictObject(entry)),
    riskSources: z.array(z.strictObject({ ...entry, signals: texts.min(1) })),
  }),
  ({ objectives, riskSources }) => ({ objectives: objectives.length, riskSources: riskSources.length }),
);

export const findingsFile = catalogueFile(
  z.strictObject({
    meta: meta(["findings"], standard),
    findings: z.array(
      z.strictObject({ id, finding: text, tests: testIds.min(1), verification: mark, note: text.optional() }),
    ),
  }),
  ({ findings }) => ({ findings: findings.length }),
);

const accreditation = z.strictObject({
  accreditationBody: text,
  certificationBody: text,
  date: day,
  note: text.optional(),
});
const cycle = z.strictObject({
  years: count,
  startsAt: text,
  events: z.array(z.strictObject({ when: text, event: text })),
});
const surveillance = z.strictObject({ atLeast: text, firstNotLaterThanMonths: count, alwaysIncludes: texts });
const deadline = z.strictObject({ months: count, from: text });
const fact = z.strictObject({
  id,
  key: text,
  kind: text,
  topic: text,
  fact: text,
  articles: articles.optional(),
  data: z.union([z.array(accreditation), cycle, surveillance, deadline]).optional(),
  output: text.optional(),
  details: text.optional(),
  note: text.optional(),
  showAsRule: z.boolean().optional(),
  verificationParts: marks.optional(),
  verification: mark,
});

export const certificationFile = catalogueFile(
  z.strictObject({ meta: meta(["facts"], standard), facts: z.array(fact) }),
  ({ facts }) => ({ facts: facts.length }),
);
