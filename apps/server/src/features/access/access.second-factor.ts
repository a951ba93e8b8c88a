/** The second factor of an account: setting it up, asking for it at sign-in, and losing it. */
import type { SecondFactorNeeded } from "@steward/contract";
import { formatInstant, type Micros, MICROS_PER_MINUTE, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, invalidField, notFound } from "../../platform/http/problem.ts";
import { seal, unseal } from "../../platform/seal/seal.ts";
import { verifyPassword } from "./access.passwords.ts";
import { mayEnter, openSession, personOf, type SignedInBy, type Where } from "./access.sessions.ts";
import { type AccessDeps, recordInstallationAct } from "./access.setup.ts";
import { limitGuesses } from "./access.throttle.ts";
import { hashToken, newToken } from "./access.tokens.ts";
import { newRecoveryCodes, newSecret, plain, stepOfCode } from "./access.totp.ts";

/** Time to find the phone. */
const STEP_LIFE = 10n * MICROS_PER_MINUTE;

interface FactorRow {
  sealed_secret: Buffer;
  confirmed_at: Micros | null;
  last_step: number;
}

async function readFactor(db: Kysely<Tables>, accountId: Uuid): Promise<FactorRow | undefined> {
  return db
    .selectFrom("second_factor")
    .select(["sealed_secret", "confirmed_at", "last_step"])
    .where("account_id", "=", accountId)
    .executeTakeFirst();
}

type Method = SecondFactorNeeded["secondFactorNeeded"]["methods"][number];

/** By what an account can prove more than its password; a recovery code does in place of either. */
async function methodsOf(db: Kysely<Tables>, accountId: Uuid): Promise<Method[]> {
  const { rows } = await sql<{ app: boolean; passkey: boolean }>`
    SELECT EXISTS (SELECT FROM second_factor WHERE account_id = ${accountId} AND confirmed_at IS NOT NULL) AS app,
      EXISTS (SELECT FROM passkey WHERE account_id = ${accountId}) AS passkey`.execute(db);
  const row = rows[0];
  return [...(row?.app ? (["app"] as const) : []), ...(row?.passkey ? (["passkey"] as const) : [])];
}

/** After a right password: opens the session, or the step in which the second factor is asked for. */
export async function enter(
  { clock }: AccessDeps,
  tx: Transaction<Tables>,
  who: { accountId: Uuid; orgId: Uuid },
  where: Where,
  by?: SignedInBy,
): Promise<string | SecondFactorNeeded> {
  const methods = await methodsOf(tx, who.accountId);
  if (methods.length === 0) return openSession(tx, clock, who.accountId, who.orgId, where, by);
  const token = newToken();
  const now = clock.now();
  const expiresAt = formatInstant(now + STEP_LIFE);
  await sql`DELETE FROM sign_in_step WHERE expires_at <= ${formatInstant(now)}`.execute(tx);
  await tx
    .insertInto("sign_in_step")
    .values({
      token_hash: hashToken(token),
      account_id: who.accountId,
      org_id: who.orgId,
      expires_at: expiresAt,
      provider_id: by?.providerId ?? null,
    })
    .execute();
  return { secondFactorNeeded: { token, expiresAt, methods } };
}

const DEAD_STEP = "This sign-in took too long or was completed already. Sign in again.";

/** Answers the token of a session. @throws HttpProblem `unauthenticated`, `invalid`, `too_many_requests`. */
export async function completeSignIn(
  deps: AccessDeps,
  input: { token: string; code: string },
  where: Where,
): Promise<string> {
  const { db, clock } = deps;
  const { rows } = await sql<{ account_id: Uuid; org_id: Uuid; email: string; provider_id: Uuid | null }>`
    SELECT s.account_id, s.org_id, s.provider_id, a.email FROM sign_in_step s JOIN account a ON a.id = s.account_id
    JOIN membership m ON m.org_id = s.org_id AND m.account_id = s.account_id AND ${mayEnter(clock.now())}
    WHERE s.token_hash = ${hashToken(input.token)} AND s.expires_at > ${formatInstant(clock.now())}`.execute(db);
  const step = rows[0];
  if (!step) throw new HttpProblem("unauthenticated", DEAD_STEP);
  await expectCode(deps, step.account_id, step.email, input.code, where.address);
  return withTransaction(db, async (tx) => {
    const used = await tx
      .deleteFrom("sign_in_step")
      .where("token_hash", "=", hashToken(input.token) as never)
      .executeTakeFirst();
    if (used.numDeletedRows !== 1n) throw new HttpProblem("unauthenticated", DEAD_STEP);
    const by = { providerId: step.provider_id, strong: true };
    const token = await openSession(tx, clock, step.account_id, step.org_id, where, by);
    await recordInstallationAct(tx, clock, "session.created", step.account_id, {
      organisationId: step.org_id,
      secondFactor: "yes",
    });
    return token;
  });
}

