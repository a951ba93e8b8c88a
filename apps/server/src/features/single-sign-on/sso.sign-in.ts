/** Signing in by a provider: authorization code with PKCE, state and nonce, bound to the browser that began. */
import type { JoinNeeded, SecondFactorNeeded } from "@steward/contract";
import { formatInstant, MICROS_PER_MINUTE, type Uuid } from "@steward/kernel";
import * as oidc from "openid-client";

import { withTransaction } from "../../platform/database/transaction.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { seal, unseal } from "../../platform/seal/seal.ts";
import type { Where } from "../access/access.sessions.ts";
import type { AccessDeps } from "../access/access.setup.ts";
import { hashToken, newToken } from "../access/access.tokens.ts";
import { connect } from "./sso.client.ts";
import { enterBy, type Vouched } from "./sso.members.ts";
import { clientOf, type ProviderDeps, type ProviderRow, readOpenProvider } from "./sso.providers.ts";

export type SsoDeps = AccessDeps & ProviderDeps;

/** Time to type a password, find the phone, and read the terms of use. */
const ATTEMPT_LIFE = 10n * MICROS_PER_MINUTE;

/** Answers the address at the provider, and the token that the browser keeps in a cookie. */
export async function startSignIn(
  deps: SsoDeps,
  providerId: Uuid,
  redirectUri: string,
): Promise<{ url: string; token: string }> {
  const { db, clock, keys } = deps;
  const provider = await readOpenProvider(db, providerId);
  const configuration = await connect(deps, await clientOf(keys, provider));
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const token = newToken();
  const now = clock.now();
  await db
    .deleteFrom("sso_attempt")
    .where("expires_at", "<", formatInstant(now) as never)
    .execute();
  await db
    .insertInto("sso_attempt")
    .values({
      token_hash: hashToken(token),
      org_id: provider.org_id,
      provider_id: provider.id,
      state,
      nonce,
      sealed_verifier: await seal(keys, "identity-provider", state, verifier),
      expires_at: formatInstant(now + ATTEMPT_LIFE),
    })
    .execute();
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: provider.scopes,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  return { url: url.href, token };
}

const DEAD_ATTEMPT = "This sign-in took too long, was completed already, or began in another browser. Start again.";

/** Answers the token of a session, or the step in which a second factor is asked for. @throws HttpProblem */
export async function completeSignIn(
  deps: SsoDeps,
  input: { token: string | undefined; query: string; redirectUri: string },
  where: Where,
): Promise<string | SecondFactorNeeded | JoinNeeded> {
  const { db, clock, keys } = deps;
  if (input.token === undefined) throw new HttpProblem("unauthenticated", DEAD_ATTEMPT);
  // Taken at once: what a provider sends back is good for one try.
  const attempt = await db
    .deleteFrom("sso_attempt")
    .where("token_hash", "=", hashToken(input.token) as never)
    .returning(["provider_id", "state", "nonce", "sealed_verifier", "expires_at"])
    .executeTakeFirst();
  if (!attempt || attempt.expires_at <= clock.now()) throw new HttpProblem("unauthenticated", DEAD_ATTEMPT);
  const provider = await readOpenProvider(db, attempt.provider_id);
  const vouched = await askProvider(deps, provider, {
    url: new URL(`${input.redirectUri}?${input.query.replace(/^\?/, "")}`),
    state: attempt.state,
    nonce: attempt.nonce,
    verifier: await unseal(keys, "identity-provider", attempt.state, attempt.sealed_verifier),
  });
  return withTransaction(db, async (tx) => enterBy(deps, tx, provider, vouched, where));
}

interface Attempt {
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Exchanges the code, and answers whom the provider vouches for. */
async function askProvider(deps: SsoDeps, provider: ProviderRow, attempt: Attempt): Promise<Vouched> {
  const configuration = await connect(deps, await clientOf(deps.keys, provider));
  try {
    const tokens = await oidc.authorizationCodeGrant(configuration, attempt.url, {
      pkceCodeVerifier: attempt.verifier,
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error("no ID token");
    const more =
      configuration.serverMetadata().userinfo_endpoint === undefined
        ? {}
        : await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
    return vouchedBy({ ...claims, ...more }, provider.groups_claim);
  } catch (error) {
    deps.log.warn({ err: error, provider: provider.id }, "a single sign-on was refused");
    if (error instanceof oidc.AuthorizationResponseError && error.error === "access_denied") {
      throw new HttpProblem("unauthenticated", "The identity provider says that you declined, or may not use Steward.");
    }
    throw new HttpProblem("unauthenticated", "The identity provider did not confirm who you are. Start again.");
  }
}

/** Longest texts of a person that are taken over. */
const NAME_MAX_CHARS = 200;
/** A person in more groups than that keeps those that come first. */
const GROUPS_MAX = 2000;

function vouchedBy(claims: Record<string, unknown> & { sub: string }, groupsClaim: string): Vouched {
  const text = (name: string) => (typeof claims[name] === "string" ? (claims[name] as string).trim() : "");
  const email = text("email");
  const named = text("name") || `${text("given_name")} ${text("family_name")}`.trim() || text("preferred_username");
  const groups = claims[groupsClaim];
  return {
    subject: claims.sub,
    email,
    // A provider that says nothing about it is taken at its word; one that says no is not.
    emailVerified: claims["email_verified"] !== false && claims["email_verified"] !== "false",
    name: (named || email).replaceAll(/[\p{Cc}\p{Cf}]/gu, " ").slice(0, NAME_MAX_CHARS),
    groups: (Array.isArray(groups) ? groups : [groups])
      .filter((group): group is string => typeof group === "string")
      .slice(0, GROUPS_MAX),
  };
}
