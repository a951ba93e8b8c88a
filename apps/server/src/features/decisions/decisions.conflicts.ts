/**
 * What was sent under the id of a decision that says something else. It is refused, because one id is one decision; but
 * who was right is for people to find out, so both stay visible: what was refused is evidence of its own.
 */
import type { DecisionConflict } from "@steward/contract";
import { type Clock, formatInstant, type Micros, type Uuid } from "@steward/kernel";
import type { BodyTexts } from "@steward/ledger";
import { type Kysely, sql, type Transaction } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import { PREPARED } from "../../platform/database/prepared.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { appendEvidence, lockHead } from "../../platform/ledger/append.ts";
import type { BodyToCommit } from "./decisions.record.ts";
import type { Sent } from "./decisions.store.ts";

/** Contents kept beside one decision; a sender that reuses an id without end learns nothing new from more. */
export const CONFLICTS_MAX_PER_DECISION = 20;

export interface Refused {
  readonly sent: Sent;
  /** The decision that is stored under the id. */
  readonly decisionId: Uuid;
  /** What it would have been as a decision. */
  readonly body: BodyToCommit;
}

/** Keeps what is refused, each content once. */
export async function keepConflicts(
  tx: Transaction<Tables>,
  clock: Clock,
  orgId: Uuid,
  refused: readonly Refused[],
): Promise<void> {
  if (refused.length === 0) return;
  // Others who send the same wait here, and then find it.
  await lockHead(tx, orgId);
  const { rows } = await sql<{ decision_id: Uuid; digest: string }>`
    SELECT decision_id, encode(digest, 'hex') AS digest FROM decision_conflict
    WHERE org_id = ${orgId} AND decision_id = ANY(${refused.map(({ decisionId }) => decisionId)}::uuid[])`.execute(tx);
  const kept = Map.groupBy(rows, (row) => row.decision_id as string);
  const fresh: (Refused & { digest: string })[] = [];
  for (const one of refused) {
    const digest = one.sent.record.digest.toString("hex");
    const known = kept.get(one.decisionId) ?? [];
    if (known.length >= CONFLICTS_MAX_PER_DECISION || known.some((row) => row.digest === digest)) continue;
    kept.set(one.decisionId, [...known, { decision_id: one.decisionId, digest }]);
    fresh.push({ ...one, digest });
  }
  const appended = await appendEvidence(
    tx,
    clock,
    orgId,
    fresh.map(({ sent, decisionId, body }) => ({
      kind: "decision.refused",
      actor: sent.sender.actor,
      subject: { kind: "decision_conflict" },
      body: { ...(body as unknown as BodyTexts), refused: { storedAs: decisionId } },
    })),
  );
  if (fresh.length === 0) return;
  await sql`
    INSERT INTO decision_conflict (org_id, id, decision_id, digest, subject_hash, recorded_at, ledger_index)
    SELECT ${orgId}::uuid, id, decision_id, decode(digest, 'hex'), decode(subject, 'hex'),
      ${moment(appended[0]?.at as Micros)}::timestamptz, ledger_index
    FROM unnest(${appended.map(({ subjectId }) => subjectId)}::uuid[],
      ${fresh.map(({ decisionId }) => decisionId)}::uuid[], ${fresh.map(({ digest }) => digest)}::text[],
      ${fresh.map(({ body }) => body.subject ?? null)}::text[], ${appended.map(({ index }) => index)}::bigint[]
    ) AS t (id, decision_id, digest, subject, ledger_index)`.execute(tx);
}

/** What was refused under a decision's id, the oldest first. */
export async function readConflicts(db: Kysely<Tables>, orgId: Uuid, decisionId: Uuid): Promise<DecisionConflict[]> {
  const { rows } = await sql<{
    id: Uuid;
    recorded_at: Micros;
    ledger_index: number;
    actor_kind: "person" | "key" | "system";
    actor_id: string;
    body: Buffer | null;
  }>`${PREPARED}
    SELECT c.id, c.recorded_at, c.ledger_index, e.actor_kind, e.actor_id, b.body FROM decision_conflict c
    JOIN ledger_entry e ON e.org_id = c.org_id AND e.index = c.ledger_index
    LEFT JOIN ledger_body b ON b.org_id = c.org_id AND b.index = c.ledger_index
    WHERE c.org_id = ${orgId} AND c.decision_id = ${decisionId} ORDER BY c.id`.execute(db);
  const names = await nameActors(db, orgId, rows);
  return rows.map((row) => ({
    id: row.id,
    recordedAt: formatInstant(row.recorded_at),
    ledgerIndex: row.ledger_index,
    sender: { kind: row.actor_kind, id: row.actor_id, name: names.get(row.actor_id) ?? null },
    body: row.body === null ? null : (JSON.parse(row.body.toString("utf8")) as Record<string, unknown>),
  }));
}
