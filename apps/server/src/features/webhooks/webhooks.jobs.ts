/**
 * Finds events in the ledger and sends them. An event cannot be lost: it is an entry of the log, and each webhook
 * remembers up to which entry it has looked. What is sent may arrive twice, under the same message id.
 */
import { performance } from "node:perf_hooks";

import {
  type Clock,
  formatInstant,
  type Micros,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  newId,
  type Uuid,
} from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { networks, OutboundError, post } from "../../platform/http/outbound.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import { eventOf, kindsOf } from "./webhooks.events.ts";
import { signedHeaders, webhookSecret } from "./webhooks.signature.ts";

export interface WebhookDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly config: { readonly webhookNetworks: readonly string[] };
}

/** Pauses after each failed attempt, as Standard Webhooks recommends; after the last the delivery is given up. */
const PAUSES: readonly Micros[] = [
  5n * MICROS_PER_SECOND,
  5n * MICROS_PER_MINUTE,
  30n * MICROS_PER_MINUTE,
  120n * MICROS_PER_MINUTE,
  300n * MICROS_PER_MINUTE,
  600n * MICROS_PER_MINUTE,
  840n * MICROS_PER_MINUTE,
  1200n * MICROS_PER_MINUTE,
  1440n * MICROS_PER_MINUTE,
];
const TIMEOUT_MS = 10_000;
/** Sent at once: a slow receiver holds up nobody for longer than the time-out. */
const SEND_MAX = 20;
/** Entries looked at in one transaction. */
const ENTRIES_MAX = 500;
/** Receivers that are gone for good say so. */
const GONE = 410;

/** Makes the deliveries of new events, then sends what is due; answers how many were attempted. */
export async function runWebhooks(deps: WebhookDeps): Promise<number> {
  const sent = await exclusively(deps.db, "webhooks", async () => {
    await findEvents(deps);
    return sendDue(deps);
  });
  return sent ?? 0;
}

async function findEvents({ db, clock }: WebhookDeps): Promise<void> {
  // Unscoped: it is the scheduler that asks for all organisations.
  const { rows } = await sql<{ org_id: Uuid; id: Uuid }>`
    SELECT w.org_id, w.id FROM webhook w JOIN ledger_log l USING (org_id)
    WHERE w.enabled AND w.position < l.size ORDER BY w.org_id, w.id`.execute(db);
  for (const { org_id, id } of rows) {
    while (await withTransaction(db, (tx) => findNext(tx, clock, org_id, id))) {
      // Until it has looked at everything.
    }
  }
}

