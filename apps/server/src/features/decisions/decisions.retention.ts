/**
 * Retention: decisions that are older than their system keeps them are removed with all that they hold, and an erasure
 * entry of the ledger names them, so that a verification knows that they were disposed of and by which rule.
 *
 * What stays: the leaves (they tell nothing of the content), the counts by hour, the cells, and the results of drills.
 */
import type { Catalogue } from "@steward/catalogue";
import { type Clock, formatInstant, type Micros, MICROS_PER_DAY, type Uuid, uuidv7Floor } from "@steward/kernel";
import { ERASURE_ENTRIES_FIELD, ERASURE_KIND } from "@steward/ledger";
import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { appendEvidence, type Appended, lockHead } from "../../platform/ledger/append.ts";
import { eraseBodies } from "../../platform/ledger/erasures.ts";
import { readParameter } from "./decisions.lookup.ts";

export interface RetentionDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
}

/** Decisions removed in one transaction: the erasure entry lists each, and nobody waits long for the log. */
const CHUNK_DECISIONS = 1000;
const LONGEST_MONTH_DAYS = 31;

interface KeepingSystem {
  readonly org_id: Uuid;
  readonly id: Uuid;
  readonly retention_days: number;
  readonly retention_rule_days: number | null;
  readonly ai_act_tier: string;
}

/** Removes what has expired, of every system that says how long it keeps its log; answers how many decisions. */
export async function applyRetention(deps: RetentionDeps): Promise<number> {
  const removed = await exclusively(deps.db, "retention", async () => {
    const { rows } = await sql<KeepingSystem>`
      SELECT org_id, id, retention_days, retention_rule_days, ai_act_tier FROM system
      WHERE retention_days IS NOT NULL ORDER BY org_id, id`.execute(deps.db);
    let count = 0;
    for (const system of rows) count += await applyTo(deps, system);
    return count;
  });
  return removed ?? 0;
}

async function applyTo(deps: RetentionDeps, system: KeepingSystem): Promise<number> {
  let count = 0;
  for (;;) {
    const removed = await withTransaction(deps.db, (tx) => removeChunk(deps, tx, system));
    count += removed;
    if (removed === 0) return count;
  }
}

/** Never less than the system's own rule, nor than the law where its high-risk duties apply. */
async function daysToKeep(deps: RetentionDeps, tx: Transaction<Tables>, system: KeepingSystem): Promise<number> {
  const { retention_days: chosen, retention_rule_days: rule, ai_act_tier: tier } = system;
  const months = await readParameter(tx, system.org_id, deps.catalogue, "LOG_RETENTION_LAW");
  const law = tier === "high_risk" ? Math.ceil(months * LONGEST_MONTH_DAYS) : 0;
  return Math.max(chosen, rule ?? 0, law);
}

/** What a legal hold keeps stays beyond its time. */
function isHeld(decision: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`EXISTS (SELECT FROM legal_hold h WHERE h.org_id = ${decision}.org_id
    AND h.subject_hash = ${decision}.subject_hash AND h.lifted_at IS NULL)`;
}

async function removeChunk(deps: RetentionDeps, tx: Transaction<Tables>, system: KeepingSystem): Promise<number> {
  const { org_id: orgId, id: systemId } = system;
  const days = await daysToKeep(deps, tx, system);
  const before: Micros = deps.clock.now() - BigInt(days) * MICROS_PER_DAY;
  const oldest = uuidv7Floor(Number(before / 1000n));
  const expired = await sql<{ id: Uuid }>`
    SELECT id FROM decision
    WHERE org_id = ${orgId} AND system_id = ${systemId} AND id < ${oldest} AND NOT ${isHeld(sql`decision`)}
    ORDER BY id LIMIT ${CHUNK_DECISIONS} FOR UPDATE`.execute(tx);
  // With the head of the log locked nobody places a hold any more; one may have been placed since the look.
  await lockHead(tx, orgId);
  const { rows } = await sql<{ id: Uuid; external_id: string; ledger_index: number }>`
    SELECT id, external_id, ledger_index FROM decision
    WHERE org_id = ${orgId} AND id = ANY(${expired.rows.map(({ id }) => id)}::uuid[]) AND NOT ${isHeld(sql`decision`)}
    ORDER BY id`.execute(tx);
  // Events of calls come with them; those whose call never came go with the others of their age.
  const events = await sql<{ ledger_index: number }>`
    DELETE FROM call_event WHERE org_id = ${orgId} AND id IN (
      SELECT id FROM call_event c WHERE org_id = ${orgId} AND system_id = ${systemId} AND id < ${oldest}
        AND NOT EXISTS (SELECT FROM decision d WHERE d.org_id = c.org_id AND d.system_id = c.system_id
          AND d.run_id = c.run_id AND ${isHeld(sql`d`)})
      ORDER BY id LIMIT ${CHUNK_DECISIONS}
    ) RETURNING ledger_index`.execute(tx);
  if (rows.length === 0 && events.rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  const outcomes = await sql<{ ledger_index: number }>`
    DELETE FROM decision_outcome WHERE org_id = ${orgId} AND decision_id = ANY(${ids}::uuid[])
    RETURNING ledger_index`.execute(tx);
  const conflicts = await sql<{ ledger_index: number }>`
    DELETE FROM decision_conflict WHERE org_id = ${orgId} AND decision_id = ANY(${ids}::uuid[])
    RETURNING ledger_index`.execute(tx);
  const indexes = [...rows, ...outcomes.rows, ...events.rows, ...conflicts.rows]
    .map(({ ledger_index }) => ledger_index)
    .sort((a, b) => a - b);
  await sql`DELETE FROM decision_receipt WHERE org_id = ${orgId} AND decision_id = ANY(${ids}::uuid[])
    AND external_id = ANY(${rows.map(({ external_id }) => external_id)}::text[])`.execute(tx);
  await sql`DELETE FROM decision WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`.execute(tx);
  const [appended] = await appendEvidence(tx, deps.clock, orgId, [
    {
      kind: ERASURE_KIND,
      actor: { kind: "system", id: INSTALLATION_ID },
      subject: { kind: "retention_run" },
      body: {
        cause: "retention",
        systemId,
        keptDays: days,
        recordedBefore: formatInstant(before),
        [ERASURE_ENTRIES_FIELD]: indexes,
      },
    },
  ]);
  await eraseBodies(tx, orgId, indexes, (appended as Appended).index);
  return rows.length;
}
