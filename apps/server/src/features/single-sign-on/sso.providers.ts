/** Identity providers of an organisation: settings, with every change in the ledger and the secret sealed. */
import { type AccessRole, type IdentityProvider, PROVIDERS_MAX } from "@steward/contract";
import { formatInstant, type Json, newId, type Uuid } from "@steward/kernel";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";

import type { IdentityProviderTable } from "../../platform/database/schema.access.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import { seal, unseal } from "../../platform/seal/seal.ts";
import { type Client, type ClientDeps, discover } from "./sso.client.ts";
import { followProvisionedGroups } from "./sso.roles.ts";

export type ProviderDeps = ClientDeps & { readonly db: Kysely<Tables>; readonly keys: KeyStore };

export type ProviderRow = Selectable<IdentityProviderTable>;

export interface ProviderSettings {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: string;
  readonly enabled: boolean;
  readonly listed: boolean;
  readonly joins: boolean;
  readonly domains: string[];
  readonly secondFactor: boolean;
  readonly defaultRoles: AccessRole[];
  readonly groupsClaim: string;
  readonly groupRoles: { group: string; roles: AccessRole[] }[];
}

type Change = { readonly [K in keyof ProviderSettings]?: ProviderSettings[K] | undefined } & {
  readonly clientSecret?: string | undefined;
};

export async function listProviders(
  db: Kysely<Tables>,
  orgId: Uuid,
  redirectUri: string,
  id?: Uuid,
): Promise<IdentityProvider[]> {
  const { rows } = await sql<ProviderRow & { people: number }>`
    SELECT p.*, (
      SELECT count(*)::int FROM external_identity i WHERE i.org_id = p.org_id AND i.provider_id = p.id
    ) AS people
    FROM identity_provider p WHERE p.org_id = ${orgId} ${id === undefined ? sql`` : sql`AND p.id = ${id}`}
    ORDER BY lower(p.name), p.id`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    ...settingsOf(row),
    people: row.people,
    redirectUri,
    createdAt: formatInstant(row.created_at),
  }));
}

async function describe(db: Kysely<Tables>, orgId: Uuid, redirectUri: string, id: Uuid): Promise<IdentityProvider> {
  const [provider] = await listProviders(db, orgId, redirectUri, id);
  if (!provider) throw notFound("This identity provider");
  return provider;
}

/** Those that strangers are shown. Unscoped: nobody is signed in yet. */
export async function listedProviders(db: Kysely<Tables>): Promise<{ id: Uuid; name: string }[]> {
  const { rows } = await sql<{ id: Uuid; name: string }>`
    SELECT id, name FROM identity_provider WHERE enabled AND listed ORDER BY lower(name), id LIMIT 50`.execute(db);
  return rows;
}

function settingsOf(row: ProviderRow): ProviderSettings {
  return {
    name: row.name,
    issuer: row.issuer,
    clientId: row.client_id,
    scopes: row.scopes,
    enabled: row.enabled,
    listed: row.listed,
    joins: row.joins,
    domains: row.domains,
    secondFactor: row.second_factor,
    defaultRoles: row.default_roles as AccessRole[],
    groupsClaim: row.groups_claim,
    groupRoles: row.group_roles as ProviderSettings["groupRoles"],
  };
}

function columnsOfRoles({ defaultRoles, groupRoles }: ProviderSettings) {
  return { default_roles: defaultRoles, group_roles: groupRoles };
}

function columnsOf(settings: ProviderSettings) {
  return {
    name: settings.name,
    issuer: settings.issuer,
    client_id: settings.clientId,
    scopes: settings.scopes,
    enabled: settings.enabled,
    listed: settings.listed,
    joins: settings.joins,
    domains: settings.domains,
    second_factor: settings.secondFactor,
    default_roles: settings.defaultRoles,
    groups_claim: settings.groupsClaim,
    group_roles: JSON.stringify(settings.groupRoles),
  };
}

export async function createProvider(
  deps: ProviderDeps,
  caller: Caller,
  { clientSecret, ...settings }: ProviderSettings & { readonly clientSecret: string },
  redirectUri: string,
): Promise<IdentityProvider> {
  const { db, clock, keys } = deps;
  const id = newId(clock);
  await discover(deps, { id, version: 1, issuer: settings.issuer, clientId: settings.clientId, secret: clientSecret });
  const sealed_secret = await seal(keys, "identity-provider", id, clientSecret);
  await withTransaction(db, async (tx) => {
    const { rows } = await sql<{ n: number }>`
      SELECT count(*)::int AS n FROM (
        SELECT 1 FROM identity_provider WHERE org_id = ${caller.orgId} FOR UPDATE
      ) held`.execute(tx);
    if ((rows[0]?.n ?? 0) >= PROVIDERS_MAX) {
      throw new HttpProblem("conflict", `There are ${PROVIDERS_MAX} identity providers already; remove one first.`);
    }
    await tx
      .insertInto("identity_provider")
      .values({
        org_id: caller.orgId,
        id,
        ...columnsOf(settings),
        sealed_secret,
        version: 1,
        created_at: formatInstant(clock.now()),
      })
      .execute();
    await record(deps, tx, caller, "created", id, 1, asJson(settings));
  });
  return describe(db, caller.orgId, redirectUri, id);
}

