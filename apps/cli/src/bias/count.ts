/** One GROUP BY over the file: all that is ever asked of the rows. */
import { MAX_GROUPS_PER_SLICE } from "@steward/fairness";

import { BiasInputError } from "./error.ts";
import { checkKeys, tooManyValues } from "./keys.ts";
import type { KeyColumn } from "./keys.ts";
import { explainFailure } from "./locate.ts";
import { identifier } from "./source.ts";
import type { Source } from "./source.ts";

/** A column that rows are told apart by beside the groups: the label, the prediction, a bin of scores. */
export interface ValueColumn {
  readonly option: string;
  readonly column: string;
  readonly expression?: string;
}

export interface CountQuery {
  readonly keys: readonly KeyColumn[];
  readonly values: readonly ValueColumn[];
  /** Aggregates in SQL, the number of rows apart. */
  readonly measures?: readonly string[];
  /** Columns that the aggregates read, for a message where one is missing. */
  readonly measured?: readonly ValueColumn[];
  /** The number of rows in a cell, where it is not the number of lines. */
  readonly rows?: string;
  readonly maxCells?: number;
}

export interface CountedCell {
  readonly keys: readonly (string | null)[];
  readonly values: readonly (string | null)[];
  readonly n: number;
  readonly measures: readonly number[];
}

/** Cells beyond this number mean that some column is not categorical; counting them all would fill the memory. */
export const MAX_CELLS = 500_000;

/**
 * Counts the rows of every combination of values in one pass.
 * @throws BiasInputError `bad_file` for a file that cannot be read or has no rows, `bad_column`
 */
export async function countCells(source: Source, query: CountQuery): Promise<CountedCell[]> {
  const { keys, values, measures = [], maxCells = MAX_CELLS } = query;
  const grouped = [
    ...keys.map(({ expression }) => expression),
    ...values.map(({ column, expression }) => expression ?? identifier(column)),
  ];
  const aggregates = [query.rows ?? "count(*)", ...measures];
  const inner = [...grouped.map((sql, i) => `${sql} AS g${i}`), ...aggregates.map((sql, i) => `${sql} AS m${i}`)];
  const outer = [...grouped.map((_, i) => `g${i}::VARCHAR`), ...aggregates.map((_, i) => `m${i}::DOUBLE`)];
  // Grouped in the file's own types and cast after it, because text is slower to group than numbers are.
  const sql = `SELECT ${outer.join(", ")} FROM (SELECT ${inner.join(", ")} FROM ${source.relation} GROUP BY ALL LIMIT ${maxCells + 1})`;
  let rows;
  try {
    rows = await source.query(sql);
  } catch (error) {
    return explainFailure(source, wantedColumns(query), error);
  }
  if (rows.length > maxCells) throw await explainManyCells(source, query);
  const cells = rows.map((row): CountedCell => ({
    keys: row.slice(0, keys.length) as (string | null)[],
    values: row.slice(keys.length, grouped.length) as (string | null)[],
    n: Number(row[grouped.length] ?? 0),
    measures: row.slice(grouped.length + 1).map(Number),
  }));
  if (cells.length === 0) throw new BiasInputError("bad_file", `${source.file} has columns but no rows.`);
  await checkKeys(source, keys, cells, MAX_GROUPS_PER_SLICE);
  return cells;
}

function wantedColumns({ keys, values, measured = [] }: CountQuery): [string, string][] {
  return [...keys, ...values, ...measured].map(({ option, column }) => [option, column]);
}

async function explainManyCells(source: Source, query: CountQuery): Promise<BiasInputError> {
  const counts = await Promise.all(
    [...query.keys, ...query.values].map(async ({ option, column }) => {
      const [row] = await source.query(`SELECT count(DISTINCT ${identifier(column)})::DOUBLE FROM ${source.relation}`);
      return { option, column, distinct: Number(row?.[0] ?? 0) };
    }),
  );
  const largest = counts.reduce((a, b) => (b.distinct > a.distinct ? b : a));
  const key = query.keys.find(({ column }) => column === largest.column);
  if (key !== undefined && largest.distinct > MAX_GROUPS_PER_SLICE)
    return tooManyValues(source, key, MAX_GROUPS_PER_SLICE);
  const listed = counts.map(({ column, distinct }) => `${column} ${distinct.toLocaleString("en-US")}`).join(", ");
  return new BiasInputError(
    "bad_column",
    `The columns together have more than ${MAX_CELLS.toLocaleString("en-US")} combinations of values (distinct values: ` +
      `${listed}). ${largest.column} (${largest.option}) looks like a measurement or an identifier, not like a category.`,
  );
}
