/** Tells people of something, in the transaction in which it happens. */
import { ACCESS_ROLES, type AccessRole, type NotificationKind, ROLE_PERMISSIONS } from "@steward/contract";
import { type Clock, newId, type Uuid } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";

export interface Notice {
  readonly kind: NotificationKind;
  readonly taskId: Uuid;
  readonly commentId: Uuid | null;
  readonly actor: Actor;
  readonly to: readonly Uuid[];
  /** Everybody who holds this permission is told too, but for one. */
  readonly holding?: string;
  readonly except?: Uuid | null;
}

/** Rows of one statement, below the number of parameters that one may have. */
const ROWS_MAX = 1000;

interface Reader {
  readonly id: Uuid;
  readonly roles: readonly AccessRole[];
  /** What they want to be told of; null for everything. */
  readonly kinds: readonly string[] | null;
}

/** Whoever acted needs no word of it, and who cannot sign in would never read it. */
export async function notify(
  { clock }: { readonly clock: Clock },
  tx: Transaction<Tables>,
  orgId: Uuid,
  notices: readonly Notice[],
): Promise<void> {
  if (!notices.some(({ to, holding }) => to.length > 0 || holding !== undefined)) return;
  const readers = await readReaders(tx, orgId);
  const at = moment(clock.now());
  const rows = notices.flatMap((notice) =>
    readers
      .filter((reader) => isMeant(notice, reader))
      .map(({ id }) => ({
        org_id: orgId,
        id: newId(clock),
        person_id: id,
        kind: notice.kind,
        task_id: notice.taskId,
        comment_id: notice.commentId,
        actor_kind: notice.actor.kind,
        actor_id: notice.actor.id,
        at,
      })),
  );
  for (let start = 0; start < rows.length; start += ROWS_MAX) {
    await tx
      .insertInto("notification")
      .values(rows.slice(start, start + ROWS_MAX))
      .execute();
  }
}

async function readReaders(tx: Transaction<Tables>, orgId: Uuid): Promise<Reader[]> {
  const { rows } = await sql<Reader>`
    SELECT m.person_id AS id, m.roles, n.kinds FROM membership m
    LEFT JOIN notification_preference n ON n.org_id = m.org_id AND n.person_id = m.person_id
    WHERE m.org_id = ${orgId} AND m.disabled_at IS NULL AND m.confirmed_at IS NOT NULL AND m.person_id IS NOT NULL
    ORDER BY m.id`.execute(tx);
  return rows;
}

function isMeant({ kind, to, holding, except, actor }: Notice, { id, roles, kinds }: Reader): boolean {
  if (kinds !== null && !kinds.includes(kind)) return false;
  if (actor.kind === "person" && actor.id === id) return false;
  if (to.includes(id)) return true;
  return holding !== undefined && id !== except && roles.some((role) => rolesHolding(holding).has(role));
}

function rolesHolding(permission: string): ReadonlySet<string> {
  const roles = Object.keys(ACCESS_ROLES) as AccessRole[];
  return new Set(roles.filter((role) => (ROLE_PERMISSIONS[role] as readonly string[]).includes(permission)));
}
