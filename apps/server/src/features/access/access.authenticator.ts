/** Finds out who calls: an API key in the Authorization header, else the session of the cookie. */
import { type AccessRole, permissionsEverywhere } from "@steward/contract";
import { type Clock, formatInstant, type Micros, type Uuid } from "@steward/kernel";
import type { FastifyRequest } from "fastify";
import { type Kysely, sql } from "kysely";

import { PREPARED } from "../../platform/database/prepared.ts";
import type { Tables } from "../../platform/database/schema.ts";
import type { Authenticator, Caller } from "../../platform/http/caller.ts";
import { KeyLookup, SEEN_RESOLUTION } from "./access.key-lookup.ts";
import {
  type CookieOptions,
  emergencyOf,
  FACTOR_MISSING,
  HELD_ROLES,
  mayEnter,
  permissionsHeld,
  readSessionToken,
  SESSION_IDLE,
  VOUCHER_MISSING,
} from "./access.sessions.ts";
import { hashToken } from "./access.tokens.ts";

export interface AuthenticatorDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

export function createAuthenticator(deps: AuthenticatorDeps, cookies: CookieOptions): Authenticator {
  const keys = new KeyLookup(deps);
  return {
    async authenticate(request: FastifyRequest) {
      // A key says what it is for; where both are sent, it is what the caller meant.
      const { authorization } = request.headers;
      if (authorization !== undefined) return keys.caller(authorization);
      const token = readSessionToken(request, cookies);
      return token === undefined ? undefined : sessionCaller(deps, token);
    },
  };
}

async function sessionCaller({ db, clock }: AuthenticatorDeps, token: string): Promise<Caller | undefined> {
  const now = clock.now();
  const hash = hashToken(token);
  const { rows } = await sql<{
    account_id: Uuid;
    org_id: Uuid;
    person_id: Uuid;
    membership_id: Uuid;
    system_ids: Uuid[] | null;
    roles: AccessRole[];
    last_seen_at: Micros;
    factor_missing: boolean;
    voucher_missing: boolean;
    provider_id: Uuid | null;
  }>`${PREPARED}
    SELECT s.account_id, s.org_id, m.id AS membership_id, m.person_id, ${HELD_ROLES} AS roles, m.system_ids, s.last_seen_at,
      ${FACTOR_MISSING} AS factor_missing, ${VOUCHER_MISSING} AS voucher_missing, s.provider_id
    FROM session s JOIN membership m ON m.org_id = s.org_id AND m.account_id = s.account_id
    LEFT JOIN ${emergencyOf(now)} ON true
    JOIN organisation o ON o.org_id = s.org_id
    LEFT JOIN second_factor f ON f.account_id = s.account_id
    WHERE s.token_hash = ${hash} AND s.expires_at > ${now} AND s.last_seen_at > ${now - SESSION_IDLE}
      AND ${mayEnter(now)}`.execute(db);
  const row = rows[0];
  if (!row) return undefined;
  if (now - row.last_seen_at > SEEN_RESOLUTION) {
    await db
      .updateTable("session")
      .set({ last_seen_at: formatInstant(now) })
      .where("token_hash", "=", hash as never)
      .execute();
  }
  const grant =
    row.system_ids === null
      ? {}
      : { grant: { systemIds: row.system_ids, everywhere: permissionsEverywhere(row.roles) } };
  return {
    ...grant,
    membershipId: row.membership_id,
    kind: "person",
    orgId: row.org_id,
    actor: { kind: "person", id: row.person_id },
    ...permissionsHeld(row),
    roles: row.roles,
    systemId: null,
    accountId: row.account_id,
    sessionHash: hash,
    providerId: row.provider_id,
  };
}
