/** Sessions: a random token in a cookie, its hash in the database, a new one at every sign-in. */
import type { AccessRole, Session } from "@steward/contract";
import { type Permission, permissionsOf } from "@steward/contract";
import { type Clock, formatInstant, type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, type Uuid } from "@steward/kernel";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { hashToken, newToken } from "./access.tokens.ts";

/** Whoever is away this long signs in again. */
export const SESSION_IDLE = 12n * MICROS_PER_HOUR;
/** Whoever never is, does so too. */
export const SESSION_LIFE = 14n * MICROS_PER_DAY;

/** Who is removed at the provider is out within a day, also where nobody tells Steward. */
const PROVIDER_SESSION_LIFE = 24n * MICROS_PER_HOUR;

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

/** By what people recognise a session of theirs. */
export interface Where {
  readonly address: string;
  readonly userAgent: string | null;
}

/** What browsers send is short; a longer text is cut, not refused. */
const USER_AGENT_MAX_CHARS = 300;

export function whereOf(request: FastifyRequest): Where {
  return { address: request.ip, userAgent: request.headers["user-agent"]?.slice(0, USER_AGENT_MAX_CHARS) ?? null };
}

/** Of membership `m`: nobody ended it, and neither did time. */
export function isOpen(now: Micros): RawBuilder<boolean> {
  return sql`(m.disabled_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > ${formatInstant(now)}))`;
}

/** Of membership `m`: it may enter at this moment. */
export function mayEnter(now: Micros): RawBuilder<boolean> {
  return sql`(m.confirmed_at IS NOT NULL AND ${isOpen(now)})`;
}

/** Of membership `m`: the roles that it took on in an emergency, as `e`. */
export function emergencyOf(now: Micros): RawBuilder<unknown> {
  return sql`LATERAL (
    SELECT b.id, b.roles, b.expires_at FROM break_glass b
    WHERE b.org_id = m.org_id AND b.membership_id = m.id AND b.closed_at IS NULL
      AND b.expires_at > ${formatInstant(now)}
    ORDER BY b.expires_at DESC LIMIT 1
  ) e`;
}

/** Of membership `m` and emergency `e`: the roles that are held now. */
export const HELD_ROLES = sql`(m.roles || coalesce(e.roles, '{}'))`;

/** Of session `s` and second factor `f`: the account proves more than a password, or the sign-in did. */
const FACTOR_ON = sql`(f.confirmed_at IS NOT NULL OR s.strong
  OR EXISTS (SELECT FROM passkey k WHERE k.account_id = s.account_id))`;

/** Of the same, membership `m`, emergency `e` and organisation `o`: a role that is held demands a factor that is not on. */
export const FACTOR_MISSING = sql`(o.second_factor_roles && ${HELD_ROLES} AND NOT ${FACTOR_ON})`;

/**
 * Of the same: a role demands single sign-on, and no identity provider vouched for this session. An emergency lifts the
 * demand, because the provider may be what is away.
 */
export const VOUCHER_MISSING = sql`(o.single_sign_on_roles && m.roles AND s.provider_id IS NULL AND e.id IS NULL)`;

/** What a session may do: all that its roles give, or what is left where something that they demand is missing. */
export function permissionsHeld(row: {
  readonly roles: readonly AccessRole[];
  readonly factor_missing: boolean;
  readonly voucher_missing: boolean;
}): { readonly permissions: ReadonlySet<Permission>; readonly withheld?: string } {
  const permissions = permissionsOf(row.roles);
  if (row.factor_missing) {
    return { permissions: new Set(), withheld: "Your role demands a second factor: set one up under your account." };
  }
  if (!row.voucher_missing) return { permissions };
  return {
    permissions: new Set([...permissions].filter((permission) => permission === "access.break_glass")),
    withheld: "Your role demands single sign-on: sign in by your organisation's identity provider.",
  };
}

/** What a session rests on. */
export interface SignedInBy {
  /** The identity provider that vouched for the person: such a session stays in the provider's organisation. */
  readonly providerId: Uuid | null;
  /** A second factor was asked for at this sign-in, whatever the account has. */
  readonly strong: boolean;
}

const PASSWORD_ALONE: SignedInBy = { providerId: null, strong: false };

/** Opens a session and answers its token; the database keeps the hash alone. */
export async function openSession(
  tx: Transaction<Tables>,
  clock: Clock,
  accountId: Uuid,
  orgId: Uuid,
  where: Where,
  by: SignedInBy = PASSWORD_ALONE,
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
      expires_at: formatInstant(now + (by.providerId === null ? SESSION_LIFE : PROVIDER_SESSION_LIFE)),
      provider_id: by.providerId,
      strong: by.strong,
      address: where.address,
      user_agent: where.userAgent,
    })
    .execute();
  return token;
}

