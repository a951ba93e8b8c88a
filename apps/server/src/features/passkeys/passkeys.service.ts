/** Passkeys of an account, and signing in by one. A passkey verifies the person itself, so it stands for both factors. */
import { type Passkey, PASSKEYS_MAX } from "@steward/contract";
import { formatInstant, type Micros, newId, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, invalidField, notFound } from "../../platform/http/problem.ts";
import { expectProof, firstRecoveryCodes, type Proof } from "../access/access.second-factor.ts";
import { expectOwnSignIn, mayEnter, openSession, personOf, type Where } from "../access/access.sessions.ts";
import { type AccessDeps, recordInstallationAct } from "../access/access.setup.ts";
import {
  type AuthenticationResponse,
  registrationOptions,
  type RegistrationResponse,
  signInOptions,
  type Site,
  verifyRegistration,
  verifySignIn,
} from "./passkeys.webauthn.ts";

interface PasskeyRow {
  id: Uuid;
  name: string;
  backed_up: boolean;
  created_at: Micros;
  last_used_at: Micros | null;
  credential_id: string;
  transports: string[];
}

async function readPasskeys(db: Kysely<Tables>, accountId: Uuid): Promise<PasskeyRow[]> {
  return db
    .selectFrom("passkey")
    .select(["id", "name", "backed_up", "created_at", "last_used_at", "credential_id", "transports"])
    .where("account_id", "=", accountId)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

function view(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    name: row.name,
    backedUp: row.backed_up,
    createdAt: formatInstant(row.created_at),
    lastUsedAt: row.last_used_at === null ? null : formatInstant(row.last_used_at),
  };
}

export async function listPasskeys({ db }: AccessDeps, caller: Caller): Promise<Passkey[]> {
  return (await readPasskeys(db, personOf(caller).accountId)).map(view);
}

/** What the authenticator is asked. Password, and code where there is an app: an open session must not be enough. */
export async function startPasskey(deps: AccessDeps, caller: Caller, proof: Proof, address: string, site: Site) {
  // What a provider of one organisation vouched for must not open the account everywhere.
  expectOwnSignIn(caller);
  const account = await expectProof(deps, caller, proof, address);
  const known = await readPasskeys(deps.db, account.id);
  if (known.length >= PASSKEYS_MAX) {
    throw new HttpProblem("conflict", `You have ${PASSKEYS_MAX} passkeys already; remove one first.`);
  }
  const excluded = known.map(({ credential_id, transports }) => ({ id: credential_id, transports }));
  return registrationOptions(deps, site, account, excluded);
}

export async function addPasskey(
  deps: AccessDeps,
  caller: Caller,
  input: { name: string; credential: RegistrationResponse },
  site: Site,
): Promise<{ passkey: Passkey; recoveryCodes: string[] | null }> {
  const { db, clock } = deps;
  const { accountId } = personOf(caller);
  expectOwnSignIn(caller);
  const made = await verifyRegistration(deps, site, accountId, input.credential);
  if (!made) {
    const message = "This passkey was not made for this site, or took too long. Start again.";
    throw invalidField("credential", message);
  }
  const { credential, credentialBackedUp } = made;
  const id = newId(clock);
  const recoveryCodes = await withTransaction(db, async (tx) => {
    const added = await tx
      .insertInto("passkey")
      .values({
        id,
        account_id: accountId,
        credential_id: credential.id,
        public_key: credential.publicKey,
        counter: credential.counter,
        transports: credential.transports ?? [],
        name: input.name,
        backed_up: credentialBackedUp,
        created_at: formatInstant(clock.now()),
      })
      .onConflict((conflict) => conflict.column("credential_id").doNothing())
      .executeTakeFirst();
    if (added.numInsertedOrUpdatedRows !== 1n) throw new HttpProblem("conflict", "This passkey is added already.");
    await recordInstallationAct(tx, clock, "passkey.added", accountId, { passkeyId: id });
    return firstRecoveryCodes(tx, accountId);
  });
  const rows = await readPasskeys(db, accountId);
  return { passkey: view(rows.find((row) => row.id === id) as PasskeyRow), recoveryCodes };
}

export async function removePasskey(
  deps: AccessDeps,
  caller: Caller,
  id: Uuid,
  proof: Proof,
  address: string,
): Promise<void> {
  const account = await expectProof(deps, caller, proof, address);
  await withTransaction(deps.db, async (tx) => {
    const removed = await tx
      .deleteFrom("passkey")
      .where("id", "=", id)
      .where("account_id", "=", account.id)
      .executeTakeFirst();
    if (removed.numDeletedRows !== 1n) throw notFound("This passkey");
    await recordInstallationAct(tx, deps.clock, "passkey.removed", account.id, { passkeyId: id });
  });
}

export async function startPasskeySignIn(deps: AccessDeps, site: Site) {
  return signInOptions(deps, site);
}

const REFUSED = "This passkey is not known here, took too long, or its account may not sign in.";

/** Answers the token of a session. @throws HttpProblem `unauthenticated` */
export async function signInByPasskey(
  deps: AccessDeps,
  response: AuthenticationResponse,
  where: Where,
  site: Site,
): Promise<string> {
  const { db, clock } = deps;
  const { rows } = await sql<{
    id: Uuid;
    account_id: Uuid;
    credential_id: string;
    public_key: Buffer;
    counter: number;
    org_id: Uuid | null;
  }>`
    SELECT p.id, p.account_id, p.credential_id, p.public_key, p.counter, (
      SELECT m.org_id FROM membership m WHERE m.account_id = p.account_id AND ${mayEnter(clock.now())}
      ORDER BY m.last_sign_in_at DESC NULLS LAST, m.created_at LIMIT 1
    ) AS org_id FROM passkey p WHERE p.credential_id = ${response.id}`.execute(db);
  const passkey = rows[0];
  if (!passkey || passkey.org_id === null) throw new HttpProblem("unauthenticated", REFUSED);
  const credential = {
    id: passkey.credential_id,
    publicKey: new Uint8Array(passkey.public_key),
    counter: passkey.counter,
  };
  const proven = await verifySignIn(deps, site, response, credential);
  if (!proven) throw new HttpProblem("unauthenticated", REFUSED);
  const { org_id: orgId, account_id: accountId } = passkey as { org_id: Uuid; account_id: Uuid };
  return withTransaction(db, async (tx) => {
    const now = formatInstant(clock.now());
    await tx
      .updateTable("passkey")
      .set({ counter: proven.newCounter, backed_up: proven.credentialBackedUp, last_used_at: now })
      .where("id", "=", passkey.id)
      .execute();
    await tx
      .updateTable("membership")
      .set({ last_sign_in_at: now })
      .where("org_id", "=", orgId)
      .where("account_id", "=", accountId)
      .execute();
    const token = await openSession(tx, clock, accountId, orgId, where, { providerId: null, strong: true });
    await recordInstallationAct(tx, clock, "session.created", accountId, {
      organisationId: orgId,
      passkeyId: passkey.id,
    });
    return token;
  });
}
