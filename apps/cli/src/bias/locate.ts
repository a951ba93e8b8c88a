/** Turns what went wrong into the column and the row where it did. Runs only after something has gone wrong. */
import { BiasInputError } from "./error.ts";
import { identifier } from "./source.ts";
import type { Source } from "./source.ts";

export interface Located {
  /** Counted from 1, without the header. */
  readonly row: number;
  readonly value: string | null;
}

/** The first row for which a condition on columns holds, and its value of one column. */
export async function firstRow(source: Source, column: string, condition: string): Promise<Located | undefined> {
  const name = identifier(column);
  const rows = await source.query(
    `SELECT r::DOUBLE, v::VARCHAR FROM (SELECT row_number() OVER () AS r, ${name} AS v, (${condition}) AS bad ` +
      `FROM ${source.relation}) WHERE bad ORDER BY r LIMIT 1`,
  );
  const [found] = rows;
  return found === undefined ? undefined : { row: found[0] as number, value: found[1] as string | null };
}

/** "first at row 12 (“abc”)", or nothing where the row cannot be found. */
export async function firstAt(source: Source, column: string, condition: string): Promise<string> {
  const found = await firstRow(source, column, condition);
  if (found === undefined) return "";
  return `, first at row ${found.row.toLocaleString("en-US")}${found.value === null ? "" : ` (“${found.value}”)`}`;
}

/**
 * Explains a query that failed: the columns that the file does not have, or why it cannot be read.
 * @throws BiasInputError always
 */
export async function explainFailure(
  source: Source,
  wanted: readonly (readonly [option: string, column: string])[],
  cause: unknown,
): Promise<never> {
  let columns: string[];
  try {
    columns = await source.columns();
  } catch (error) {
    throw new BiasInputError("bad_file", `${source.file} cannot be read: ${firstLine(error)}`, { cause: error });
  }
  const known = new Set(columns.map((name) => name.toLowerCase()));
  const missing = wanted.filter(([, column]) => !known.has(column.toLowerCase()));
  if (missing.length > 0) {
    const names = missing.map(([option, column]) => `${column} (${option})`).join(", ");
    throw new BiasInputError("bad_column", `${source.file} has no column ${names}. It has: ${columns.join(", ")}.`, {
      cause,
    });
  }
  throw new BiasInputError("bad_file", `${source.file} cannot be read: ${firstLine(cause)}`, { cause });
}

/** The database explains itself over many lines; the first names the problem, with the line of the file. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] as string).replace(/^(Invalid Input|Binder|IO|Conversion) Error: /, "").trim();
}
