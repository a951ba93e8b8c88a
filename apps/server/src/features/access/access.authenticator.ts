/** Finds out who calls: an API key in the Authorization header, else the session of the cookie. One query a request. */
import { type AccessRole, type KeyScope, permissionsOf, permissionsOfScopes } from "@steward/contract";
import { type Clock, formatInstant, type Micros, MICROS_PER_MINUTE, type Uuid } from "@steward/kernel";
import type { FastifyRequest } from "fastify";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Authenticator, Caller } from "../../platform/http/caller.ts";
import { type CookieOptions, readSessionToken, SESSION_IDLE } from "./access.sessions.ts";
import { hashToken } from "./access.tokens.ts";

/** Seen-times are for people to look at: a write for each request would be for nothing. */
const SEEN_RESOLUTION = MICROS_PER_MINUTE;

export const KEY_PATTERN = /^Bearer (stw_[A-Za-z0-9]{12})_([A-Za-z0-9_-]{43})$/;

export interface AuthenticatorDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

export function createAuthenticator(deps: AuthenticatorDeps, cookies: CookieOptions): Authenticator {
  return {
    async authenticate(request: FastifyRequest) {
      // A key says what it is for; where both are sent, it is what the caller meant.
      const { authorization } = request.headers;
      if (authorization !== undefined) return keyCaller(deps, authorization);
      const token = readSessionToken(request, cookies);
      return token === undefined ? undefined : sessionCaller(deps, token);
    },
  };
}

async function keyCaller({ db, clock }: AuthenticatorDeps, authorization: string): Promise<Caller | undefined> {
  const match = KEY_PATTERN.exec(authorization);
  if (!match) return undefined;
  const now = clock.now();
  const row = await db
    .selectFrom("api_key")
    .select(["org_id", "id", "scopes", "system_id", "last_used_at"])
    .where("prefix", "=", match[1] as string)
    .where("secret_hash", "=", hashToken(match[2] as string))
    .where("revoked_at", "is", null)
    .where("expires_at", ">", formatInstant(now) as never)
    .executeTakeFirst();
  if (!row) return undefined;
  if (row.last_used_at === null || now - row.last_used_at > SEEN_RESOLUTION) {
    await db
      .updateTable("api_key")
      .set({ last_used_at: formatInstant(now) })
      .where("org_id", "=", row.org_id)
      .where("id", "=", row.id)
      .execute();
  }
  return {
    kind: "key",
    orgId: row.org_id,
    actor: { kind: "key", id: row.id },
    permissions: permissionsOfScopes(row.scopes as KeyScope[]),
    roles: [],
    systemId: row.system_id,
    accountId: null,
    sessionHash: null,
  };
}

async function sessionCaller({ db, clock }: AuthenticatorDeps, token: string): Promise<Caller | undefined> {
  const now = clock.now();
  const hash = hashToken(token);
  const { rows } = await sql<{
    account_id: Uuid;
    org_id: Uuid;
    person_id: Uuid;
    roles: AccessRole[];
    last_seen_at: Micros;
    factor_missing: boolean;
  }>`
    SELECT s.account_id, s.org_id, m.person_id, m.roles, s.last_seen_at,
      o.second_factor_roles && m.roles AND f.confirmed_at IS NULL AS factor_missing
    FROM session s JOIN membership m ON m.org_id = s.org_id AND m.account_id = s.account_id
    JOIN organisation o ON o.org_id = s.org_id
    LEFT JOIN second_factor f ON f.account_id = s.account_id
    WHERE s.token_hash = ${hash} AND s.expires_at > ${now} AND s.last_seen_at > ${now - SESSION_IDLE}
      AND m.disabled_at IS NULL`.execute(db);
  const row = rows[0];
  if (!row) return undefined;
  if (now - row.last_seen_at > SEEN_RESOLUTION) {
    await db
      .updateTable("session")
      .set({ last_seen_at: formatInstant(now) })
      .where("token_hash", "=", hash as never)
      .execute();
  }
  return {
    kind: "person",
    orgId: row.org_id,
    actor: { kind: "person", id: row.person_id },
    // Until a demanded second factor is set up there is nothing else to do here.
    permissions: row.factor_missing ? new Set() : permissionsOf(row.roles),
    roles: row.roles,
    systemId: null,
    accountId: row.account_id,
    sessionHash: hash,
  };
}
