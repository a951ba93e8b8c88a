/** Members of the organisation as the users that one provider sees. */
import { SCIM_SCHEMAS, type ScimListQuery } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { notFound } from "../../platform/http/problem.ts";
import { type Attributes, caseless, conditionOf, exact, truth } from "./scim.filter.ts";
import { listOf, selected } from "./scim.resources.ts";

/** Whose organisation, and which of its providers asks. */
export interface Scope {
  readonly orgId: Uuid;
  readonly providerId: Uuid;
}

export interface UserRow {
  readonly id: Uuid;
  readonly account_id: Uuid;
  readonly email: string;
  readonly user_name: string;
  readonly external_id: string | null;
  readonly given_name: string | null;
  readonly family_name: string | null;
  readonly display_name: string;
  readonly active: boolean;
  readonly provisioned: boolean;
  readonly created_at: Micros;
  readonly changed_at: Micros;
  readonly version: number;
  readonly user_version: number;
  readonly groups: { value: string; display: string }[];
}

/**
 * Who may sign in, and whomever this provider provisions; nobody whom another provider provisions. Members who were let
 * in by hand are seen, so that a provider finds them instead of adding them again.
 */
function visible({ orgId, providerId }: Scope) {
  return sql`FROM membership m JOIN account a ON a.id = m.account_id
    LEFT JOIN scim_user u ON u.org_id = m.org_id AND u.membership_id = m.id
    WHERE m.org_id = ${orgId}
      AND (u.provider_id = ${providerId} OR (u.provider_id IS NULL AND m.disabled_at IS NULL))`;
}

const USER_NAME = sql`coalesce(u.user_name, a.email)`;
// Of an account that exists elsewhere nothing is told before its person confirms.
const DISPLAY_NAME = sql`coalesce(u.display_name, CASE WHEN m.confirmed_at IS NULL THEN a.email ELSE a.name END)`;
const isWork: Attributes[string] = (value) => sql<boolean>`${value} = 'work'`;

const ATTRIBUTES: Attributes = {
  username: caseless(USER_NAME),
  externalid: exact(sql`u.external_id`),
  id: exact(sql`m.id::text`),
  displayname: caseless(DISPLAY_NAME),
  active: truth(sql`(m.disabled_at IS NULL)`),
  emails: caseless(sql`a.email`),
  "emails.value": caseless(sql`a.email`),
  "emails.type": isWork,
  "emails.primary": truth(sql`true`),
};

function columns({ providerId }: Scope) {
  return sql`m.id, m.account_id, a.email, ${USER_NAME} AS user_name, u.external_id, u.given_name, u.family_name,
    ${DISPLAY_NAME} AS display_name, m.disabled_at IS NULL AS active, u.provider_id IS NOT NULL AS provisioned,
    m.created_at, coalesce(u.changed_at, m.created_at) AS changed_at, m.version, coalesce(u.version, 0) AS user_version,
    coalesce((
      SELECT json_agg(json_build_object('value', g.id, 'display', g.display_name) ORDER BY g.display_name, g.id)
      FROM scim_group_member gm JOIN scim_group g ON g.org_id = gm.org_id AND g.id = gm.group_id
      WHERE gm.org_id = m.org_id AND gm.membership_id = m.id AND g.provider_id = ${providerId}
    ), '[]') AS groups`;
}

export async function findUser(db: Kysely<Tables>, scope: Scope, by: { id: Uuid } | { userName: string }) {
  const condition = "id" in by ? sql`m.id = ${by.id}` : sql`lower(${USER_NAME}) = lower(${by.userName})`;
  const { rows } = await sql<UserRow>`SELECT ${columns(scope)} ${visible(scope)} AND ${condition} LIMIT 1`.execute(db);
  return rows[0];
}

/** @throws HttpProblem `not_found` */
export async function readUser(db: Kysely<Tables>, scope: Scope, id: Uuid): Promise<UserRow> {
  const row = await findUser(db, scope, { id });
  if (!row) throw notFound("This user");
  return row;
}

export async function listUsers(db: Kysely<Tables>, scope: Scope, query: ScimListQuery, base: string) {
  const condition = conditionOf(query.filter, ATTRIBUTES);
  const counted = await sql<{ n: number }>`
    SELECT count(*)::int AS n ${visible(scope)} AND ${condition}`.execute(db);
  const { rows } = await sql<UserRow>`
    SELECT ${columns(scope)} ${visible(scope)} AND ${condition}
    ORDER BY m.id LIMIT ${query.count} OFFSET ${query.startIndex - 1}`.execute(db);
  const resources = rows.map((row) => selected(userResource(row, base), query));
  return listOf(resources, counted.rows[0]?.n ?? 0, query.startIndex);
}

export function userVersion({ version, user_version }: Pick<UserRow, "version" | "user_version">): string {
  return `W/"${version}-${user_version}"`;
}

/** What a PATCH works on: the attributes that a provider may write. */
export function writableUser(row: UserRow) {
  return {
    schemas: [SCIM_SCHEMAS.user] as string[],
    userName: row.user_name,
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    name: {
      formatted: row.display_name,
      ...(row.given_name === null ? {} : { givenName: row.given_name }),
      ...(row.family_name === null ? {} : { familyName: row.family_name }),
    },
    displayName: row.display_name,
    active: row.active,
    emails: [{ value: row.email, type: "work", primary: true }],
  };
}

export function userResource(row: UserRow, base: string) {
  return {
    ...writableUser(row),
    id: row.id,
    groups: row.groups.map((group) => ({ ...group, $ref: `${base}/Groups/${group.value}` })),
    meta: {
      resourceType: "User",
      created: formatInstant(row.created_at),
      lastModified: formatInstant(row.changed_at),
      location: `${base}/Users/${row.id}`,
      version: userVersion(row),
    },
  };
}
