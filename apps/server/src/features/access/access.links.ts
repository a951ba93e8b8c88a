/** One-time links: by them people join, and set a new password when the old one is lost. */
import type { SecondFactorNeeded } from "@steward/contract";
import { type Clock, formatInstant, type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { hashPassword } from "./access.passwords.ts";
import { enter } from "./access.second-factor.ts";
import { expectOwnSignIn, isOpen, mayEnter, openSession, personOf, type Where } from "./access.sessions.ts";
import { type AccessDeps, recordInstallationAct } from "./access.setup.ts";
import { hashToken, newToken } from "./access.tokens.ts";

/**
 * - `password`: from an administrator, to join or to replace a lost password
 * - `recovery`: from the person's own mailbox
 * - `join`: to agree, with an account that exists, to belong to an organisation
 */
export type LinkPurpose = "password" | "recovery" | "join";

const LINK_LIFE: Readonly<Record<LinkPurpose, Micros>> = {
  // Holidays and spam folders take days.
  password: 7n * MICROS_PER_DAY,
  // Whoever asked for it has the mailbox open.
  recovery: MICROS_PER_HOUR,
  join: 7n * MICROS_PER_DAY,
};

export interface OpenLink {
  readonly token: string;
  readonly expiresAt: string;
}

/** Makes a link; those of the same purpose that the account has stop working. */
export async function makeLink(
  clock: Clock,
  tx: Transaction<Tables>,
  purpose: LinkPurpose,
  accountId: Uuid,
  orgId: Uuid,
): Promise<OpenLink> {
  const token = newToken();
  const now = clock.now();
  const expiresAt = formatInstant(now + LINK_LIFE[purpose]);
  // Of one organisation's asking to join another knows nothing.
  if (purpose === "join") await endJoinLinks(tx, accountId, orgId);
  else await endLinks(tx, accountId, [purpose]);
  await tx
    .insertInto("access_link")
    .values({
      token_hash: hashToken(token),
      purpose,
      account_id: accountId,
      org_id: orgId,
      created_at: formatInstant(now),
      expires_at: expiresAt,
    })
    .execute();
  return { token, expiresAt };
}

/** Links that were not used stop working. */
export async function endLinks(
  tx: Transaction<Tables>,
  accountId: Uuid,
  purposes: readonly LinkPurpose[],
): Promise<boolean> {
  const ended = await tx
    .deleteFrom("access_link")
    .where("account_id", "=", accountId)
    .where("purpose", "in", purposes)
    .where("used_at", "is", null)
    .executeTakeFirst();
  return ended.numDeletedRows > 0n;
}

/** What an organisation asked for and nobody confirmed is no longer asked. */
export async function endJoinLinks(tx: Transaction<Tables>, accountId: Uuid, orgId: Uuid): Promise<void> {
  await tx
    .deleteFrom("access_link")
    .where("account_id", "=", accountId)
    .where("org_id", "=", orgId)
    .where("purpose", "=", "join")
    .where("used_at", "is", null)
    .execute();
}

/** The page of a link. In the fragment, which browsers never send: the token stays out of logs of servers and proxies. */
export function linkUrl(publicUrl: string, { token }: OpenLink): string {
  return `${publicUrl}/link#token=${token}`;
}

const DEAD_LINK = "This link was used, replaced or has expired. Ask an administrator for a new one.";

async function readOpenLink(db: Kysely<Tables>, now: Micros, token: string, purposes: readonly LinkPurpose[]) {
  const { rows } = await sql<{
    purpose: LinkPurpose;
    name: string;
    email: string;
    organisation: string;
    account_id: Uuid;
    org_id: Uuid;
  }>`
    SELECT l.purpose, a.name, a.email, o.name AS organisation, l.account_id, l.org_id
    FROM access_link l JOIN account a ON a.id = l.account_id JOIN organisation o ON o.org_id = l.org_id
    JOIN membership m ON m.org_id = l.org_id AND m.account_id = l.account_id
      AND CASE WHEN l.purpose = 'join' THEN m.confirmed_at IS NULL AND ${isOpen(now)} ELSE ${mayEnter(now)} END
    WHERE l.token_hash = ${hashToken(token)} AND l.purpose = ANY(${[...purposes]}::text[]) AND l.used_at IS NULL
      AND l.expires_at > ${formatInstant(now)}`.execute(db);
  if (!rows[0]) throw new HttpProblem("forbidden", DEAD_LINK);
  return rows[0];
}

export async function readLink({ db, clock }: AccessDeps, token: string) {
  const { purpose, name, email, organisation } = await readOpenLink(db, clock.now(), token, [
    "password",
    "recovery",
    "join",
  ]);
  return { name, email, organisation, joins: purpose === "join" };
}

/**
 * Confirms that the person who is signed in belongs to the organisation that asked, and goes on there; answers the new
 * session's token. Two things are proven: the link came from the organisation, and the account is theirs.
 */
export async function joinByLink(deps: AccessDeps, caller: Caller, token: string, where: Where): Promise<string> {
  const { db, clock } = deps;
  const { accountId, sessionHash } = personOf(caller);
  expectOwnSignIn(caller);
  const link = await readOpenLink(db, clock.now(), token, ["join"]);
  if (link.account_id !== accountId) {
    throw new HttpProblem("forbidden", `This link is for ${link.email}; you are signed in with another account.`);
  }
  const orgId = link.org_id;
  return withTransaction(db, async (tx) => {
    await takeLink(tx, clock, token);
    const confirmed = await tx
      .updateTable("membership")
      .set((column) => ({
        confirmed_at: formatInstant(clock.now()),
        last_sign_in_at: formatInstant(clock.now()),
        version: column("version", "+", 1),
      }))
      .where("org_id", "=", orgId)
      .where("account_id", "=", accountId)
      .where("confirmed_at", "is", null)
      .returning(["id", "person_id", "roles", "version"])
      .executeTakeFirst();
    if (!confirmed) throw new HttpProblem("forbidden", DEAD_LINK);
    // A link to a new password that an administrator elsewhere still holds must not open this organisation too.
    await endLinks(tx, accountId, ["password"]);
    await tx
      .deleteFrom("session")
      .where("token_hash", "=", sessionHash as never)
      .execute();
    await appendEvidence(tx, clock, orgId, [
      {
        kind: "membership.confirmed",
        actor: { kind: "person", id: confirmed.person_id as Uuid },
        subject: { kind: "membership", id: confirmed.id, version: confirmed.version },
        body: { roles: confirmed.roles },
      },
    ]);
    await recordInstallationAct(tx, clock, "link.used", accountId, { organisationId: orgId });
    return openSession(tx, clock, accountId, orgId, where);
  });
}

/** Good once. @throws HttpProblem `forbidden` */
async function takeLink(tx: Transaction<Tables>, clock: Clock, token: string) {
  const used = await tx
    .updateTable("access_link")
    .set({ used_at: formatInstant(clock.now()) })
    .where("token_hash", "=", hashToken(token) as never)
    .where("used_at", "is", null)
    .returning(["account_id", "org_id"])
    .executeTakeFirst();
  if (!used) throw new HttpProblem("forbidden", DEAD_LINK);
  return used as { account_id: Uuid; org_id: Uuid };
}

/** Sets the password, ends the account's other sessions, and signs in; a second factor is asked for as at any sign-in. */
export async function useLink(
  deps: AccessDeps,
  input: { token: string; password: string },
  where: Where,
): Promise<string | SecondFactorNeeded> {
  const { db, clock } = deps;
  await readOpenLink(db, clock.now(), input.token, ["password", "recovery"]);
  const hash = await hashPassword(input.password);
  return withTransaction(db, async (tx) => {
    const { account_id: accountId, org_id: orgId } = await takeLink(tx, clock, input.token);
    await tx.updateTable("account").set({ password_hash: hash }).where("id", "=", accountId).execute();
    await tx.deleteFrom("session").where("account_id", "=", accountId).execute();
    // A password that was just set leaves no other way to set one again.
    await endLinks(tx, accountId, ["password", "recovery"]);
    await tx
      .updateTable("membership")
      .set({ last_sign_in_at: formatInstant(clock.now()) })
      .where("org_id", "=", orgId)
      .where("account_id", "=", accountId)
      .execute();
    await recordInstallationAct(tx, clock, "link.used", accountId, { organisationId: orgId });
    return enter(deps, tx, { accountId, orgId }, where);
  });
}
