/** Who may sign in to an organisation, and with which roles. */
import type { AccessRole, Member } from "@steward/contract";
import { dayIn, formatInstant, type Micros, newId, type Uuid } from "@steward/kernel";
import { person, type Register } from "@steward/registers";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { createInTransaction, translateConstraints, type Writer } from "../records/records.service.ts";
import { checkedLimits, type Limits, type LimitsInput, NO_LIMITS } from "./access.limits.ts";
import { endJoinLinks, endLinks } from "./access.links.ts";
import type { AccessDeps } from "./access.setup.ts";

export interface MemberRow {
  id: Uuid;
  name: string;
  email: string;
  account_id: Uuid;
  person_id: Uuid | null;
  roles: AccessRole[];
  disabled_at: Micros | null;
  last_sign_in_at: Micros | null;
  /** The person agreed to belong here: an account of their own, or made for this organisation. */
  confirmed: boolean;
  has_password: boolean;
  has_factor: boolean;
  version: number;
  expires_at: Micros | null;
  system_ids: Uuid[] | null;
  system_names: string[] | null;
  link_expires_at: Micros | null;
  mail_state: "pending" | "sent" | "failed" | null;
  mail_error: string | null;
}

async function readMembers(db: Kysely<Tables>, orgId: Uuid, id?: Uuid): Promise<MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    SELECT m.id, CASE WHEN m.confirmed_at IS NULL THEN coalesce(p.title, a.email) ELSE a.name END AS name, a.email,
      m.confirmed_at IS NOT NULL AS confirmed, m.account_id, m.person_id, m.roles, m.disabled_at, m.last_sign_in_at,
      a.password_hash IS NOT NULL AND m.confirmed_at IS NOT NULL AS has_password, m.confirmed_at IS NOT NULL
        AND (f.confirmed_at IS NOT NULL OR EXISTS (SELECT FROM passkey k WHERE k.account_id = a.id)) AS has_factor,
      m.version,
      m.expires_at, m.system_ids, (
        SELECT array_agg(coalesce(y.name, 'unknown') ORDER BY g.place)
        FROM unnest(m.system_ids) WITH ORDINALITY AS g (id, place)
        LEFT JOIN system y ON y.org_id = m.org_id AND y.id = g.id
      ) AS system_names,
      l.expires_at AS link_expires_at, mail.state AS mail_state, mail.error AS mail_error
    FROM membership m JOIN account a ON a.id = m.account_id
    LEFT JOIN person p ON p.org_id = m.org_id AND p.id = m.person_id LEFT JOIN second_factor f ON f.account_id = a.id
    LEFT JOIN access_link l ON l.account_id = m.account_id AND l.org_id = m.org_id
      AND l.purpose = CASE WHEN m.confirmed_at IS NULL THEN 'join' ELSE 'password' END
      AND l.used_at IS NULL
    LEFT JOIN LATERAL (
      SELECT o.state, o.error FROM mail_outbox o
      WHERE o.org_id = m.org_id AND o.subject_id = m.id AND o.created_at >= l.created_at
      ORDER BY o.created_at DESC LIMIT 1
    ) mail ON true
    WHERE m.org_id = ${orgId} ${id === undefined ? sql`` : sql`AND m.id = ${id}`}
    ORDER BY lower(CASE WHEN m.confirmed_at IS NULL THEN coalesce(p.title, a.email) ELSE a.name END), m.id`.execute(db);
  return rows;
}

function memberView(row: MemberRow, now: Micros): Member {
  const expired = row.expires_at !== null && row.expires_at <= now;
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    personId: row.person_id,
    roles: row.roles,
    state: row.disabled_at !== null ? "disabled" : expired ? "expired" : hasJoined(row) ? "active" : "invited",
    expiresAt: row.expires_at === null ? null : formatInstant(row.expires_at),
    systems:
      row.system_ids === null
        ? null
        : row.system_ids.map((id, index) => ({ id, name: row.system_names?.[index] ?? "unknown" })),
    link:
      row.link_expires_at === null
        ? null
        : { expiresAt: formatInstant(row.link_expires_at), mail: row.mail_state, mailError: row.mail_error },
    secondFactor: row.has_factor,
    lastSignInAt: row.last_sign_in_at === null ? null : formatInstant(row.last_sign_in_at),
  };
}

function hasJoined(row: MemberRow): boolean {
  return row.has_password || row.last_sign_in_at !== null;
}

export async function listMembers({ db, clock }: AccessDeps, orgId: Uuid): Promise<Member[]> {
  const now = clock.now();
  return (await readMembers(db, orgId)).map((row) => memberView(row, now));
}

export async function describeMember(
  { db, clock }: Pick<AccessDeps, "db" | "clock">,
  orgId: Uuid,
  id: Uuid,
): Promise<Member> {
  return memberView(await readMember(db, orgId, id), clock.now());
}

export async function readMember(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<MemberRow> {
  const [row] = await readMembers(db, orgId, id);
  if (!row) throw notFound("This member");
  return row;
}

/**
 * Finds or makes account and person, and makes the membership. Of an account that exists it counts for nothing until its
 * person confirms it by a join link: who typed the address cannot know whose account that is.
 */
export async function joinMember(
  deps: AccessDeps,
  tx: Transaction<Tables>,
  writer: Writer,
  input: { name: string; email: string; roles: AccessRole[] } & LimitsInput,
): Promise<{ id: Uuid; accountId: Uuid; confirmed: boolean }> {
  const limits = await checkedLimits(deps, tx, writer.orgId, input.roles, input, NO_LIMITS);
  const { id: accountId, isNew } = await ensureAccount(deps, tx, input);
  const personId = await ensurePerson(deps, tx, writer, input);
  const id = newId(deps.clock);
  const made = await tx
    .insertInto("membership")
    .values({
      org_id: writer.orgId,
      id,
      account_id: accountId,
      person_id: personId,
      roles: input.roles,
      ...limits,
      confirmed_at: isNew ? formatInstant(deps.clock.now()) : null,
      created_at: formatInstant(deps.clock.now()),
    })
    .onConflict((conflict) => conflict.columns(["org_id", "account_id"]).doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) {
    const message = "This person can sign in already; change their roles instead.";
    throw new HttpProblem("conflict", message, { errors: [{ pointer: "/email", message, in: "body" }] });
  }
  await recordMembership(deps, tx, writer, {
    id,
    version: 1,
    verb: "created",
    roles: input.roles,
    limits,
    reason: null,
  });
  return { id, accountId, confirmed: isNew };
}

async function ensureAccount({ clock }: AccessDeps, tx: Transaction<Tables>, input: { name: string; email: string }) {
  const known = await sql<{ id: Uuid }>`SELECT id FROM account WHERE lower(email) = lower(${input.email})`.execute(tx);
  if (known.rows[0]) return { id: known.rows[0].id, isNew: false };
  const id = newId(clock);
  const created_at = formatInstant(clock.now());
  await tx.insertInto("account").values({ id, email: input.email, name: input.name, created_at }).execute();
  return { id, isNew: true };
}

async function ensurePerson(
  deps: AccessDeps,
  tx: Transaction<Tables>,
  writer: Writer,
  input: { name: string; email: string },
): Promise<Uuid> {
  const { rows } = await sql<{ id: Uuid }>`
    SELECT id FROM person WHERE org_id = ${writer.orgId} AND lower(email) = lower(${input.email}) AND NOT withdrawn`.execute(
    tx,
  );
  if (rows[0]) return rows[0].id;
  const { rows: zones } = await sql<{ time_zone: string }>`
    SELECT time_zone FROM organisation WHERE org_id = ${writer.orgId}`.execute(tx);
  const register = person as unknown as Register;
  const activeFrom = dayIn(deps.clock.now(), zones[0]?.time_zone ?? "UTC");
  const values = register.createSchema.parse({ name: input.name, email: input.email, activeFrom });
  const changeReason = "Added with their sign-in.";
  const id = newId(deps.clock);
  await translateConstraints(register, async () =>
    createInTransaction(deps, tx, writer, register, { id, values, changeReason }),
  );
  return id;
}

export interface MemberChange extends LimitsInput {
  readonly roles?: AccessRole[] | undefined;
  readonly disabled?: boolean | undefined;
  readonly changeReason?: string | undefined;
}

export async function changeMember(deps: AccessDeps, caller: Caller, id: Uuid, change: MemberChange): Promise<Member> {
  await withTransaction(deps.db, async (tx) => changeMembership(deps, tx, caller, id, change));
  return describeMember(deps, caller.orgId, id);
}

/** Changes roles, limits, and whether the member may sign in; whoever may not any more loses what they hold. */
export async function changeMembership(
  deps: Pick<AccessDeps, "clock">,
  tx: Transaction<Tables>,
  writer: Pick<Writer, "orgId" | "actor">,
  id: Uuid,
  change: MemberChange,
): Promise<void> {
  const { orgId } = writer;
  // All memberships are locked, so that two changes at once cannot remove the last two administrators.
  await sql`SELECT id FROM membership WHERE org_id = ${orgId} ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  const current = await readMember(tx, orgId, id);
  const roles = change.roles ?? current.roles;
  const disabled = change.disabled ?? current.disabled_at !== null;
  await keepAnAdministrator(tx, orgId, id, !disabled && roles.includes("administrator"));
  const limits = await checkedLimits(deps, tx, orgId, roles, change, current);
  const version = current.version + 1;
  await tx
    .updateTable("membership")
    .set({ roles, ...limits, disabled_at: disabled ? formatInstant(deps.clock.now()) : null, version })
    .where("org_id", "=", orgId)
    .where("id", "=", id)
    .execute();
  if (disabled) await endAccess(deps, tx, writer, current);
  const verb = disabled === (current.disabled_at !== null) ? "changed" : disabled ? "disabled" : "enabled";
  await recordMembership(deps, tx, writer, { id, version, verb, roles, limits, reason: change.changeReason ?? null });
}

