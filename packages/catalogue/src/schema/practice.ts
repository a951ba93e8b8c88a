/** Shapes of `catalogue/assessments/`: audit, review, stages, maturity, suppliers, agents' data. */
import { z } from "zod";

import {
  articles,
  catalogueFile,
  count,
  id,
  ids,
  mark,
  marks,
  meta,
  parameterName,
  requirementId,
  requirementIds,
  testIds,
  text,
  texts,
} from "./common.ts";

const proposal = { verification: mark };

export const supplierQuestionnaireFile = catalogueFile(
  z.strictObject({
    meta: meta(["tiers", "themes", "questions", "answers"], proposal),
    tiers: z.array(
      z.strictObject({
        id,
        ref: text,
        title: text,
        themes: ids,
        note: text.optional(),
        questionLimits: z.array(z.strictObject({ theme: id, firstQuestions: count })).optional(),
      }),
    ),
    answerScale: z.array(z.strictObject({ key: text, title: text, finding: z.boolean().optional() })),
    themes: z.array(
      z.strictObject({
        id,
        number: count,
        title: text,
        questions: texts,
        evidenceWanted: texts,
        requirements: requirementIds,
        articles: articles.optional(),
        machineChecks: texts,
      }),
    ),
  }),
  ({ tiers, themes, answerScale }) => ({
    tiers: tiers.length,
    themes: themes.length,
    questions: themes.reduce((sum, theme) => sum + theme.questions.length, 0),
    answers: answerScale.length,
  }),
);

const auditRule = z.strictObject({
  number: count,
  rule: text,
  sample: z.strictObject({ allUpTo: count, otherwise: text, plus: text }).optional(),
  tests: testIds.optional(),
  parameters: z.array(parameterName).optional(),
});

/** Every clause node and every control. */
const AUDITABLE_REQUIREMENTS = 70;

export const internalAuditFile = catalogueFile(
  z.strictObject({
    meta: meta(["rowFields", "rules", "blocks", "requirementsCovered", "requirementsNotCovered"], proposal),
    rowFields: texts,
    methods: texts,
    grades: texts,
    rules: z.array(auditRule),
    blocks: z.array(
      z.strictObject({
        number: count,
        id,
        title: text,
        requirements: requirementIds,
        openingQuestions: texts,
        testsReadFirst: testIds,
      }),
    ),
  }),
  ({ rowFields, rules, blocks }) => {
    const covered = new Set(blocks.flatMap((block) => block.requirements)).size;
    return {
      rowFields: rowFields.length,
      rules: rules.length,
      blocks: blocks.length,
      requirementsCovered: covered,
      requirementsNotCovered: AUDITABLE_REQUIREMENTS - covered,
    };
  },
);

const reviewShape = {
  id,
  ref: text,
  requiredByStandard: z.boolean(),
  requirements: requirementIds,
  verification: mark,
};

export const managementReviewFile = catalogueFile(
  z.strictObject({
    meta: meta(["inputs", "requiredInputs", "outputs"], { standard: z.literal("iso42001") }),
    inputs: z.array(z.strictObject({ ...reviewShape, input: text, packContent: texts, trend: z.boolean().optional() })),
    outputs: z.array(z.strictObject({ ...reviewShape, output: text })),
    tests: testIds,
  }),
  ({ inputs, outputs }) => ({
    inputs: inputs.length,
    requiredInputs: inputs.filter((input) => input.requiredByStandard).length,
    outputs: outputs.length,
  }),
);

export const maturityFile = catalogueFile(
  z.strictObject({
    meta: meta(["levels"], proposal),
    levels: z.array(z.strictObject({ level: count, name: text, test: text })),
    certificationReady: z.strictObject({
      default: z.strictObject({ atLeast: count, appliesTo: text }),
      higher: z.strictObject({ atLeast: count, requirements: requirementIds }),
    }),
    caps: z.array(z.strictObject({ when: text, maxLevel: count })),
    score: text,
  }),
  ({ levels }) => ({ levels: levels.length }),
);

export const stage1File = catalogueFile(
  z.strictObject({
    meta: meta(["items"], { ...proposal, verificationParts: marks, setHere: texts }),
    items: z.array(
      z.strictObject({
        id,
        number: count,
        item: text,
        requirements: requirementIds,
        documents: text.optional(),
        note: text.optional(),
      }),
    ),
    outcome: z.strictObject({ lists: texts, results: texts }),
  }),
  ({ items }) => ({ items: items.length }),
);

export const stage2File = catalogueFile(
  z.strictObject({
    meta: meta(["questions"], proposal),
    questions: z.array(z.strictObject({ id, number: count, question: text, goodAnswerShows: text, tests: testIds })),
  }),
  ({ questions }) => ({ questions: questions.length }),
);

const plane = z.strictObject({
  id,
  ref: text,
  title: text,
  content: text,
  controlledBy: text,
  provenanceUnit: text,
  replacesTrainingLineage: text,
});
const manifestField = z.strictObject({
  name: text,
  meaning: text.optional(),
  list: z.boolean().optional(),
  fields: z.array(z.strictObject({ name: text, values: texts.optional() })).optional(),
});

export const agenticDataFile = catalogueFile(
  z.strictObject({
    meta: meta(
      ["planes", "grades", "manifestFields", "itemFields", "trustLabels", "rules", "controls", "tests"],
      proposal,
    ),
    problem: z.strictObject({ summary: text, wrongExits: texts, whyInside: text, verificationParts: marks }),
    planes: z.array(plane),
    disclosureGrades: z.strictObject({
      appliesTo: id,
      requiredBySystemTier: text,
      grades: z.array(z.strictObject({ id, ref: text, rank: count, meaning: text, articles: articles.optional() })),
    }),
    manifest: z.strictObject({ name: text, storage: text, retention: text, fields: z.array(manifestField) }),
    rules: z.array(z.strictObject({ id, name: text, rule: text, requirements: requirementIds })),
    controlMatrix: z.array(z.strictObject({ control: requirementId, D1: text, D2: text, D3: text, D4: text })),
    tests: testIds,
    headlineMetric: z.strictObject({ name: text, meaning: text, showBeside: texts }),
    soaWording: text,
    aiActHooks: z.array(z.strictObject({ articles, hook: text, verification: mark.optional() })),
    limits: texts,
  }),
  ({ planes, disclosureGrades, manifest, rules, controlMatrix, tests }) => {
    const itemFields = manifest.fields.find((field) => field.name === "items")?.fields ?? [];
    return {
      planes: planes.length,
      grades: disclosureGrades.grades.length,
      manifestFields: manifest.fields.length,
      itemFields: itemFields.length,
      trustLabels: itemFields.find((field) => field.name === "trust_label")?.values?.length ?? 0,
      rules: rules.length,
      controls: controlMatrix.length,
      tests: tests.length,
    };
  },
);
