/** Counts labels against predictions. */
import type { LabelledCell, LabelledTable, Mass } from "@steward/fairness";

import { countCells } from "./count.ts";
import type { CountedCell, CountQuery, ValueColumn } from "./count.ts";
import { BiasInputError } from "./error.ts";
import { keyColumns, placeOf } from "./keys.ts";
import type { KeyColumn } from "./keys.ts";
import { firstAt } from "./locate.ts";
import type { EvaluateFileOptions } from "./options.ts";
import { identifier, literal } from "./source.ts";
import type { Source } from "./source.ts";

/** Pairs of values of which the first is plainly the positive one. */
const PLAIN_PAIRS: readonly (readonly [string, string])[] = [
  ["1", "0"],
  ["true", "false"],
  ["yes", "no"],
  ["y", "n"],
  ["t", "f"],
];

export interface CountedLabels {
  readonly table: LabelledTable;
  /** Tells positive values from others; only for two classes. */
  readonly isPositive: (value: string) => boolean;
}

/**
 * Counts a classifier's rows.
 * @param predicted the prediction in SQL where it is not a column (a score above its median)
 * @throws BiasInputError naming the column and the row
 */
export async function countClassification(
  source: Source,
  options: EvaluateFileOptions,
  predicted?: string,
): Promise<CountedLabels> {
  const keys = keyColumns(options);
  const prediction: ValueColumn =
    predicted === undefined
      ? { option: "--prediction", column: options.prediction as string }
      : { option: "--score", column: options.score as string, expression: predicted };
  const label: ValueColumn[] = options.label === undefined ? [] : [{ option: "--label", column: options.label }];
  const cells = await countCells(source, { keys, values: [prediction, ...label], ...massOf(options) });
  await checkMass(source, options, cells);
  await checkFilled(source, prediction, cells);
  const isPositive =
    options.task === "multiclass" ? () => false : await positiveTest(source, options, prediction, label[0], cells);
  if (label[0] !== undefined) await checkLabels(source, label[0], cells, isPositive);
  checkVaried(prediction, cells, 0, options, isPositive);
  if (label[0] !== undefined) checkVaried(label[0], cells, 1, options, isPositive);
  return { table: tableOf(cells, keys, options), isPositive };
}

/** What is summed in each cell: weights with their squares, or the rows that each line stands for. */
export function massOf(options: EvaluateFileOptions): Pick<CountQuery, "measures" | "measured" | "rows"> {
  const { weight, count } = options;
  if (weight !== undefined) {
    const w = `TRY_CAST(${identifier(weight)} AS DOUBLE)`;
    const bad = `count(*) FILTER (WHERE ${badWeight(weight)})`;
    return { measures: [`fsum(${w})`, `fsum(${w} * ${w})`, bad], measured: [{ option: "--weight", column: weight }] };
  }
  if (count === undefined) return {};
  const bad = `count(*) FILTER (WHERE ${badCount(count)})`;
  return {
    rows: `sum(TRY_CAST(${identifier(count)} AS BIGINT))`,
    measures: [bad],
    measured: [{ option: "--count", column: count }],
  };
}

function badWeight(column: string): string {
  const w = `TRY_CAST(${identifier(column)} AS DOUBLE)`;
  return `${w} IS NULL OR isnan(${w}) OR isinf(${w}) OR ${w} < 0`;
}

function badCount(column: string): string {
  const n = `TRY_CAST(${identifier(column)} AS DOUBLE)`;
  return `${n} IS NULL OR isnan(${n}) OR isinf(${n}) OR ${n} < 0 OR ${n} <> floor(${n})`;
}

