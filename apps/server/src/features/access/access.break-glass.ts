/** Breaking the glass: a person takes on roles for some hours, says why, and everybody who answers for it is told. */
import type { AccessRole, BreakGlass } from "@steward/contract";
import { formatInstant, type Micros, MICROS_PER_HOUR, newId, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { type IdsBelow, type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { isMailConfigured, type MailDeps, queueMail } from "../../platform/mail/outbox.ts";
import { breakGlassMail } from "./access.mails.ts";
import { mayEnter } from "./access.sessions.ts";
import type { AccessDeps } from "./access.setup.ts";

export type BreakGlassDeps = AccessDeps & MailDeps;

interface Row {
  id: Uuid;
  membership_id: Uuid;
  name: string;
  roles: AccessRole[];
  reason: string;
  opened_at: Micros;
  expires_at: Micros;
  closed_at: Micros | null;
}

const ORDER = "-id";

async function read(db: Kysely<Tables>, orgId: Uuid, only: Partial<IdsBelow> & { id?: Uuid; limit: number }) {
  const { rows } = await sql<Row>`
    SELECT b.id, b.membership_id, a.name, b.roles, b.reason, b.opened_at, b.expires_at, b.closed_at
    FROM break_glass b JOIN membership m ON m.org_id = b.org_id AND m.id = b.membership_id
    JOIN account a ON a.id = m.account_id
    WHERE b.org_id = ${orgId} ${only.id === undefined ? sql`` : sql`AND b.id = ${only.id}`}
      ${only.before === undefined ? sql`` : sql`AND b.id < ${only.before}`}
    ORDER BY b.id DESC LIMIT ${only.limit}`.execute(db);
  return rows;
}

function view(row: Row, caller: Caller, now: Micros): BreakGlass {
  return {
    id: row.id,
    memberId: row.membership_id,
    name: row.name,
    roles: row.roles,
    reason: row.reason,
    openedAt: formatInstant(row.opened_at),
    expiresAt: formatInstant(row.expires_at),
    closedAt: row.closed_at === null ? null : formatInstant(row.closed_at),
    open: row.closed_at === null && row.expires_at > now,
    mine: row.membership_id === caller.membershipId,
  };
}

export async function listBreakGlass(
  { db, clock }: BreakGlassDeps,
  caller: Caller,
  query: PageQuery,
): Promise<Page<BreakGlass>> {
  return pageById(
    query,
    ORDER,
    (part) => read(db, caller.orgId, part),
    (rows) => rows.map((row) => view(row, caller, clock.now())),
  );
}

async function describe(deps: BreakGlassDeps, caller: Caller, id: Uuid): Promise<BreakGlass> {
  const [row] = await read(deps.db, caller.orgId, { id, limit: 1 });
  if (!row) throw notFound("This emergency access");
  return view(row, caller, deps.clock.now());
}

/** Takes on the roles at once. @throws HttpProblem `conflict` where some are taken on already. */
export async function openBreakGlass(
  deps: BreakGlassDeps,
  caller: Caller,
  input: { roles: AccessRole[]; reason: string; hours: number },
): Promise<BreakGlass> {
  const { db, clock } = deps;
  const membershipId = memberOf(caller);
  const id = newId(clock);
  await withTransaction(db, async (tx) => {
    const now = clock.now();
    // Of two requests at once only one takes roles on.
    await sql`SELECT FROM membership WHERE org_id = ${caller.orgId} AND id = ${membershipId} FOR UPDATE`.execute(tx);
    const { rows } = await sql`
      SELECT FROM break_glass WHERE org_id = ${caller.orgId} AND membership_id = ${membershipId}
        AND closed_at IS NULL AND expires_at > ${formatInstant(now)}`.execute(tx);
    if (rows.length > 0) throw new HttpProblem("conflict", "You have taken on roles already; give them back first.");
    const roles = [...new Set(input.roles)].sort();
    const expires_at = formatInstant(now + BigInt(input.hours) * MICROS_PER_HOUR);
    await tx
      .insertInto("break_glass")
      .values({
        org_id: caller.orgId,
        id,
        membership_id: membershipId,
        roles,
        reason: input.reason,
        opened_at: formatInstant(now),
        expires_at,
      })
      .execute();
    if (isMailConfigured(deps))
      await tell(deps, tx, caller, { id, roles, reason: input.reason, expiresAt: expires_at });
    await appendEvidence(tx, clock, caller.orgId, [
      {
        kind: "break_glass.opened",
        actor: caller.actor,
        subject: { kind: "break_glass", id, version: 1 },
        body: { membershipId, roles, reason: input.reason, expiresAt: expires_at },
      },
    ]);
  });
  return describe(deps, caller, id);
}

/** Ends it before its time; for others only with the right to change access. */
export async function closeBreakGlass(deps: BreakGlassDeps, caller: Caller, id: Uuid): Promise<BreakGlass> {
  const { db, clock } = deps;
  await withTransaction(db, async (tx) => {
    const row = await tx
      .selectFrom("break_glass")
      .select(["membership_id", "closed_at", "expires_at"])
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw notFound("This emergency access");
    if (row.membership_id !== caller.membershipId && !caller.permissions.has("access.write")) {
      throw new HttpProblem("forbidden", "Only whoever took the roles on, or an administrator, gives them back.");
    }
    if (row.closed_at !== null || row.expires_at <= clock.now()) return;
    await tx
      .updateTable("break_glass")
      .set({ closed_at: formatInstant(clock.now()) })
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .execute();
    await appendEvidence(tx, clock, caller.orgId, [
      {
        kind: "break_glass.closed",
        actor: caller.actor,
        subject: { kind: "break_glass", id, version: 2 },
        body: { membershipId: row.membership_id },
      },
    ]);
  });
  return describe(deps, caller, id);
}

function memberOf(caller: Caller): Uuid {
  if (caller.membershipId === undefined) throw new HttpProblem("forbidden", "Only a person can do this.");
  return caller.membershipId;
}

/** Mails whoever keeps access, and whoever answers for the whole. */
async function tell(
  deps: BreakGlassDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  act: { id: Uuid; roles: readonly AccessRole[]; reason: string; expiresAt: string },
): Promise<void> {
  const { rows } = await sql<{ id: Uuid; email: string; name: string; actor: string; organisation: string }>`
    SELECT m.id, a.email, a.name, o.name AS organisation, (
      SELECT b.name FROM membership w JOIN account b ON b.id = w.account_id
      WHERE w.org_id = m.org_id AND w.id = ${caller.membershipId}
    ) AS actor
    FROM membership m JOIN account a ON a.id = m.account_id JOIN organisation o ON o.org_id = m.org_id
    WHERE m.org_id = ${caller.orgId} AND ${mayEnter(deps.clock.now())}
      AND m.roles && ARRAY['administrator', 'top_management']`.execute(tx);
  for (const { id, email, ...to } of rows) {
    const text = breakGlassMail(to, act);
    const onceKey = `break-glass/${act.id}/${id}`;
    await queueMail(deps, tx, {
      orgId: caller.orgId,
      kind: "break_glass",
      subjectId: act.id,
      onceKey,
      to: email,
      ...text,
    });
  }
}
