/** Shapes of `catalogue/eu-ai-act/`: dates, classification, articles. Duties stand in eu-ai-act-duties.ts. */
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

const standard = { standard: z.literal("eu-ai-act") };
export const withBasis = { ...standard, basis: text };

const milestone = z.strictObject({
  id,
  ref: text,
  date: day,
  applies: text,
  basis: text,
  articles,
  stateOnStatusDate: z.enum(["done", "applies", "future"]),
  note: text.optional(),
  verification: mark,
  verificationParts: marks.optional(),
});
const startRule = z.strictObject({
  id,
  appliesTo: ids.optional(),
  appliesToScope: text.optional(),
  appliesToArticles: articles.optional(),
  route: z.enum(["annex-iii", "annex-i-a"]).optional(),
  subject: text,
  starts: day.optional(),
  startsAs: ids.optional(),
  unless: z.array(z.strictObject({ when: text, starts: day })).optional(),
  when: text.optional(),
  legacy: text.optional(),
  displayOnly: z.boolean().optional(),
  flag: id.optional(),
  exceptions: z.array(z.strictObject({ articles, flag: id })).optional(),
});
const openPoint = z.strictObject({
  id,
  topic: text,
  articles,
  issue: text,
  workingRule: text,
  verification: mark,
  verificationNote: text.optional(),
  verificationParts: marks.optional(),
});
const change = z.strictObject({
  id,
  ref: text,
  provision: text,
  articles,
  change: text,
  verification: mark,
  verificationParts: marks.optional(),
});
const pending = z.strictObject({
  id,
  topic: text,
  state: text,
  articles: articles.optional(),
  verification: mark,
  verificationParts: marks.optional(),
});

export const timelineFile = catalogueFile(
  z.strictObject({
    meta: meta(["adoption", "milestones", "startRules", "openPoints", "omnibusChanges"], withBasis),
    adoption: z.array(z.strictObject({ id, date: day, step: text, verification: mark, note: text.optional() })),
    milestones: z.array(milestone),
    legacyRule: z.strictObject({ id, article: id, rule: text, prohibitions: text, verification: mark }),
    startRules: z.array(startRule),
    openPoints: z.array(openPoint),
    omnibusChanges: z.array(change),
    pending: z.array(pending),
    issuedGuidance: z.array(z.strictObject({ id, title: text, date: day, verification: mark, note: text.optional() })),
    chosenReadings,
  }),
  ({ adoption, milestones, startRules, openPoints, omnibusChanges }) => ({
    adoption: adoption.length,
    milestones: milestones.length,
    startRules: startRules.length,
    openPoints: openPoints.length,
    omnibusChanges: omnibusChanges.length,
  }),
);

const answer = z.strictObject({
  answer: text,
  label: text.optional(),
  next: id.optional(),
  outcome: id.optional(),
  record: texts.optional(),
  reopenOn: text.optional(),
  note: text.optional(),
  sets: z.strictObject({ openSource: z.boolean() }).optional(),
  subflow: text.optional(),
  subflowStart: id.optional(),
  addsGround: id.optional(),
  adds: ids.optional(),
  addsEachAskAnsweredYes: z.boolean().optional(),
  appliesOnly: articles.optional(),
  appliesInPart: articles.optional(),
  possibly: z.strictObject({ articles, note: text, verification: mark }).optional(),
  openPoints: ids.optional(),
  resumeAt: id.optional(),
  verification: mark.optional(),
});
const question = z.strictObject({
  id,
  ref: text,
  kind: z.enum(["yes-no", "sub-questions", "choice", "result"]),
  question: text,
  help: text.optional(),
  asks: ids.optional(),
  appliesIf: z.strictObject({ ground: id, otherwise: id }).optional(),
  answers: z.array(answer),
  resultRules: texts.optional(),
  resultFields: z.array(z.strictObject({ name: text, list: z.boolean(), values: text })).optional(),
  basis: text,
  articles,
  verification: mark,
});
const roleQuestion = z.strictObject({
  id,
  ref: text,
  question: text,
  ifYes: z.strictObject({ role: id, text }),
  articles,
  verification: mark,
});
const subflow = z.strictObject({
  key: text,
  start: id,
  endNote: text,
  setHere: texts,
  note: text,
  questions: z.array(
    z.strictObject({
      id,
      ref: text,
      question: text,
      help: text,
      answers: z.array(answer),
      basis: text,
      articles,
      startRules: ids.optional(),
      verification: mark,
    }),
  ),
});
const outcome = z.strictObject({
  id,
  title: text,
  final: z.boolean(),
  reopenOn: text.optional(),
  tier: id.optional(),
  keepsGrounds: z.boolean().optional(),
});
const annexI = z.strictObject({
  sectionA: z.strictObject({
    title: text,
    items: texts,
    removed: z.array(z.strictObject({ item: text, by: id })),
    verification: mark,
  }),
  sectionB: z.strictObject({ title: text, items: texts, verification: mark, verificationParts: marks }),
});

