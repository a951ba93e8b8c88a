/** Who may decide what somebody asked for. */
import type { Permission } from "@steward/contract";
import type { Uuid } from "@steward/kernel";
import { ASKED_BY, decisionsFrom, type Register } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { type Caller, coversSystem } from "../../platform/http/caller.ts";
import type { Values } from "./records.store.ts";

interface MayItem {
  readonly allowed: boolean;
  readonly reason: string | null;
}

/** What a caller is told who does not hold a permission. */
export function lacking(permission: Permission): string {
  return `This needs the permission “${permission}”, which you do not hold.`;
}

/** Whether a permission of the caller reaches a record of this AI system, or why not. */
export function mayBy(permission: Permission, caller: Caller, systemId: Uuid | null): MayItem {
  if (!caller.permissions.has(permission)) return { allowed: false, reason: lacking(permission) };
  if (coversSystem(caller, permission, systemId)) return { allowed: true, reason: null };
  return { allowed: false, reason: "Your access is for other AI systems." };
}

/** Why these are not the caller's to decide, whatever the caller may do; null where they are. */
export function notTheirs(caller: Caller, values: Values, enteredBy: string | undefined): string | null {
  if (caller.kind !== "person") return "Only a person can decide this.";
  if (values[ASKED_BY] === caller.actor.id) return "Another person than the one who asked must decide.";
  if (enteredBy === caller.actor.id) return "Another person than the one who entered it must decide.";
  return null;
}

/** Who entered each record: the actor of its first version. */
export async function readEnteredBy(
  db: Kysely<Tables>,
  orgId: Uuid,
  kind: string,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; actor_id: string }>`
    SELECT id, actor_id FROM record_version
    WHERE org_id = ${orgId} AND kind = ${kind} AND id = ANY(${ids}::uuid[]) AND version = 1`.execute(db);
  return new Map(rows.map((row) => [row.id, row.actor_id]));
}

interface MayDecide extends MayItem {
  readonly decisions: { readonly decision: string; readonly act: string; readonly undoes: boolean }[];
}

/** Whether the caller may decide a record, and how, or why not; null where there is nothing to decide. */
export function mayDecide(
  register: Register,
  caller: Caller,
  { values, systemId, enteredBy }: { values: Values; systemId: Uuid | null; enteredBy: string | undefined },
): MayDecide | null {
  const { lifecycle } = register;
  const open = decisionsFrom(lifecycle, String(values[lifecycle?.field ?? ""]));
  const [first] = open;
  if (first === undefined) return null;
  const [, { permission, undoes }] = first;
  const decisions = open.map(([decision, { act, undoes = false }]) => ({ decision, act, undoes }));
  const may = mayBy(permission as Permission, caller, systemId);
  // Whoever may write ends it as any other change.
  if (undoes) return may.allowed ? { ...may, decisions } : null;
  const reason = may.reason ?? notTheirs(caller, values, enteredBy);
  return { allowed: reason === null, reason, decisions };
}
