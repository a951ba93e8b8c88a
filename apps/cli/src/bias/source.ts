/** A data file seen through DuckDB, which reads and counts it: rows never enter this process. */
import { stat } from "node:fs/promises";
import path from "node:path";

import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";

import { BiasInputError } from "./error.ts";
import type { Progress } from "../progress.ts";

/** One value of a result; queries cast whatever they return to text or to double. */
export type SqlValue = string | number | boolean | null;

export interface Source {
  readonly file: string;
  /** What stands after FROM. */
  readonly relation: string;
  readonly columns: () => Promise<string[]>;
  /** @throws the database's own error */
  query(sql: string): Promise<SqlValue[][]>;
  close(): void;
}

/** How often a long query is asked how far it is. */
const POLL_MS = 100;

/** DuckDB functions by the last extension of the file's name, compression aside. */
const READERS: Readonly<Record<string, (file: string) => string>> = {
  // Values are grouped exactly as they stand: 01 and 1 are two values, so nothing is guessed to be a number.
  ".csv": (file) => `read_csv(${file}, all_varchar = true, header = true)`,
  ".tsv": (file) => `read_csv(${file}, all_varchar = true, header = true, delim = '\t')`,
  ".parquet": (file) => `read_parquet(${file})`,
  ".json": (file) => `read_json(${file})`,
  ".jsonl": (file) => `read_json(${file}, format = 'newline_delimited')`,
  ".ndjson": (file) => `read_json(${file}, format = 'newline_delimited')`,
};

/**
 * Opens a file for counting.
 * @throws BiasInputError `bad_file` where it is missing, empty or of an unknown kind
 */
export async function openSource(file: string, progress: Progress): Promise<Source> {
  await checkFile(file);
  const extension = path.extname(file.toLowerCase().replace(/\.(gz|zst)$/, ""));
  const reader = READERS[extension];
  if (reader === undefined) {
    const known = Object.keys(READERS).join(", ");
    throw new BiasInputError(
      "bad_file",
      `${file}: the kind of file is told by its extension, which must be one of ${known}.`,
    );
  }
  const relation = reader(literal(escapeGlob(file)));
  const connection = await (await database()).connect();
  if (progress.shown) await connection.run("SET enable_progress_bar = true; SET enable_progress_bar_print = false");
  const query = (sql: string): Promise<SqlValue[][]> => run(connection, sql, progress);
  return {
    file,
    relation,
    query,
    columns: async () => (await query(`DESCRIBE SELECT * FROM ${relation}`)).map(([name]) => String(name)),
    close: () => connection.closeSync(),
  };
}

let opened: Promise<DuckDBInstance> | undefined;

/** One database for the process: it holds nothing, and starting it takes longer than counting a small file. */
function database(): Promise<DuckDBInstance> {
  // Extensions would be fetched from the network: what is built in suffices.
  opened ??= DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  return opened;
}

async function checkFile(file: string): Promise<void> {
  let found;
  try {
    found = await stat(file);
  } catch {
    throw new BiasInputError("bad_file", `${file}: there is no such file.`);
  }
  if (!found.isFile()) throw new BiasInputError("bad_file", `${file} is not a file.`);
  if (found.size === 0) throw new BiasInputError("bad_file", `${file} is empty.`);
}

async function run(connection: DuckDBConnection, sql: string, progress: Progress): Promise<SqlValue[][]> {
  const poll = () => {
    const { percentage } = connection.progress;
    // The database answers −1 where it cannot tell, as between two queries.
    if (percentage >= 0) progress.update("Counting rows", percentage / 100);
  };
  const timer = progress.shown ? setInterval(poll, POLL_MS) : undefined;
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRows() as SqlValue[][];
  } finally {
    clearInterval(timer);
  }
}

/** A column's name in SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** DuckDB takes *, ? and [ in a file's name for a pattern; in brackets they stand for themselves. */
function escapeGlob(file: string): string {
  return file.replaceAll(/[*?[]/g, "[$&]");
}