/** A right code is used up with its check. @throws HttpProblem `invalid`, `too_many_requests`. */
async function expectCode(
  deps: AccessDeps,
  accountId: Uuid,
  email: string,
  code: string,
  address: string,
): Promise<void> {
  const right = await limitGuesses(deps, { email, address, of: "code" }, async () => useCode(deps, accountId, code));
  if (!right)
    throw invalidField("code", "This code is wrong, was used already, or has expired. Wait for the next one.");
}

async function useCode(deps: AccessDeps, accountId: Uuid, code: string): Promise<boolean> {
  const { db, clock, keys } = deps;
  const factor = await readFactor(db, accountId);
  if (factor) {
    const secret = await unseal(keys, "second-factor", accountId, factor.sealed_secret);
    const step = await stepOfCode(secret, code, clock.now(), factor.last_step);
    if (step !== undefined) {
      // Of two requests with the same code at once only one moves the step.
      const moved = await sql`
        UPDATE second_factor SET last_step = ${step} WHERE account_id = ${accountId} AND last_step < ${step}`.execute(
        db,
      );
      return moved.numAffectedRows === 1n;
    }
  }
  return withTransaction(db, async (tx) => {
    const used = await sql`
      UPDATE recovery_code SET used_at = ${formatInstant(clock.now())}
      WHERE account_id = ${accountId} AND code_hash = ${hashToken(plain(code))} AND used_at IS NULL`.execute(tx);
    if (used.numAffectedRows !== 1n) return false;
    await recordInstallationAct(tx, clock, "recovery_code.used", accountId);
    return true;
  });
}

/** Whether a role that the person holds here demands a second factor. */
export async function isFactorRequired(db: Kysely<Tables>, caller: Caller): Promise<boolean> {
  const { rows } = await sql<{ required: boolean }>`
    SELECT second_factor_roles && ${[...caller.roles]}::text[] AS required FROM organisation
    WHERE org_id = ${caller.orgId}`.execute(db);
  return rows[0]?.required ?? false;
}

