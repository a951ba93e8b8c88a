/** First run: the installation's own log, and a one-time link by which the first organisation is made. */
import type { Catalogue } from "@steward/catalogue";
import { type Clock, formatInstant, MICROS_PER_HOUR, newId, type Uuid } from "@steward/kernel";
import type { Kysely, Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { holdLock, withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import { openLog } from "../../platform/ledger/log.ts";
import { makeOrganisation } from "../organisations/organisations.service.ts";
import { hashPassword } from "./access.passwords.ts";
import { openSession, type Where } from "./access.sessions.ts";
import { hashToken, newToken } from "./access.tokens.ts";

export interface AccessDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly catalogue: Catalogue;
}

const SETUP_LINK_LIFE = 24n * MICROS_PER_HOUR;
/** Every transaction that could make the first organisation takes this lock, so that only one does. */
const FIRST_ORGANISATION_LOCK = "steward/first-organisation";

/** Opens the installation's own log, once; several nodes may start together. */
export async function ensureInstallation({
  db,
  clock,
  keys,
}: Pick<AccessDeps, "db" | "clock" | "keys">): Promise<void> {
  await withTransaction(db, async (tx) => {
    await holdLock(tx, "steward/installation");
    const known = await tx
      .selectFrom("ledger_log")
      .select("org_id")
      .where("org_id", "=", INSTALLATION_ID)
      .executeTakeFirst();
    if (!known) await openLog(tx, clock, keys, INSTALLATION_ID);
  });
}

export async function isSetUpNeeded(db: Kysely<Tables>): Promise<boolean> {
  const any = await db
    .selectFrom("ledger_log")
    .select("org_id")
    .where("org_id", "<>", INSTALLATION_ID)
    .executeTakeFirst();
  return any === undefined;
}

/** The link of the first set-up, made anew at every start; undefined once there is an organisation. */
export async function makeSetUpLink({ db, clock }: AccessDeps, baseUrl: string): Promise<string | undefined> {
  if (!(await isSetUpNeeded(db))) return undefined;
  const token = newToken();
  const now = clock.now();
  await withTransaction(db, async (tx) => {
    await tx.deleteFrom("access_link").where("purpose", "=", "setup").where("used_at", "is", null).execute();
    await tx
      .insertInto("access_link")
      .values({
        token_hash: hashToken(token),
        purpose: "setup",
        created_at: formatInstant(now),
        expires_at: formatInstant(now + SETUP_LINK_LIFE),
      })
      .execute();
  });
  // In the fragment, which browsers never send: it stays out of logs of servers and proxies.
  return `${baseUrl}/setup#token=${token}`;
}

export interface SetUpInput {
  readonly token: string;
  readonly organisation: { readonly name: string; readonly timeZone: string };
  readonly person: { readonly name: string; readonly email: string };
  readonly password: string;
}

/** Makes the first organisation with its first person, and signs that person in. Answers the session's token. */
export async function setUp(deps: AccessDeps, input: SetUpInput, where: Where): Promise<string> {
  const { db, clock } = deps;
  const passwordHash = await hashPassword(input.password);
  return withTransaction(db, async (tx) => {
    await holdLock(tx, FIRST_ORGANISATION_LOCK);
    await useSetUpToken(tx, clock, input.token);
    const any = await tx
      .selectFrom("ledger_log")
      .select("org_id")
      .where("org_id", "<>", INSTALLATION_ID)
      .executeTakeFirst();
    if (any) throw new HttpProblem("conflict", "This installation has been set up already; sign in.");
    const accountId = newId(clock);
    await tx
      .insertInto("account")
      .values({
        id: accountId,
        email: input.person.email,
        name: input.person.name,
        password_hash: passwordHash,
        created_at: formatInstant(clock.now()),
      })
      .execute();
    const { orgId, memberId } = await makeOrganisation(deps, tx, {
      ...input.organisation,
      founder: { accountId, ...input.person },
      roles: ["administrator", "governance_lead"],
    });
    await recordInstallationAct(tx, clock, "installation.set_up", accountId, { organisationId: orgId, memberId });
    return openSession(tx, clock, accountId, orgId, where);
  });
}

async function useSetUpToken(tx: Transaction<Tables>, clock: Clock, token: string): Promise<void> {
  const used = await tx
    .updateTable("access_link")
    .set({ used_at: formatInstant(clock.now()) })
    .where("token_hash", "=", hashToken(token) as never)
    .where("purpose", "=", "setup")
    .where("used_at", "is", null)
    .where("expires_at", ">", formatInstant(clock.now()) as never)
    .executeTakeFirst();
  if (used.numUpdatedRows !== 1n) {
    throw new HttpProblem(
      "forbidden",
      "This link was used, replaced or has expired. Restart the server for a new one.",
    );
  }
}

/** An act above organisations, proven in the installation's own log: sign-ins, set-up, passwords. */
export async function recordInstallationAct(
  tx: Transaction<Tables>,
  clock: Clock,
  kind: string,
  accountId: Uuid,
  body: Record<string, string | null> = {},
): Promise<void> {
  await appendEvidence(tx, clock, INSTALLATION_ID, [
    { kind, actor: { kind: "account", id: accountId }, subject: { kind: "account", id: accountId }, body },
  ]);
}
