/** Evaluates a regression from moments of its errors: prediction less outcome. */
import { assemble, reportEstimates } from "./assemble.ts";
import type { DescribedSlice } from "./assemble.ts";
import { REGRESSION_DISPARITIES } from "./disparities.ts";
import { kishEffective } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { meanEstimate } from "./moments.ts";
import type { BiasReport } from "./report.ts";
import { exclusion, settingsOf } from "./settings.ts";
import type { EvaluateOptions } from "./settings.ts";
import { sliceTable } from "./slices.ts";
import type { Slice } from "./slices.ts";
import { checkTable, isWeighted, rowCount } from "./table.ts";
import type { CellKey, Mass, Table } from "./table.ts";

/** Sums over the rows of one group, each row times its weight. */
export interface ErrorCell extends CellKey, Mass {
  /** Of errors, of their squares and of their absolute values. */
  readonly sum: number;
  readonly sumSquares: number;
  readonly sumAbsolute: number;
  /** Of rows whose prediction is above the outcome, and below it. */
  readonly over: number;
  readonly under: number;
}

/** @throws FairnessError `bad_table`, `bad_option` */
export function evaluateRegression(table: Table<ErrorCell>, options: EvaluateOptions = {}): BiasReport {
  checkTable(table);
  const settings = settingsOf(options);
  const describe = (slice: Slice): DescribedSlice => {
    const parts = slice.groups.map((group) => group.places.map((place) => table.cells[place] as ErrorCell));
    const sizes = parts.map((cells) => rowCount(cells));
    const rows = sizes.reduce((sum, n) => sum + n, 0);
    return {
      attributes: slice.attributes,
      ...(slice.control === undefined ? {} : { control: slice.control }),
      groups: slice.groups.map(({ key }, i) => {
        const n = sizes[i] as number;
        return { key, n, estimates: estimatesOf(parts[i] as ErrorCell[]), ...exclusion(settings.policy, key, n, rows) };
      }),
      describe: () => ({}),
    };
  };
  return assemble(
    {
      task: "regression",
      rows: rowCount(table.cells),
      attributes: table.attributes,
      ...(table.control === undefined ? {} : { control: table.control }),
      weighted: isWeighted(table.cells),
      overall: { n: rowCount(table.cells), metrics: reportEstimates(estimatesOf(table.cells), settings.pointwise) },
      slices: sliceTable(table, settings.slices).map(describe),
      definitions: REGRESSION_DISPARITIES,
      warnings: [],
    },
    settings,
  );
}

function estimatesOf(cells: readonly ErrorCell[]): Record<string, Estimate> {
  const total = (of: (cell: ErrorCell) => number): number => cells.reduce((sum, cell) => sum + of(cell), 0);
  const n = rowCount(cells);
  const weight = total((cell) => cell.weight ?? cell.n);
  const effective =
    weight === 0
      ? 0
      : kishEffective(
          n,
          weight,
          total((cell) => cell.weightSquares ?? cell.n),
        );
  const sumSquares = total((cell) => cell.sumSquares);
  const moments = { n, weight, effective, sumSquares };
  const rate = (of: (cell: ErrorCell) => number): Estimate =>
    weight === 0
      ? { kind: "undefined", denominator: n, reason: n === 0 ? "no rows" : "every row has weight 0" }
      : { kind: "proportion", value: total(of) / weight, denominator: n, effective, approximate: effective < n };
  return {
    meanError: meanEstimate({ ...moments, sum: total((cell) => cell.sum) }),
    // The square of an absolute error is the square of the error.
    mae: meanEstimate({ ...moments, sum: total((cell) => cell.sumAbsolute) }),
    overestimateRate: rate((cell) => cell.over),
    underestimateRate: rate((cell) => cell.under),
  };
}
