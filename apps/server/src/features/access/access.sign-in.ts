/** Signing in and out, switching organisation, changing a password. */
import type { SecondFactorNeeded } from "@steward/contract";
import { formatInstant, type Uuid } from "@steward/kernel";
import { sql } from "kysely";

import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { hashPassword, verifyPassword } from "./access.passwords.ts";
import { enter, expectPassword } from "./access.second-factor.ts";
import { expectOwnSignIn, mayEnter, openSession, personOf, type Where } from "./access.sessions.ts";
import { type AccessDeps, recordInstallationAct } from "./access.setup.ts";
import { limitGuesses } from "./access.throttle.ts";

const REFUSED = "The e-mail address or the password is wrong, or the account may not sign in.";

/** Answers the token of a new session, or the step in which a second factor is asked for. @throws HttpProblem `unauthenticated`, `too_many_requests`. */
export async function signIn(
  deps: AccessDeps,
  input: { email: string; password: string },
  where: Where,
): Promise<string | SecondFactorNeeded> {
  const { db, clock } = deps;
  const { address } = where;
  const account = await limitGuesses(deps, { email: input.email, address, of: "password" }, async () => {
    const found = await findAccount(deps, input.email);
    const right = await verifyPassword(input.password, found?.password_hash ?? null);
    if (found && right && found.org_id !== null) return { id: found.id, orgId: found.org_id };
    if (found) await withTransaction(db, async (tx) => recordInstallationAct(tx, clock, "session.refused", found.id));
    return undefined;
  });
  if (!account) throw new HttpProblem("unauthenticated", REFUSED);
  const { orgId } = account;
  return withTransaction(db, async (tx) => {
    await tx
      .updateTable("membership")
      .set({ last_sign_in_at: formatInstant(clock.now()) })
      .where("org_id", "=", orgId)
      .where("account_id", "=", account.id)
      .execute();
    const entered = await enter(deps, tx, { accountId: account.id, orgId }, where);
    const act = typeof entered === "string" ? "session.created" : "session.password_accepted";
    await recordInstallationAct(tx, clock, act, account.id, { organisationId: orgId });
    return entered;
  });
}

/** With the organisation that it enters, or null where it may enter none. */
async function findAccount({ db, clock }: AccessDeps, email: string) {
  const { rows } = await sql<{ id: Uuid; password_hash: string | null; org_id: Uuid | null }>`
    SELECT a.id, a.password_hash, (
      SELECT m.org_id FROM membership m WHERE m.account_id = a.id AND ${mayEnter(clock.now())}
      ORDER BY m.last_sign_in_at DESC NULLS LAST, m.created_at LIMIT 1
    ) AS org_id FROM account a WHERE lower(a.email) = lower(${email})`.execute(db);
  return rows[0];
}

export async function signOut({ db, clock }: AccessDeps, caller: Caller): Promise<void> {
  const { sessionHash, accountId } = personOf(caller);
  await withTransaction(db, async (tx) => {
    await tx
      .deleteFrom("session")
      .where("token_hash", "=", sessionHash as never)
      .execute();
    await recordInstallationAct(tx, clock, "session.ended", accountId);
  });
}

/** Opens a session in another organisation of the same account, and ends this one. */
export async function switchOrganisation(
  { db, clock }: AccessDeps,
  caller: Caller,
  orgId: Uuid,
  where: Where,
): Promise<string> {
  const { sessionHash, accountId } = personOf(caller);
  expectOwnSignIn(caller);
  return withTransaction(db, async (tx) => {
    const { rows } = await sql`
      SELECT FROM membership m WHERE m.org_id = ${orgId} AND m.account_id = ${accountId}
        AND ${mayEnter(clock.now())}`.execute(tx);
    if (rows.length === 0) throw new HttpProblem("not_found", "You do not belong to this organisation.");
    await tx
      .deleteFrom("session")
      .where("token_hash", "=", sessionHash as never)
      .execute();
    const token = await openSession(tx, clock, accountId, orgId, where);
    await recordInstallationAct(tx, clock, "session.switched", accountId, { organisationId: orgId });
    return token;
  });
}

/** Sets a new password and ends every session; answers the token of a new one. */
export async function changePassword(
  deps: AccessDeps,
  caller: Caller,
  input: { current: string; password: string },
  where: Where,
): Promise<string> {
  const { db, clock } = deps;
  const { id: accountId } = await expectPassword(deps, caller, input.current, where.address, "current");
  const hash = await hashPassword(input.password);
  return withTransaction(db, async (tx) => {
    await tx.updateTable("account").set({ password_hash: hash }).where("id", "=", accountId).execute();
    await tx.deleteFrom("session").where("account_id", "=", accountId).execute();
    const token = await openSession(tx, clock, accountId, caller.orgId, where);
    await recordInstallationAct(tx, clock, "password.changed", accountId);
    return token;
  });
}
