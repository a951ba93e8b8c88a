/** What events tell of calls: kept as evidence of their own, and joined to the decision when it is read. */
import { createHash } from "node:crypto";

import { canonicalJson, type Clock, type Json, type Uuid } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { type CallEvent, type EvaluationResult, type MessageReading, withEvents } from "@steward/telemetry";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { APPEND_MAX_ENTRIES, type Appended, appendEvidence, lockHead } from "../../platform/ledger/append.ts";

export type CallEvaluation = Pick<EvaluationResult, "name" | "score" | "label">;

/** The events of one call in one request. */
export interface CallEvents {
  readonly systemId: Uuid;
  readonly runId: string;
  readonly messages: readonly CallEvent[];
  readonly evaluations: readonly CallEvaluation[];
}

interface EventDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/** Keeps events, what was sent before only once; answers when they are durable and in the ledger. */
export async function recordCallEvents(
  deps: EventDeps,
  orgId: Uuid,
  actor: Actor,
  calls: readonly CallEvents[],
): Promise<void> {
  for (let i = 0; i < calls.length; i += APPEND_MAX_ENTRIES) {
    const some = calls.slice(i, i + APPEND_MAX_ENTRIES);
    await withTransaction(deps.db, (tx) => record(tx, deps.clock, orgId, actor, some));
  }
}

async function record(tx: Transaction<Tables>, clock: Clock, orgId: Uuid, actor: Actor, calls: readonly CallEvents[]) {
  // Whoever sends the same at the same moment waits here, and then finds it.
  await lockHead(tx, orgId);
  const keyed = new Map(calls.map((call) => [digestOf(call), call]));
  const { rows: known } = await sql<{ digest: string }>`
    SELECT digest FROM call_event WHERE org_id = ${orgId} AND digest = ANY(${[...keyed.keys()]}::text[])
      AND run_id = ANY(${calls.map(({ runId }) => runId)}::text[])`.execute(tx);
  for (const { digest } of known) keyed.delete(digest);
  const fresh = [...keyed];
  if (fresh.length === 0) return;
  const appended = await appendEvidence(
    tx,
    clock,
    orgId,
    fresh.map(([digest, call]) => ({
      kind: "call_events.recorded",
      actor,
      subject: { kind: "call_event" },
      body: { systemId: call.systemId, runId: call.runId, digest, events: eventsOf(call) },
    })),
  );
  await tx
    .insertInto("call_event")
    .values(
      fresh.map(([digest, call], i) => {
        const { subjectId, index, at } = appended[i] as Appended;
        return {
          org_id: orgId,
          id: subjectId,
          system_id: call.systemId,
          run_id: call.runId,
          digest,
          events: JSON.stringify(eventsOf(call)),
          recorded_at: moment(at),
          ledger_index: index,
        };
      }),
    )
    .execute();
}

function eventsOf({ messages, evaluations }: CallEvents): Record<string, Json> {
  return JSON.parse(JSON.stringify({ messages, evaluations })) as Record<string, Json>;
}

function digestOf(call: CallEvents): string {
  const { systemId, runId } = call;
  return sha256(canonicalJson({ systemId, runId, events: eventsOf(call) }));
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** What the events of each call tell, by its run's id. */
export type ReadEvents = MessageReading & { readonly evaluations: readonly CallEvaluation[] };

export async function readCallEvents(
  db: Kysely<Tables>,
  orgId: Uuid,
  runIds: readonly string[],
): Promise<(systemId: Uuid | null, runId: string | null) => ReadEvents> {
  const rows =
    runIds.length === 0
      ? []
      : await db
          .selectFrom("call_event")
          .select(["system_id", "run_id", "events"])
          .where("org_id", "=", orgId)
          .where("run_id", "in", runIds)
          .orderBy("ledger_index")
          .execute();
  const byRun = Map.groupBy(rows, (row) => `${row.system_id} ${row.run_id}`);
  return (systemId, runId) => {
    const events = (byRun.get(`${systemId} ${runId}`) ?? []).map((row) => row.events);
    const messages = events.flatMap((one) => one.messages);
    return { ...withEvents({}, messages, sha256), evaluations: events.flatMap((one) => one.evaluations) };
  };
}
