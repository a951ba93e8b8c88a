/** Reads of tasks for screens. */
import type { Actor, May, Task, TaskComment, TaskDetail, TaskKind, TaskView } from "@steward/contract";
import { formatInstant, type Micros, type Uuid, workingDaysUntil, type WorkingCalendar } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import type { Tables } from "../../platform/database/schema.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { cutPage, type Page, readCursor } from "../../platform/http/paging.ts";
import { notFound } from "../../platform/http/problem.ts";
import { readCalendar } from "../organisations/calendar.ts";
import type { TaskRow } from "./tasks.store.ts";

export interface TaskQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly view: TaskView;
  readonly state: "open" | "closed";
  readonly kind?: TaskKind | undefined;
  readonly systemId?: string | undefined;
}

type Row = TaskRow & {
  readonly system_name: string | null;
  readonly assignee_name: string | null;
  readonly escalated_name: string | null;
  readonly comments: number;
};

const COLUMNS = sql`t.*, s.name AS system_name, a.title AS assignee_name, x.title AS escalated_name,
  (SELECT count(*)::int FROM task_comment c WHERE c.org_id = t.org_id AND c.task_id = t.id) AS comments`;
const JOINED = sql`task t
  LEFT JOIN system s ON s.org_id = t.org_id AND s.id = t.system_id
  LEFT JOIN person a ON a.org_id = t.org_id AND a.id = t.assignee_id
  LEFT JOIN person x ON x.org_id = t.org_id AND x.id = t.escalated_to`;

/** Which tasks a view shows to a caller. */
function inView(view: TaskView, caller: Caller): RawBuilder<boolean> {
  // A key is nobody: it has no tasks of its own.
  const me = caller.kind === "person" ? caller.actor.id : null;
  if (view === "all") return sql<boolean>`true`;
  if (view === "escalated") return sql<boolean>`t.escalated_to = ${me}::uuid`;
  if (view === "unassigned") return sql<boolean>`(t.assignee_id IS NULL AND t.permission IS NULL)`;
  const permissions = me === null ? [] : [...caller.permissions];
  return sql<boolean>`(t.assignee_id = ${me}::uuid OR (t.assignee_id IS NULL AND t.permission = ANY(${permissions}::text[])
    AND t.not_for IS DISTINCT FROM ${me}::uuid))`;
}

export async function listTasks(
  db: Kysely<Tables>,
  caller: Caller,
  query: TaskQuery,
  now: Micros,
): Promise<Page<Task>> {
  const isOpen = query.state === "open";
  const order = isOpen ? "dueAt" : "-closedAt";
  const cursor = readCursor(query.cursor, order);
  const kind = query.kind ?? null;
  const systemId = query.systemId ?? null;
  const where = sql`t.org_id = ${caller.orgId} AND t.state = ${query.state} AND ${inView(query.view, caller)}
    AND (${kind}::text IS NULL OR t.kind = ${kind}) AND (${systemId}::uuid IS NULL OR t.system_id = ${systemId}::uuid)`;
  const after = cursor?.key
    ? isOpen
      ? sql`AND (t.due_at, t.id) > (${cursor.key}::timestamptz, ${cursor.id}::uuid)`
      : sql`AND (t.closed_at, t.id) < (${cursor.key}::timestamptz, ${cursor.id}::uuid)`
    : sql``;
  const sorted = isOpen ? sql`t.due_at, t.id` : sql`t.closed_at DESC, t.id DESC`;
  const [{ rows }, counted, calendar] = await Promise.all([
    sql<Row>`SELECT ${COLUMNS} FROM ${JOINED} WHERE ${where} ${after} ORDER BY ${sorted}
      LIMIT ${query.limit + 1}`.execute(db),
    sql<{ n: number }>`SELECT count(*)::int AS n FROM task t WHERE ${where}`.execute(db),
    readCalendar(db, caller.orgId),
  ]);
  const keyOf = (row: Row) => formatInstant(isOpen ? row.due_at : (row.closed_at ?? row.due_at));
  const page = cutPage(rows, query.limit, (row) => [order, keyOf(row), row.id]);
  return {
    items: page.items.map((row) => taskView(row, calendar, now)),
    nextCursor: page.nextCursor,
    total: counted.rows[0]?.n ?? 0,
  };
}

