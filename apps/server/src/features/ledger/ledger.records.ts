/** Compares the history of registers with its entries, and the current registers with their history. */
import { canonicalJson, formatInstant, type Json, type Micros, type Uuid } from "@steward/kernel";
import { entryTime } from "@steward/ledger";
import { columnName, type Field, type Register, registerOf, registers, upcast } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { linkTable } from "../records/records.ddl.ts";
import { titleOf, type Values } from "../records/records.store.ts";
import {
  altered,
  type CheckFinding,
  differing,
  extra,
  EXTRA_ROWS_NAMED,
  missing,
  type ProjectionCheck,
  type ReadEntry,
} from "./ledger.findings.ts";

interface VersionRow {
  readonly kind: string;
  readonly id: Uuid;
  readonly version: number;
  readonly schema_version: number;
  readonly recorded_at: Micros;
  readonly effective_at: Micros;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly change_reason: string | null;
  readonly withdrawn: boolean;
  readonly body: Values;
  readonly ledger_index: number;
}

export function recordCheck(): ProjectionCheck {
  let matched = 0;
  return {
    async check(db, orgId, entries) {
      const own = entries.filter(isVersion);
      if (own.length === 0) return [];
      const rows = await readVersions(db, orgId, own);
      return own.flatMap((read) => {
        const row = rows.get(keyOf(read.entry.subject));
        if (!row) return read.erased ? [] : [missing("The version", read.index)];
        matched++;
        return altered("The version", read.index, versionDifferences(row, read));
      });
    },
    async finish(db, orgId) {
      const findings = await extraVersions(db, orgId, matched);
      for (const register of registers) findings.push(...(await checkCurrent(db, orgId, register as never)));
      return findings;
    },
  };
}

/** An entry that is one version of a record. */
function isVersion({ entry }: ReadEntry): boolean {
  const { kind, subject } = entry;
  return subject.version !== undefined && registerOf(subject.kind) !== undefined && kind.startsWith(`${subject.kind}.`);
}

function keyOf({ kind, id, version }: { kind: string; id: Uuid; version?: number }): string {
  return `${kind} ${id} ${version}`;
}

async function readVersions(db: Kysely<Tables>, orgId: Uuid, own: readonly ReadEntry[]) {
  const subjects = own.map(({ entry }) => entry.subject);
  const { rows } = await sql<VersionRow>`
    SELECT v.* FROM record_version v
    JOIN unnest(${subjects.map(({ kind }) => kind)}::text[], ${subjects.map(({ id }) => id)}::uuid[],
      ${subjects.map(({ version }) => version)}::int[]) AS t (kind, id, version) USING (kind, id, version)
    WHERE v.org_id = ${orgId}`.execute(db);
  return new Map(rows.map((row) => [keyOf(row), row]));
}

const META_FIELD = /^meta\./;

function versionDifferences(row: VersionRow, { index, entry, body }: ReadEntry): string[] {
  const wrong = differing({
    ledger_index: [row.ledger_index, index],
    recorded_at: [row.recorded_at, entryTime(entry)],
    actor_kind: [row.actor_kind, entry.actor.kind],
    actor_id: [row.actor_id, entry.actor.id],
  });
  if (body === undefined) return wrong;
  const values = Object.fromEntries(Object.entries(body).filter(([name]) => !META_FIELD.test(name)));
  const more = differing({
    schema_version: [row.schema_version, body["meta.schemaVersion"]],
    effective_at: [formatInstant(row.effective_at), body["meta.effectiveAt"]],
    change_reason: [row.change_reason, body["meta.changeReason"]],
    withdrawn: [row.withdrawn, body["meta.withdrawn"]],
    body: [canonicalJson(row.body as Json), canonicalJson(values as Json)],
  });
  return [...wrong, ...more];
}

