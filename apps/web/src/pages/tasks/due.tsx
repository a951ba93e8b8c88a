import { counted } from "@steward/kernel";
import type { Task } from "@steward/client";
import { Deadline, Time } from "@steward/ui";

import styles from "./tasks.module.css";

/** Until when, and how many working days that leaves. */
export function Due({ task }: { task: Task }) {
  if (task.closedAt !== null) {
    return (
      <span>
        closed <Time at={task.closedAt} />
      </span>
    );
  }
  return (
    <span className={styles.due} data-overdue={task.overdue}>
      <Deadline at={task.dueAt} overdue={task.overdue} />
      {task.overdue ? "" : `, ${daysLeft(task.workingDaysLeft)}`}
    </span>
  );
}

function daysLeft(days: number): string {
  if (days <= 0) return "today";
  return `${counted(days, "working day")} left`;
}

/** Whose it is, where nobody is named included. */
export function whoseText({ assignee, permission }: Task): string {
  if (assignee !== null) return assignee.name ?? "somebody whose name was erased";
  return permission === null ? "nobody" : "anybody who may decide";
}
