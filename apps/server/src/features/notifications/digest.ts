/** Mails that say what waits for a person: at most one a day, at their hour, and none with nothing to say. */
import {
  dayIn,
  hourIn,
  isWorkingDay,
  type Micros,
  MICROS_PER_DAY,
  type Uuid,
  weekdayOfDay,
  type WorkingCalendar,
} from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { isMailConfigured, type MailDeps, queueMail } from "../../platform/mail/outbox.ts";
import { readCalendar } from "../organisations/calendar.ts";
import { digestText, type DueTask, type News } from "./digest.text.ts";
import { DEFAULT_PREFERENCES } from "./notifications.service.ts";

export type DigestDeps = Omit<MailDeps, "config"> & {
  readonly config: MailDeps["config"] & { readonly publicUrl: string };
};

/** What was read is kept this long. */
const KEPT: Micros = 90n * MICROS_PER_DAY;
/** Lines of a part: whoever has more to do reads the rest in the application. */
const LINES_MAX = 20;

interface Reader {
  readonly org_id: Uuid;
  readonly person_id: Uuid;
  readonly name: string;
  readonly email: string;
  readonly organisation: string;
  readonly zone: string;
  readonly digest: "daily" | "weekly";
  readonly hour: number;
  readonly weekday: string;
  readonly last_day: string | null;
}

/** Queues the digests that are due; answers how many mails that makes. */
export async function sendDigests(deps: DigestDeps): Promise<number> {
  if (!isMailConfigured(deps)) return 0;
  const sent = await exclusively(deps.db, "digests", async () => {
    let mails = 0;
    const calendars = new Map<Uuid, WorkingCalendar>();
    for (const reader of await readReaders(deps.db)) {
      const calendar = calendars.get(reader.org_id) ?? (await readCalendar(deps.db, reader.org_id));
      calendars.set(reader.org_id, calendar);
      if (await sendDigest(deps, reader, calendar)) mails++;
    }
    await sql`DELETE FROM notification WHERE read_at < ${moment(deps.clock.now() - KEPT)}`.execute(deps.db);
    return mails;
  });
  return sent ?? 0;
}

/** Everybody who may get one, of every organisation: unscoped, because it is the scheduler that asks. */
async function readReaders(db: Kysely<Tables>): Promise<Reader[]> {
  const { digest, hour, weekday } = DEFAULT_PREFERENCES;
  const { rows } = await sql<Reader>`
    SELECT m.org_id, m.person_id, p.name, a.email, o.name AS organisation, coalesce(n.time_zone, o.time_zone) AS zone,
      coalesce(n.digest, ${digest}) AS digest, coalesce(n.hour, ${hour}::int) AS hour,
      coalesce(n.weekday, ${weekday}) AS weekday, d.last_day::text
    FROM membership m
    JOIN account a ON a.id = m.account_id
    JOIN person p ON p.org_id = m.org_id AND p.id = m.person_id AND NOT p.withdrawn
    JOIN organisation o ON o.org_id = m.org_id AND o.id = m.org_id
    LEFT JOIN notification_preference n ON n.org_id = m.org_id AND n.person_id = m.person_id
    LEFT JOIN notification_digest d ON d.org_id = m.org_id AND d.person_id = m.person_id
    WHERE m.disabled_at IS NULL AND m.confirmed_at IS NOT NULL AND coalesce(n.digest, ${digest}) <> 'never'
    ORDER BY m.org_id, m.person_id`.execute(db);
  return rows;
}

/** Answers whether a mail was queued. */
async function sendDigest(deps: DigestDeps, reader: Reader, calendar: WorkingCalendar): Promise<boolean> {
  const { db, clock } = deps;
  const now = clock.now();
  const day = dayIn(now, reader.zone);
  if (reader.last_day !== null && reader.last_day >= day) return false;
  if (hourIn(now, reader.zone) < reader.hour) return false;
  const isDay = reader.digest === "daily" ? isWorkingDay(day, calendar) : weekdayOfDay(day) === reader.weekday;
  if (!isDay) return false;
  return withTransaction(db, async (tx) => {
    const [news, due] = [await takeNews(tx, reader, now), await readDue(tx, reader)];
    const { org_id, person_id } = reader;
    await tx
      .insertInto("notification_digest")
      .values({ org_id, person_id, last_day: day })
      .onConflict((conflict) => conflict.columns(["org_id", "person_id"]).doUpdateSet({ last_day: day }))
      .execute();
    const text = digestText({ ...reader, publicUrl: deps.config.publicUrl, now, calendar, news, due });
    if (text === undefined) return false;
    await queueMail(deps, tx, {
      orgId: org_id,
      kind: "digest",
      subjectId: person_id,
      onceKey: `digest/${person_id}/${day}`,
      to: reader.email,
      ...text,
    });
    return true;
  });
}

/** What was not read and not mailed yet; it is mailed now. */
async function takeNews(tx: Transaction<Tables>, { org_id, person_id }: Reader, now: Micros): Promise<News[]> {
  const { rows } = await sql<News>`
    UPDATE notification n SET mailed_at = ${moment(now)} FROM task t
    WHERE n.org_id = ${org_id} AND n.person_id = ${person_id} AND n.read_at IS NULL AND n.mailed_at IS NULL
      AND t.org_id = n.org_id AND t.id = n.task_id AND t.state = 'open'
    RETURNING n.id, n.kind, t.id AS "taskId", t.title, t.assignee_id = ${person_id} AS "isMine"`.execute(tx);
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Open tasks of the person, the most urgent first, and those that came to them because they are late. */
async function readDue(tx: Transaction<Tables>, { org_id, person_id }: Reader): Promise<DueTask[]> {
  const { rows } = await sql<DueTask>`
    SELECT id, title, due_at AS "dueAt" FROM task
    WHERE org_id = ${org_id} AND state = 'open' AND (assignee_id = ${person_id} OR escalated_to = ${person_id})
    ORDER BY due_at, id LIMIT ${LINES_MAX}`.execute(tx);
  return rows;
}
