/** Sessions: a random token in a cookie, its hash in the database, a new one at every sign-in. */
import type { AccessRole, Session } from "@steward/contract";
import { permissionsOf } from "@steward/contract";
import { type Clock, formatInstant, type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, type Uuid } from "@steward/kernel";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { hashToken, newToken } from "./access.tokens.ts";

/** Whoever is away this long signs in again. */
export const SESSION_IDLE = 12n * MICROS_PER_HOUR;
/** Whoever never is, does so too. */
export const SESSION_LIFE = 14n * MICROS_PER_DAY;

/** A browser sends a cookie with this prefix only over TLS, to this very host (RFC 6265bis). */
const SECURE_COOKIE = "__Host-steward_session";
const PLAIN_COOKIE = "steward_session";

export interface CookieOptions {
  /** Whether people reach Steward over TLS. */
  readonly secure: boolean;
}

export function readSessionToken(request: FastifyRequest, { secure }: CookieOptions): string | undefined {
  return request.cookies[secure ? SECURE_COOKIE : PLAIN_COOKIE];
}

export function setSessionCookie(reply: FastifyReply, token: string, { secure }: CookieOptions): void {
  void reply.setCookie(secure ? SECURE_COOKIE : PLAIN_COOKIE, token, {
    httpOnly: true,
    secure,
    sameSite: "strict",
    path: "/",
    maxAge: Number(SESSION_LIFE / 1_000_000n),
  });
}

export function clearSessionCookie(reply: FastifyReply, { secure }: CookieOptions): void {
  void reply.clearCookie(secure ? SECURE_COOKIE : PLAIN_COOKIE, {
    path: "/",
    secure,
    httpOnly: true,
    sameSite: "strict",
  });
}

/** Opens a session and answers its token; the database keeps the hash alone. */
export async function openSession(
  tx: Transaction<Tables>,
  clock: Clock,
  accountId: Uuid,
  orgId: Uuid,
): Promise<string> {
  const token = newToken();
  const now = clock.now();
  await tx
    .insertInto("session")
    .values({
      token_hash: hashToken(token),
      account_id: accountId,
      org_id: orgId,
      created_at: formatInstant(now),
      last_seen_at: formatInstant(now),
      expires_at: formatInstant(now + SESSION_LIFE),
    })
    .execute();
  return token;
}

/** What a screen needs to know of the session. @throws HttpProblem `unauthenticated` where it is gone. */
export async function describeSession(db: Kysely<Tables>, token: string): Promise<Session> {
  const { rows } = await sql<{
    account_id: Uuid;
    name: string;
    email: string;
    person_id: Uuid | null;
    roles: AccessRole[];
    org_id: Uuid;
    org_name: string;
    time_zone: string;
    demonstration: boolean;
    expires_at: Micros;
  }>`
    SELECT a.id AS account_id, a.name, a.email, m.person_id, m.roles, s.org_id, o.name AS org_name, o.time_zone,
      o.demonstration, s.expires_at
    FROM session s JOIN account a ON a.id = s.account_id
    JOIN membership m ON m.org_id = s.org_id AND m.account_id = s.account_id AND m.disabled_at IS NULL
    JOIN organisation o ON o.org_id = s.org_id
    WHERE s.token_hash = ${hashToken(token)}`.execute(db);
  const row = rows[0];
  if (!row) throw new HttpProblem("unauthenticated", "The session has ended; sign in again.");
  const organisations = await sql<{ id: Uuid; name: string }>`
    SELECT o.org_id AS id, o.name FROM membership m JOIN organisation o ON o.org_id = m.org_id
    WHERE m.account_id = ${row.account_id} AND m.disabled_at IS NULL ORDER BY o.name, o.org_id`.execute(db);
  return {
    account: { id: row.account_id, name: row.name, email: row.email, personId: row.person_id },
    organisation: {
      id: row.org_id,
      name: row.org_name,
      timeZone: row.time_zone,
      demonstration: row.demonstration,
    },
    organisations: organisations.rows,
    roles: row.roles,
    permissions: [...permissionsOf(row.roles)].sort(),
    expiresAt: formatInstant(row.expires_at),
  };
}