/** @throws BiasInputError for weights that are negative or no numbers, and for counts that are not whole */
export async function checkMass(
  source: Source,
  options: EvaluateFileOptions,
  cells: readonly CountedCell[],
): Promise<void> {
  const { weight, count } = options;
  if (weight !== undefined && cells.some((cell) => (cell.measures[2] as number) > 0)) {
    const where = await firstAt(source, weight, badWeight(weight));
    throw new BiasInputError(
      "bad_column",
      `Column ${weight} (--weight) holds a weight that is negative or no number${where}.`,
    );
  }
  if (weight !== undefined && cells.every((cell) => cell.measures[0] === 0)) {
    throw new BiasInputError("bad_column", `Column ${weight} (--weight) is 0 in every row, from row 1 on.`);
  }
  if (count !== undefined && cells.some((cell) => (cell.measures[0] as number) > 0)) {
    const where = await firstAt(source, count, badCount(count));
    throw new BiasInputError(
      "bad_column",
      `Column ${count} (--count) holds a number of rows that is not whole from 0${where}.`,
    );
  }
}

async function checkFilled(source: Source, prediction: ValueColumn, cells: readonly CountedCell[]): Promise<void> {
  const empty = rowsWhere(cells, (cell) => cell.values[0] === null);
  if (empty === 0) return;
  const where = await firstAt(source, prediction.column, `${identifier(prediction.column)} IS NULL`);
  throw new BiasInputError(
    "bad_column",
    `Column ${prediction.column} (${prediction.option}) is empty in ${count(empty)} of ${count(rowsWhere(cells, () => true))} rows${where}.`,
  );
}

/**
 * A label may be missing for all whom the system refused (nobody sees how a refused loan turns out) and be there for all
 * others; any other gap is an outcome that has yet to arrive.
 */
async function checkLabels(
  source: Source,
  label: ValueColumn,
  cells: readonly CountedCell[],
  isPositive: (value: string) => boolean,
): Promise<void> {
  const missing = rowsWhere(cells, (cell) => cell.values[1] === null);
  if (missing === 0) return;
  const rows = rowsWhere(cells, () => true);
  if (missing === rows) {
    throw new BiasInputError(
      "bad_column",
      `Column ${label.column} (--label) is empty in all ${count(rows)} rows, from row 1 on.`,
    );
  }
  // Every missing label belongs to a refusal, and every refusal lacks one.
  const isSelective = cells.every(
    ({ values: [predicted, known] }) => (known !== null) === isPositive(predicted as string),
  );
  if (isSelective) return;
  const where = await firstAt(source, label.column, `${identifier(label.column)} IS NULL`);
  throw new BiasInputError(
    "bad_column",
    `Column ${label.column} (--label) is empty in ${count(missing)} of ${count(rows)} rows${where}. An outcome that arrives ` +
      "later cannot be judged yet: leave those rows out, or evaluate without --label.",
  );
}

async function positiveTest(
  source: Source,
  options: EvaluateFileOptions,
  prediction: ValueColumn,
  label: ValueColumn | undefined,
  cells: readonly CountedCell[],
): Promise<(value: string) => boolean> {
  const { positive } = options;
  const columns = [prediction, ...(label === undefined ? [] : [label])].map((column, i) => ({
    ...column,
    values: [...new Set(cells.map((cell) => cell.values[i] ?? null))].filter((value) => value !== null),
  }));
  const isNamed = (value: string): boolean => positive !== undefined && isSame(value, positive);
  const named = columns.filter(({ values }) => values.some(isNamed));
  if (positive !== undefined && named.length === 0) {
    const names = columns.map(({ column }) => column).join(" or ");
    throw new BiasInputError("bad_option", `No row has the value “${positive}” (--positive) in ${names}.`);
  }
  // A prediction of 1 and 0 beside a label of good and bad: what is named for one column need not be said of a plain one.
  const namedValues = new Set(named.flatMap(({ values }) => values));
  for (const column of columns) {
    if (named.includes(column)) continue;
    const strange = column.values.filter((value) => plain(value) === undefined || namedValues.has(value));
    if (strange.length > 0) throw await notBinary(source, column, column.values, strange, positive);
  }
  return (value) => (namedValues.has(value) ? isNamed(value) : plain(value) === true);
}