async function extraVersions(db: Kysely<Tables>, orgId: Uuid, matched: number): Promise<CheckFinding[]> {
  const counted = await sql<{ n: number }>`
    SELECT count(*) AS n FROM record_version WHERE org_id = ${orgId}`.execute(db);
  if (counted.rows[0]?.n === matched) return [];
  const { rows } = await sql<{ kind: string; id: Uuid; ledger_index: number }>`
    SELECT v.kind, v.id, v.ledger_index FROM record_version v WHERE v.org_id = ${orgId} AND NOT EXISTS (
      SELECT FROM ledger_entry e WHERE e.org_id = v.org_id AND e.index = v.ledger_index
        AND e.subject_kind = v.kind AND e.subject_id = v.id::text AND e.subject_version = v.version
    ) ORDER BY v.ledger_index LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
  return rows.map((row) => extra(`The version of ${row.kind}`, row.id, row.ledger_index));
}

/** Records of one query; enough to be quick, few enough to be held. */
const BATCH_RECORDS = 1000;

interface CurrentRow {
  readonly id: Uuid;
  readonly current_version: number;
  readonly recorded_at: Micros;
  readonly effective_at: Micros;
  readonly withdrawn: boolean;
  readonly title: string;
  readonly [column: string]: unknown;
}

/** The current row of each record says what its newest version says. */
async function checkCurrent(db: Kysely<Tables>, orgId: Uuid, register: Register): Promise<CheckFinding[]> {
  const findings = await missingCurrent(db, orgId, register);
  let after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const { rows } = await sql<CurrentRow>`
      SELECT * FROM ${sql.table(register.kind)} WHERE org_id = ${orgId} AND id > ${after}
      ORDER BY id LIMIT ${BATCH_RECORDS}`.execute(db);
    if (rows.length === 0) return findings;
    const ids = rows.map(({ id }) => id);
    const newest = await readNewest(db, orgId, register, ids);
    const links = await readLinks(db, orgId, register, ids);
    for (const row of rows) {
      const version = newest.get(row.id);
      if (!version) findings.push(extra(register.singular, row.id, null));
      else {
        const wrong = currentDifferences(register, row, version, links);
        findings.push(...altered(`The ${register.singular} “${row.id}”`, version.ledger_index, wrong));
      }
    }
    after = (rows.at(-1) as CurrentRow).id;
  }
}

async function missingCurrent(db: Kysely<Tables>, orgId: Uuid, register: Register): Promise<CheckFinding[]> {
  const { rows } = await sql<{ index: number }>`
    SELECT max(v.ledger_index) AS index FROM record_version v
    WHERE v.org_id = ${orgId} AND v.kind = ${register.kind} AND NOT EXISTS (
      SELECT FROM ${sql.table(register.kind)} r WHERE r.org_id = v.org_id AND r.id = v.id
    ) GROUP BY v.id ORDER BY 1 LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
  return rows.map(({ index }) => missing(`The ${register.singular}`, index));
}

async function readNewest(db: Kysely<Tables>, orgId: Uuid, register: Register, ids: readonly Uuid[]) {
  const { rows } = await sql<VersionRow>`
    SELECT DISTINCT ON (id) * FROM record_version
    WHERE org_id = ${orgId} AND kind = ${register.kind} AND id = ANY(${ids}::uuid[]) ORDER BY id, version DESC
  `.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

type Links = ReadonlyMap<string, ReadonlyMap<Uuid, readonly Uuid[]>>;

/** By field and record, the ids in the tables of pairs. */
async function readLinks(db: Kysely<Tables>, orgId: Uuid, register: Register, ids: readonly Uuid[]): Promise<Links> {
  const links = new Map<string, Map<Uuid, Uuid[]>>();
  for (const [name, field] of Object.entries(register.fields)) {
    if (field.column !== "link") continue;
    const { rows } = await sql<{ id: Uuid; targets: Uuid[] }>`
      SELECT id, array_agg(target_id::text) AS targets FROM ${sql.table(linkTable(register, name))}
      WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[]) GROUP BY id`.execute(db);
    links.set(name, new Map(rows.map(({ id, targets }) => [id, targets])));
  }
  return links;
}

function currentDifferences(register: Register, row: CurrentRow, version: VersionRow, links: Links): string[] {
  const values = upcast(register, version.schema_version, version.body);
  const wrong = differing({
    current_version: [row.current_version, version.version],
    recorded_at: [row.recorded_at, version.recorded_at],
    effective_at: [row.effective_at, version.effective_at],
    withdrawn: [row.withdrawn, version.withdrawn],
    title: [row.title, titleOf(register, values)],
  });
  for (const [name, field] of Object.entries(register.fields)) {
    const stored = field.column === "link" ? links.get(name)?.get(row.id) : row[columnName(name)];
    if (comparable(field, stored) !== comparable(field, values[name])) wrong.push(columnName(name));
  }
  return wrong;
}

/** One text for a value as its column holds it and as a body writes it. */
function comparable(field: Field, value: unknown): string {
  if (field.column === "link") return [...((value ?? []) as Uuid[])].sort().join();
  if (typeof value === "bigint") return JSON.stringify(formatInstant(value));
  return JSON.stringify(value ?? null);
}
