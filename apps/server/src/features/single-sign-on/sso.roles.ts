/** Roles that follow the groups of a provider, whether a sign-in or provisioning names them. */
import { type AccessRole, AUDITOR_MAX_DAYS, SYSTEM_ROLES } from "@steward/contract";
import { type Clock, MICROS_PER_DAY, type Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Writer } from "../records/records.service.ts";
import { checkedLimits } from "../access/access.limits.ts";
import { readMember, recordMembership, staysAdministered } from "../access/access.members.ts";
import type { ProviderRow } from "./sso.providers.ts";

type RoleRules = Pick<ProviderRow, "default_roles" | "group_roles">;

/** Roles of everybody who joins by the provider, and those of the person's groups. */
export function rolesOf(provider: RoleRules, groups: readonly string[]): AccessRole[] {
  const held = new Set(groups);
  const mapped = provider.group_roles.filter(({ group }) => held.has(group)).flatMap(({ roles }) => roles);
  return [...new Set([...provider.default_roles, ...mapped])].sort() as AccessRole[];
}

/** Gives a member the roles that follow their groups; the last administrator stays one. Answers whether any changed. */
export async function giveRoles(
  deps: { readonly clock: Clock },
  tx: Transaction<Tables>,
  writer: Pick<Writer, "orgId" | "actor">,
  memberId: Uuid,
  followed: readonly AccessRole[],
  reason: string,
): Promise<boolean> {
  const { orgId } = writer;
  const member = await readMember(tx, orgId, memberId);
  const isSame = followed.length === member.roles.length && followed.every((role) => member.roles.includes(role));
  if (isSame) return false;
  const isLast =
    member.roles.includes("administrator") &&
    member.disabled_at === null &&
    !followed.includes("administrator") &&
    !(await staysAdministered(tx, orgId, memberId));
  const roles: AccessRole[] = isLast ? [...followed, "administrator"] : [...followed];
  if (isLast && roles.length === member.roles.length && roles.every((role) => member.roles.includes(role)))
    return false;
  const limits = await checkedLimits(deps, tx, orgId, roles, {}, keptLimits(deps, roles, member));
  const version = member.version + 1;
  await tx
    .updateTable("membership")
    .set({ roles, ...limits, version })
    .where("org_id", "=", orgId)
    .where("id", "=", memberId)
    .execute();
  await recordMembership(deps, tx, writer, { id: memberId, version, verb: "changed", roles, limits, reason });
  return true;
}

/** Limits of before, as far as the new roles allow them: groups change without anybody who could be asked. */
function keptLimits(
  { clock }: { readonly clock: Clock },
  roles: readonly AccessRole[],
  { expires_at, system_ids }: Awaited<ReturnType<typeof readMember>>,
) {
  const latest = clock.now() + BigInt(AUDITOR_MAX_DAYS) * MICROS_PER_DAY;
  const tooLate = roles.includes("auditor") && expires_at !== null && expires_at > latest;
  return {
    expires_at: tooLate ? null : expires_at,
    system_ids: roles.some((role) => SYSTEM_ROLES.includes(role)) ? system_ids : null,
  };
}

/** Names and foreign ids of the groups in which a provider put a member: either may stand in the rules. */
export async function readProvisionedGroups(tx: Transaction<Tables>, orgId: Uuid, memberId: Uuid): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT unnest(ARRAY[g.display_name, g.external_id]) AS name
    FROM scim_group_member gm JOIN scim_group g ON g.org_id = gm.org_id AND g.id = gm.group_id
    WHERE gm.org_id = ${orgId} AND gm.membership_id = ${memberId}`.execute(tx);
  return rows.map(({ name }) => name).filter((name) => name !== null);
}

/** Gives the roles of their groups to members whom the provider provisions; undefined: to all of them. */
export async function followProvisionedGroups(
  deps: { readonly clock: Clock },
  tx: Transaction<Tables>,
  writer: Pick<Writer, "orgId" | "actor">,
  provider: RoleRules & Pick<ProviderRow, "id">,
  memberIds: readonly Uuid[] | undefined,
): Promise<void> {
  const some = memberIds === undefined ? sql`` : sql`AND m.id = ANY(${[...memberIds]}::uuid[])`;
  // Roles that an administrator gave stay: those members did not join by the provider.
  const { rows } = await sql<{ id: Uuid }>`
    SELECT m.id FROM membership m
    JOIN scim_user u ON u.org_id = m.org_id AND u.membership_id = m.id AND u.provider_id = m.provider_id
    WHERE m.org_id = ${writer.orgId} AND m.provider_id = ${provider.id} ${some}
    ORDER BY m.id FOR NO KEY UPDATE OF m`.execute(tx);
  for (const { id } of rows) {
    const roles = rolesOf(provider, await readProvisionedGroups(tx, writer.orgId, id));
    await giveRoles(deps, tx, writer, id, roles, GROUPS_CHANGED);
  }
}

export const GROUPS_CHANGED = "The groups at the identity provider changed.";
