/**
 * Everything that an evaluation rests on, as data: it can be sent, stored and judged again by somebody else, who then
 * need not trust the report that came with it.
 */
import { z } from "zod";

import { evaluateClassification } from "./classification.ts";
import { evaluateCounterfactual } from "./counterfactual.ts";
import type { CounterfactualTable } from "./counterfactual.ts";
import { evaluateImport } from "./import/evaluate.ts";
import { IMPORT_TOOLS } from "./import/tools.ts";
import type { ImportInput, ImportTool } from "./import/tools.ts";
import { evaluateRanking } from "./ranking.ts";
import type { RankingTable } from "./ranking.ts";
import { evaluateRegression } from "./regression.ts";
import type { ErrorCell } from "./regression.ts";
import type { BiasReport } from "./report.ts";
import type { ScoreTable } from "./scores.ts";
import type { EvaluateOptions } from "./settings.ts";
import { OUTCOMES } from "./table.ts";
import type { ClassificationTable, Table } from "./table.ts";
import { MAX_CLASSES } from "./labels.ts";

export const STATISTICS_SCHEMA = "steward/bias-statistics/v1";

/** Cells that are sent and judged again; more than these are no table that anybody would read. */
export const STATISTICS_MAX_CELLS = 50_000;
/** All pairs of slices' groups are compared, so attributes cost more than cells. */
const MAX_ATTRIBUTES = 20;
const MAX_TEXT = 1000;

const text = z.string().max(MAX_TEXT);
const value = text.nullable();
const attributes = z.array(text.min(1)).min(1).max(MAX_ATTRIBUTES);
const count = z.int().min(0);
const number = z.number();

/** What a table's cells share: where they lie, and how much lies there. */
const cellShape = {
  key: z.array(value).max(MAX_ATTRIBUTES),
  control: value.exactOptional(),
  n: count,
  weight: number.min(0).exactOptional(),
  weightSquares: number.min(0).exactOptional(),
};

const tableOf = <S extends z.core.$ZodLooseShape>(shape: S) => ({
  attributes,
  control: text.exactOptional(),
  cells: z.array(z.strictObject({ ...cellShape, ...shape })).max(STATISTICS_MAX_CELLS),
});

const classificationTable = z.strictObject({
  ...tableOf({ outcome: z.enum(OUTCOMES) }),
  class: text.exactOptional(),
});

const scoreTable = z.strictObject({
  ...tableOf({ positive: z.boolean().nullable(), score: number, sum: number, sumSquares: number, above: number }),
  median: number,
  binned: z.boolean(),
});

const errorTable = z.strictObject(
  tableOf({ sum: number, sumSquares: number, sumAbsolute: number, over: number, under: number }),
);

const listSums = z.strictObject({ sum: number, sumSquares: number, sumItems: number });

const rankingTable = z.strictObject({
  attributes,
  k: z.int().min(1),
  slices: z
    .array(
      z.strictObject({
        attributes,
        groups: z
          .array(
            z.strictObject({
              key: z.record(text, value),
              items: count,
              lists: count,
              itemsSquares: number,
              exposure: listSums,
              top: listSums,
              ndcg: z.strictObject({ lists: count, sum: number, sumSquares: number }).exactOptional(),
            }),
          )
          .max(STATISTICS_MAX_CELLS),
      }),
    )
    .max(STATISTICS_MAX_CELLS),
  withoutNdcg: text.exactOptional(),
});

const pairOf = { a: value, b: value };

const counterfactualTable = z.strictObject({
  attribute: text.min(1),
  pairs: z
    .array(
      z.union([
        z.strictObject({ ...pairOf, both: count, onlyA: count, onlyB: count, neither: count }),
        z.strictObject({ ...pairOf, n: count, sum: number, sumSquares: number }),
      ]),
    )
    .max(STATISTICS_MAX_CELLS),
  variants: z.array(z.strictObject({ value, n: count, sum: number, sumSquares: number })).max(STATISTICS_MAX_CELLS),
});

const imported = z.strictObject({
  rows: z.array(z.record(text, value)).max(STATISTICS_MAX_CELLS).exactOptional(),
  json: z.json().exactOptional(),
  attributes: attributes.exactOptional(),
});

const common = {
  schema: z.literal(STATISTICS_SCHEMA),
  notes: z.array(text).max(10).exactOptional().describe("What whoever counted wants the reader to know"),
};

export const biasStatisticsSchema = z.discriminatedUnion("task", [
  z.strictObject({
    ...common,
    task: z.literal("classification"),
    tables: z.array(classificationTable).min(1).max(MAX_CLASSES),
    scores: scoreTable.exactOptional(),
  }),
  z.strictObject({ ...common, task: z.literal("regression"), table: errorTable }),
  z.strictObject({ ...common, task: z.literal("ranking"), table: rankingTable }),
  z.strictObject({ ...common, task: z.literal("counterfactual"), table: counterfactualTable }),
  z.strictObject({ ...common, task: z.literal("imported"), tool: z.enum(IMPORT_TOOLS), input: imported }),
]);

interface Common {
  readonly schema: typeof STATISTICS_SCHEMA;
  readonly notes?: readonly string[];
}

export type BiasStatistics =
  | (Common & {
      readonly task: "classification";
      /** One table, or one for each class against the rest. */
      readonly tables: readonly ClassificationTable[];
      readonly scores?: ScoreTable;
    })
  | (Common & { readonly task: "regression"; readonly table: Table<ErrorCell> })
  | (Common & { readonly task: "ranking"; readonly table: RankingTable })
  | (Common & { readonly task: "counterfactual"; readonly table: CounterfactualTable })
  | (Common & { readonly task: "imported"; readonly tool: ImportTool; readonly input: ImportInput });

/**
 * The report that statistics lead to; the same statistics and options always lead to the same one.
 * @throws FairnessError `bad_table`, `bad_option`, `bad_import`
 */
export function evaluateStatistics(statistics: BiasStatistics, options: EvaluateOptions = {}): BiasReport {
  const report = reportOf(statistics, options);
  return { ...report, warnings: [...(statistics.notes ?? []), ...report.warnings] };
}

function reportOf(statistics: BiasStatistics, options: EvaluateOptions): BiasReport {
  switch (statistics.task) {
    case "classification":
      return evaluateClassification(statistics.tables, options, statistics.scores);
    case "regression":
      return evaluateRegression(statistics.table, options);
    case "ranking":
      return evaluateRanking(statistics.table, options);
    case "counterfactual":
      return evaluateCounterfactual(statistics.table, options);
    case "imported":
      return evaluateImport(statistics.tool, statistics.input, options);
  }
}

/** How many cells, groups or rows the statistics hold: what publishing them costs. */
export function statisticsSize(statistics: BiasStatistics): number {
  switch (statistics.task) {
    case "classification":
      return [...statistics.tables, ...(statistics.scores ? [statistics.scores] : [])].reduce(
        (sum, { cells }) => sum + cells.length,
        0,
      );
    case "regression":
      return statistics.table.cells.length;
    case "ranking":
      return statistics.table.slices.reduce((sum, { groups }) => sum + groups.length, 0);
    case "counterfactual":
      return statistics.table.pairs.length;
    case "imported":
      return statistics.input.rows?.length ?? 1;
  }
}
