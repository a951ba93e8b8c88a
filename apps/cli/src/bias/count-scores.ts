/** Counts scores into histograms, exactly where there are few distinct ones and in narrow bins where there are many. */
import type { ScoreCell, ScoreTable } from "@steward/fairness";

import { countCells } from "./count.ts";
import { weightsOf } from "./count-classification.ts";
import { BiasInputError } from "./error.ts";
import { keyColumns, placeOf } from "./keys.ts";
import { explainFailure, firstAt } from "./locate.ts";
import type { EvaluateFileOptions } from "./options.ts";
import { identifier } from "./source.ts";
import type { Source } from "./source.ts";

/** Up to this many distinct scores are counted one by one; AUC and calibration are then exact. */
const MAX_EXACT_SCORES = 1000;

/** Bins between the smallest and the largest score otherwise; a tenth of [0, 1] is a whole number of them. */
const BINS = 1000;

export interface ScoreSummary {
  readonly low: number;
  readonly high: number;
  readonly median: number;
  readonly distinct: number;
}

/**
 * What must be known of all scores before they can be counted.
 * @throws BiasInputError for a score that is missing or no number, or scores that are all equal
 */
export async function summariseScores(source: Source, options: EvaluateFileOptions): Promise<ScoreSummary> {
  const column = options.score as string;
  const s = `TRY_CAST(${identifier(column)} AS DOUBLE)`;
  const bad = `${s} IS NULL OR isnan(${s}) OR isinf(${s})`;
  let rows;
  try {
    rows = await source.query(
      `SELECT min(${s}), max(${s}), median(${s}), approx_count_distinct(${s})::DOUBLE, ` +
        `count(*) FILTER (WHERE ${bad})::DOUBLE, count(*)::DOUBLE FROM ${source.relation}`,
    );
  } catch (error) {
    return explainFailure(source, [["--score", column]], error);
  }
  const [low, high, median, distinct, badRows, all] = (rows[0] ?? []).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (all === 0) throw new BiasInputError("bad_file", `${source.file} has columns but no rows.`);
  if (badRows > 0) {
    const where = await firstAt(source, column, bad);
    throw new BiasInputError(
      "bad_column",
      `Column ${column} (--score) holds ${badRows} values that are missing or no numbers${where}.`,
    );
  }
  if (low === high) {
    throw new BiasInputError(
      "bad_column",
      `Column ${column} (--score) has the value ${low} in every row, from row 1 on.`,
    );
  }
  return { low, high, median, distinct };
}

/** @throws BiasInputError */
export async function countScores(
  source: Source,
  options: EvaluateFileOptions,
  summary: ScoreSummary,
  isPositive: (value: string) => boolean,
): Promise<ScoreTable> {
  const { attributes, control, weight, label } = options;
  const keys = keyColumns(options);
  const s = `TRY_CAST(${identifier(options.score as string)} AS DOUBLE)`;
  const w = weight === undefined ? "1.0" : `TRY_CAST(${identifier(weight)} AS DOUBLE)`;
  const binned = summary.distinct > MAX_EXACT_SCORES;
  // Probabilities get bins that begin and end where calibration's do.
  const [from, to] = summary.low >= 0 && summary.high <= 1 ? [0, 1] : [summary.low, summary.high];
  const bin = binned ? `least(${BINS - 1}, floor((${s} - ${from}) / ${to - from} * ${BINS}))` : s;
  const cells = await countCells(source, {
    keys,
    values: [
      { option: "--score", column: options.score as string, expression: bin },
      ...(label === undefined ? [] : [{ option: "--label", column: label }]),
    ],
    measures: [
      `fsum(${w})`,
      `fsum(${w} * ${w})`,
      `fsum(${w} * ${s})`,
      `fsum(${w} * ${s} * ${s})`,
      `coalesce(fsum(${w}) FILTER (WHERE ${s} > ${summary.median}), 0)`,
    ],
    maxCells: 4_000_000,
  });
  return {
    attributes,
    ...(control === undefined ? {} : { control }),
    median: summary.median,
    binned,
    cells: cells.map((cell): ScoreCell => {
      const [, , sum, sumSquares, above] = cell.measures as [number, number, number, number, number];
      const place = Number(cell.values[0]);
      const known = cell.values[1] ?? null;
      const positive = known === null ? null : isPositive(known);
      const score = binned ? from + ((place + 0.5) / BINS) * (to - from) : place;
      const sums = { positive, score, sum, sumSquares, above };
      return Object.assign(sums, placeOf(keys, cell.keys), weightsOf(cell, weight !== undefined));
    }),
  };
}
