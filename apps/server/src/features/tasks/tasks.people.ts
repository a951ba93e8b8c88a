/** Who can have a task, and to whom one goes when they cannot. */
import { dayIn, type Uuid } from "@steward/kernel";
import { sql } from "kysely";

import type { Ground } from "./duty.ts";

export interface People {
  /** Active today, and not shut out. */
  isAble(id: Uuid | null): boolean;
  /** Whoever somebody reports to, where they are able themselves. */
  managerOf(id: Uuid | null): Uuid | null;
  /** Sees that the management system meets the standard. */
  readonly lead: Uuid | null;
  readonly topManagement: Uuid | null;
}

export async function readPeople({ db, orgId, now, calendar }: Ground): Promise<People> {
  const today = dayIn(now, calendar.timeZone);
  const { rows } = await sql<{ id: Uuid; manager_id: Uuid | null; able: boolean }>`
    SELECT p.id, p.manager_id, NOT p.withdrawn AND p.active_from <= ${today}::date
      AND (p.active_to IS NULL OR p.active_to >= ${today}::date)
      AND coalesce((SELECT bool_or(m.disabled_at IS NULL) FROM membership m
        WHERE m.org_id = p.org_id AND m.person_id = p.id), true) AS able
    FROM person p WHERE p.org_id = ${orgId}`.execute(db);
  const roles = await sql<{ role: string; id: Uuid }>`
    SELECT role, person_id AS id FROM role_assignment
    WHERE org_id = ${orgId} AND role IN ('aims_conformity', 'top_management') AND NOT withdrawn
      AND valid_from <= ${today}::date AND (valid_to IS NULL OR valid_to >= ${today}::date)
    ORDER BY valid_from DESC, id`.execute(db);
  const able = new Set(rows.filter((row) => row.able).map(({ id }) => id));
  const managers = new Map(rows.map(({ id, manager_id }) => [id, manager_id]));
  const holder = (role: string) => roles.rows.find((row) => row.role === role && able.has(row.id))?.id ?? null;
  return {
    isAble: (id) => id !== null && able.has(id),
    managerOf(id) {
      const manager = id === null ? null : (managers.get(id) ?? null);
      return manager !== null && able.has(manager) ? manager : null;
    },
    lead: holder("aims_conformity"),
    topManagement: holder("top_management"),
  };
}

/** Whose task a duty is when nobody has it: its owner's, else the lead's; a decision stays open to all who may decide. */
export function firstAssignee(
  duty: { readonly ownerId: Uuid | null; readonly permission: string | null },
  people: People,
): Uuid | null {
  if (duty.permission !== null) return null;
  return people.isAble(duty.ownerId) ? duty.ownerId : people.lead;
}

/** Who gets the task of somebody who left. */
export function successor(
  left: Uuid,
  duty: { readonly ownerId: Uuid | null; readonly permission: string | null },
  people: People,
): Uuid | null {
  if (duty.permission !== null) return null;
  return people.managerOf(left) ?? firstAssignee(duty, people);
}

/** Who hears of a task that is overdue, one after the other: the manager, the lead, top management; never who has it. */
export function escalationOf(assignee: Uuid | null, people: People): Uuid[] {
  const line = [people.managerOf(assignee), people.lead, people.topManagement];
  return [...new Set(line)].filter((id) => id !== null && id !== assignee) as Uuid[];
}
