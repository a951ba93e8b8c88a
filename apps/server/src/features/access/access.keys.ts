/** API keys: made by people, shown once, stored hashed, scoped, expiring. */
import type { ApiKey, KeyScope } from "@steward/contract";
import { formatInstant, type Micros, MICROS_PER_DAY, newId, type Uuid } from "@steward/kernel";
import { sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { invalidField, notFound } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import type { AccessDeps } from "./access.setup.ts";
import { hashToken, newPrefix, newToken } from "./access.tokens.ts";

interface KeyRow {
  id: Uuid;
  name: string;
  prefix: string;
  scopes: string[];
  system_id: Uuid | null;
  created_at: Micros;
  created_by: string;
  expires_at: Micros;
  revoked_at: Micros | null;
  last_used_at: Micros | null;
}

export async function listApiKeys({ db }: AccessDeps, orgId: Uuid, id?: Uuid): Promise<ApiKey[]> {
  let query = db
    .selectFrom("api_key")
    .select([
      "id",
      "name",
      "prefix",
      "scopes",
      "system_id",
      "created_at",
      "created_by",
      "expires_at",
      "revoked_at",
      "last_used_at",
    ])
    .where("org_id", "=", orgId)
    .orderBy("created_at", "desc");
  if (id !== undefined) query = query.where("id", "=", id);
  const rows: KeyRow[] = await query.execute();
  const names = await nameActors(
    db,
    orgId,
    rows.map((row) => ({ actor_kind: "person", actor_id: row.created_by })),
  );
  return rows.map((row) => keyView(row, names.get(row.created_by) ?? "unknown"));
}

function keyView(row: KeyRow, createdBy: string): ApiKey {
  const maybe = (moment: Micros | null) => (moment === null ? null : formatInstant(moment));
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes as KeyScope[],
    systemId: row.system_id,
    createdAt: formatInstant(row.created_at),
    createdBy,
    expiresAt: formatInstant(row.expires_at),
    revokedAt: maybe(row.revoked_at),
    lastUsedAt: maybe(row.last_used_at),
  };
}

export async function createApiKey(
  deps: AccessDeps,
  caller: Caller,
  input: { name: string; scopes: KeyScope[]; systemId: Uuid | null; expiresInDays: number },
): Promise<{ key: ApiKey; secret: string }> {
  const { db, clock } = deps;
  const id = newId(clock);
  const prefix = newPrefix("stw");
  const secret = newToken();
  await withTransaction(db, async (tx) => {
    const now = clock.now();
    if (input.systemId !== null) {
      const { rows } = await sql`
        SELECT 1 FROM system WHERE org_id = ${caller.orgId} AND id = ${input.systemId} AND NOT withdrawn`.execute(tx);
      if (rows.length === 0) throw invalidField("systemId", "There is no such system.");
    }
    const expires_at = formatInstant(now + BigInt(input.expiresInDays) * MICROS_PER_DAY);
    await tx
      .insertInto("api_key")
      .values({
        org_id: caller.orgId,
        id,
        name: input.name,
        prefix,
        secret_hash: hashToken(secret),
        scopes: input.scopes,
        system_id: input.systemId,
        created_at: formatInstant(now),
        created_by: caller.actor.id,
        expires_at,
      })
      .execute();
    await appendEvidence(tx, clock, caller.orgId, [
      {
        kind: "api_key.created",
        actor: caller.actor,
        subject: { kind: "api_key", id, version: 1 },
        body: { name: input.name, scopes: input.scopes, systemId: input.systemId, expiresAt: expires_at },
      },
    ]);
  });
  const [key] = await listApiKeys(deps, caller.orgId, id);
  return { key: key as ApiKey, secret: `${prefix}_${secret}` };
}

export async function revokeApiKey(
  deps: AccessDeps,
  caller: Caller,
  id: Uuid,
  changeReason: string | undefined,
): Promise<ApiKey> {
  const { db, clock } = deps;
  await withTransaction(db, async (tx) => {
    const key = await tx
      .selectFrom("api_key")
      .select(["version", "revoked_at"])
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (!key) throw notFound("This key");
    if (key.revoked_at !== null) return;
    await tx
      .updateTable("api_key")
      .set({ revoked_at: formatInstant(clock.now()), version: key.version + 1 })
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .execute();
    await appendEvidence(tx, clock, caller.orgId, [
      {
        kind: "api_key.revoked",
        actor: caller.actor,
        subject: { kind: "api_key", id, version: key.version + 1 },
        body: { changeReason: changeReason ?? null },
      },
    ]);
  });
  const [key] = await listApiKeys(deps, caller.orgId, id);
  return key as ApiKey;
}
