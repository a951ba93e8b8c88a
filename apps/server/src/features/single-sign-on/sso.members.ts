/** Whom a provider vouches for, as a member: known by subject, else by e-mail address, else joining. */
import { type AccessRole, emailSchema, type JoinNeeded, type SecondFactorNeeded } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { makeLink } from "../access/access.links.ts";
import { joinMember } from "../access/access.members.ts";
import { enter } from "../access/access.second-factor.ts";
import { isOpen, openSession, type Where } from "../access/access.sessions.ts";
import { type AccessDeps, recordInstallationAct } from "../access/access.setup.ts";
import type { ProviderRow } from "./sso.providers.ts";
import { GROUPS_CHANGED, giveRoles, rolesOf } from "./sso.roles.ts";

export interface Vouched {
  readonly subject: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly groups: readonly string[];
}

interface MemberOf {
  readonly id: Uuid;
  readonly account_id: Uuid;
  readonly roles: AccessRole[];
  readonly disabled: boolean;
  readonly confirmed: boolean;
  readonly provider_id: Uuid | null;
  /** The provider itself provisions the member (SCIM). */
  readonly provisioned: boolean;
}

/** Opens a session in the provider's organisation, and in no other. @throws HttpProblem `forbidden` with the reason. */
export async function enterBy(
  deps: AccessDeps,
  tx: Transaction<Tables>,
  provider: ProviderRow,
  vouched: Vouched,
  where: Where,
): Promise<string | SecondFactorNeeded | JoinNeeded> {
  const { clock } = deps;
  const orgId = provider.org_id;
  const member = await resolve(deps, tx, provider, vouched);
  if (member.disabled) throw new HttpProblem("forbidden", "You may not sign in to this organisation any more.");
  if (!member.confirmed) {
    // What a provider vouches for is worth nothing for an account that is not its own: the person signs in to that too.
    return { joinNeeded: await makeLink(clock, tx, "join", member.account_id, orgId) };
  }
  await followGroups(deps, tx, provider, member, vouched.groups);
  await tx
    .updateTable("membership")
    .set({ last_sign_in_at: formatInstant(clock.now()) })
    .where("org_id", "=", orgId)
    .where("id", "=", member.id)
    .execute();
  const accountId = member.account_id;
  const by = { providerId: provider.id, strong: provider.second_factor };
  const entered = provider.second_factor
    ? await openSession(tx, clock, accountId, orgId, where, by)
    : await enter(deps, tx, { accountId, orgId }, where, by);
  const act = typeof entered === "string" ? "session.created" : "session.provider_accepted";
  await recordInstallationAct(tx, clock, act, accountId, { organisationId: orgId, providerId: provider.id });
  return entered;
}

async function resolve(
  deps: AccessDeps,
  tx: Transaction<Tables>,
  provider: ProviderRow,
  vouched: Vouched,
): Promise<MemberOf> {
  const orgId = provider.org_id;
  const { rows: known } = await sql<MemberOf>`
    SELECT ${memberColumns(deps.clock.now(), provider.id)} FROM external_identity i
    JOIN membership m ON m.org_id = i.org_id AND m.account_id = i.account_id
    WHERE i.org_id = ${orgId} AND i.provider_id = ${provider.id} AND i.subject = ${vouched.subject}`.execute(tx);
  if (known[0]) return known[0];
  const { rows: provisioned } = await sql<MemberOf>`
    SELECT ${memberColumns(deps.clock.now(), provider.id)} FROM membership m JOIN scim_user s
      ON s.org_id = m.org_id AND s.membership_id = m.id
    WHERE m.org_id = ${orgId} AND s.provider_id = ${provider.id} AND s.external_id = ${vouched.subject}`.execute(tx);
  // A provider that provisions people by its own ids signs them in by the same; no address need agree.
  if (provisioned.length === 1) return remember(deps, tx, provider, vouched, provisioned[0] as MemberOf);
  const email = acceptableEmail(provider, vouched);
  const { rows: named } = await sql<MemberOf>`
    SELECT ${memberColumns(deps.clock.now(), provider.id)} FROM membership m JOIN account a ON a.id = m.account_id
    WHERE m.org_id = ${orgId} AND lower(a.email) = lower(${email})`.execute(tx);
  return remember(deps, tx, provider, vouched, named[0] ?? (await join(deps, tx, provider, { ...vouched, email })));
}

