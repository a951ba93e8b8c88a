/** Import: every row is checked, every error named with its line and field, and all rows are written or none. */
import type { Uuid } from "@steward/kernel";
import { isUuid, newId } from "@steward/kernel";
import type { Field, Register } from "@steward/registers";
import { parse as parseCsv } from "csv-parse/sync";
import { sql, type Transaction } from "kysely";
import type { z } from "zod";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { fieldErrors, HttpProblem } from "../../platform/http/problem.ts";
import {
  changeInTransaction,
  createInTransaction,
  type RecordDeps,
  translateConstraints,
  type Writer,
} from "./records.service.ts";
import { lockCurrent, stageVersions, type Values, writeStaged } from "./records.store.ts";

/** Rows of one import: more is a migration and wants several files. */
export const IMPORT_MAX_ROWS = 10_000;
/** A file with a thousand mistakes has one cause; the first hundred show it. */
const ERRORS_MAX = 100;
/** Separates the entries of a list inside one CSV cell. */
export const CSV_LIST_SEPARATOR = "; ";

export interface ImportInput {
  readonly format: "csv" | "json";
  readonly content: string;
  readonly dryRun: boolean;
  readonly changeReason?: string | undefined;
}

interface Row {
  readonly line: number;
  readonly id: Uuid | undefined;
  readonly values: Record<string, unknown>;
}

interface RowError {
  line: number;
  field: string | null;
  message: string;
}

interface Outcome {
  created: number;
  changed: number;
  unchanged: number;
  errors: RowError[];
}

/** Rolls the transaction back on purpose: a dry run, or a file with errors. */
class Rollback extends Error {}

export async function importRecords(deps: RecordDeps, writer: Writer, register: Register, input: ImportInput) {
  const outcome: Outcome = { created: 0, changed: 0, unchanged: 0, errors: [] };
  const rows = input.format === "csv" ? readCsv(register, input.content, outcome) : readJson(input.content, outcome);
  if (outcome.errors.length === 0) {
    try {
      await withTransaction(deps.db, async (tx) => {
        stageVersions(tx);
        for (const row of rows) await importRow(deps, tx, writer, register, row, input, outcome);
        if (input.dryRun || outcome.errors.length > 0) throw new Rollback();
        await writeStaged(tx, deps.clock, writer.orgId, writer.actor);
      });
    } catch (error) {
      if (!(error instanceof Rollback)) throw error;
    }
  }
  if (outcome.errors.length > 0) outcome.created = outcome.changed = outcome.unchanged = 0;
  return { dryRun: input.dryRun, rows: rows.length, ...outcome, errors: outcome.errors.slice(0, ERRORS_MAX) };
}

async function importRow(
  deps: RecordDeps,
  tx: Transaction<Tables>,
  writer: Writer,
  register: Register,
  row: Row,
  input: ImportInput,
  outcome: Outcome,
): Promise<void> {
  if (outcome.errors.length >= ERRORS_MAX) return;
  const current = row.id === undefined ? undefined : await lockCurrent(tx, writer.orgId, register, row.id);
  const schema: z.ZodType<Values> = current ? register.changeSchema : register.createSchema;
  const parsed = schema.safeParse(row.values);
  if (!parsed.success) {
    for (const { pointer, message } of fieldErrors(parsed.error, "body")) {
      outcome.errors.push({ line: row.line, field: pointer.split("/")[1] ?? null, message });
    }
    return;
  }
  // A refused row must not undo the rows before it, whose errors are wanted too.
  await savepoint(tx, outcome, row.line, () =>
    translateConstraints(register, async () => {
      const metadata = { changeReason: input.changeReason ?? "Imported" };
      if (!current) {
        await createInTransaction(deps, tx, writer, register, {
          id: row.id ?? newId(deps.clock),
          values: parsed.data,
          ...metadata,
        });
        outcome.created++;
        return;
      }
      const version = await changeInTransaction(deps, tx, writer, register, {
        id: row.id as Uuid,
        expectedVersion: current.version,
        values: parsed.data,
        ...metadata,
      });
      if (version === current.version) outcome.unchanged++;
      else outcome.changed++;
    }),
  );
}