async function notBinary(
  source: Source,
  { option, column }: ValueColumn,
  values: readonly string[],
  strange: readonly string[],
  positive: string | undefined,
): Promise<BiasInputError> {
  const listed = strange.slice(0, 100).map(literal).join(", ");
  const where = await firstAt(source, column, `${identifier(column)}::VARCHAR IN (${listed})`);
  const what =
    positive === undefined
      ? `Column ${column} (${option}) holds ${describeValues(values)}${where}. ${advice(option, values)}`
      : `Column ${column} (${option}) never has the value “${positive}” (--positive); it holds ${describeValues(values)}${where}. ` +
        "Write the positive value alike in both columns, or as 1 and 0.";
  return new BiasInputError("bad_column", what);
}

function describeValues(values: readonly string[]): string {
  const shown = values
    .slice(0, 5)
    .sort()
    .map((value) => `“${value}”`)
    .join(", ");
  return `${count(values.length)} different values (${shown}${values.length > 5 ? " …" : ""})`;
}

function advice(option: string, values: readonly string[]): string {
  const isScore =
    option === "--prediction" && values.length > 20 && values.every((value) => Number.isFinite(Number(value)));
  if (isScore)
    return "They look like scores: give them as --score, and as --prediction the decision that was made on them.";
  return "Name the value that counts as positive with --positive, or compare every class with --task multiclass.";
}

/** True and false as people and programs write them; undefined for anything else. */
function plain(value: string): boolean | undefined {
  const text = value.trim().toLowerCase();
  for (const [yes, no] of PLAIN_PAIRS) {
    if (text === yes) return true;
    if (text === no) return false;
  }
  const number = text === "" ? Number.NaN : Number(text);
  return number === 1 ? true : number === 0 ? false : undefined;
}

/** The same text, or the same number written differently. */
function isSame(value: string, wanted: string): boolean {
  if (value === wanted) return true;
  return value.trim() !== "" && wanted.trim() !== "" && Number(value) === Number(wanted);
}

function checkVaried(
  { option, column }: ValueColumn,
  cells: readonly CountedCell[],
  place: number,
  options: EvaluateFileOptions,
  isPositive: (value: string) => boolean,
): void {
  const values = new Set<string>();
  for (const cell of cells) {
    const value = cell.values[place];
    if (value !== null && value !== undefined) values.add(value);
  }
  const classes = options.task === "multiclass" ? values : new Set([...values].map((value) => isPositive(value)));
  if (classes.size > 1) return;
  const [only] = [...values];
  const what = place === 0 ? "All predictions are equal" : "All labels are equal";
  const shown = values.size === 1 ? `the value “${only}”` : "no positive value";
  throw new BiasInputError(
    "bad_column",
    `${what}: column ${column} (${option}) has ${shown} in every row, from row 1 on. There is nothing that could differ between groups.`,
  );
}

function tableOf(
  cells: readonly CountedCell[],
  keys: readonly KeyColumn[],
  options: EvaluateFileOptions,
): LabelledTable {
  const { attributes, control, weight } = options;
  return {
    attributes,
    ...(control === undefined ? {} : { control }),
    cells: cells.map((cell): LabelledCell => {
      const values = { predicted: cell.values[0] as string, label: cell.values[1] ?? null };
      return Object.assign(values, placeOf(keys, cell.keys), weightsOf(cell, weight !== undefined));
    }),
  };
}

/** The rows of a cell and, where rows are weighted, the sums that massOf put first among its measures. */
export function weightsOf(cell: CountedCell, weighted: boolean): Mass {
  const [weight, weightSquares] = cell.measures as [number, number];
  return weighted ? { n: cell.n, weight, weightSquares } : { n: cell.n };
}

function rowsWhere(cells: readonly CountedCell[], condition: (cell: CountedCell) => boolean): number {
  return cells.reduce((sum, cell) => sum + (condition(cell) ? cell.n : 0), 0);
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
