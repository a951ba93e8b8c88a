/** Export: the register as it stands, or stood, in the form that import reads. */
import { type Register, upcast } from "@steward/registers";
import { stringify } from "csv-stringify/sync";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { covered } from "./records.read.ts";
import { CSV_LIST_SEPARATOR } from "./records.import.ts";
import type { Values } from "./records.store.ts";

export async function exportRecords(
  db: Kysely<Tables>,
  caller: Caller,
  register: Register,
  query: { format: "csv" | "json"; asOf?: string | undefined },
): Promise<string> {
  const until = query.asOf === undefined ? sql`true` : sql`recorded_at <= ${query.asOf}`;
  const { rows } = await sql<{ id: string; schema_version: number; body: Values }>`
    SELECT id, schema_version, body FROM (
      SELECT DISTINCT ON (id) id, schema_version, body, withdrawn FROM record_version v
      WHERE ${covered(caller, register)} AND org_id = ${caller.orgId} AND kind = ${register.kind} AND ${until}
      ORDER BY id, version DESC
    ) newest WHERE NOT withdrawn ORDER BY id`.execute(db);
  const records = rows.map((row) => ({ id: row.id, ...upcast(register, row.schema_version, row.body) }) as Values);
  if (query.format === "json") return `${JSON.stringify(records, null, 2)}\n`;
  const columns = ["id", ...Object.keys(register.fields)];
  return stringify(
    records.map((record) => columns.map((name) => cell(record[name]))),
    { header: true, columns, record_delimiter: "windows" },
  );
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(String).join(CSV_LIST_SEPARATOR);
  const text = String(value);
  // A spreadsheet runs a cell that starts like this as a formula (CWE-1236); numbers stay numbers.
  return typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
