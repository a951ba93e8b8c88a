/** Who may sign in to an organisation, with which roles, and the one-time links by which people set a password. */
import type { AccessRole, Member, SecondFactorNeeded } from "@steward/contract";
import { dayIn, formatInstant, type Micros, MICROS_PER_DAY, newId, type Uuid } from "@steward/kernel";
import { person, type Register } from "@steward/registers";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { createInTransaction, translateConstraints, writerOf } from "../records/records.service.ts";
import { hashPassword } from "./access.passwords.ts";
import { enter } from "./access.second-factor.ts";
import type { Where } from "./access.sessions.ts";
import { type AccessDeps, recordInstallationAct } from "./access.setup.ts";
import { hashToken, newToken } from "./access.tokens.ts";

const LINK_LIFE = 7n * MICROS_PER_DAY;

interface MemberRow {
  id: Uuid;
  name: string;
  email: string;
  account_id: Uuid;
  person_id: Uuid | null;
  roles: AccessRole[];
  disabled_at: Micros | null;
  last_sign_in_at: Micros | null;
  has_password: boolean;
  has_factor: boolean;
  version: number;
}

async function readMembers(db: Kysely<Tables>, orgId: Uuid, id?: Uuid): Promise<MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    SELECT m.id, a.name, a.email, m.account_id, m.person_id, m.roles, m.disabled_at, m.last_sign_in_at,
      a.password_hash IS NOT NULL AS has_password, f.confirmed_at IS NOT NULL AS has_factor, m.version
    FROM membership m JOIN account a ON a.id = m.account_id LEFT JOIN second_factor f ON f.account_id = a.id
    WHERE m.org_id = ${orgId} ${id === undefined ? sql`` : sql`AND m.id = ${id}`}
    ORDER BY lower(a.name), m.id`.execute(db);
  return rows;
}

function memberView(row: MemberRow): Member {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    personId: row.person_id,
    roles: row.roles,
    state: row.disabled_at !== null ? "disabled" : row.has_password ? "active" : "invited",
    secondFactor: row.has_factor,
    lastSignInAt: row.last_sign_in_at === null ? null : formatInstant(row.last_sign_in_at),
  };
}

export async function listMembers({ db }: AccessDeps, orgId: Uuid): Promise<Member[]> {
  return (await readMembers(db, orgId)).map(memberView);
}

async function readMember(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<MemberRow> {
  const [row] = await readMembers(db, orgId, id);
  if (!row) throw notFound("This member");
  return row;
}

/** Lets a person in: finds or makes account and person, and answers the member with a link to set a password. */
export async function addMember(
  deps: AccessDeps,
  caller: Caller,
  input: { name: string; email: string; roles: AccessRole[] },
) {
  const { db, clock } = deps;
  const added = await withTransaction(db, async (tx) => {
    const accountId = await ensureAccount(deps, tx, input);
    const personId = await ensurePerson(deps, tx, caller, input);
    const id = newId(clock);
    const made = await tx
      .insertInto("membership")
      .values({
        org_id: caller.orgId,
        id,
        account_id: accountId,
        person_id: personId,
        roles: input.roles,
        created_at: formatInstant(clock.now()),
      })
      .onConflict((conflict) => conflict.columns(["org_id", "account_id"]).doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows !== 1n) {
      const message = "This person can sign in already; change their roles instead.";
      throw new HttpProblem("conflict", message, { errors: [{ pointer: "/email", message, in: "body" }] });
    }
    // Whoever belongs to another organisation proves who they are as they do there: our link would take their account over.
    const shared = await isShared(tx, accountId);
    const link = shared ? null : await makeLink(deps, tx, accountId, caller.orgId);
    await recordMembership(deps, tx, caller, { id, version: 1, verb: "created", roles: input.roles, reason: null });
    return { id, link };
  });
  return { member: memberView(await readMember(db, caller.orgId, added.id)), link: added.link };
}

async function ensureAccount({ clock }: AccessDeps, tx: Transaction<Tables>, input: { name: string; email: string }) {
  const known = await sql<{ id: Uuid }>`SELECT id FROM account WHERE lower(email) = lower(${input.email})`.execute(tx);
  if (known.rows[0]) return known.rows[0].id;
  const id = newId(clock);
  const created_at = formatInstant(clock.now());
  await tx.insertInto("account").values({ id, email: input.email, name: input.name, created_at }).execute();
  return id;
}

async function ensurePerson(
  deps: AccessDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  input: { name: string; email: string },
): Promise<Uuid> {
  const { rows } = await sql<{ id: Uuid }>`
    SELECT id FROM person WHERE org_id = ${caller.orgId} AND lower(email) = lower(${input.email}) AND NOT withdrawn`.execute(
    tx,
  );
  if (rows[0]) return rows[0].id;
  const { rows: zones } = await sql<{ time_zone: string }>`
    SELECT time_zone FROM organisation WHERE org_id = ${caller.orgId}`.execute(tx);
  const register = person as unknown as Register;
  const activeFrom = dayIn(deps.clock.now(), zones[0]?.time_zone ?? "UTC");
  const values = register.createSchema.parse({ name: input.name, email: input.email, activeFrom });
  const changeReason = "Added with their sign-in.";
  const id = newId(deps.clock);
  await translateConstraints(register, async () =>
    createInTransaction(deps, tx, writerOf(caller), register, { id, values, changeReason }),
  );
  return id;
}

export async function changeMember(
  deps: AccessDeps,
  caller: Caller,
  id: Uuid,
  input: { roles?: AccessRole[] | undefined; disabled?: boolean | undefined; changeReason?: string | undefined },
): Promise<Member> {
  const { db, clock } = deps;
  await withTransaction(db, async (tx) => {
    // All memberships are locked, so that two changes at once cannot remove the last two administrators.
    await sql`SELECT id FROM membership WHERE org_id = ${caller.orgId} ORDER BY id FOR NO KEY UPDATE`.execute(tx);
    const current = await readMember(tx, caller.orgId, id);
    const roles = input.roles ?? current.roles;
    const disabled = input.disabled ?? current.disabled_at !== null;
    await keepAnAdministrator(tx, caller.orgId, id, !disabled && roles.includes("administrator"));
    const version = current.version + 1;
    await tx
      .updateTable("membership")
      .set({ roles, disabled_at: disabled ? formatInstant(clock.now()) : null, version })
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .execute();
    if (disabled) {
      await tx
        .deleteFrom("session")
        .where("org_id", "=", caller.orgId)
        .where("account_id", "=", current.account_id)
        .execute();
    }
    const verb = disabled === (current.disabled_at !== null) ? "changed" : disabled ? "disabled" : "enabled";
    await recordMembership(deps, tx, caller, { id, version, verb, roles, reason: input.changeReason ?? null });
  });
  return memberView(await readMember(db, caller.orgId, id));
}

async function keepAnAdministrator(tx: Transaction<Tables>, orgId: Uuid, id: Uuid, staysOne: boolean): Promise<void> {
  if (staysOne) return;
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM membership
    WHERE org_id = ${orgId} AND id <> ${id} AND disabled_at IS NULL AND 'administrator' = ANY(roles)`.execute(tx);
  if ((rows[0]?.n ?? 0) === 0) {
    throw new HttpProblem("conflict", "The last administrator stays one: make somebody else administrator first.");
  }
}