export const classificationFile = catalogueFile(
  z.strictObject({
    meta: meta(["questions", "roleQuestions", "gpaiQuestions", "annexISectionA", "annexISectionB"], withBasis),
    start: id,
    result: id,
    store: texts,
    questions: z.array(question),
    conditions: z.array(z.strictObject({ id, text, articles, verification: mark })),
    roleQuestions: z.array(roleQuestion),
    subflows: z.array(subflow),
    outcomes: z.array(outcome),
    tiers: z.array(z.strictObject({ id, title: text, order: count, setWhen: text.optional() })),
    annexI,
    chosenReadings,
  }),
  ({ questions, roleQuestions, subflows, annexI }) => ({
    questions: questions.length,
    roleQuestions: roleQuestions.length,
    gpaiQuestions: subflows.flatMap((subflow) => (subflow.key === "gpai" ? subflow.questions : [])).length,
    annexISectionA: annexI.sectionA.items.length,
    annexISectionB: annexI.sectionB.items.length,
  }),
);

export const articlesFile = catalogueFile(
  z.strictObject({
    meta: meta(["articles", "annexes", "points"], standard),
    articles: z.array(
      z.strictObject({
        id,
        ref: text,
        title: text.optional(),
        points: z.array(z.strictObject({ id })).optional(),
        note: text.optional(),
        verification: mark.optional(),
      }),
    ),
  }),
  ({ articles }) => ({
    articles: articles.filter((article) => !article.id.startsWith("eu-ai-act:annex")).length,
    annexes: articles.filter((article) => article.id.startsWith("eu-ai-act:annex")).length,
    points: articles.reduce((sum, article) => sum + (article.points?.length ?? 0), 0),
  }),
);

export const annexIiiFile = catalogueFile(
  z.strictObject({
    meta: meta(["areas", "items"], withBasis),
    areas: z.array(z.strictObject({ number: count, title: text, condition: text.optional(), items: count })),
    items: z.array(
      z.strictObject({
        id,
        ref: text,
        area: count,
        item: text,
        notCoveredOrNote: text.optional(),
        articles,
        verification: mark,
      }),
    ),
  }),
  ({ areas, items }) => ({ areas: areas.length, items: items.length }),
);

export const annexIvFile = catalogueFile(
  z.strictObject({
    meta: meta(["sections", "items"], withBasis),
    sections: z.array(
      z.strictObject({
        id,
        ref: text,
        title: text,
        content: text.optional(),
        items: z.array(z.strictObject({ id, content: text })).optional(),
        articles,
        verification: mark,
      }),
    ),
  }),
  ({ sections }) => ({
    sections: sections.length,
    // A section without sub-items is one item itself.
    items: sections.reduce((sum, section) => sum + (section.items?.length ?? 1), 0),
  }),
);

export const practicesFile = catalogueFile(
  z.strictObject({
    meta: meta(["practices"], withBasis),
    practices: z.array(
      z.strictObject({
        id,
        ref: text,
        question: text,
        exception: text.nullable(),
        since: day,
        sinceVerification: mark.optional(),
        startRule: id,
        basis: text,
        articles,
        verification: mark,
      }),
    ),
    chosenReadings,
  }),
  ({ practices }) => ({ practices: practices.length }),
);
