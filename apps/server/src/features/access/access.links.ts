/** One-time links: by them people join, and set a new password when the old one is lost. */
import type { SecondFactorNeeded } from "@steward/contract";
import { type Clock, formatInstant, type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { hashPassword } from "./access.passwords.ts";
import { enter } from "./access.second-factor.ts";
import { mayEnter, type Where } from "./access.sessions.ts";
import { type AccessDeps, recordInstallationAct } from "./access.setup.ts";
import { hashToken, newToken } from "./access.tokens.ts";

/**
 * - `password`: from an administrator, to join or to replace a lost password
 * - `recovery`: from the person's own mailbox
 */
export type LinkPurpose = "password" | "recovery";

const LINK_LIFE: Readonly<Record<LinkPurpose, Micros>> = {
  // Holidays and spam folders take days.
  password: 7n * MICROS_PER_DAY,
  // Whoever asked for it has the mailbox open.
  recovery: MICROS_PER_HOUR,
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
  await endLinks(tx, accountId, [purpose]);
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

/** The page of a link. In the fragment, which browsers never send: the token stays out of logs of servers and proxies. */
export function linkUrl(publicUrl: string, { token }: OpenLink): string {
  return `${publicUrl}/link#token=${token}`;
}

const DEAD_LINK = "This link was used, replaced or has expired. Ask an administrator for a new one.";

async function readOpenLink(db: Kysely<Tables>, now: Micros, token: string) {
  const { rows } = await sql<{ name: string; email: string; organisation: string }>`
    SELECT a.name, a.email, o.name AS organisation
    FROM access_link l JOIN account a ON a.id = l.account_id JOIN organisation o ON o.org_id = l.org_id
    JOIN membership m ON m.org_id = l.org_id AND m.account_id = l.account_id AND ${mayEnter(now)}
    WHERE l.token_hash = ${hashToken(token)} AND l.purpose IN ('password', 'recovery') AND l.used_at IS NULL
      AND l.expires_at > ${formatInstant(now)}`.execute(db);
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
      .returning(["account_id", "org_id"])
      .executeTakeFirst();
    if (!used) throw new HttpProblem("forbidden", DEAD_LINK);
    const { account_id: accountId, org_id: orgId } = used as { account_id: Uuid; org_id: Uuid };
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