/** A new link for a member who lost the password. Links made before stop working. */
export async function makeMemberLink(deps: AccessDeps, caller: Caller, id: Uuid) {
  return withTransaction(deps.db, async (tx) => {
    const member = await readMember(tx, caller.orgId, id);
    if (member.disabled_at !== null) throw new HttpProblem("conflict", "Enable this member first.");
    if (await isShared(tx, member.account_id)) {
      throw new HttpProblem(
        "forbidden",
        "This person also belongs to another organisation, so a link cannot reset the password.",
      );
    }
    const link = await makeLink(deps, tx, member.account_id, caller.orgId);
    await recordInstallationAct(tx, deps.clock, "link.created", member.account_id, { byPerson: caller.actor.id });
    return link;
  });
}

/** An account that several organisations share is not one administrator's to take over. */
async function isShared(tx: Transaction<Tables>, accountId: Uuid): Promise<boolean> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM membership WHERE account_id = ${accountId}`.execute(tx);
  return (rows[0]?.n ?? 0) > 1;
}

async function makeLink({ clock }: AccessDeps, tx: Transaction<Tables>, accountId: Uuid, orgId: Uuid) {
  const token = newToken();
  const now = clock.now();
  await tx.deleteFrom("access_link").where("account_id", "=", accountId).where("used_at", "is", null).execute();
  await tx
    .insertInto("access_link")
    .values({
      token_hash: hashToken(token),
      purpose: "password",
      account_id: accountId,
      org_id: orgId,
      created_at: formatInstant(now),
      expires_at: formatInstant(now + LINK_LIFE),
    })
    .execute();
  return { token, expiresAt: formatInstant(now + LINK_LIFE) };
}

const DEAD_LINK = "This link was used, replaced or has expired. Ask an administrator for a new one.";

async function readOpenLink(db: Kysely<Tables>, now: Micros, token: string) {
  const { rows } = await sql<{ account_id: Uuid; org_id: Uuid; name: string; email: string; organisation: string }>`
    SELECT l.account_id, l.org_id, a.name, a.email, o.name AS organisation
    FROM access_link l JOIN account a ON a.id = l.account_id JOIN organisation o ON o.org_id = l.org_id
    WHERE l.token_hash = ${hashToken(token)} AND l.purpose = 'password' AND l.used_at IS NULL AND l.expires_at > ${now}
  `.execute(db);
  if (!rows[0]) throw new HttpProblem("forbidden", DEAD_LINK);
  return rows[0];
}

export async function readLink({ db, clock }: AccessDeps, token: string) {
  const { name, email, organisation } = await readOpenLink(db, clock.now(), token);
  return { name, email, organisation };
}

/** Sets the password, ends the account's other sessions, and signs in; a second factor is asked for as at any sign-in. */
export async function useLink(
  deps: AccessDeps,
  input: { token: string; password: string },
  where: Where,
): Promise<string | SecondFactorNeeded> {
  const { db, clock } = deps;
  await readOpenLink(db, clock.now(), input.token);
  const hash = await hashPassword(input.password);
  return withTransaction(db, async (tx) => {
    const used = await tx
      .updateTable("access_link")
      .set({ used_at: formatInstant(clock.now()) })
      .where("token_hash", "=", hashToken(input.token) as never)
      .where("used_at", "is", null)
      .executeTakeFirst();
    if (used.numUpdatedRows !== 1n) throw new HttpProblem("forbidden", DEAD_LINK);
    const link = await tx
      .selectFrom("access_link")
      .select(["account_id", "org_id"])
      .where("token_hash", "=", hashToken(input.token) as never)
      .executeTakeFirstOrThrow();
    const { account_id: accountId, org_id: orgId } = link as { account_id: Uuid; org_id: Uuid };
    await tx.updateTable("account").set({ password_hash: hash }).where("id", "=", accountId).execute();
    await tx.deleteFrom("session").where("account_id", "=", accountId).execute();
    await recordInstallationAct(tx, clock, "link.used", accountId, { organisationId: orgId });
    return enter(deps, tx, { accountId, orgId }, where);
  });
}

async function recordMembership(
  { clock }: AccessDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  act: { id: Uuid; version: number; verb: string; roles: readonly AccessRole[]; reason: string | null },
): Promise<void> {
  await appendEvidence(tx, clock, caller.orgId, [
    {
      kind: `membership.${act.verb}`,
      actor: caller.actor,
      subject: { kind: "membership", id: act.id, version: act.version },
      body: { roles: [...act.roles], changeReason: act.reason },
    },
  ]);
}
