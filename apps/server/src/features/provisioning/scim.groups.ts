/** Groups that a provider pushes: the access roles of their members follow what is set for them. */
import {
  SCIM_GROUP_MEMBERS_MAX,
  SCIM_SCHEMAS,
  type ScimGroupInput,
  scimGroupSchema,
  type ScimListQuery,
  type ScimPatch,
  type ScimSelection,
} from "@steward/contract";
import { formatInstant, type Micros, newId, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { notFound } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import type { AccessDeps } from "../access/access.setup.ts";
import { readProvider } from "../single-sign-on/sso.providers.ts";
import { followProvisionedGroups } from "../single-sign-on/sso.roles.ts";
import { ScimProblem } from "./scim.errors.ts";
import { type Attributes, caseless, conditionOf, exact } from "./scim.filter.ts";
import { patched } from "./scim.patch.ts";
import { listOf, selected, wants } from "./scim.resources.ts";
import type { Scope } from "./scim.users.read.ts";
import { asProvider, expectVersion, scopeOf } from "./scim.users.ts";

/** Groups of one provider. */
const GROUPS_MAX = 2000;

interface GroupRow {
  readonly id: Uuid;
  readonly display_name: string;
  readonly external_id: string | null;
  readonly created_at: Micros;
  readonly changed_at: Micros;
  readonly version: number;
  readonly members: { value: Uuid; display: string }[];
}

const hasMember: Attributes[string] = (value) => sql<boolean>`EXISTS (
  SELECT FROM scim_group_member gm
  WHERE gm.org_id = g.org_id AND gm.group_id = g.id AND gm.membership_id::text = ${String(value)}
)`;
const ATTRIBUTES: Attributes = {
  displayname: caseless(sql`g.display_name`),
  externalid: exact(sql`g.external_id`),
  id: exact(sql`g.id::text`),
  members: hasMember,
  "members.value": hasMember,
};

function columns(withMembers: boolean) {
  const members = withMembers
    ? sql`coalesce((
        SELECT json_agg(json_build_object('value', m.id, 'display', coalesce(u.display_name, a.name)) ORDER BY m.id)
        FROM scim_group_member gm JOIN membership m ON m.org_id = gm.org_id AND m.id = gm.membership_id
        JOIN account a ON a.id = m.account_id
        LEFT JOIN scim_user u ON u.org_id = m.org_id AND u.membership_id = m.id
        WHERE gm.org_id = g.org_id AND gm.group_id = g.id
      ), '[]')`
    : sql`'[]'::json`;
  return sql`g.id, g.display_name, g.external_id, g.created_at, g.changed_at, g.version, ${members} AS members`;
}

function visible({ orgId, providerId }: Scope) {
  return sql`FROM scim_group g WHERE g.org_id = ${orgId} AND g.provider_id = ${providerId}`;
}

/** @throws HttpProblem `not_found` */
export async function readGroup(db: Kysely<Tables>, scope: Scope, id: Uuid, selection: ScimSelection = {}) {
  const { rows } = await sql<GroupRow>`
    SELECT ${columns(wants("members", selection))} ${visible(scope)} AND g.id = ${id}`.execute(db);
  if (!rows[0]) throw notFound("This group");
  return rows[0];
}

export async function listGroups(db: Kysely<Tables>, scope: Scope, query: ScimListQuery, base: string) {
  const condition = conditionOf(query.filter, ATTRIBUTES);
  const counted = await sql<{ n: number }>`SELECT count(*)::int AS n ${visible(scope)} AND ${condition}`.execute(db);
  const { rows } = await sql<GroupRow>`
    SELECT ${columns(wants("members", query))} ${visible(scope)} AND ${condition}
    ORDER BY g.id LIMIT ${query.count} OFFSET ${query.startIndex - 1}`.execute(db);
  const resources = rows.map((row) => selected(groupResource(row, base), query));
  return listOf(resources, counted.rows[0]?.n ?? 0, query.startIndex);
}

export function groupVersion({ version }: Pick<GroupRow, "version">): string {
  return `W/"${version}"`;
}

function writableGroup(row: GroupRow) {
  return {
    schemas: [SCIM_SCHEMAS.group] as string[],
    displayName: row.display_name,
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    members: row.members.map(({ value }) => ({ value })),
  };
}

export function groupResource(row: GroupRow, base: string) {
  return {
    ...writableGroup(row),
    id: row.id,
    members: row.members.map((member) => ({ ...member, $ref: `${base}/Users/${member.value}` })),
    meta: {
      resourceType: "Group",
      created: formatInstant(row.created_at),
      lastModified: formatInstant(row.changed_at),
      location: `${base}/Groups/${row.id}`,
      version: groupVersion(row),
    },
  };
}

export async function createGroup(deps: AccessDeps, caller: Caller, input: ScimGroupInput): Promise<GroupRow> {
  const scope = scopeOf(caller);
  return asProvider(deps, scope, async (tx) => {
    await expectFree(tx, scope, input.displayName, undefined);
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n ${visible(scope)}`.execute(tx);
    if ((rows[0]?.n ?? 0) >= GROUPS_MAX) {
      throw new ScimProblem(
        "conflict",
        "tooMany",
        `There are ${GROUPS_MAX} groups already; push those that have roles.`,
      );
    }
    const id = newId(deps.clock);
    const now = formatInstant(deps.clock.now());
    await tx
      .insertInto("scim_group")
      .values({
        org_id: scope.orgId,
        id,
        provider_id: scope.providerId,
        display_name: input.displayName,
        external_id: input.externalId ?? null,
        created_at: now,
        changed_at: now,
      })
      .execute();
    const moved = await moveMembers(tx, scope, id, [], membersOf(input));
    await record(deps, tx, caller, { id, verb: "created", version: 1, ...moved });
    await follow(deps, tx, caller, [...moved.added]);
    return readGroup(tx, scope, id);
  });
}

/** Replaces name, foreign id and members. */
export async function replaceGroup(
  deps: AccessDeps,
  caller: Caller,
  id: Uuid,
  read: (row: GroupRow) => ScimGroupInput,
  ifMatch: string | undefined,
): Promise<GroupRow> {
  const scope = scopeOf(caller);
  return asProvider(deps, scope, async (tx) => {
    const before = await readGroup(tx, scope, id);
    expectVersion(ifMatch, groupVersion(before));
    const input = read(before);
    await expectFree(tx, scope, input.displayName, id);
    const held = before.members.map(({ value }) => value);
    const moved = await moveMembers(tx, scope, id, held, membersOf(input));
    const isNamedAnew = input.displayName !== before.display_name || (input.externalId ?? null) !== before.external_id;
    if (!isNamedAnew && moved.added.length === 0 && moved.removed.length === 0) return before;
    const version = before.version + 1;
    await tx
      .updateTable("scim_group")
      .set({
        display_name: input.displayName,
        external_id: input.externalId ?? null,
        changed_at: formatInstant(deps.clock.now()),
        version,
      })
      .where("org_id", "=", scope.orgId)
      .where("id", "=", id)
      .execute();
    await record(deps, tx, caller, { id, verb: "changed", version, ...moved });
    // Another name may stand for other roles, of everybody in it.
    await follow(deps, tx, caller, isNamedAnew ? [...held, ...moved.added] : [...moved.added, ...moved.removed]);
    return readGroup(tx, scope, id);
  });
}

export async function patchGroup(deps: AccessDeps, caller: Caller, id: Uuid, patch: ScimPatch, ifMatch?: string) {
  return replaceGroup(deps, caller, id, (row) => patched(writableGroup(row), patch, scimGroupSchema), ifMatch);
}

export async function deleteGroup(deps: AccessDeps, caller: Caller, id: Uuid, ifMatch?: string): Promise<void> {
  const scope = scopeOf(caller);
  await asProvider(deps, scope, async (tx) => {
    const before = await readGroup(tx, scope, id);
    expectVersion(ifMatch, groupVersion(before));
    const removed = before.members.map(({ value }) => value);
    await tx.deleteFrom("scim_group").where("org_id", "=", scope.orgId).where("id", "=", id).execute();
    await record(deps, tx, caller, { id, verb: "removed", version: before.version + 1, added: [], removed });
    await follow(deps, tx, caller, removed);
  });
}

async function follow(deps: AccessDeps, tx: Transaction<Tables>, caller: Caller, memberIds: readonly Uuid[]) {
  if (memberIds.length === 0) return;
  const { orgId, providerId } = scopeOf(caller);
  await followProvisionedGroups(deps, tx, caller, await readProvider(tx, orgId, providerId), memberIds);
}

function membersOf({ members }: ScimGroupInput): Uuid[] {
  return [...new Set((members ?? []).map(({ value }) => value as Uuid))];
}

async function expectFree(tx: Transaction<Tables>, scope: Scope, name: string, id: Uuid | undefined): Promise<void> {
  const { rows } = await sql<{ id: Uuid }>`
    SELECT g.id ${visible(scope)} AND lower(g.display_name) = lower(${name})`.execute(tx);
  if (rows.some((row) => row.id !== id)) {
    throw new ScimProblem("conflict", "uniqueness", "There is a group of this name already.");
  }
}

async function moveMembers(
  tx: Transaction<Tables>,
  scope: Scope,
  id: Uuid,
  held: readonly Uuid[],
  wanted: readonly Uuid[],
) {
  if (wanted.length > SCIM_GROUP_MEMBERS_MAX) {
    throw new ScimProblem("invalid", "tooMany", `A group has ${SCIM_GROUP_MEMBERS_MAX} members at most.`);
  }
  const [before, after] = [new Set(held), new Set(wanted)];
  const added = wanted.filter((member) => !before.has(member));
  const removed = held.filter((member) => !after.has(member));
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM membership m LEFT JOIN scim_user u ON u.org_id = m.org_id AND u.membership_id = m.id
    WHERE m.org_id = ${scope.orgId} AND m.id = ANY(${added}::uuid[])
      AND (u.provider_id = ${scope.providerId} OR (u.provider_id IS NULL AND m.disabled_at IS NULL))`.execute(tx);
  if (rows[0]?.n !== added.length)
    throw new ScimProblem("invalid", "invalidValue", "A member of the group is no user here.");
  await sql`
    INSERT INTO scim_group_member (org_id, group_id, membership_id)
    SELECT ${scope.orgId}, ${id}, unnest(${added}::uuid[])`.execute(tx);
  await sql`
    DELETE FROM scim_group_member
    WHERE org_id = ${scope.orgId} AND group_id = ${id} AND membership_id = ANY(${removed}::uuid[])`.execute(tx);
  return { added, removed };
}

async function record(
  { clock }: AccessDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  act: { id: Uuid; verb: string; version: number; added: readonly Uuid[]; removed: readonly Uuid[] },
): Promise<void> {
  await appendEvidence(tx, clock, caller.orgId, [
    {
      kind: `scim_group.${act.verb}`,
      actor: caller.actor,
      subject: { kind: "scim_group", id: act.id, version: act.version },
      body: { providerId: caller.providerId, added: [...act.added], removed: [...act.removed] },
    },
  ]);
}
