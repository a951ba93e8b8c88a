/** Keeps the tasks in step with the duties: what is to do is open, what is done is closed, what is late is escalated. */
import { addWorkingDays, type Micros, MICROS_PER_HOUR, newId, type Uuid, type WorkingCalendar } from "@steward/kernel";
import { type Selectable, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { TaskTable } from "../../platform/database/schema.tasks.ts";
import { holdLock, withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { IS_ACT } from "../../platform/ledger/acts.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { readCalendar } from "../organisations/calendar.ts";
import { type Duty, ESCALATE_AGAIN_WORKING_DAYS, type Ground, type TaskDeps } from "./duty.ts";
import { escalationOf, firstAssignee, type People, readPeople, successor } from "./tasks.people.ts";
import { readDuties } from "./tasks.sources.ts";
import { type Happening, writeHappenings } from "./tasks.store.ts";

/** What comes by time alone, an approval that ends or a person who leaves, is seen within this time. */
const LOOK_AGAIN: Micros = MICROS_PER_HOUR;
/** Tasks that one transaction opens, closes or moves: it holds the head of the log meanwhile. */
const CHANGES_MAX = 500;
/** Acts after which nothing new is to do, and what we write ourselves; streams are no acts. */
const NO_NEWS = [
  "drill.recorded",
  "ledger.checked",
  "task.opened",
  "task.closed",
  "task.assigned",
  "task.escalated",
  "task.commented",
];
const LEFT = "Whoever had it is no longer active.";

/** Follows every organisation with news or whose look is due; answers how many. */
export async function keepTasksDue(deps: TaskDeps): Promise<number> {
  const kept = await exclusively(deps.db, "tasks", async () => {
    // Unscoped: it is the scheduler that asks for all organisations.
    const { rows } = await sql<{ org_id: Uuid }>`
      SELECT l.org_id FROM ledger_log l LEFT JOIN task_progress p USING (org_id)
      WHERE l.org_id <> ${INSTALLATION_ID} AND l.size > 0 AND (
        p.org_id IS NULL OR p.look_again_at <= ${moment(deps.clock.now())} OR EXISTS (
          SELECT FROM ledger_entry e
          WHERE e.org_id = l.org_id AND e.index >= p.ledger_size AND ${IS_ACT} AND e.kind <> ALL(${NO_NEWS})
        )
      )`.execute(deps.db);
    for (const { org_id } of rows) await keepTasks(deps, org_id);
    return rows.length;
  });
  return kept ?? 0;
}

export async function keepTasks(deps: TaskDeps, orgId: Uuid): Promise<void> {
  while (await withTransaction(deps.db, (tx) => keepSome(deps, tx, orgId))) {
    // Until nothing is left to change.
  }
}

/** Answers whether more is left. */
async function keepSome(deps: TaskDeps, tx: Transaction<Tables>, orgId: Uuid): Promise<boolean> {
  // Of two at once the second must see what the first wrote.
  await holdLock(tx, `steward/tasks/${orgId}`);
  const log = await tx.selectFrom("ledger_log").select("size").where("org_id", "=", orgId).executeTakeFirstOrThrow();
  const { clock } = deps;
  const now = clock.now();
  const ground: Ground = { ...deps, db: tx, orgId, now, calendar: await readCalendar(tx, orgId) };
  const duties = await readDuties(ground);
  const standing = { people: await readPeople(ground), now, calendar: ground.calendar };
  const tasks = await readTasks(tx, orgId, duties);
  const changes = changesOf(duties, tasks, standing, () => newId(clock));
  const some = changes.slice(0, CHANGES_MAX);
  await writeChanges(tx, orgId, some);
  const happenings = some.flatMap((change) => change.happenings);
  await writeHappenings({ clock }, tx, orgId, happenings);
  const dueNext = some.length < changes.length ? now : await readNextLook(tx, orgId, now);
  const progress = { ledger_size: log.size, look_again_at: moment(dueNext) };
  await tx
    .insertInto("task_progress")
    .values({ org_id: orgId, ...progress })
    .onConflict((conflict) => conflict.column("org_id").doUpdateSet(progress))
    .execute();
  return some.length < changes.length;
}

type TaskRow = Selectable<TaskTable>;

/** Open tasks, and closed ones so that the same duty opens the same task again. */
async function readTasks(tx: Transaction<Tables>, orgId: Uuid, duties: readonly Duty[]): Promise<TaskRow[]> {
  const keys = duties.map(({ key }) => key);
  return tx
    .selectFrom("task")
    .selectAll()
    .where("org_id", "=", orgId)
    .where(sql<boolean>`(state = 'open' OR key = ANY(${keys}::text[]))`)
    .execute();
}

/** The next deadline, at which something is escalated, or an hour. */
async function readNextLook(tx: Transaction<Tables>, orgId: Uuid, now: Micros): Promise<Micros> {
  const { rows } = await sql<{ due_at: Micros | null }>`
    SELECT min(due_at) AS due_at FROM task
    WHERE org_id = ${orgId} AND state = 'open' AND escalated_at IS NULL`.execute(tx);
  const next = rows[0]?.due_at ?? null;
  return next !== null && next > now && next < now + LOOK_AGAIN ? next : now + LOOK_AGAIN;
}

interface Change {
  readonly row: TaskRow;
  readonly happenings: readonly Happening[];
}

/** Who there is, and when it is. */
interface Standing {
  readonly people: People;
  readonly now: Micros;
  readonly calendar: WorkingCalendar;
}

function changesOf(duties: readonly Duty[], tasks: readonly TaskRow[], standing: Standing, id: () => Uuid): Change[] {
  const byKey = new Map(tasks.map((task) => [task.key, task]));
  const keys = new Set(duties.map(({ key }) => key));
  const closed = tasks
    .filter((task) => task.state === "open" && !keys.has(task.key))
    .map((task): Change => {
      const row = { ...task, state: "closed" as const, closed_at: standing.now };
      return { row, happenings: [{ event: "closed", row, from: null, to: null, reason: null }] };
    });
  const kept = duties.map((duty) => {
    const known = byKey.get(duty.key);
    if (known === undefined || known.state === "closed") return opened(duty, known?.id ?? id(), standing);
    return moved(duty, known, standing);
  });
  return [...closed, ...kept.filter((change) => change !== undefined)];
}

function rowOf(duty: Duty) {
  return {
    key: duty.key,
    kind: duty.kind,
    title: duty.title,
    todo: duty.todo,
    source_kind: duty.source.kind,
    source_id: duty.source.id,
    system_id: duty.systemId,
    permission: duty.permission,
    not_for: duty.notFor,
    owner_id: duty.ownerId,
    since: duty.since,
    due_at: duty.dueAt,
  };
}

function opened(duty: Duty, id: Uuid, standing: Standing): Change {
  const assignee = firstAssignee(duty, standing.people);
  const row: TaskRow = {
    ...rowOf(duty),
    // The column is the same for every row and filled in when it is written.
    org_id: id,
    id,
    state: "open",
    assignee_id: assignee,
    assigned_by: "rule",
    opened_at: standing.now,
    closed_at: null,
    escalated_at: null,
    escalated_to: null,
  };
  return escalate({ row, happenings: [{ event: "opened", row, from: null, to: assignee, reason: null }] }, standing);
}

/** What became of an open task; undefined where nothing did. */
function moved(duty: Duty, task: TaskRow, standing: Standing): Change | undefined {
  const { people, now } = standing;
  const row = { ...task, ...rowOf(duty) };
  // An alert that was taken up has until its next deadline.
  if (row.due_at > now && row.escalated_at !== null) Object.assign(row, { escalated_at: null, escalated_to: null });
  const { to, reason, isLeaving } = nextAssignee(duty, task, people);
  const happenings: Happening[] = [];
  if (to !== task.assignee_id) {
    Object.assign(row, { assignee_id: to, assigned_by: "rule" });
    happenings.push({ event: "assigned", row, from: task.assignee_id, to, reason });
    // Whoever gets it from somebody who left is told as for the first time.
    if (isLeaving) Object.assign(row, { escalated_at: null, escalated_to: null });
  }
  const change = escalate({ row, happenings }, standing);
  return change.happenings.length > 0 || differs(task, change.row) ? change : undefined;
}

function nextAssignee(duty: Duty, task: TaskRow, people: People) {
  const current = task.assignee_id;
  if (current !== null && !people.isAble(current)) {
    return { to: successor(current, duty, people), reason: LEFT, isLeaving: true };
  }
  const follows = task.assigned_by === "rule" && (duty.ownerId !== task.owner_id || current === null);
  return { to: follows ? firstAssignee(duty, people) : current, reason: null, isLeaving: false };
}

/** At its deadline somebody hears of a task; while it stays late, others do, one after the other. */
function escalate(change: Change, { people, now, calendar }: Standing): Change {
  const { row, happenings } = change;
  if (row.due_at > now) return change;
  const line = escalationOf(row.assignee_id, people);
  const next = line[row.escalated_to === null ? 0 : line.indexOf(row.escalated_to) + 1] ?? null;
  if (row.escalated_at !== null) {
    const heard = people.isAble(row.escalated_to);
    const isNext = !heard || addWorkingDays(row.escalated_at, ESCALATE_AGAIN_WORKING_DAYS, calendar) <= now;
    if (next === null || !isNext) return change;
  }
  const late = { ...row, escalated_at: now, escalated_to: next };
  return {
    row: late,
    happenings: [...happenings, { event: "escalated", row: late, from: row.assignee_id, to: next, reason: null }],
  };
}

const WATCHED = [
  "title",
  "todo",
  "source_kind",
  "source_id",
  "system_id",
  "permission",
  "not_for",
  "owner_id",
  "since",
  "due_at",
  "escalated_at",
  "escalated_to",
] as const;

/** Everything but what names the task. */
const WRITTEN = [...WATCHED, "state", "assignee_id", "assigned_by", "opened_at", "closed_at", "kind"] as const;

function differs(a: TaskRow, b: TaskRow): boolean {
  return WATCHED.some((name) => a[name] !== b[name]);
}

async function writeChanges(tx: Transaction<Tables>, orgId: Uuid, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const at = (micros: Micros | null) => (micros === null ? null : moment(micros));
  await tx
    .insertInto("task")
    .values(
      changes.map(({ row }) => ({
        ...row,
        org_id: orgId,
        since: moment(row.since),
        due_at: moment(row.due_at),
        opened_at: moment(row.opened_at),
        closed_at: at(row.closed_at),
        escalated_at: at(row.escalated_at),
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["org_id", "id"])
        .doUpdateSet(({ ref }) => Object.fromEntries(WRITTEN.map((name) => [name, ref(`excluded.${name}`)]))),
    )
    .execute();
}
