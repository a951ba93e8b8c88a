/** What is to do, as the data says it: a task follows a duty, it is never typed beside one. */
import type { Permission, TaskKind } from "@steward/contract";
import type { Micros, Uuid, WorkingCalendar } from "@steward/kernel";

import type { StatusDeps } from "../status/status.service.ts";

export interface Duty {
  /** The same for the same thing, whenever it is found. */
  readonly key: string;
  readonly kind: TaskKind;
  readonly title: string;
  /** What ends it. */
  readonly todo: string;
  readonly source: { readonly kind: string; readonly id: string };
  readonly systemId: Uuid | null;
  readonly since: Micros;
  readonly dueAt: Micros;
  /** Who most likely does it. */
  readonly ownerId: Uuid | null;
  /** What it takes to do it, where it is nobody's own. */
  readonly permission: Permission | null;
  /** Who must not do it: whoever asked. */
  readonly notFor: Uuid | null;
}

export type TaskDeps = StatusDeps;

/** What the sources read from. */
export interface Ground extends TaskDeps {
  readonly orgId: Uuid;
  readonly now: Micros;
  readonly calendar: WorkingCalendar;
}

/** Where neither the source nor the catalogue says until when. */
export const DECIDE_WITHIN_WORKING_DAYS = 5;
export const MEND_WITHIN_WORKING_DAYS = 10;
/** What is still late so long after somebody heard of it goes to the next. */
export const ESCALATE_AGAIN_WORKING_DAYS = 3;
/** What ends by itself is a task this long before. */
export const EXPIRY_NOTICE_DAYS = 30;
