/** Tokens by which identity providers provision: made by administrators, shown once, stored hashed, expiring. */
import { timingSafeEqual } from "node:crypto";

import { SCIM_TOKENS_MAX, type ScimToken } from "@steward/contract";
import { formatInstant, type Micros, MICROS_PER_DAY, newId, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Authenticator, Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { type AuthenticatorDeps } from "../access/access.authenticator.ts";
import { SEEN_RESOLUTION } from "../access/access.key-lookup.ts";
import type { AccessDeps } from "../access/access.setup.ts";
import { hashToken, newPrefix, newToken } from "../access/access.tokens.ts";
import { readProvider } from "../single-sign-on/sso.providers.ts";

const TOKEN_PATTERN = /^Bearer (scim_[A-Za-z0-9]{12})_([A-Za-z0-9_-]{43})$/;

/** Knows SCIM tokens and nothing else, as the rest of the API knows everything but them. */
export function createScimAuthenticator({ db, clock }: AuthenticatorDeps): Authenticator {
  return {
    async authenticate(request) {
      const match = TOKEN_PATTERN.exec(request.headers.authorization ?? "");
      if (!match) return undefined;
      const [, prefix, secret] = match as unknown as [string, string, string];
      const now = clock.now();
      const { rows } = await sql<{
        org_id: Uuid;
        id: Uuid;
        provider_id: Uuid;
        secret_hash: Buffer;
        last_used_at: Micros | null;
      }>`
        SELECT t.org_id, t.id, t.provider_id, t.secret_hash, t.last_used_at FROM scim_token t
        JOIN identity_provider p ON p.org_id = t.org_id AND p.id = t.provider_id AND p.enabled
        WHERE t.prefix = ${prefix} AND t.revoked_at IS NULL AND t.expires_at > ${formatInstant(now)}`.execute(db);
      const row = rows[0];
      if (!row || !timingSafeEqual(row.secret_hash, hashToken(secret))) return undefined;
      if (row.last_used_at === null || now - row.last_used_at > SEEN_RESOLUTION) {
        const seen = { last_used_at: formatInstant(now) };
        await db
          .updateTable("scim_token")
          .set(seen)
          .where("org_id", "=", row.org_id)
          .where("id", "=", row.id)
          .execute();
      }
      return callerOf(row);
    },
  };
}

function callerOf(row: { org_id: Uuid; id: Uuid; provider_id: Uuid }): Caller {
  return {
    kind: "key",
    orgId: row.org_id,
    actor: { kind: "key", id: row.id },
    permissions: new Set(["people.provision"]),
    roles: [],
    systemId: null,
    accountId: null,
    sessionHash: null,
    providerId: row.provider_id,
  };
}

export async function listScimTokens(db: Kysely<Tables>, orgId: Uuid, of: { providerId: Uuid } | { id: Uuid }) {
  let query = db.selectFrom("scim_token").selectAll().where("org_id", "=", orgId).orderBy("created_at", "desc");
  query = "id" in of ? query.where("id", "=", of.id) : query.where("provider_id", "=", of.providerId);
  const rows = await query.execute();
  const makers = rows.map(({ created_by }) => ({ actor_kind: "person", actor_id: created_by }));
  const names = await nameActors(db, orgId, makers);
  const maybe = (moment: Micros | null) => (moment === null ? null : formatInstant(moment));
  return rows.map((row): ScimToken => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    createdAt: formatInstant(row.created_at),
    createdBy: names.get(row.created_by) ?? "unknown",
    expiresAt: formatInstant(row.expires_at),
    revokedAt: maybe(row.revoked_at),
    lastUsedAt: maybe(row.last_used_at),
  }));
}

/** What an administrator sees of a provider's provisioning. @throws HttpProblem `not_found` */
export async function describeProvisioning({ db }: AccessDeps, orgId: Uuid, providerId: Uuid, baseUrl: string) {
  await readProvider(db, orgId, providerId);
  const items = await listScimTokens(db, orgId, { providerId });
  const { rows } = await sql<{ users: number; groups: number }>`
    SELECT (SELECT count(*)::int FROM scim_user WHERE org_id = ${orgId} AND provider_id = ${providerId}) AS users,
      (SELECT count(*)::int FROM scim_group WHERE org_id = ${orgId} AND provider_id = ${providerId}) AS groups`.execute(
    db,
  );
  return { items, baseUrl, users: rows[0]?.users ?? 0, groups: rows[0]?.groups ?? 0 };
}

export async function createScimToken(
  { db, clock }: AccessDeps,
  caller: Caller,
  providerId: Uuid,
  input: { name: string; expiresInDays: number },
): Promise<{ token: ScimToken; secret: string }> {
  const id = newId(clock);
  const prefix = newPrefix("scim");
  const secret = newToken();
  await withTransaction(db, async (tx) => {
    const now = clock.now();
    // Held, so that two at once do not both find room.
    await tx
      .selectFrom("identity_provider")
      .select("id")
      .where("org_id", "=", caller.orgId)
      .where("id", "=", providerId)
      .forUpdate()
      .execute();
    await readProvider(tx, caller.orgId, providerId);
    const { rows } = await sql<{ n: number }>`
      SELECT count(*)::int AS n FROM scim_token WHERE org_id = ${caller.orgId} AND provider_id = ${providerId}
        AND revoked_at IS NULL AND expires_at > ${formatInstant(now)}`.execute(tx);
    if ((rows[0]?.n ?? 0) >= SCIM_TOKENS_MAX) {
      throw new HttpProblem("conflict", `There are ${SCIM_TOKENS_MAX} tokens already; revoke one first.`);
    }
    const expires_at = formatInstant(now + BigInt(input.expiresInDays) * MICROS_PER_DAY);
    await tx
      .insertInto("scim_token")
      .values({
        org_id: caller.orgId,
        id,
        provider_id: providerId,
        name: input.name,
        prefix,
        secret_hash: hashToken(secret),
        created_at: formatInstant(now),
        created_by: caller.actor.id,
        expires_at,
      })
      .execute();
    await appendEvidence(tx, clock, caller.orgId, [
      {
        kind: "scim_token.created",
        actor: caller.actor,
        subject: { kind: "scim_token", id, version: 1 },
        body: { name: input.name, providerId, expiresAt: expires_at },
      },
    ]);
  });
  const [token] = await listScimTokens(db, caller.orgId, { id });
  return { token: token as ScimToken, secret: `${prefix}_${secret}` };
}

export async function revokeScimToken(
  { db, clock }: AccessDeps,
  caller: Caller,
  id: Uuid,
  changeReason: string | undefined,
): Promise<ScimToken> {
  await withTransaction(db, async (tx) => {
    const revoked = await tx
      .updateTable("scim_token")
      .set((column) => ({ revoked_at: formatInstant(clock.now()), version: column("version", "+", 1) }))
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .where("revoked_at", "is", null)
      .returning("version")
      .executeTakeFirst();
    if (!revoked) return;
    await appendEvidence(tx, clock, caller.orgId, [
      {
        kind: "scim_token.revoked",
        actor: caller.actor,
        subject: { kind: "scim_token", id, version: revoked.version },
        body: { changeReason: changeReason ?? null },
      },
    ]);
  });
  const [token] = await listScimTokens(db, caller.orgId, { id });
  if (!token) throw notFound("This token");
  return token;
}
