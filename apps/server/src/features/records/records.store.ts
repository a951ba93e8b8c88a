/** Writes of registers: the current row, its links and its version, in the transaction that also writes the ledger. */
import { type Clock, formatInstant, type Json, type Micros, type Uuid } from "@steward/kernel";
import { columnName, type Register } from "@steward/registers";
import { sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { APPEND_MAX_ENTRIES, appendEvidence, type Appended, type Evidence } from "../../platform/ledger/append.ts";
import { linkTable } from "./records.ddl.ts";

export type Values = Record<string, unknown>;

/** Who acts, as the ledger names them. */
export interface RecordActor {
  readonly kind: "person" | "key" | "system";
  readonly id: Uuid;
}

/** One version to write. */
export interface VersionDraft {
  readonly register: Register;
  readonly id: Uuid;
  readonly version: number;
  readonly values: Values;
  readonly withdrawn: boolean;
  readonly changeReason: string | null;
  /** undefined: the moment of recording. */
  readonly effectiveAt: Micros | undefined;
}

export interface CurrentRow {
  readonly version: number;
  readonly withdrawn: boolean;
  readonly effectiveAt: Micros;
  readonly schemaVersion: number;
  readonly values: Values;
}

/** Reads the current version and keeps others from changing it until the transaction ends. */
export async function lockCurrent(tx: Transaction<Tables>, orgId: Uuid, register: Register, id: Uuid) {
  // Locked first and read second: one statement would join the row as it was before it waited for the lock.
  const locked = await sql<{ current_version: number }>`
    SELECT current_version FROM ${sql.table(register.kind)} WHERE org_id = ${orgId} AND id = ${id}
    FOR NO KEY UPDATE`.execute(tx);
  if (locked.rows[0] === undefined) return undefined;
  const { rows } = await sql<{
    version: number;
    withdrawn: boolean;
    effective_at: Micros;
    schema_version: number;
    body: Values;
  }>`
    SELECT version, withdrawn, effective_at, schema_version, body FROM record_version
    WHERE org_id = ${orgId} AND kind = ${register.kind} AND id = ${id} AND version = ${locked.rows[0].current_version}
  `.execute(tx);
  const row = rows[0];
  if (!row) return stagedRow(tx, register, id, locked.rows[0].current_version);
  const current: CurrentRow = {
    version: row.version,
    withdrawn: row.withdrawn,
    effectiveAt: row.effective_at,
    schemaVersion: row.schema_version,
    values: row.body,
  };
  return current;
}

/** Versions whose current rows are written, and whose evidence is not. */
interface Staged {
  readonly drafts: (VersionDraft & { readonly effectiveAt: Micros })[];
  readonly byVersion: Map<string, VersionDraft & { readonly effectiveAt: Micros }>;
}

const staged = new WeakMap<Transaction<Tables>, Staged>();

/**
 * From here on the transaction only stages what it writes, until `writeStaged` writes the evidence of all of it: the
 * head of the log, which every other write of the organisation waits for, is locked for that time alone.
 */
export function stageVersions(tx: Transaction<Tables>): void {
  staged.set(tx, { drafts: [], byVersion: new Map() });
}

function versionKey({ kind }: Register, id: Uuid, version: number): string {
  return `${kind} ${id} ${version}`;
}

function stagedRow(tx: Transaction<Tables>, register: Register, id: Uuid, version: number): CurrentRow | undefined {
  const draft = staged.get(tx)?.byVersion.get(versionKey(register, id, version));
  if (draft === undefined) return undefined;
  const { withdrawn, effectiveAt, values } = draft;
  return { version, withdrawn, effectiveAt, schemaVersion: register.schemaVersion, values };
}

async function stage(
  tx: Transaction<Tables>,
  orgId: Uuid,
  { drafts, byVersion }: Staged,
  added: readonly VersionDraft[],
  now: Micros,
): Promise<void> {
  for (const one of added) {
    const draft = { ...one, effectiveAt: one.effectiveAt ?? now };
    await writeCurrent(tx, orgId, draft, now, draft.effectiveAt);
    await writeLinks(tx, orgId, draft);
    drafts.push(draft);
    byVersion.set(versionKey(draft.register, draft.id, draft.version), draft);
  }
}

/** Writes the evidence and the versions of everything that was staged. Last step of a transaction. */
export async function writeStaged(
  tx: Transaction<Tables>,
  clock: Clock,
  orgId: Uuid,
  actor: RecordActor,
): Promise<void> {
  const { drafts } = staged.get(tx) as Staged;
  staged.delete(tx);
  for (let from = 0; from < drafts.length; from += APPEND_MAX_ENTRIES) {
    const some = drafts.slice(from, from + APPEND_MAX_ENTRIES);
    const evidence = some.map((draft) => evidenceOf(draft, actor, draft.effectiveAt));
    const appended = await appendEvidence(tx, clock, orgId, evidence);
    await insertVersions(tx, orgId, actor, some, appended);
    const kinds = Map.groupBy(some.entries(), ([, { register }]) => register.kind);
    for (const [kind, own] of kinds) {
      const at = (index: number) => formatInstant((appended[index] as Appended).at);
      await sql`
        UPDATE ${sql.table(kind)} SET recorded_at = t.at
        FROM unnest(${own.map(([, { id }]) => id)}::uuid[], ${own.map(([, { version }]) => version)}::int[],
          ${own.map(([index]) => at(index))}::timestamptz[]) AS t (id, version, at)
        WHERE ${sql.table(kind)}.org_id = ${orgId} AND ${sql.table(kind)}.id = t.id
          AND ${sql.table(kind)}.current_version = t.version`.execute(tx);
    }
  }
}

/**
 * Writes versions with their evidence, oldest first. The head of the log is locked from here on: last step of a
 * transaction.
 */
export async function writeVersions(
  tx: Transaction<Tables>,
  clock: Clock,
  orgId: Uuid,
  actor: RecordActor,
  drafts: readonly VersionDraft[],
): Promise<void> {
  const recordedGuess = clock.now();
  const staging = staged.get(tx);
  if (staging !== undefined) return stage(tx, orgId, staging, drafts, recordedGuess);
  const known = drafts.map((draft) => ({ ...draft, effectiveAt: draft.effectiveAt ?? recordedGuess }));
  const evidence = known.map((draft) => evidenceOf(draft, actor, draft.effectiveAt));
  const appended = await appendEvidence(tx, clock, orgId, evidence);
  for (const [index, draft] of known.entries()) {
    await writeCurrent(tx, orgId, draft, (appended[index] as Appended).at, draft.effectiveAt);
    await writeLinks(tx, orgId, draft);
  }
  await insertVersions(tx, orgId, actor, known, appended);
}

function evidenceOf(draft: VersionDraft, actor: RecordActor, effectiveAt: Micros): Evidence {
  const verb = draft.withdrawn ? "withdrawn" : draft.version === 1 ? "created" : "changed";
  return {
    kind: `${draft.register.kind}.${verb}`,
    actor,
    subject: { kind: draft.register.kind, id: draft.id, version: draft.version },
    body: {
      ...(draft.values as Record<string, Json>),
      "meta.changeReason": draft.changeReason,
      "meta.effectiveAt": moment(effectiveAt),
      "meta.schemaVersion": draft.register.schemaVersion,
      "meta.withdrawn": draft.withdrawn,
    },
  };
}

async function writeCurrent(
  tx: Transaction<Tables>,
  orgId: Uuid,
  draft: VersionDraft,
  recordedAt: Micros,
  effectiveAt: Micros,
): Promise<void> {
  const { register, values } = draft;
  const fields = Object.entries(register.fields).filter(([, field]) => field.column !== "link");
  const columns: [string, unknown][] = [
    ["current_version", draft.version],
    ["recorded_at", moment(recordedAt)],
    ["effective_at", moment(effectiveAt)],
    ["withdrawn", draft.withdrawn],
    ["title", titleOf(register, values)],
    ...fields.map(([name]): [string, unknown] => [columnName(name), values[name] ?? null]),
  ];
  const search = sql`to_tsvector('simple', ${searchText(register, values)})`;
  const names = sql.join(columns.map(([name]) => sql.ref(name)));
  const list = sql.join(columns.map(([, value]) => sql`${value}`));
  if (draft.version === 1) {
    await sql`INSERT INTO ${sql.table(register.kind)} (org_id, id, search, ${names})
      VALUES (${orgId}, ${draft.id}, ${search}, ${list})`.execute(tx);
    return;
  }
  await sql`UPDATE ${sql.table(register.kind)} SET (search, ${names}) = ROW (${search}, ${list})
    WHERE org_id = ${orgId} AND id = ${draft.id}`.execute(tx);
}

async function writeLinks(tx: Transaction<Tables>, orgId: Uuid, draft: VersionDraft): Promise<void> {
  for (const [name, field] of Object.entries(draft.register.fields)) {
    if (field.column !== "link") continue;
    const table = sql.table(linkTable(draft.register, name));
    const targets = (draft.values[name] ?? []) as Uuid[];
    if (draft.version > 1) {
      await sql`DELETE FROM ${table} WHERE org_id = ${orgId} AND id = ${draft.id}`.execute(tx);
    }
    if (targets.length === 0) continue;
    await sql`INSERT INTO ${table} (org_id, id, target_id)
      SELECT ${orgId}::uuid, ${draft.id}::uuid, target FROM unnest(${targets}::uuid[]) AS target`.execute(tx);
  }
}

async function insertVersions(
  tx: Transaction<Tables>,
  orgId: Uuid,
  actor: RecordActor,
  drafts: readonly (VersionDraft & { readonly effectiveAt: Micros })[],
  appended: readonly Appended[],
): Promise<void> {
  if (drafts.length === 0) return;
  await tx
    .insertInto("record_version")
    .values(
      drafts.map((draft, index) => ({
        org_id: orgId,
        kind: draft.register.kind,
        id: draft.id,
        version: draft.version,
        schema_version: draft.register.schemaVersion,
        recorded_at: moment((appended[index] as Appended).at),
        effective_at: moment(draft.effectiveAt),
        actor_kind: actor.kind,
        actor_id: actor.id,
        change_reason: draft.changeReason,
        withdrawn: draft.withdrawn,
        body: JSON.stringify(draft.values),
        ledger_index: (appended[index] as Appended).index,
      })),
    )
    .execute();
}

/** The text by which a record is named on screens. */
export function titleOf(register: Register, values: Values): string {
  const value = values[register.title];
  const choice = register.fields[register.title]?.choices?.find((item) => item.value === value);
  return choice?.label ?? String(value ?? "");
}

/** All words of a record by which it can be found. */
function searchText(register: Register, values: Values): string {
  const words: string[] = [];
  for (const [name, field] of Object.entries(register.fields)) {
    const value = values[name];
    if (field.type === "line" || field.type === "paragraphs") words.push(String(value ?? ""));
    else if (field.type === "lines") words.push(...((value ?? []) as string[]));
    else if (field.choices) {
      const chosen = Array.isArray(value) ? value : [value];
      words.push(...field.choices.filter((item) => chosen.includes(item.value)).map((item) => item.label));
    }
  }
  // PostgreSQL limits a tsvector to 1 MiB; the first 200,000 characters find any record.
  return words.join(" ").slice(0, 200_000);
}
