/** The columns that rows are grouped by: attributes and the control, as they stand or in bins. */
import type { AttributeValue, CellKey } from "@steward/fairness";

import { BiasInputError } from "./error.ts";
import { firstAt } from "./locate.ts";
import type { EvaluateFileOptions } from "./options.ts";
import { identifier } from "./source.ts";
import type { Source } from "./source.ts";

export interface KeyColumn {
  readonly option: "--attributes" | "--control";
  readonly column: string;
  /** The group of a row in SQL. */
  readonly expression: string;
  readonly bounds?: readonly number[];
}

/** The bin of a value that is no number; it never reaches a result. */
const NO_NUMBER = "-1";

export function keyColumns(options: EvaluateFileOptions): KeyColumn[] {
  const { control } = options;
  return [
    ...options.attributes.map((column) => keyColumn("--attributes", column, options)),
    ...(control === undefined ? [] : [keyColumn("--control", control, options)]),
  ];
}

function keyColumn(option: KeyColumn["option"], column: string, options: EvaluateFileOptions): KeyColumn {
  const bounds = options.bin?.[column];
  if (bounds === undefined) return { option, column, expression: identifier(column) };
  const number = `TRY_CAST(${identifier(column)} AS DOUBLE)`;
  const cases = bounds.map((bound, i) => `WHEN ${number} < ${bound} THEN ${i}`).join(" ");
  const expression =
    `CASE WHEN ${identifier(column)} IS NULL THEN NULL WHEN ${number} IS NULL OR isnan(${number}) THEN ${NO_NUMBER} ` +
    `${cases} ELSE ${bounds.length} END`;
  return { option, column, expression, bounds };
}

/** The name of a group from what the database returned: a bin in words, any other value as it stands. */
export function groupValue(key: KeyColumn, value: string | null): AttributeValue {
  const { bounds } = key;
  if (value === null || bounds === undefined) return value;
  const bin = Number(value);
  if (bin === 0) return `under ${bounds[0]}`;
  if (bin === bounds.length) return `${bounds[bin - 1]} or over`;
  return `${bounds[bin - 1]} to under ${bounds[bin]}`;
}

/** Where a counted cell stands: its groups, and the control's value where one was counted. */
export function placeOf(keys: readonly KeyColumn[], counted: readonly (string | null)[]): CellKey {
  const values = keys.map((key, i) => ({ option: key.option, value: groupValue(key, counted[i] ?? null) }));
  const key = values.filter(({ option }) => option === "--attributes").map(({ value }) => value);
  const control = values.find(({ option }) => option === "--control");
  return control === undefined ? { key } : { key, control: control.value };
}

/**
 * Refuses values that a bin cannot hold, and columns that leave nothing to compare.
 * @throws BiasInputError `bad_column`
 */
export async function checkKeys(
  source: Source,
  keys: readonly KeyColumn[],
  cells: readonly { readonly keys: readonly (string | null)[]; readonly n: number }[],
  maxValues: number,
): Promise<void> {
  const rows = cells.reduce((sum, cell) => sum + cell.n, 0);
  for (const [i, key] of keys.entries()) {
    const values = new Set(cells.map((cell) => cell.keys[i] as string | null));
    if (key.bounds !== undefined && values.has(NO_NUMBER)) {
      const where = await firstAt(source, key.column, `${key.expression} = ${NO_NUMBER}`);
      throw new BiasInputError(
        "bad_column",
        `Column ${key.column} holds values that are no numbers${where}: --bin needs numbers.`,
      );
    }
    if (values.size > maxValues) throw await tooManyValues(source, key, maxValues);
    if (values.size === 1) {
      const [only] = [...values];
      const shown = only === null || only === undefined ? "no value" : `the value “${groupValue(key, only)}”`;
      throw new BiasInputError(
        "bad_column",
        `Column ${key.column} (${key.option}) has ${shown} in all ${rows.toLocaleString("en-US")} rows, from row 1 on: ` +
          "there is no second group to compare with.",
      );
    }
  }
}

/** An attribute whose groups are as many as rows, such as an identifier or an age in days. */
export async function tooManyValues(source: Source, key: KeyColumn, maxValues: number): Promise<BiasInputError> {
  const name = identifier(key.column);
  const [counted] = await source.query(`SELECT count(DISTINCT ${name})::DOUBLE FROM ${source.relation}`);
  const distinct = Number(counted?.[0] ?? 0);
  // The row at which one value too many appears says how soon it goes wrong.
  const [at] = await source.query(
    `SELECT r::DOUBLE FROM (SELECT min(r) AS r FROM (SELECT row_number() OVER () AS r, ${name} AS v FROM ${source.relation}) ` +
      `WHERE v IS NOT NULL GROUP BY v) ORDER BY r LIMIT 1 OFFSET ${maxValues}`,
  );
  const row =
    at === undefined ? "" : ` (the ${maxValues + 1}th appears at row ${Number(at[0]).toLocaleString("en-US")})`;
  return new BiasInputError(
    "bad_column",
    `Column ${key.column} (${key.option}) has ${distinct.toLocaleString("en-US")} distinct values; at most ` +
      `${maxValues.toLocaleString("en-US")} groups can be compared${row}. Put numbers in bins with --bin ${key.column}=25,40,60, ` +
      "or leave the column out.",
  );
}