/** What a screen needs to know of the session. @throws HttpProblem `unauthenticated` where it is gone. */
export async function describeSession(
  { db, clock }: { readonly db: Kysely<Tables>; readonly clock: Clock },
  token: string,
): Promise<Session> {
  const now = clock.now();
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
    provider_id: Uuid | null;
    factor_on: boolean;
    factor_missing: boolean;
    voucher_missing: boolean;
    expires_at: Micros;
    system_ids: Uuid[] | null;
    emergency_id: Uuid | null;
    emergency_roles: AccessRole[] | null;
    emergency_expires_at: Micros | null;
  }>`
    SELECT a.id AS account_id, a.name, a.email, m.person_id, ${HELD_ROLES} AS roles, s.org_id, o.name AS org_name, o.time_zone,
      o.demonstration, s.expires_at, ${FACTOR_ON} AS factor_on,
      ${FACTOR_MISSING} AS factor_missing, ${VOUCHER_MISSING} AS voucher_missing, s.provider_id, m.system_ids,
      e.id AS emergency_id, e.roles AS emergency_roles, e.expires_at AS emergency_expires_at
    FROM session s JOIN account a ON a.id = s.account_id
    JOIN membership m ON m.org_id = s.org_id AND m.account_id = s.account_id AND ${mayEnter(now)}
    LEFT JOIN ${emergencyOf(now)} ON true
    JOIN organisation o ON o.org_id = s.org_id
    LEFT JOIN second_factor f ON f.account_id = a.id
    WHERE s.token_hash = ${hashToken(token)}`.execute(db);
  const row = rows[0];
  if (!row) throw new HttpProblem("unauthenticated", "The session has ended; sign in again.");
  const organisations = await sql<{ id: Uuid; name: string }>`
    SELECT o.org_id AS id, o.name FROM membership m JOIN organisation o ON o.org_id = m.org_id
    WHERE m.account_id = ${row.account_id} AND ${mayEnter(now)}
      AND (${row.provider_id === null} OR o.org_id = ${row.org_id}) ORDER BY o.name, o.org_id`.execute(db);
  const providers = row.voucher_missing ? await providersOf(db, row.org_id) : null;
  return {
    account: { id: row.account_id, name: row.name, email: row.email, personId: row.person_id },
    organisation: {
      id: row.org_id,
      name: row.org_name,
      timeZone: row.time_zone,
      demonstration: row.demonstration,
    },
    organisations: organisations.rows,
    roles: [...new Set(row.roles)],
    systemIds: row.system_ids,
    emergency:
      row.emergency_id === null
        ? null
        : {
            id: row.emergency_id,
            roles: row.emergency_roles ?? [],
            expiresAt: formatInstant(row.emergency_expires_at as Micros),
          },
    permissions: [...permissionsHeld(row).permissions].sort(),
    secondFactor: row.factor_on ? "on" : row.factor_missing ? "required" : "off",
    singleSignOnNeeded: providers,
    expiresAt: formatInstant(row.expires_at),
  };
}

async function providersOf(db: Kysely<Tables>, orgId: Uuid): Promise<{ id: Uuid; name: string }[]> {
  return db
    .selectFrom("identity_provider")
    .select(["id", "name"])
    .where("org_id", "=", orgId)
    .where("enabled", "=", true)
    .orderBy("name")
    .execute();
}

/** The open sessions of an account, newest first. */
export async function listSessions(db: Kysely<Tables>, now: Micros, caller: Caller) {
  const { accountId, sessionHash: current } = personOf(caller);
  const { rows } = await sql<{
    id: Uuid;
    current: boolean;
    organisation: string;
    user_agent: string | null;
    address: string | null;
    created_at: Micros;
    last_seen_at: Micros;
    expires_at: Micros;
  }>`
    SELECT s.id, s.token_hash = ${current} AS current, o.name AS organisation, s.user_agent, s.address, s.created_at,
      s.last_seen_at, s.expires_at
    FROM session s JOIN organisation o ON o.org_id = s.org_id
    WHERE s.account_id = ${accountId} AND s.expires_at > ${formatInstant(now)}
      AND s.last_seen_at > ${formatInstant(now - SESSION_IDLE)}
      AND (${caller.providerId === null} OR s.org_id = ${caller.orgId})
    ORDER BY s.last_seen_at DESC, s.id LIMIT ${SESSIONS_SHOWN}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    current: row.current,
    organisation: row.organisation,
    userAgent: row.user_agent,
    address: row.address,
    createdAt: formatInstant(row.created_at),
    lastSeenAt: formatInstant(row.last_seen_at),
    expiresAt: formatInstant(row.expires_at),
  }));
}

/** Signs an account out in one place. @throws HttpProblem `not_found` where the session is another's, or gone. */
export async function endSession(tx: Transaction<Tables>, caller: Caller, id: Uuid): Promise<void> {
  let query = tx.deleteFrom("session").where("account_id", "=", personOf(caller).accountId).where("id", "=", id);
  if (caller.providerId !== null) query = query.where("org_id", "=", caller.orgId);
  const ended = await query.executeTakeFirst();
  if (ended.numDeletedRows !== 1n) throw notFound("This session");
}

/** More than anybody has open; whoever has, sees the newest. */
const SESSIONS_SHOWN = 100;

/** Whose session calls. @throws HttpProblem `forbidden` for a key. */
export function personOf(caller: Caller): { accountId: Uuid; sessionHash: Buffer } {
  if (caller.accountId === null || caller.sessionHash === null) {
    throw new HttpProblem("forbidden", "Only a person who is signed in can do this.");
  }
  return { accountId: caller.accountId, sessionHash: caller.sessionHash };
}

/** What a provider of one organisation vouched for says nothing in another. @throws HttpProblem `forbidden` */
export function expectOwnSignIn(caller: Caller): void {
  if (caller.providerId === null) return;
  throw new HttpProblem(
    "forbidden",
    "You are signed in by the identity provider of this organisation, which counts here alone. Sign in anew elsewhere.",
  );
}