/** Looks at the next entries for one webhook; answers whether there may be more. */
async function findNext(tx: Transaction<Tables>, clock: Clock, orgId: Uuid, webhookId: Uuid): Promise<boolean> {
  const webhook = await tx
    .selectFrom("webhook")
    .select(["events", "position"])
    .where("org_id", "=", orgId)
    .where("id", "=", webhookId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const log = await tx.selectFrom("ledger_log").select("size").where("org_id", "=", orgId).executeTakeFirstOrThrow();
  const { rows } = await sql<{
    index: number;
    kind: string;
    recorded_at: Micros;
    subject_id: string;
    body: Buffer | null;
  }>`
    SELECT e.index, e.kind, e.recorded_at, e.subject_id, b.body FROM ledger_entry e
    LEFT JOIN ledger_body b ON b.org_id = e.org_id AND b.index = e.index
    WHERE e.org_id = ${orgId} AND e.kind = ANY(${kindsOf(webhook.events)}::text[])
      AND e.index >= ${webhook.position} AND e.index < ${log.size}
    ORDER BY e.index LIMIT ${ENTRIES_MAX}`.execute(tx);
  const now = clock.now();
  const deliveries = rows.flatMap((row) => {
    const body = row.body === null ? {} : (JSON.parse(row.body.toString("utf8")) as Record<string, unknown>);
    const found = eventOf(webhook.events, row.kind, body);
    if (!found) return [];
    const data = { organisationId: orgId, id: row.subject_id, ledgerIndex: row.index, ...found.data };
    const payload = JSON.stringify({ type: found.event, timestamp: formatInstant(row.recorded_at), data });
    return [deliveryRow(clock, orgId, webhookId, { event: found.event, ledgerIndex: row.index, payload, at: now })];
  });
  if (deliveries.length > 0) await tx.insertInto("webhook_delivery").values(deliveries).execute();
  const more = rows.length === ENTRIES_MAX;
  const position = more ? (rows.at(-1)?.index as number) + 1 : log.size;
  await tx.updateTable("webhook").set({ position }).where("org_id", "=", orgId).where("id", "=", webhookId).execute();
  return more;
}

export function deliveryRow(
  clock: Clock,
  orgId: Uuid,
  webhookId: Uuid,
  delivery: { event: string; ledgerIndex: number | null; payload: string; at: Micros },
) {
  return {
    org_id: orgId,
    id: newId(clock),
    webhook_id: webhookId,
    event: delivery.event,
    ledger_index: delivery.ledgerIndex,
    payload: delivery.payload,
    created_at: moment(delivery.at),
    state: "pending" as const,
    tries: 0,
    next_attempt_at: moment(delivery.at),
  };
}

interface Due {
  readonly org_id: Uuid;
  readonly id: Uuid;
  readonly webhook_id: Uuid;
  readonly url: string;
  readonly secret_version: number;
  readonly payload: string;
  readonly tries: number;
}

async function sendDue(deps: WebhookDeps): Promise<number> {
  const { rows } = await sql<Due>`
    SELECT d.org_id, d.id, d.webhook_id, w.url, w.secret_version, d.payload, d.tries
    FROM webhook_delivery d JOIN webhook w ON w.org_id = d.org_id AND w.id = d.webhook_id
    WHERE d.state = 'pending' AND d.next_attempt_at <= ${moment(deps.clock.now())} AND w.enabled
    ORDER BY d.next_attempt_at, d.id LIMIT ${SEND_MAX}`.execute(deps.db);
  await Promise.all(rows.map((due) => attempt(deps, due)));
  return rows.length;
}

async function attempt(deps: WebhookDeps, due: Due): Promise<void> {
  const at = deps.clock.now();
  const started = performance.now();
  const { status, error } = await sendOnce(deps, due, at);
  const durationMs = performance.now() - started;
  await withTransaction(deps.db, async (tx) => {
    await tx
      .insertInto("webhook_attempt")
      .values({
        org_id: due.org_id,
        delivery_id: due.id,
        id: newId(deps.clock),
        attempted_at: moment(at),
        status,
        error,
        duration_ms: durationMs,
      })
      .execute();
    const isDelivered = status !== null && status >= 200 && status < 300;
    const pause = PAUSES[due.tries];
    const state = isDelivered ? "delivered" : pause === undefined || status === GONE ? "failed" : "pending";
    const next = state === "pending" && pause !== undefined ? moment(deps.clock.now() + pause) : null;
    await tx
      .updateTable("webhook_delivery")
      .set({ state, tries: due.tries + 1, next_attempt_at: next })
      .where("org_id", "=", due.org_id)
      .where("id", "=", due.id)
      .execute();
    if (status !== GONE) return;
    await tx
      .updateTable("webhook")
      .set({ enabled: false, disabled_reason: "The receiver answered that it is gone (410)." })
      .where("org_id", "=", due.org_id)
      .where("id", "=", due.webhook_id)
      .execute();
  });
}

async function sendOnce({ keys, config }: WebhookDeps, due: Due, at: Micros) {
  const secret = webhookSecret(await keys.webhookKey(due.org_id), due.webhook_id, due.secret_version);
  try {
    const status = await post({
      url: new URL(due.url),
      headers: signedHeaders(secret, `msg_${due.id}`, at, due.payload),
      body: due.payload,
      timeoutMs: TIMEOUT_MS,
      allowed: networks(config.webhookNetworks),
    });
    return { status, error: status >= 200 && status < 300 ? null : `The receiver answered ${status}.` };
  } catch (error) {
    if (error instanceof OutboundError) return { status: null, error: error.message };
    throw error;
  }
}
