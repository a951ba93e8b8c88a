/** Shapes of `catalogue/eu-ai-act/`: roles, duties, registration, incidents, FRIA. */
import { z } from "zod";

import {
  articles,
  catalogueFile,
  chosenReadings,
  count,
  day,
  id,
  ids,
  mark,
  marks,
  meta,
  text,
  texts,
} from "./common.ts";
import { withBasis } from "./eu-ai-act.ts";

const role = z.strictObject({
  id,
  title: text,
  articles,
  note: text.optional(),
  obligations: ids,
  obligationsAs: id.optional(),
});
const obligation = z.strictObject({
  id,
  ref: text,
  role: id,
  obligation: text,
  tier: text,
  condition: id.optional(),
  basis: text,
  articles,
  startRules: ids,
  openPoint: id.optional(),
  verification: mark,
});
const conformityRoute = z.strictObject({
  id,
  appliesTo: z.union([ids, text]),
  when: text.optional(),
  route: text,
  articles,
  note: text.optional(),
  verification: mark,
  verificationNote: text,
});
const transparencyDuty = z.strictObject({
  id,
  ref: text,
  role: id,
  trigger: text,
  duty: text,
  exceptions: texts,
  since: day,
  sinceLegacy: day.optional(),
  startRules: ids,
  articles,
  note: text.optional(),
  verification: mark,
});
const gpaiEntry = z.strictObject({
  id,
  ref: text,
  kind: z.enum(["duty", "option"]),
  text,
  basis: text,
  articles,
  startRules: ids.optional(),
  verification: mark,
});
const fine = z.strictObject({
  id,
  breach: text,
  ceilingEurMillion: z.number().positive(),
  ceilingTurnoverPercent: z.number().positive(),
  rule: text,
  basis: text,
  articles,
  verification: mark,
});

export const obligationsFile = catalogueFile(
  z.strictObject({
    meta: meta(
      [
        "roles",
        "obligations",
        "qmsAspects",
        "requirementArticles",
        "transparencyDuties",
        "gpaiEntries",
        "gpaiQuestions",
        "fines",
      ],
      withBasis,
    ),
    roles: z.array(role),
    obligations: z.array(obligation),
    qmsAspects: z.array(z.strictObject({ article: id, aspect: text, verification: mark })),
    requirements: z.array(
      z.strictObject({
        article: id,
        ref: text,
        title: text,
        lead: text.optional(),
        points: texts,
        verification: mark,
      }),
    ),
    conformityRoutes: z.array(conformityRoute),
    transparencyDuties: z.array(transparencyDuty),
    gpai: z.array(gpaiEntry),
    gpaiQuestions: z.strictObject({ definedIn: text, ids }),
    postMarketMonitoring: z.strictObject({
      article: id,
      obligation: id,
      points: texts,
      annexIv: id,
      verification: mark,
    }),
    fines: z.array(fine),
  }),
  (file) => ({
    roles: file.roles.length,
    obligations: file.obligations.length,
    qmsAspects: file.qmsAspects.length,
    requirementArticles: file.requirements.length,
    transparencyDuties: file.transparencyDuties.length,
    gpaiEntries: file.gpai.length,
    gpaiQuestions: file.gpaiQuestions.ids.length,
    fines: file.fines.length,
  }),
);

export const registrationFile = catalogueFile(
  z.strictObject({
    meta: meta(["entries"], { ...withBasis, openPoints: ids }),
    registrations: z.array(
      z.strictObject({
        id,
        ref: text,
        who: id.nullable(),
        whoCondition: text.optional(),
        what: text,
        annexIiiItems: ids.optional(),
        where: text,
        dataSet: text.optional(),
        data: texts,
        deletedData: z.array(z.strictObject({ field: text, by: id, verification: mark })).optional(),
        obligation: id.optional(),
        openPoint: id.optional(),
        articles,
        verification: mark,
        verificationParts: marks,
      }),
    ),
    chosenReadings,
  }),
  ({ registrations }) => ({ entries: registrations.length }),
);

export const incidentDeadlinesFile = catalogueFile(
  z.strictObject({
    meta: meta(["kinds"], withBasis),
    kinds: z.array(
      z.strictObject({
        id,
        kind: text,
        definition: id,
        latestReport: z.strictObject({ value: count, unit: text, from: text }),
        condition: text.optional(),
        articles,
        paragraphVerification: mark.optional(),
        verification: mark,
      }),
    ),
    rules: z.array(
      z.strictObject({
        id,
        rule: text,
        articles,
        paragraphVerification: mark.optional(),
        verification: mark,
      }),
    ),
    computation: z.strictObject({ formula: text, show: texts, freezeOnOpening: texts }),
    parallelClocks: z.strictObject({
      rule: text,
      clocks: z.array(z.strictObject({ law: text, limit: text.optional(), note: text.optional() })),
    }),
    chosenReadings,
  }),
  ({ kinds }) => ({ kinds: kinds.length }),
);

export const friaFile = catalogueFile(
  z.strictObject({
    meta: meta(["elements"], withBasis),
    trigger: id,
    obligation: id,
    startsOn: day,
    startRule: id,
    elements: z.array(
      z.strictObject({ id, ref: text, element: text, impactAssessmentFields: ids, articles, verification: mark }),
    ),
    rules: z.array(z.strictObject({ id, rule: text, articles, verification: mark, verificationNote: text.optional() })),
    extraNeeded: texts,
    chosenReadings,
  }),
  ({ elements }) => ({ elements: elements.length }),
);
