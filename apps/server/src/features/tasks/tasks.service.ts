/** What people do to a task themselves: take it, hand it over, talk about it. */
import { MENTION, MENTIONS_MAX } from "@steward/contract";
import type { Json, Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, invalidField, notFound } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { notify } from "../notifications/notify.ts";
import { readCalendar } from "../organisations/calendar.ts";
import type { TaskDeps } from "./duty.ts";
import { readPeople } from "./tasks.people.ts";
import { type TaskRow, writeHappenings } from "./tasks.store.ts";

/** @throws HttpProblem `not_found`, `conflict` for a closed task, `invalid` for somebody who cannot have it. */
export async function assignTask(
  deps: TaskDeps,
  caller: Caller,
  id: Uuid,
  { personId, reason = null }: { personId: string | null; reason?: string | null | undefined },
): Promise<void> {
  expectPerson(caller);
  await withTransaction(deps.db, async (tx) => {
    const task = await lockOpen(tx, caller.orgId, id);
    const to = personId as Uuid | null;
    if (to === task.assignee_id) return;
    if (to !== null) await expectAble(deps, tx, caller.orgId, task, to);
    const row = { ...task, assignee_id: to, assigned_by: "person" as const };
    await tx
      .updateTable("task")
      .set({ assignee_id: to, assigned_by: "person" })
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .execute();
    const happening = { event: "assigned" as const, row, from: task.assignee_id, to, reason };
    await writeHappenings(deps, tx, caller.orgId, [happening], caller.actor);
  });
}

async function expectAble(deps: TaskDeps, tx: Transaction<Tables>, orgId: Uuid, task: TaskRow, id: Uuid) {
  const calendar = await readCalendar(tx, orgId);
  const people = await readPeople({ ...deps, db: tx, orgId, now: deps.clock.now(), calendar });
  if (!people.isAble(id)) throw invalidField("personId", "There is no active person of this id.");
  if (id === task.not_for) throw invalidField("personId", "Whoever asked for it cannot decide it.");
}

/** Answers the comment's id. @throws HttpProblem `not_found`, `invalid` for somebody who is mentioned and not known. */
export async function commentTask(deps: TaskDeps, caller: Caller, id: Uuid, text: string): Promise<Uuid> {
  const author = expectPerson(caller);
  const mentions = [...new Set([...text.matchAll(MENTION)].map(([, person]) => person as Uuid))];
  if (mentions.length > MENTIONS_MAX) throw invalidField("text", `Mention at most ${MENTIONS_MAX} people.`);
  return withTransaction(deps.db, async (tx) => {
    const task = await tx
      .selectFrom("task")
      .select(["id", "system_id", "assignee_id"])
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (!task) throw notFound("This task");
    await expectKnown(tx, caller.orgId, mentions);
    const body: Record<string, Json> = { taskId: id, systemId: task.system_id, text, mentions };
    const [appended] = await appendEvidence(tx, deps.clock, caller.orgId, [
      { kind: "task.commented", actor: caller.actor, subject: { kind: "task_comment" }, body },
    ]);
    const { subjectId, at, index } = appended as Appended;
    await tx
      .insertInto("task_comment")
      .values({
        org_id: caller.orgId,
        id: subjectId,
        task_id: id,
        author_id: author,
        text,
        mentions,
        recorded_at: moment(at),
        ledger_index: index,
      })
      .execute();
    const about = { taskId: id, commentId: subjectId, actor: caller.actor };
    const holder = task.assignee_id === null || mentions.includes(task.assignee_id) ? [] : [task.assignee_id];
    await notify(deps, tx, caller.orgId, [
      { ...about, kind: "mentioned", to: mentions },
      { ...about, kind: "commented", to: holder },
    ]);
    return subjectId;
  });
}

async function expectKnown(tx: Transaction<Tables>, orgId: Uuid, mentions: readonly Uuid[]): Promise<void> {
  if (mentions.length === 0) return;
  const { rows } = await sql<{ id: Uuid }>`
    SELECT id FROM person WHERE org_id = ${orgId} AND NOT withdrawn AND id = ANY(${mentions}::uuid[])`.execute(tx);
  if (rows.length < mentions.length)
    throw invalidField("text", "It mentions somebody whom this organisation does not know.");
}

function expectPerson(caller: Caller): Uuid {
  if (caller.kind !== "person") throw new HttpProblem("forbidden", "Tasks are done by people.");
  return caller.actor.id as Uuid;
}

async function lockOpen(tx: Transaction<Tables>, orgId: Uuid, id: Uuid): Promise<TaskRow> {
  const task = await tx
    .selectFrom("task")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("id", "=", id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!task) throw notFound("This task");
  if (task.state === "closed") throw new HttpProblem("conflict", "It is closed: nothing is left to do.");
  return task;
}
