/** The personal content of one person's decisions: how much there is, what it is, and how it goes. */
import type { SubjectSummary } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { eraseBodies } from "../../platform/ledger/erasures.ts";

export async function countHeld(
  db: Kysely<Tables>,
  orgId: Uuid,
  subjectHash: Buffer,
): Promise<Omit<SubjectSummary, "hold">> {
  const about = sql`d.org_id = ${orgId} AND d.subject_hash = ${subjectHash}`;
  const systems = await sql<{ name: string; decisions: number; first_at: Micros; last_at: Micros }>`
    SELECT d.system_name AS name, count(*) AS decisions, min(d.recorded_at) AS first_at, max(d.recorded_at) AS last_at
    FROM decision d WHERE ${about} GROUP BY 1 ORDER BY 1`.execute(db);
  const outcomes = await sql<{ n: number }>`
    SELECT count(*) AS n FROM decision d JOIN decision_outcome o ON o.org_id = d.org_id AND o.decision_id = d.id
    WHERE ${about}`.execute(db);
  const refused = await sql<{ n: number }>`
    SELECT count(*) AS n FROM decision_conflict WHERE org_id = ${orgId} AND subject_hash = ${subjectHash}`.execute(db);
  const firsts = systems.rows.map(({ first_at }) => formatInstant(first_at)).sort();
  const lasts = systems.rows.map(({ last_at }) => formatInstant(last_at)).sort();
  return {
    decisions: systems.rows.reduce((sum, { decisions }) => sum + decisions, 0),
    outcomes: outcomes.rows[0]?.n ?? 0,
    refused: refused.rows[0]?.n ?? 0,
    firstAt: firsts[0] ?? null,
    lastAt: lasts.at(-1) ?? null,
    systems: systems.rows.map(({ name, decisions }) => ({ name, decisions })),
  };
}

/** Locks a person's decisions and answers their ids and all ledger entries about them, in ascending order. */
export async function lockHeld(tx: Transaction<Tables>, orgId: Uuid, subjectHash: Buffer) {
  const { rows } = await sql<{ id: Uuid; ledger_index: number }>`
    SELECT id, ledger_index FROM decision WHERE org_id = ${orgId} AND subject_hash = ${subjectHash}
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  const ids = rows.map(({ id }) => id);
  const outcomes = await sql<{ ledger_index: number }>`
    SELECT ledger_index FROM decision_outcome WHERE org_id = ${orgId} AND decision_id = ANY(${ids}::uuid[])
  `.execute(tx);
  // What events told of a person's calls, and what was said about their decisions, is about them too.
  const others = await sql<{ ledger_index: number }>`
    SELECT c.ledger_index FROM call_event c JOIN decision d USING (org_id, system_id, run_id)
    WHERE d.org_id = ${orgId} AND d.id = ANY(${ids}::uuid[])
    UNION SELECT f.ledger_index FROM feedback f
    JOIN decision d ON d.org_id = f.org_id AND d.system_id = f.system_id AND d.external_id = f.decision_external_id
    WHERE d.org_id = ${orgId} AND d.id = ANY(${ids}::uuid[])
    UNION SELECT ledger_index FROM decision_conflict
    WHERE org_id = ${orgId} AND (decision_id = ANY(${ids}::uuid[]) OR subject_hash = ${subjectHash})`.execute(tx);
  const indexes = [...rows, ...outcomes.rows, ...others.rows]
    .map(({ ledger_index }) => ledger_index)
    .sort((a, b) => a - b);
  return { ids, indexes };
}

/** Clears the columns that say something of a person. What is counted, and the receipt that keeps it from coming back, stay. */
export async function clearColumns(tx: Transaction<Tables>, orgId: Uuid, ids: readonly Uuid[], erasedBy: number) {
  await sql`
    UPDATE decision SET attributes = '{}', subject_hash = NULL, erased_by = ${erasedBy}
    WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`.execute(tx);
  await sql`
    DELETE FROM call_event c USING decision d
    WHERE c.org_id = ${orgId} AND d.org_id = c.org_id AND d.system_id = c.system_id AND d.run_id = c.run_id
      AND d.id = ANY(${ids}::uuid[])`.execute(tx);
  await sql`
    UPDATE decision_conflict c SET subject_hash = NULL
    WHERE c.org_id = ${orgId} AND c.subject_hash IS NOT NULL AND NOT EXISTS (
      SELECT FROM ledger_body b WHERE b.org_id = c.org_id AND b.index = c.ledger_index)`.execute(tx);
  await sql`
    UPDATE decision_outcome SET source = NULL
    WHERE org_id = ${orgId} AND decision_id = ANY(${ids}::uuid[])`.execute(tx);
}

/** Of the entries that an erasure covered, those whose bodies are there: a restore brought them back. */
export async function findReturned(
  tx: Transaction<Tables>,
  orgId: Uuid,
  indexes: readonly number[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ index: number }>`
    SELECT index FROM ledger_body WHERE org_id = ${orgId} AND index = ANY(${indexes}::bigint[]) ORDER BY index
  `.execute(tx);
  return rows.map(({ index }) => index);
}

/**
 * Does again what an erasure did: bodies go, decisions lose what says something of a person, and where they were
 * `disposed` of (retention) the decisions themselves go.
 */
export async function eraseReturned(
  tx: Transaction<Tables>,
  orgId: Uuid,
  { indexes, erasedBy, disposed }: { indexes: readonly number[]; erasedBy: number; disposed: boolean },
): Promise<void> {
  const { rows } = await sql<{ id: Uuid }>`
    SELECT id FROM decision WHERE org_id = ${orgId} AND ledger_index = ANY(${indexes}::bigint[])`.execute(tx);
  const ids = rows.map(({ id }) => id);
  await sql`
    DELETE FROM call_event WHERE org_id = ${orgId} AND ledger_index = ANY(${indexes}::bigint[])`.execute(tx);
  if (disposed) {
    for (const table of ["decision_outcome", "decision_receipt", "decision_conflict"] as const) {
      await sql`
        DELETE FROM ${sql.table(table)} WHERE org_id = ${orgId} AND decision_id = ANY(${ids}::uuid[])`.execute(tx);
    }
    await sql`DELETE FROM decision WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`.execute(tx);
  }
  await eraseBodies(tx, orgId, indexes, erasedBy);
  if (!disposed) await clearColumns(tx, orgId, ids, erasedBy);
}
