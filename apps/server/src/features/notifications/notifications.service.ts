/** What a person was told of, and how they want it. */
import {
  type Actor,
  NOTIFICATION_KINDS,
  type Notification,
  type NotificationKind,
  type notificationEndpoints,
  type NotificationPreferences,
} from "@steward/contract";
import { type Clock, formatInstant, type Micros, type Uuid, type Weekday } from "@steward/kernel";
import { type Kysely, sql } from "kysely";
import type { z } from "zod";

import { nameActors } from "../../platform/database/actors.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { cutPage, type Page, readCursor } from "../../platform/http/paging.ts";

const ORDER = "-at";

/** Without a choice of their own people are told of everything, and get a mail each working day from eight. */
export const DEFAULT_PREFERENCES = {
  kinds: Object.keys(NOTIFICATION_KINDS) as NotificationKind[],
  digest: "daily",
  hour: 8,
  weekday: "monday",
  timeZone: null,
} as const;

export async function listNotifications(
  db: Kysely<Tables>,
  caller: Caller,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<Notification>> {
  const { orgId, actor } = caller;
  const cursor = readCursor(query.cursor, ORDER);
  const after = cursor?.key ? sql`AND (n.at, n.id) < (${cursor.key}::timestamptz, ${cursor.id}::uuid)` : sql``;
  const { rows } = await sql<{
    id: Uuid;
    kind: NotificationKind;
    at: Micros;
    read_at: Micros | null;
    actor_kind: Actor["kind"];
    actor_id: string;
    task_id: Uuid;
    title: string;
    state: "open" | "closed";
  }>`
    SELECT n.id, n.kind, n.at, n.read_at, n.actor_kind, n.actor_id, n.task_id, t.title, t.state
    FROM notification n JOIN task t ON t.org_id = n.org_id AND t.id = n.task_id
    WHERE n.org_id = ${orgId} AND n.person_id = ${actor.id}::uuid ${after}
    ORDER BY n.at DESC, n.id DESC LIMIT ${query.limit + 1}`.execute(db);
  const page = cutPage(rows, query.limit, ({ id, at }) => [ORDER, formatInstant(at), id]);
  const names = await nameActors(db, orgId, page.items);
  return {
    items: page.items.map((row) => ({
      id: row.id,
      kind: row.kind,
      at: formatInstant(row.at),
      readAt: row.read_at === null ? null : formatInstant(row.read_at),
      actor: { kind: row.actor_kind, id: row.actor_id, name: names.get(row.actor_id) ?? null },
      task: { id: row.task_id, title: row.title, state: row.state },
    })),
    nextCursor: page.nextCursor,
    total: await countUnread(db, caller),
  };
}

async function countUnread(db: Kysely<Tables>, { orgId, actor }: Caller): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM notification
    WHERE org_id = ${orgId} AND person_id = ${actor.id}::uuid AND read_at IS NULL`.execute(db);
  return rows[0]?.n ?? 0;
}

export async function readNotifications(
  { db, clock }: { readonly db: Kysely<Tables>; readonly clock: Clock },
  caller: Caller,
  ids: readonly string[] | "all",
): Promise<{ unread: number }> {
  await sql`UPDATE notification SET read_at = ${moment(clock.now())}
    WHERE org_id = ${caller.orgId} AND person_id = ${caller.actor.id}::uuid AND read_at IS NULL
      AND (${ids === "all"} OR id = ANY(${ids === "all" ? [] : ids}::uuid[]))`.execute(db);
  return { unread: await countUnread(db, caller) };
}

type Preferences = z.output<typeof notificationEndpoints.changeNotificationPreferences.body & z.ZodType>;

export async function readPreferences(
  db: Kysely<Tables>,
  caller: Caller,
  mailConfigured: boolean,
): Promise<NotificationPreferences> {
  const known = await db
    .selectFrom("notification_preference")
    .selectAll()
    .where("org_id", "=", caller.orgId)
    .where("person_id", "=", caller.actor.id as Uuid)
    .executeTakeFirst();
  const account = await db
    .selectFrom("account")
    .select("email")
    .where("id", "=", caller.accountId)
    .executeTakeFirstOrThrow();
  const chosen = known && {
    kinds: known.kinds as NotificationKind[],
    digest: known.digest,
    hour: known.hour,
    weekday: known.weekday as Weekday,
    timeZone: known.time_zone,
  };
  return { ...(chosen ?? DEFAULT_PREFERENCES), mail: { configured: mailConfigured, address: account.email } };
}

/** A matter of the person's own: it is no evidence, and stands in no ledger. */
export async function changePreferences(
  db: Kysely<Tables>,
  caller: Caller,
  { timeZone, ...chosen }: Preferences,
): Promise<void> {
  const values = { ...chosen, time_zone: timeZone };
  await db
    .insertInto("notification_preference")
    .values({ org_id: caller.orgId, person_id: caller.actor.id as Uuid, ...values })
    .onConflict((conflict) => conflict.columns(["org_id", "person_id"]).doUpdateSet(values))
    .execute();
}