export async function changeProvider(
  deps: ProviderDeps,
  caller: Caller,
  id: Uuid,
  change: Change,
  redirectUri: string,
): Promise<IdentityProvider> {
  const { db, keys } = deps;
  const { clientSecret, ...given } = change;
  const before = await readProvider(db, caller.orgId, id);
  const settings = { ...settingsOf(before), ...withoutUndefined(given) } as ProviderSettings;
  const version = before.version + 1;
  const secret = clientSecret ?? (await unseal(keys, "identity-provider", id, before.sealed_secret));
  // Whoever takes a broken provider out of use must not be held up by it.
  if (settings.enabled && (given.issuer !== undefined || given.clientId !== undefined || given.enabled === true)) {
    await discover(deps, { id, version, issuer: settings.issuer, clientId: settings.clientId, secret });
  }
  const sealed_secret = await seal(keys, "identity-provider", id, secret);
  await withTransaction(db, async (tx) => {
    const changed = await tx
      .updateTable("identity_provider")
      .set({ ...columnsOf(settings), sealed_secret, version })
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .where("version", "=", before.version)
      .executeTakeFirst();
    if (changed.numUpdatedRows !== 1n) throw new HttpProblem("conflict", "Somebody changed it meanwhile; look again.");
    if (given.defaultRoles !== undefined || given.groupRoles !== undefined) {
      await followProvisionedGroups(deps, tx, caller, { id, ...columnsOfRoles(settings) }, undefined);
    }
    // Another issuer means other people under the same subjects.
    if (settings.issuer !== before.issuer) await forgetIdentities(tx, caller.orgId, id);
    if (!settings.enabled) {
      await endSessions(tx, caller.orgId, id);
      await expectOneLeft(tx, caller.orgId);
    }
    const replaced = clientSecret === undefined ? "no" : "yes";
    await record(deps, tx, caller, "changed", id, version, { ...asJson(settings), secretReplaced: replaced });
  });
  return describe(db, caller.orgId, redirectUri, id);
}

export async function removeProvider(deps: ProviderDeps, caller: Caller, id: Uuid): Promise<void> {
  const { db } = deps;
  await withTransaction(db, async (tx) => {
    const before = await readProvider(tx, caller.orgId, id);
    await forgetIdentities(tx, caller.orgId, id);
    await tx.deleteFrom("sso_attempt").where("provider_id", "=", id).execute();
    await forgetProvisioning(tx, caller.orgId, id);
    await sql`
      UPDATE membership SET provider_id = NULL WHERE org_id = ${caller.orgId} AND provider_id = ${id}`.execute(tx);
    await tx.deleteFrom("identity_provider").where("org_id", "=", caller.orgId).where("id", "=", id).execute();
    await expectOneLeft(tx, caller.orgId);
    await record(deps, tx, caller, "removed", id, before.version + 1, {});
  });
}

/** Whoever must come by a provider has one to come by. @throws HttpProblem `conflict` */
async function expectOneLeft(tx: Transaction<Tables>, orgId: Uuid): Promise<void> {
  const { rows } = await sql`
    SELECT FROM organisation o WHERE o.org_id = ${orgId} AND o.single_sign_on_roles <> '{}'
      AND NOT EXISTS (SELECT FROM identity_provider p WHERE p.org_id = o.org_id AND p.enabled)`.execute(tx);
  if (rows.length === 0) return;
  throw new HttpProblem(
    "conflict",
    "It is the last identity provider in use, and single sign-on is demanded of some roles; end that first, under Settings, Organisation.",
  );
}

/** Whom the provider provisioned stays a member, with the roles of now. */
async function forgetProvisioning(tx: Transaction<Tables>, orgId: Uuid, id: Uuid): Promise<void> {
  for (const table of ["scim_group", "scim_user", "scim_token"] as const) {
    await tx.deleteFrom(table).where("org_id", "=", orgId).where("provider_id", "=", id).execute();
  }
}

async function forgetIdentities(tx: Transaction<Tables>, orgId: Uuid, id: Uuid): Promise<void> {
  await tx.deleteFrom("external_identity").where("org_id", "=", orgId).where("provider_id", "=", id).execute();
  await endSessions(tx, orgId, id);
}

async function endSessions(tx: Transaction<Tables>, orgId: Uuid, id: Uuid): Promise<void> {
  await tx.deleteFrom("session").where("org_id", "=", orgId).where("provider_id", "=", id).execute();
}

export async function readProvider(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<ProviderRow> {
  const row = await db
    .selectFrom("identity_provider")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw notFound("This identity provider");
  return row;
}

/** A provider that people may sign in by, whosever it is. Unscoped: its id is all that a stranger knows. */
export async function readOpenProvider(db: Kysely<Tables>, id: Uuid): Promise<ProviderRow> {
  const row = await db
    .selectFrom("identity_provider")
    .selectAll()
    .where("id", "=", id)
    .where("enabled", "=", true)
    .executeTakeFirst();
  if (!row) throw notFound("This identity provider");
  return row;
}

export async function clientOf(keys: KeyStore, row: ProviderRow): Promise<Client> {
  const secret = await unseal(keys, "identity-provider", row.id, row.sealed_secret);
  return { id: row.id, version: row.version, issuer: row.issuer, clientId: row.client_id, secret };
}

function withoutUndefined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function asJson(settings: ProviderSettings): Record<string, Json> {
  return { ...settings } as unknown as Record<string, Json>;
}

async function record(
  { clock }: Pick<ProviderDeps, "clock">,
  tx: Transaction<Tables>,
  caller: Caller,
  verb: string,
  id: Uuid,
  version: number,
  body: Record<string, Json>,
): Promise<void> {
  await appendEvidence(tx, clock, caller.orgId, [
    {
      kind: `identity_provider.${verb}`,
      actor: caller.actor,
      subject: { kind: "identity_provider", id, version },
      body,
    },
  ]);
}