/** Ends what a member holds: sessions, open links, and the keys that they made, whose secrets they know. */
async function endAccess(
  { clock }: Pick<AccessDeps, "clock">,
  tx: Transaction<Tables>,
  writer: Pick<Writer, "orgId" | "actor">,
  member: MemberRow,
): Promise<void> {
  const { orgId } = writer;
  await tx.deleteFrom("session").where("org_id", "=", orgId).where("account_id", "=", member.account_id).execute();
  // A link that still lies in a mailbox must not open the account again.
  await endJoinLinks(tx, member.account_id, orgId);
  if (!(await isShared(tx, member.account_id, orgId))) await endLinks(tx, member.account_id, ["password", "recovery"]);
  if (member.person_id === null) return;
  const revoked = await tx
    .updateTable("api_key")
    .set((column) => ({ revoked_at: formatInstant(clock.now()), version: column("version", "+", 1) }))
    .where("org_id", "=", orgId)
    .where("created_by", "=", member.person_id)
    .where("revoked_at", "is", null)
    .returning(["id", "version"])
    .execute();
  await appendEvidence(
    tx,
    clock,
    orgId,
    revoked.map(({ id, version }) => ({
      kind: "api_key.revoked",
      actor: writer.actor,
      subject: { kind: "api_key", id, version },
      body: { changeReason: "Whoever made it may no longer sign in." },
    })),
  );
}

