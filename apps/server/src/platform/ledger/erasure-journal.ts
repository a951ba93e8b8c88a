/**
 * What was erased, kept beside the keys: a backup from before an erasure holds what was erased, and only somebody who
 * remembers the erasure elsewhere can keep it from coming back.
 */
import type { Uuid } from "@steward/kernel";
import { ERASURE_ENTRIES_FIELD, ERASURE_KIND } from "@steward/ledger";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../database/schema.ts";
import type { KeyStore } from "./keys.ts";

/** One erasure, as its entry in the log tells of it, without words of people. */
export interface ErasureNote {
  /** The name of the log in the epoch of the erasure. */
  readonly origin: string;
  /** The entries that this epoch shares with the ones before it. */
  readonly base: number;
  /** The index of the erasure's entry. */
  readonly index: number;
  readonly cause: string;
  readonly subject: { readonly kind: string; readonly id: string };
  /** The entries whose bodies it erased. */
  readonly entries: readonly number[];
}

interface ErasureRow {
  readonly index: number;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly body: Buffer | null;
}

/** How far each log's erasures stand in the journal, by its present name. */
const written = new WeakMap<KeyStore, Map<string, number>>();

/**
 * Adds to the journal the erasures that are not in it yet; answers how many. Every node does it for its own key store,
 * and right after an erasure as well, so that what is acknowledged as erased is remembered.
 */
export async function journalErasures(db: Kysely<Tables>, keys: KeyStore): Promise<number> {
  // Every organisation's log: unscoped, because it is the installation that remembers.
  const { rows: logs } = await sql<{ org_id: Uuid; origin: string; base: number }>`
    SELECT l.org_id, l.origin, coalesce((SELECT max(size) FROM ledger_epoch e WHERE e.org_id = l.org_id), 0) AS base
    FROM ledger_log l`.execute(db);
  let count = 0;
  for (const { org_id: orgId, origin, base } of logs) {
    const after = await lastWritten(keys, orgId, origin);
    const { rows } = await sql<ErasureRow>`
      SELECT e.index, e.subject_kind, e.subject_id, b.body FROM ledger_entry e
      LEFT JOIN ledger_body b USING (org_id, index)
      WHERE e.org_id = ${orgId} AND e.kind = ${ERASURE_KIND} AND e.index > ${after} AND e.index >= ${base}
      ORDER BY e.index`.execute(db);
    const last = rows.at(-1);
    if (last === undefined) continue;
    await keys.erasures.append(
      orgId,
      rows.map((row) => JSON.stringify(noteOf(row, origin, base))),
    );
    written.get(keys)?.set(origin, last.index);
    count += rows.length;
  }
  return count;
}

/** The notes of an organisation, in the order in which they were written. */
export async function readErasureNotes(keys: KeyStore, orgId: Uuid): Promise<ErasureNote[]> {
  return (await keys.erasures.read(orgId)).map((line) => JSON.parse(line) as ErasureNote);
}

async function lastWritten(keys: KeyStore, orgId: Uuid, origin: string): Promise<number> {
  const known = written.get(keys) ?? new Map<string, number>();
  written.set(keys, known);
  const last = known.get(origin);
  if (last !== undefined) return last;
  const notes = await readErasureNotes(keys, orgId);
  const newest = notes.reduce((max, note) => (note.origin === origin ? Math.max(max, note.index) : max), -1);
  known.set(origin, newest);
  return newest;
}

function noteOf(row: ErasureRow, origin: string, base: number): ErasureNote {
  const body = JSON.parse(row.body?.toString("utf8") ?? "{}") as Record<string, unknown>;
  return {
    origin,
    base,
    index: row.index,
    cause: String(body["cause"] ?? ""),
    subject: { kind: row.subject_kind, id: row.subject_id },
    entries: (body[ERASURE_ENTRIES_FIELD] ?? []) as number[],
  };
}
