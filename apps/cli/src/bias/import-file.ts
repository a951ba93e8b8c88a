/** Reads what another tool exported and evaluates it. */
import { readFile } from "node:fs/promises";

import { evaluateStatistics, STATISTICS_SCHEMA } from "@steward/fairness";
import type { BiasStatistics, EvaluateOptions, ImportInput, ImportTool } from "@steward/fairness";

import { BiasInputError } from "./error.ts";
import type { Evaluated } from "./evaluate-file.ts";
import { explainFailure } from "./locate.ts";
import { progressOn } from "../progress.ts";
import { openSource } from "./source.ts";

/** By-group figures are a few kilobytes; anything larger is another file given by mistake. */
const MAX_BYTES = 50_000_000;

/** @throws BiasInputError, FairnessError */
export async function importFile(
  file: string,
  tool: ImportTool,
  attributes: readonly string[] | undefined,
  evaluation: EvaluateOptions,
): Promise<Evaluated> {
  const named = attributes === undefined ? {} : { attributes };
  const input = /\.(csv|tsv)$/i.test(file) ? { rows: await readRows(file) } : { json: await readJson(file) };
  const statistics: BiasStatistics = {
    schema: STATISTICS_SCHEMA,
    task: "imported",
    tool,
    input: { ...input, ...named },
  };
  return { statistics, report: evaluateStatistics(statistics, evaluation) };
}

async function readRows(file: string): Promise<NonNullable<ImportInput["rows"]>> {
  const source = await openSource(file, progressOn());
  try {
    const columns = await source.columns();
    const rows = await source.query(`SELECT * FROM ${source.relation}`);
    return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, (row[i] ?? null) as string | null])));
  } catch (error) {
    return await explainFailure(source, [], error);
  } finally {
    source.close();
  }
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new BiasInputError("bad_file", `${file}: there is no such file, or it cannot be read.`, { cause });
  }
  if (text.length > MAX_BYTES) throw new BiasInputError("bad_file", `${file} is too large for a report by group.`);
  if (text.trim() === "") throw new BiasInputError("bad_file", `${file} is empty.`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BiasInputError(
      "bad_file",
      `${file} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
