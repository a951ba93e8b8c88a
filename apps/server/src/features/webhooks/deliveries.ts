/** What was sent to webhooks: the log of deliveries, tests and replays. */
import type { WebhookDelivery } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { newestOf, type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { deliveryRow, type WebhookDeps } from "./webhooks.jobs.ts";

const ORDER = "-createdAt";

export async function listDeliveries(
  db: Kysely<Tables>,
  orgId: Uuid,
  webhookId: Uuid,
  query: PageQuery,
): Promise<Page<WebhookDelivery>> {
  const select = db
    .selectFrom("webhook_delivery")
    .select("id")
    .where("org_id", "=", orgId)
    .where("webhook_id", "=", webhookId);
  return pageById(query, ORDER, newestOf(select), (rows) =>
    readDeliveries(
      db,
      orgId,
      rows.map(({ id }) => id),
    ),
  );
}

interface Row {
  readonly id: Uuid;
  readonly webhook_id: Uuid;
  readonly event: string;
  readonly ledger_index: number | null;
  readonly payload: string;
  readonly created_at: Micros;
  readonly state: WebhookDelivery["state"];
  readonly next_attempt_at: Micros | null;
}

async function readDeliveries(db: Kysely<Tables>, orgId: Uuid, ids: readonly Uuid[]): Promise<WebhookDelivery[]> {
  const [deliveries, attempts] = await Promise.all([
    sql<Row>`
      SELECT * FROM webhook_delivery WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[]) ORDER BY id DESC`.execute(db),
    sql<{ delivery_id: Uuid; attempted_at: Micros; status: number | null; error: string | null; duration_ms: number }>`
      SELECT * FROM webhook_attempt WHERE org_id = ${orgId} AND delivery_id = ANY(${ids}::uuid[]) ORDER BY id`.execute(
      db,
    ),
  ]);
  const attemptsOf = Map.groupBy(attempts.rows, ({ delivery_id }) => delivery_id);
  return deliveries.rows.map((row) => ({
    id: row.id,
    webhookId: row.webhook_id,
    event: row.event,
    ledgerIndex: row.ledger_index,
    createdAt: formatInstant(row.created_at),
    state: row.state,
    nextAttemptAt: row.next_attempt_at === null ? null : formatInstant(row.next_attempt_at),
    payload: row.payload,
    attempts: (attemptsOf.get(row.id) ?? []).map(({ attempted_at, status, error, duration_ms }) => ({
      at: formatInstant(attempted_at),
      status,
      error,
      durationMs: duration_ms,
    })),
  }));
}

/** @throws HttpProblem `not_found`, `conflict` where the webhook does not send. */
export async function sendTest(deps: WebhookDeps, orgId: Uuid, webhookId: Uuid): Promise<WebhookDelivery> {
  await expectEnabled(deps.db, orgId, webhookId);
  const at = deps.clock.now();
  const payload = JSON.stringify({
    type: "steward.test",
    timestamp: formatInstant(at),
    data: { organisationId: orgId, message: "A test: nothing happened." },
  });
  const row = deliveryRow(deps.clock, orgId, webhookId, { event: "steward.test", ledgerIndex: null, payload, at });
  await deps.db.insertInto("webhook_delivery").values(row).execute();
  const [delivery] = await readDeliveries(deps.db, orgId, [row.id]);
  return delivery as WebhookDelivery;
}

/** @throws HttpProblem `not_found`, `conflict` where the webhook does not send. */
export async function replay(deps: WebhookDeps, orgId: Uuid, id: Uuid): Promise<WebhookDelivery> {
  const [known] = await readDeliveries(deps.db, orgId, [id]);
  if (!known) throw notFound("This delivery");
  await expectEnabled(deps.db, orgId, known.webhookId);
  await deps.db
    .updateTable("webhook_delivery")
    .set({ state: "pending", tries: 0, next_attempt_at: moment(deps.clock.now()) })
    .where("org_id", "=", orgId)
    .where("id", "=", id)
    .execute();
  const [delivery] = await readDeliveries(deps.db, orgId, [id]);
  return delivery as WebhookDelivery;
}

export async function expectWebhook(db: Kysely<Tables>, orgId: Uuid, webhookId: Uuid): Promise<{ enabled: boolean }> {
  const webhook = await db
    .selectFrom("webhook")
    .select("enabled")
    .where("org_id", "=", orgId)
    .where("id", "=", webhookId)
    .executeTakeFirst();
  if (!webhook) throw notFound("This webhook");
  return webhook;
}

async function expectEnabled(db: Kysely<Tables>, orgId: Uuid, webhookId: Uuid): Promise<void> {
  const { enabled } = await expectWebhook(db, orgId, webhookId);
  if (!enabled) throw new HttpProblem("conflict", "This webhook is stopped; start it first.");
}
