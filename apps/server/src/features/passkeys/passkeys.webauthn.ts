/** Challenges, and what must hold of an answer: signed here and now, by this site's key, with the person verified. */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  type VerifiedAuthenticationResponse,
  type VerifiedRegistrationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { type Clock, formatInstant, MICROS_PER_MINUTE, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

/** Time to find the key in the drawer. */
const CHALLENGE_LIFE = 5n * MICROS_PER_MINUTE;
const TIMEOUT_MS = 300_000;

export type RegistrationResponse = Parameters<typeof verifyRegistrationResponse>[0]["response"];
export type AuthenticationResponse = Parameters<typeof verifyAuthenticationResponse>[0]["response"];
type Credential = Parameters<typeof verifyAuthenticationResponse>[0]["credential"];

interface Keeper {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/** Where passkeys are good: the host is their scope, the origin is what a browser signs. */
export interface Site {
  readonly origin: string;
}

function hostOf({ origin }: Site): string {
  return new URL(origin).hostname;
}

export async function registrationOptions(
  keeper: Keeper,
  site: Site,
  account: { id: Uuid; email: string; name: string },
  known: readonly { id: string; transports: string[] }[],
) {
  const options = await generateRegistrationOptions({
    rpName: "Steward",
    rpID: hostOf(site),
    userID: new TextEncoder().encode(account.id),
    userName: account.email,
    userDisplayName: account.name,
    timeout: TIMEOUT_MS,
    // Which make the authenticator is of is nobody's business here.
    attestationType: "none",
    excludeCredentials: [...known],
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  await keep(keeper, options.challenge, account.id);
  return options;
}

export async function signInOptions(keeper: Keeper, site: Site) {
  const options = await generateAuthenticationOptions({
    rpID: hostOf(site),
    timeout: TIMEOUT_MS,
    userVerification: "required",
  });
  await keep(keeper, options.challenge, null);
  return options;
}

/** Undefined where the answer proves nothing. */
export async function verifyRegistration(
  keeper: Keeper,
  site: Site,
  accountId: Uuid,
  response: RegistrationResponse,
): Promise<NonNullable<VerifiedRegistrationResponse["registrationInfo"]> | undefined> {
  return orUndefined(async () => {
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: (challenge) => use(keeper, challenge, accountId),
      expectedOrigin: site.origin,
      expectedRPID: hostOf(site),
      requireUserVerification: true,
    });
    return registrationInfo;
  });
}

/** Undefined where the answer proves nothing. */
export async function verifySignIn(
  keeper: Keeper,
  site: Site,
  response: AuthenticationResponse,
  credential: Credential,
): Promise<VerifiedAuthenticationResponse["authenticationInfo"] | undefined> {
  return orUndefined(async () => {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => use(keeper, challenge, null),
      expectedOrigin: site.origin,
      expectedRPID: hostOf(site),
      credential,
      requireUserVerification: true,
    });
    return verified ? authenticationInfo : undefined;
  });
}

/** The library throws at whatever is wrong, and a stranger's bytes may be wrong in any way. */
async function orUndefined<T>(check: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await check();
  } catch {
    return undefined;
  }
}

async function keep({ db, clock }: Keeper, challenge: string, accountId: Uuid | null): Promise<void> {
  const now = clock.now();
  await sql`DELETE FROM passkey_challenge WHERE expires_at <= ${formatInstant(now)}`.execute(db);
  await db
    .insertInto("passkey_challenge")
    .values({ challenge, account_id: accountId, expires_at: formatInstant(now + CHALLENGE_LIFE) })
    .execute();
}

/** A challenge is good once, for whom it was made. */
async function use({ db, clock }: Keeper, challenge: string, accountId: Uuid | null): Promise<boolean> {
  const used = await sql`
    DELETE FROM passkey_challenge WHERE challenge = ${challenge} AND account_id IS NOT DISTINCT FROM ${accountId}::uuid
      AND expires_at > ${formatInstant(clock.now())}`.execute(db);
  return used.numAffectedRows === 1n;
}