export async function describeFactor({ db }: AccessDeps, caller: Caller) {
  const { accountId } = personOf(caller);
  const factor = await readFactor(db, accountId);
  const since = factor?.confirmed_at ?? null;
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM recovery_code WHERE account_id = ${accountId} AND used_at IS NULL`.execute(db);
  return {
    enabled: since !== null,
    required: await isFactorRequired(db, caller),
    since: since === null ? null : formatInstant(since),
    recoveryCodesLeft: rows[0]?.n ?? 0,
    passkey: (await methodsOf(db, accountId)).includes("passkey"),
  };
}

/** Makes a secret; one that waits for its confirmation is replaced. */
export async function startFactor(deps: AccessDeps, caller: Caller, password: string, address: string) {
  const { db, clock, keys } = deps;
  const account = await expectPassword(deps, caller, password, address);
  const { secret, uri } = newSecret(account.email);
  const sealed_secret = await seal(keys, "second-factor", account.id, secret);
  const created_at = formatInstant(clock.now());
  const made = await db
    .insertInto("second_factor")
    .values({ account_id: account.id, sealed_secret, created_at })
    .onConflict((conflict) =>
      conflict
        .column("account_id")
        .doUpdateSet({ sealed_secret, created_at })
        .where("second_factor.confirmed_at", "is", null),
    )
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) {
    throw new HttpProblem("conflict", "Your account has a second factor; remove it before you set up another.");
  }
  return { secret, uri };
}

export async function confirmFactor(
  deps: AccessDeps,
  caller: Caller,
  code: string,
  address: string,
): Promise<string[]> {
  const { db, clock } = deps;
  const { accountId } = personOf(caller);
  const account = await db.selectFrom("account").selectAll().where("id", "=", accountId).executeTakeFirstOrThrow();
  await expectCode(deps, accountId, account.email, code, address);
  return withTransaction(db, async (tx) => {
    const confirmed = await tx
      .updateTable("second_factor")
      .set({ confirmed_at: formatInstant(clock.now()) })
      .where("account_id", "=", accountId)
      .where("confirmed_at", "is", null)
      .executeTakeFirst();
    if (confirmed.numUpdatedRows !== 1n) throw new HttpProblem("conflict", "This second factor is confirmed already.");
    await recordInstallationAct(tx, clock, "second_factor.enabled", accountId);
    return replaceRecoveryCodes(tx, accountId);
  });
}

export async function renewRecoveryCodes(
  deps: AccessDeps,
  caller: Caller,
  proof: Proof,
  address: string,
): Promise<string[]> {
  const { id } = await expectProof(deps, caller, proof, address);
  return withTransaction(deps.db, async (tx) => {
    if ((await methodsOf(tx, id)).length === 0) {
      throw new HttpProblem("conflict", "Recovery codes stand in for a second factor, and your account has none.");
    }
    const codes = await replaceRecoveryCodes(tx, id);
    await recordInstallationAct(tx, deps.clock, "recovery_codes.renewed", id);
    return codes;
  });
}

export async function removeFactor(deps: AccessDeps, caller: Caller, proof: Proof, address: string): Promise<void> {
  const { id } = await expectProof(deps, caller, proof, address);
  await withTransaction(deps.db, async (tx) => {
    const removed = await tx.deleteFrom("second_factor").where("account_id", "=", id).executeTakeFirst();
    if (removed.numDeletedRows !== 1n) throw new HttpProblem("conflict", "Your account has no authenticator app.");
    // The codes stand in for passkeys as well.
    if ((await methodsOf(tx, id)).length === 0)
      await tx.deleteFrom("recovery_code").where("account_id", "=", id).execute();
    await recordInstallationAct(tx, deps.clock, "second_factor.removed", id);
  });
}

/** For a member who lost it: an administrator who knows them takes it off, says why, and every session of theirs ends. */
export async function resetMemberFactor(
  deps: AccessDeps,
  caller: Caller,
  id: Uuid,
  changeReason: string,
): Promise<void> {
  await withTransaction(deps.db, async (tx) => {
    const { rows } = await sql<{ account_id: Uuid; shared: boolean }>`
      SELECT m.account_id, EXISTS (
        SELECT FROM membership o
        WHERE o.account_id = m.account_id AND o.org_id <> m.org_id AND o.confirmed_at IS NOT NULL
      ) AS shared
      FROM membership m WHERE m.org_id = ${caller.orgId} AND m.id = ${id}`.execute(tx);
    const member = rows[0];
    if (!member) throw notFound("This member");
    if (member.shared) {
      throw new HttpProblem(
        "forbidden",
        "This person also belongs to another organisation, so it is not yours to reset.",
      );
    }
    if (!(await deleteFactors(tx, member.account_id)))
      throw new HttpProblem("conflict", "This member has no second factor.");
    await tx.deleteFrom("session").where("account_id", "=", member.account_id).execute();
    await recordInstallationAct(tx, deps.clock, "second_factor.reset", member.account_id, {
      byPerson: caller.actor.id,
      organisationId: caller.orgId,
      changeReason,
    });
  });
}

export interface Proof {
  readonly password: string;
  readonly code?: string | undefined;
}

/** Password, and a code where the account has an app: a session that somebody left open must not be enough. */
export async function expectProof(deps: AccessDeps, caller: Caller, { password, code }: Proof, address: string) {
  const account = await expectPassword(deps, caller, password, address);
  const factor = await readFactor(deps.db, account.id);
  if (factor?.confirmed_at) {
    if (code === undefined) throw invalidField("code", "Give a code of your authenticator app, or a recovery code.");
    await expectCode(deps, account.id, account.email, code, address);
  }
  return account;
}

/** Recovery codes for an account that has none yet; null where it has. */
export async function firstRecoveryCodes(tx: Transaction<Tables>, accountId: Uuid): Promise<string[] | null> {
  const { rows } = await sql`SELECT FROM recovery_code WHERE account_id = ${accountId} LIMIT 1`.execute(tx);
  return rows.length > 0 ? null : replaceRecoveryCodes(tx, accountId);
}

/** Answers the account. @throws HttpProblem `invalid` that names `field`, `too_many_requests`. */
export async function expectPassword(
  deps: AccessDeps,
  caller: Caller,
  password: string,
  address: string,
  field = "password",
) {
  const { accountId } = personOf(caller);
  const account = await deps.db.selectFrom("account").selectAll().where("id", "=", accountId).executeTakeFirstOrThrow();
  const right = await limitGuesses(deps, { email: account.email, address, of: "password" }, async () =>
    verifyPassword(password, account.password_hash),
  );
  if (!right) throw invalidField(field, "This is not your present password.");
  return account;
}

async function replaceRecoveryCodes(tx: Transaction<Tables>, accountId: Uuid): Promise<string[]> {
  const codes = newRecoveryCodes();
  await tx.deleteFrom("recovery_code").where("account_id", "=", accountId).execute();
  await tx
    .insertInto("recovery_code")
    .values(codes.map((code) => ({ account_id: accountId, code_hash: hashToken(plain(code)) })))
    .execute();
  return codes;
}

/** Takes off whatever the account proves more than its password by; answers whether there was any. */
async function deleteFactors(tx: Transaction<Tables>, accountId: Uuid): Promise<boolean> {
  const had = await methodsOf(tx, accountId);
  await tx.deleteFrom("recovery_code").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("second_factor").where("account_id", "=", accountId).execute();
  await tx.deleteFrom("passkey").where("account_id", "=", accountId).execute();
  return had.length > 0;
}
