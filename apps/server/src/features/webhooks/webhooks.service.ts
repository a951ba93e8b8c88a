/** Where events are sent: made by people, with a secret that is shown once; every change is evidence. */
import { type Webhook, type WebhookEvent, WEBHOOKS_MAX } from "@steward/contract";
import { formatInstant, type Json, newId, type Uuid } from "@steward/kernel";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";

import type { WebhookTable } from "../../platform/database/schema.monitoring.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { outboundUrl } from "../../platform/http/outbound.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import type { WebhookDeps } from "./webhooks.jobs.ts";
import { secretText, webhookSecret } from "./webhooks.signature.ts";

type WebhookRow = Selectable<WebhookTable> & { readonly pending: number; readonly failed: number };

export async function listWebhooks(db: Kysely<Tables>, orgId: Uuid, id?: Uuid): Promise<Webhook[]> {
  const only = id === undefined ? sql`` : sql`AND w.id = ${id}`;
  const { rows } = await sql<WebhookRow>`
    SELECT w.*, counted.pending, counted.failed FROM webhook w LEFT JOIN LATERAL (
      SELECT count(*) FILTER (WHERE d.state = 'pending') AS pending, count(*) FILTER (WHERE d.state = 'failed') AS failed
      FROM webhook_delivery d WHERE d.org_id = w.org_id AND d.webhook_id = w.id
    ) counted ON true
    WHERE w.org_id = ${orgId} ${only} ORDER BY w.created_at, w.id`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    url: row.url,
    events: row.events as WebhookEvent[],
    enabled: row.enabled,
    disabledReason: row.disabled_reason,
    secretVersion: row.secret_version,
    createdAt: formatInstant(row.created_at),
    pending: row.pending,
    failed: row.failed,
  }));
}

async function readWebhook(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<Webhook> {
  const [webhook] = await listWebhooks(db, orgId, id);
  if (!webhook) throw notFound("This webhook");
  return webhook;
}

/** @throws HttpProblem `invalid` for an address that may not be sent to, `conflict` where there are too many. */
export async function createWebhook(
  deps: WebhookDeps,
  caller: Caller,
  input: { name: string; url: string; events: WebhookEvent[] },
): Promise<{ webhook: Webhook; secret: string }> {
  const url = outboundUrl("url", input.url, deps.config.webhookNetworks).href;
  const id = newId(deps.clock);
  await withTransaction(deps.db, async (tx) => {
    const { rows } = await sql<{ n: number }>`
      SELECT count(*) AS n FROM webhook WHERE org_id = ${caller.orgId}`.execute(tx);
    if ((rows[0]?.n ?? 0) >= WEBHOOKS_MAX) {
      throw new HttpProblem("conflict", `There are ${WEBHOOKS_MAX} webhooks already; change one that is not needed.`);
    }
    const log = await tx
      .selectFrom("ledger_log")
      .select("size")
      .where("org_id", "=", caller.orgId)
      .executeTakeFirstOrThrow();
    await tx
      .insertInto("webhook")
      .values({
        org_id: caller.orgId,
        id,
        name: input.name,
        url,
        events: input.events,
        enabled: true,
        disabled_reason: null,
        secret_version: 1,
        // What happened before is no news.
        position: log.size,
        version: 1,
        created_at: moment(deps.clock.now()),
      })
      .execute();
    await record(deps, tx, caller, "webhook.created", id, 1, { name: input.name, url, events: input.events });
  });
  return { webhook: await readWebhook(deps.db, caller.orgId, id), secret: await secretOf(deps, caller.orgId, id, 1) };
}

/** @throws HttpProblem `not_found` */
export async function changeWebhook(
  deps: WebhookDeps,
  caller: Caller,
  id: Uuid,
  change: { name?: string | undefined; events?: WebhookEvent[] | undefined; enabled?: boolean | undefined },
): Promise<Webhook> {
  await withTransaction(deps.db, async (tx) => {
    const row = await lock(tx, caller.orgId, id);
    const next = {
      name: change.name ?? row.name,
      events: change.events ?? row.events,
      enabled: change.enabled ?? row.enabled,
    };
    const version = row.version + 1;
    await tx
      .updateTable("webhook")
      .set({ ...next, version, disabled_reason: next.enabled ? null : (row.disabled_reason ?? "A person stopped it.") })
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .execute();
    await record(deps, tx, caller, "webhook.changed", id, version, { ...next, url: row.url });
  });
  return readWebhook(deps.db, caller.orgId, id);
}

export async function rotateSecret(deps: WebhookDeps, caller: Caller, id: Uuid) {
  const secretVersion = await withTransaction(deps.db, async (tx) => {
    const row = await lock(tx, caller.orgId, id);
    const next = { version: row.version + 1, secret_version: row.secret_version + 1 };
    await tx.updateTable("webhook").set(next).where("org_id", "=", caller.orgId).where("id", "=", id).execute();
    await record(deps, tx, caller, "webhook.secret_rotated", id, next.version, { secretVersion: next.secret_version });
    return next.secret_version;
  });
  const secret = await secretOf(deps, caller.orgId, id, secretVersion);
  return { webhook: await readWebhook(deps.db, caller.orgId, id), secret };
}

async function secretOf({ keys }: WebhookDeps, orgId: Uuid, id: Uuid, version: number): Promise<string> {
  return secretText(webhookSecret(await keys.webhookKey(orgId), id, version));
}

async function lock(tx: Transaction<Tables>, orgId: Uuid, id: Uuid) {
  const row = await tx
    .selectFrom("webhook")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw notFound("This webhook");
  return row;
}

async function record(
  { clock }: Pick<WebhookDeps, "clock">,
  tx: Transaction<Tables>,
  caller: Caller,
  kind: string,
  id: Uuid,
  version: number,
  body: Record<string, Json>,
): Promise<void> {
  await appendEvidence(tx, clock, caller.orgId, [
    { kind, actor: caller.actor, subject: { kind: "webhook", id, version }, body },
  ]);
}