async function keepAnAdministrator(tx: Transaction<Tables>, orgId: Uuid, id: Uuid, staysOne: boolean): Promise<void> {
  if (!staysOne && !(await staysAdministered(tx, orgId, id))) {
    throw new HttpProblem("conflict", "The last administrator stays one: make somebody else administrator first.");
  }
}

/** Whether there is an administrator beside this member. */
export async function staysAdministered(tx: Transaction<Tables>, orgId: Uuid, id: Uuid): Promise<boolean> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM membership
    WHERE org_id = ${orgId} AND id <> ${id} AND disabled_at IS NULL AND confirmed_at IS NOT NULL
      AND 'administrator' = ANY(roles)`.execute(tx);
  return (rows[0]?.n ?? 0) > 0;
}

/**
 * Whether another organisation has a say in an account, which is then not one administrator's to take over. An
 * organisation that nobody confirmed has none: otherwise it could hinder another by typing addresses.
 */
export async function isShared(tx: Transaction<Tables>, accountId: Uuid, orgId: Uuid): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM membership WHERE account_id = ${accountId} AND org_id <> ${orgId} AND confirmed_at IS NOT NULL
    LIMIT 1`.execute(tx);
  return rows.length > 0;
}

export async function recordMembership(
  { clock }: Pick<AccessDeps, "clock">,
  tx: Transaction<Tables>,
  caller: Pick<Writer, "orgId" | "actor">,
  act: {
    id: Uuid;
    version: number;
    verb: string;
    roles: readonly AccessRole[];
    limits?: Limits | undefined;
    reason: string | null;
  },
): Promise<void> {
  await appendEvidence(tx, clock, caller.orgId, [
    {
      kind: `membership.${act.verb}`,
      actor: caller.actor,
      subject: { kind: "membership", id: act.id, version: act.version },
      body: {
        roles: [...act.roles],
        changeReason: act.reason,
        ...(act.limits === undefined
          ? {}
          : { expiresAt: act.limits.expires_at, systemIds: act.limits.system_ids && [...act.limits.system_ids] }),
      },
    },
  ]);
}
