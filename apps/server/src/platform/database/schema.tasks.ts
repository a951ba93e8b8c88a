/** The tables of tasks and notifications as Kysely sees them. */
import type { Uuid } from "@steward/kernel";

import type { MaybeMoment, Moment } from "./columns.ts";

export interface TaskTable {
  org_id: Uuid;
  id: Uuid;
  key: string;
  kind: string;
  state: "open" | "closed";
  title: string;
  todo: string;
  source_kind: string;
  source_id: string;
  system_id: Uuid | null;
  permission: string | null;
  not_for: Uuid | null;
  owner_id: Uuid | null;
  assignee_id: Uuid | null;
  assigned_by: "rule" | "person";
  since: Moment;
  due_at: Moment;
  opened_at: Moment;
  closed_at: MaybeMoment;
  escalated_at: MaybeMoment;
  escalated_to: Uuid | null;
}

export interface TaskEventTable {
  org_id: Uuid;
  task_id: Uuid;
  event: "opened" | "closed" | "assigned" | "escalated";
  recorded_at: Moment;
  actor_kind: string;
  actor_id: string;
  from_id: Uuid | null;
  to_id: Uuid | null;
  reason: string | null;
  ledger_index: number;
}

export interface TaskCommentTable {
  org_id: Uuid;
  id: Uuid;
  task_id: Uuid;
  author_id: Uuid;
  text: string;
  mentions: Uuid[];
  recorded_at: Moment;
  ledger_index: number;
}

export interface TaskProgressTable {
  org_id: Uuid;
  ledger_size: number;
  look_again_at: Moment;
}

export interface NotificationTable {
  org_id: Uuid;
  id: Uuid;
  person_id: Uuid;
  kind: "assigned" | "asked" | "escalated" | "mentioned" | "commented";
  task_id: Uuid;
  comment_id: Uuid | null;
  actor_kind: string;
  actor_id: string;
  at: Moment;
  read_at: MaybeMoment;
  mailed_at: MaybeMoment;
}

export interface NotificationPreferenceTable {
  org_id: Uuid;
  person_id: Uuid;
  kinds: string[];
  digest: "never" | "daily" | "weekly";
  hour: number;
  weekday: string;
  time_zone: string | null;
}

export interface NotificationDigestTable {
  org_id: Uuid;
  person_id: Uuid;
  last_day: string;
}

export interface TaskTables {
  notification: NotificationTable;
  notification_preference: NotificationPreferenceTable;
  notification_digest: NotificationDigestTable;
  task: TaskTable;
  task_event: TaskEventTable;
  task_comment: TaskCommentTable;
  task_progress: TaskProgressTable;
}