async function savepoint(tx: Transaction<Tables>, outcome: Outcome, line: number, work: () => Promise<void>) {
  await sql`SAVEPOINT import_row`.execute(tx);
  try {
    await work();
    await sql`RELEASE SAVEPOINT import_row`.execute(tx);
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    await sql`ROLLBACK TO SAVEPOINT import_row`.execute(tx);
    const fields = error.errors.length > 0 ? error.errors : [{ pointer: "", message: error.message }];
    for (const { pointer, message } of fields) {
      outcome.errors.push({ line, field: pointer.split("/").at(-1) || null, message });
    }
  }
}

/** JSON: an array of objects with the register's field names, and `id` for rows that change a record. */
function readJson(content: string, outcome: Outcome): Row[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    outcome.errors.push({ line: 1, field: null, message: `Not valid JSON: ${(error as Error).message.slice(0, 200)}` });
    return [];
  }
  if (!Array.isArray(parsed)) {
    outcome.errors.push({ line: 1, field: null, message: "Send a JSON array of objects, one for each record." });
    return [];
  }
  return limited(parsed, outcome).flatMap((item, index) => {
    const line = index + 1;
    if (typeof item !== "object" || item === null || Array.isArray(item)) {
      outcome.errors.push({ line, field: null, message: "Each entry is an object with the register's fields." });
      return [];
    }
    return toRow(line, item as Record<string, unknown>, outcome);
  });
}

/** CSV (RFC 4180) with a header of field names; an empty cell is an empty value. */
function readCsv(register: Register, content: string, outcome: Outcome): Row[] {
  let records: { record: Record<string, string>; info: { lines: number } }[];
  try {
    records = parseCsv(content, {
      columns: true,
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: false,
    }) as unknown as typeof records;
  } catch (error) {
    const { lines } = error as { lines?: number };
    outcome.errors.push({ line: lines ?? 1, field: null, message: `Not valid CSV: ${(error as Error).message}` });
    return [];
  }
  return limited(records, outcome).flatMap(({ record, info }) => {
    const values: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(record)) {
      const field = register.fields[name];
      if (name === "id") values["id"] = text === "" ? undefined : text;
      else values[name] = field ? readCell(field, text.replaceAll("\r\n", "\n")) : text;
    }
    return toRow(info.lines, values, outcome);
  });
}

/** A cell as the value that the field's schema expects; what cannot be read is passed on for the schema to name. */
function readCell(field: Field, text: string): unknown {
  if (field.type === "lines" || field.type === "choices" || field.type === "refs") {
    return text === "" ? [] : text.split(CSV_LIST_SEPARATOR.trim()).map((item) => item.trim());
  }
  if (text === "") return field.required ? undefined : null;
  if (field.type === "integer" || field.type === "number") return Number.isNaN(Number(text)) ? text : Number(text);
  if (field.type === "flag") return text === "true" ? true : text === "false" ? false : text;
  return unguard(text);
}

/** Undoes the guard that an export puts before cells that a spreadsheet would run as a formula. */
function unguard(text: string): string {
  return /^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text;
}

function toRow(line: number, item: Record<string, unknown>, outcome: Outcome): Row[] {
  const { id, ...values } = item;
  if (id !== undefined && id !== null && !isUuid(id)) {
    outcome.errors.push({ line, field: "id", message: "Give the id of a record (a UUID), or leave it out." });
    return [];
  }
  return [{ line, id: (id as Uuid | null | undefined) ?? undefined, values }];
}

function limited<T>(rows: T[], outcome: Outcome): T[] {
  if (rows.length <= IMPORT_MAX_ROWS) return rows;
  outcome.errors.push({
    line: IMPORT_MAX_ROWS + 1,
    field: null,
    message: `Import at most ${IMPORT_MAX_ROWS} rows at a time.`,
  });
  return [];
}
