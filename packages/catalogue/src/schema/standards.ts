/** Shapes of `catalogue/standards.yaml` and `catalogue/crosswalks/`. */
import { z } from "zod";

import { articles, catalogueFile, day, id, ids, mark, meta, requirementIds, text, texts } from "./common.ts";

export const standardsFile = catalogueFile(
  z.strictObject({
    meta: meta(["standards"]),
    standards: z.array(
      z.strictObject({
        key: z.string().regex(/^[a-z][a-z0-9-]*$/),
        name: text,
        edition: text,
        publisher: text,
        statusDate: day,
        certifiable: z.boolean(),
        shortName: text,
        pages: z.int().optional(),
        certifies: text.optional(),
        adoptions: z.array(z.strictObject({ name: text, note: text, verification: mark })).optional(),
        inCatalogue: z.enum(["content", "crosswalk", "reference"]),
        role: text,
        licence: text,
        note: text.optional(),
        verification: mark,
      }),
    ),
  }),
  ({ standards }) => ({ standards: standards.length }),
);

/** How much one record serves the other side, strongest first. */
export const STRENGTHS = ["full", "partial", "related", "none"] as const;
export type Strength = (typeof STRENGTHS)[number];
const strength = z.enum(STRENGTHS);

const row = z.strictObject({
  from: id,
  to: id.nullable(),
  strength,
  reason: text,
  support: texts.min(1),
});
type Row = z.infer<typeof row>;

const crosswalkShape = {
  strengths: z.array(z.strictObject({ key: strength, weight: z.number(), meaning: text })),
  supportFlags: z.record(text, text),
  coverage: z.strictObject({ bestPairPerTarget: z.boolean(), sumPairs: z.boolean(), roundUp: z.boolean() }),
  titles: z.record(id, text),
  targets: ids,
  rows: z.array(row),
};
const titleMarks = z.strictObject({ default: mark, k: ids.optional(), v1: ids.optional() });
const rowCountNames = [
  "rows",
  "full",
  "partial",
  "related",
  "none",
  "rowsWithOutsideSupport",
  "distinctTargets",
] as const;

/** `own` means: our judgement alone. */
export function hasOutsideSupport(row: { readonly support: readonly string[] }): boolean {
  return row.support.some((flag) => flag !== "own");
}

function rowCounts(rows: readonly Row[]) {
  const of = (strength: Strength) => rows.filter((row) => row.strength === strength).length;
  return {
    rows: rows.length,
    full: of("full"),
    partial: of("partial"),
    related: of("related"),
    none: of("none"),
    rowsWithOutsideSupport: rows.filter(hasOutsideSupport).length,
    distinctTargets: new Set(rows.map((row) => row.to).filter((to) => to !== null)).size,
  };
}

/** A crosswalk from ISO/IEC 42001 to another management system standard. */
export const crosswalkFile = catalogueFile(
  z.strictObject({
    meta: meta([...rowCountNames, "titles"], {
      fromStandard: z.literal("iso42001"),
      toStandard: text,
      toEdition: text,
    }),
    ...crosswalkShape,
    titleMarks,
    withoutPair: z.strictObject({ items: requirementIds, reason: text }).optional(),
  }),
  ({ rows, titles }) => ({ ...rowCounts(rows), titles: Object.keys(titles).length }),
);

/** The crosswalk to the EU AI Act, with a reverse view of what is left over. */
export const euAiActCrosswalkFile = catalogueFile(
  z.strictObject({
    meta: meta(rowCountNames, { fromStandard: z.literal("iso42001"), toStandard: z.literal("eu-ai-act") }),
    ...crosswalkShape,
    reverse: z.array(
      z.strictObject({
        article: id,
        ref: text,
        subject: text,
        best: strength,
        full: requirementIds,
        partial: requirementIds,
        related: requirementIds,
        leftOver: text,
      }),
    ),
    noCounterpart: z.array(z.strictObject({ article: articles.element, subject: text })),
  }),
  ({ rows }) => rowCounts(rows),
);

/** The crosswalk from NIST AI RMF to ISO/IEC 42001: the other direction. */
export const nistCrosswalkFile = catalogueFile(
  z.strictObject({
    meta: meta([...rowCountNames, "subcategories", "categories", "titles"], {
      fromStandard: z.literal("nist-ai-rmf"),
      fromEdition: text,
      toStandard: z.literal("iso42001"),
    }),
    ...crosswalkShape,
    titleMarks,
    functions: ids,
    categories: ids,
    subcategories: ids,
  }),
  ({ rows, titles, categories, subcategories }) => ({
    ...rowCounts(rows),
    subcategories: subcategories.length,
    categories: categories.length,
    titles: Object.keys(titles).length,
  }),
);
