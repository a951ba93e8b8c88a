/** Shapes of `catalogue/assessments/`: impact assessment and risk. The others stand in practice.ts. */
import { z } from "zod";

import { catalogueFile, count, id, ids, mark, meta, requirementIds, testIds, text, texts } from "./common.ts";

const levels = z.array(z.strictObject({ value: count, meaning: text }));
const band = { from: count, to: count, key: text };
const floors = z.array(z.strictObject({ when: text, atLeast: text }));

const screeningQuestion = z.strictObject({
  id,
  ref: text,
  question: text,
  onYes: z.strictObject({
    form: z.enum(["full", "light"]),
    check: ids.optional(),
    alsoUse: text.optional(),
    orStopIf: text.optional(),
    sections: ids.optional(),
  }),
});
const field = z.strictObject({
  id,
  ref: text,
  label: text,
  question: text,
  type: text,
  required: z.enum(["always", "full", "conditional"]),
  condition: text.optional(),
  options: texts.optional(),
  dimensions: texts.optional(),
  measureTypes: texts.optional(),
  prefill: texts,
  guidance: texts,
  tests: testIds.optional(),
});
const rating = z.strictObject({
  verification: mark,
  severityUsed: text,
  formula: text,
  bands: z.array(z.strictObject(band)),
  floors,
  tableColumns: text,
  table: z.array(z.strictObject({ severityUsed: count, levels: texts })),
  likelihoodNotApplicable: text,
  rules: texts,
});
const likelihood = z.strictObject({ value: count, key: text, range: text, setHere: texts.optional() });
const mapping = z.strictObject({
  duty: text,
  requirements: ids.optional(),
  fields: z.union([z.literal("all"), ids]).optional(),
  fieldNotes: z.record(id, text).optional(),
  elements: z.record(id, ids).optional(),
  elementNotes: z.record(id, text).optional(),
  answers: ids.optional(),
  extraNeeded: texts,
});

export const impactAssessmentFile = catalogueFile(
  z.strictObject({
    meta: meta(["processRefs", "screeningQuestions", "sections", "fields", "harmDimensions"], {
      standard: z.literal("iso42005"),
    }),
    process: z.array(
      z.strictObject({ id, ref: text, title: text, tenantSets: text, verification: mark, tests: testIds.optional() }),
    ),
    guidanceTitles: z.array(z.strictObject({ id, ref: text, shortTitle: text, verification: mark })),
    screening: z.strictObject({
      minutes: count,
      rule: text,
      questions: z.array(screeningQuestion),
      verification: mark,
    }),
    requiredness: z.strictObject({ always: text, full: text, conditional: text }),
    forms: z.array(z.strictObject({ key: z.enum(["light", "full"]), fields: text })),
    fieldTypes: texts,
    sections: z.array(z.strictObject({ id, ref: text, title: text, fields: z.array(field) })),
    scales: z.strictObject({
      verification: mark,
      severityPeople: levels,
      scale: texts,
      likelihoodPerYear: z.array(likelihood),
      reversibility: texts,
      rating,
    }),
    harmDimensions: z.array(z.strictObject({ id, title: text })),
    mappings: z.array(mapping),
  }),
  ({ process, screening, sections, harmDimensions }) => ({
    processRefs: process.length,
    screeningQuestions: screening.questions.length,
    sections: sections.length,
    fields: sections.reduce((sum, section) => sum + section.fields.length, 0),
    harmDimensions: harmDimensions.length,
  }),
);

const matrix = z.strictObject({
  verification: mark,
  formula: text,
  bands: z.array(z.strictObject({ ...band, acceptance: text, acceptedBy: text.nullable() })),
  likelihoodNotApplicable: z.strictObject({
    rule: text,
    bands: z.array(z.strictObject({ consequence: count, key: text })),
  }),
  floors,
});
const acceptanceAuthority = z.strictObject({
  verification: mark,
  requirements: requirementIds,
  tests: testIds,
  levels: z.array(z.strictObject({ level: text, authority: text, title: text })),
  rules: texts,
});
const starterRisk = z.strictObject({
  id,
  ref: text,
  prompt: text,
  source: id,
  objective: id,
  controls: requirementIds.min(1),
  liveIndicator: text,
});

export const riskFile = catalogueFile(
  z.strictObject({
    meta: meta(["steps", "recordFields", "treatmentOptions", "starterRisks"], { standards: texts }),
    steps: z.array(z.strictObject({ number: count, title: text, refs: texts, productAct: text, verification: mark })),
    record: z.strictObject({
      verification: mark,
      titlePattern: text,
      fields: z.array(z.strictObject({ name: text, meaning: text })),
    }),
    scales: z.strictObject({
      verification: mark,
      consequenceOrganisation: levels,
      consequencePeople: levels,
      consequencePeopleNote: text,
      consequenceSociety: levels,
      likelihood: text,
    }),
    matrix,
    acceptanceAuthority,
    treatmentOptions: z.array(z.strictObject({ key: text, meaning: text })),
    treatmentRef: id,
    starterRisks: z.array(starterRisk),
  }),
  ({ steps, record, treatmentOptions, starterRisks }) => ({
    steps: steps.length,
    recordFields: record.fields.length,
    treatmentOptions: treatmentOptions.length,
    starterRisks: starterRisks.length,
  }),
);
