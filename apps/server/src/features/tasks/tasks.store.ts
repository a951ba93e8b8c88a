/** What happens to a task, in the ledger and in its history. */
import type { Clock, Json, Uuid } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import type { Selectable, Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { TaskEventTable, TaskTable } from "../../platform/database/schema.tasks.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { notify, type Notice } from "../notifications/notify.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";

export type TaskRow = Selectable<TaskTable>;

export interface Happening {
  readonly event: TaskEventTable["event"];
  /** As it is afterwards. */
  readonly row: TaskRow;
  readonly from: Uuid | null;
  readonly to: Uuid | null;
  readonly reason: string | null;
}

const SYSTEM_ACTOR: Actor = { kind: "system", id: INSTALLATION_ID };

/** Last step of a transaction: the head of the log is locked from here on. */
export async function writeHappenings(
  { clock }: { readonly clock: Clock },
  tx: Transaction<Tables>,
  orgId: Uuid,
  happenings: readonly Happening[],
  actor: Actor = SYSTEM_ACTOR,
): Promise<void> {
  if (happenings.length === 0) return;
  const appended = await appendEvidence(
    tx,
    clock,
    orgId,
    happenings.map((happening) => ({
      kind: `task.${happening.event}`,
      actor,
      subject: { kind: "task", id: happening.row.id },
      body: bodyOf(happening),
    })),
  );
  await tx
    .insertInto("task_event")
    .values(
      happenings.map(({ event, row, from, to, reason }, i) => {
        const { at, index } = appended[i] as Appended;
        return {
          org_id: orgId,
          task_id: row.id,
          event,
          recorded_at: moment(at),
          actor_kind: actor.kind,
          actor_id: actor.id,
          from_id: from,
          to_id: to,
          reason,
          ledger_index: index,
        };
      }),
    )
    .execute();
  await notify(
    { clock },
    tx,
    orgId,
    happenings.flatMap((happening) => noticesOf(happening, actor)),
  );
}

/** Who is told: whoever gets a task, may decide it, or hears that it is late. */
function noticesOf({ event, row, to }: Happening, actor: Actor): Notice[] {
  const about = { taskId: row.id, commentId: null, actor };
  if (event === "closed") return [];
  if (event === "opened" && row.permission !== null) {
    return [{ ...about, kind: "asked", to: [], holding: row.permission, except: row.not_for }];
  }
  if (to === null) return [];
  return [{ ...about, kind: event === "escalated" ? "escalated" : "assigned", to: [to] }];
}

function bodyOf({ event, row, from, to, reason }: Happening): Record<string, Json> {
  const what = {
    taskKind: row.kind,
    title: row.title,
    sourceKind: row.source_kind,
    sourceId: row.source_id,
    systemId: row.system_id,
    dueAt: moment(row.due_at),
  };
  if (event === "opened") return { ...what, assigneeId: to };
  if (event === "closed") return { ...what, assigneeId: row.assignee_id };
  if (event === "escalated") return { ...what, assigneeId: from, escalatedTo: to };
  return { ...what, from, assigneeId: to, reason };
}