/** From now on the person is known by the provider's subject. */
async function remember(
  { clock }: AccessDeps,
  tx: Transaction<Tables>,
  provider: ProviderRow,
  { subject }: Vouched,
  member: MemberOf,
): Promise<MemberOf> {
  await tx
    .insertInto("external_identity")
    .values({
      org_id: provider.org_id,
      provider_id: provider.id,
      subject,
      account_id: member.account_id,
      created_at: formatInstant(clock.now()),
    })
    .execute();
  return member;
}

function memberColumns(now: Micros, providerId: Uuid) {
  return sql`m.id, m.account_id, m.roles, NOT ${isOpen(now)} AS disabled, m.confirmed_at IS NOT NULL AS confirmed, m.provider_id,
    EXISTS (
      SELECT FROM scim_user u
      WHERE u.org_id = m.org_id AND u.membership_id = m.id AND u.provider_id = ${providerId}
    ) AS provisioned`;
}

function acceptableEmail(provider: ProviderRow, { email, emailVerified }: Vouched): string {
  if (!emailSchema.safeParse(email).success) {
    throw new HttpProblem("forbidden", "The identity provider does not tell your e-mail address, which Steward needs.");
  }
  if (!emailVerified) {
    throw new HttpProblem("forbidden", "The identity provider has not verified your e-mail address.");
  }
  const domain = email.split("@").at(-1)?.toLowerCase() ?? "";
  if (provider.domains.length > 0 && !provider.domains.includes(domain)) {
    throw new HttpProblem("forbidden", `Addresses at ${domain} do not sign in by this provider.`);
  }
  return email;
}

async function join(
  deps: AccessDeps,
  tx: Transaction<Tables>,
  provider: ProviderRow,
  vouched: Vouched,
): Promise<MemberOf> {
  if (!provider.joins) {
    throw new HttpProblem("forbidden", "Nobody has let you in yet. Ask an administrator of your organisation.");
  }
  const roles = rolesOf(provider, vouched.groups);
  if (roles.length === 0) throw new HttpProblem("forbidden", NO_ROLE);
  const writer = { orgId: provider.org_id, actor: SYSTEM, caller: undefined };
  const { id, accountId, confirmed } = await joinMember(deps, tx, writer, {
    name: vouched.name,
    email: vouched.email,
    roles,
  });
  await tx
    .updateTable("membership")
    .set({ provider_id: provider.id })
    .where("org_id", "=", provider.org_id)
    .where("id", "=", id)
    .execute();
  return { id, account_id: accountId, roles, disabled: false, confirmed, provider_id: provider.id, provisioned: false };
}

const SYSTEM = { kind: "system" as const, id: INSTALLATION_ID };
const NO_ROLE = "None of your groups has a role here. Ask an administrator of your organisation.";

/**
 * Roles of whoever joined by the provider follow its groups; those that an administrator gave stay as they are. Of whom
 * it provisions, the groups that it pushed count, not those that a sign-in names.
 */
async function followGroups(
  deps: AccessDeps,
  tx: Transaction<Tables>,
  provider: ProviderRow,
  member: MemberOf,
  groups: readonly string[],
): Promise<void> {
  if (member.provisioned && member.roles.length === 0) throw new HttpProblem("forbidden", NO_ROLE);
  if (member.provider_id !== provider.id || member.provisioned) return;
  const roles = rolesOf(provider, groups);
  if (roles.length === 0) throw new HttpProblem("forbidden", NO_ROLE);
  await giveRoles(deps, tx, { orgId: provider.org_id, actor: SYSTEM }, member.id, roles, GROUPS_CHANGED);
}