export async function countTasks(db: Kysely<Tables>, caller: Caller, now: Micros) {
  const { rows } = await sql<{ mine: number; overdue: number; escalated: number; unassigned: number; all: number }>`
    SELECT count(*) FILTER (WHERE ${inView("mine", caller)})::int AS mine,
      count(*) FILTER (WHERE ${inView("mine", caller)} AND t.due_at <= ${formatInstant(now)})::int AS overdue,
      count(*) FILTER (WHERE ${inView("escalated", caller)})::int AS escalated,
      count(*) FILTER (WHERE ${inView("unassigned", caller)})::int AS unassigned,
      count(*)::int AS all
    FROM task t WHERE t.org_id = ${caller.orgId} AND t.state = 'open'`.execute(db);
  return rows[0] ?? { mine: 0, overdue: 0, escalated: 0, unassigned: 0, all: 0 };
}

/** @throws HttpProblem `not_found`. */
export async function readTask(db: Kysely<Tables>, caller: Caller, id: Uuid, now: Micros): Promise<TaskDetail> {
  const { orgId } = caller;
  const { rows } = await sql<Row>`
    SELECT ${COLUMNS} FROM ${JOINED} WHERE t.org_id = ${orgId} AND t.id = ${id}`.execute(db);
  const [row] = rows;
  if (!row) throw notFound("This task");
  const [calendar, events, discussion] = await Promise.all([
    readCalendar(db, orgId),
    readEvents(db, orgId, id),
    readDiscussion(db, orgId, id),
  ]);
  const comment = mayAct(caller);
  const assign = row.state === "closed" ? { allowed: false, reason: "It is closed: nothing is left to do." } : comment;
  return { ...taskView(row, calendar, now), events, discussion, may: { assign, comment } };
}

function mayAct(caller: Caller): May {
  if (caller.kind !== "person") return { allowed: false, reason: "Tasks are done by people." };
  if (caller.permissions.has("tasks.act")) return { allowed: true, reason: null };
  return { allowed: false, reason: "This needs the permission “tasks.act”, which you do not hold." };
}

async function readEvents(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<TaskDetail["events"]> {
  const events = await db
    .selectFrom("task_event")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("task_id", "=", id)
    .orderBy("ledger_index", "desc")
    .execute();
  const names = await nameActors(db, orgId, [
    ...events,
    ...events.flatMap(({ from_id, to_id }) => [from_id, to_id].flatMap(personOf)),
  ]);
  const person = (one: Uuid | null) => (one === null ? null : { id: one, name: names.get(one) ?? null });
  return events.map((one) => ({
    event: one.event,
    at: formatInstant(one.recorded_at),
    actor: { kind: one.actor_kind as Actor["kind"], id: one.actor_id, name: names.get(one.actor_id) ?? null },
    from: person(one.from_id),
    to: person(one.to_id),
    reason: one.reason,
    ledgerIndex: one.ledger_index,
  }));
}

async function readDiscussion(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<TaskComment[]> {
  const comments = await db
    .selectFrom("task_comment")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("task_id", "=", id)
    .orderBy("id")
    .execute();
  const people = comments.flatMap(({ author_id, mentions }) => [author_id, ...mentions]);
  const names = await nameActors(db, orgId, people.flatMap(personOf));
  const person = (one: Uuid) => ({ id: one, name: names.get(one) ?? null });
  return comments.map((one) => ({
    id: one.id,
    author: person(one.author_id),
    text: one.text,
    mentions: one.mentions.map(person),
    at: formatInstant(one.recorded_at),
    ledgerIndex: one.ledger_index,
  }));
}

function personOf(id: Uuid | null) {
  return id === null ? [] : [{ actor_kind: "person", actor_id: id }];
}

function taskView(row: Row, calendar: WorkingCalendar, now: Micros): Task {
  const person = (id: Uuid | null, name: string | null) => (id === null ? null : { id, name });
  return {
    id: row.id,
    kind: row.kind as TaskKind,
    state: row.state,
    title: row.title,
    todo: row.todo,
    source: { kind: row.source_kind, id: row.source_id },
    systemId: row.system_id,
    systemName: row.system_name,
    assignee: person(row.assignee_id, row.assignee_name),
    permission: row.permission,
    since: formatInstant(row.since),
    dueAt: formatInstant(row.due_at),
    overdue: row.state === "open" && row.due_at <= now,
    workingDaysLeft: workingDaysUntil(now, row.due_at, calendar),
    escalatedAt: row.escalated_at === null ? null : formatInstant(row.escalated_at),
    escalatedTo: person(row.escalated_to, row.escalated_name),
    closedAt: row.closed_at === null ? null : formatInstant(row.closed_at),
    comments: row.comments,
  };
}
