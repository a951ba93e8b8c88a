/** Users whom a provider adds, changes and removes. */
import { emailSchema, scimUserSchema, type ScimPatch, type ScimUserInput } from "@steward/contract";
import { formatInstant, type Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { changeMembership, isShared, joinMember } from "../access/access.members.ts";
import type { AccessDeps } from "../access/access.setup.ts";
import { writerOf } from "../records/records.service.ts";
import { readProvider } from "../single-sign-on/sso.providers.ts";
import { followProvisionedGroups, rolesOf } from "../single-sign-on/sso.roles.ts";
import { ScimProblem } from "./scim.errors.ts";
import { patched } from "./scim.patch.ts";
import { findUser, readUser, type Scope, type UserRow, userVersion, writableUser } from "./scim.users.read.ts";

/** Members of one organisation; a group of companies with more has several organisations. */
const USERS_MAX = 50_000;
/** How long a name is kept; a longer one is cut, as at a sign-in. */
const NAME_MAX_CHARS = 200;

export function scopeOf({ orgId, providerId }: Caller): Scope {
  return { orgId, providerId: providerId as Uuid };
}

/** What a provider writes comes one after the other, so that what it looked at still holds when it is written. */
export async function asProvider<T>(
  { db }: AccessDeps,
  { orgId, providerId }: Scope,
  work: (tx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return withTransaction(db, async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`steward/scim/${orgId}/${providerId}`}, 0))`.execute(tx);
    return work(tx);
  });
}

/** @throws HttpProblem `precondition_failed` where somebody else changed it since. */
export function expectVersion(ifMatch: string | undefined, version: string): void {
  if (ifMatch === undefined || ifMatch === "*" || ifMatch === version) return;
  throw new HttpProblem("precondition_failed", `It is at version ${version} by now; read it again.`);
}

interface Attributes {
  readonly user_name: string;
  readonly external_id: string | null;
  readonly given_name: string | null;
  readonly family_name: string | null;
  readonly display_name: string;
  readonly email: string;
  readonly active: boolean;
}

export async function createUser(deps: AccessDeps, caller: Caller, input: ScimUserInput): Promise<UserRow> {
  const scope = scopeOf(caller);
  return asProvider(deps, scope, async (tx) => {
    const provider = await readProvider(tx, scope.orgId, scope.providerId);
    const given = attributesOf(input, undefined);
    expectDomain(provider.domains, given.email);
    await expectFree(tx, scope, given, undefined);
    await expectRoom(tx, scope.orgId);
    const known = await memberWith(tx, scope.orgId, given.email);
    const id = known ?? (await join());
    await writeUser(deps, tx, caller, { id, given, verb: "created", changed: [] });
    const { active } = await readUser(tx, scope, id);
    if (active !== given.active) {
      await changeMembership(deps, tx, caller, id, { disabled: !given.active, changeReason: PROVISIONED });
    }
    await followProvisionedGroups(deps, tx, caller, provider, [id]);
    return readUser(tx, scope, id);

    async function join(): Promise<Uuid> {
      const person = { name: given.display_name, email: given.email, roles: rolesOf(provider, []) };
      const joined = await joinMember(deps, tx, writerOf(caller), person);
      const following = { provider_id: scope.providerId };
      await tx
        .updateTable("membership")
        .set(following)
        .where("org_id", "=", scope.orgId)
        .where("id", "=", joined.id)
        .execute();
      return joined.id;
    }
  });
}

const PROVISIONED = "The identity provider said so.";

/** Replaces what is known of a user; what the body leaves out is taken away, but for the name and whether it is active. */
export async function replaceUser(
  deps: AccessDeps,
  caller: Caller,
  id: Uuid,
  read: (row: UserRow) => ScimUserInput,
  ifMatch: string | undefined,
): Promise<UserRow> {
  const scope = scopeOf(caller);
  return asProvider(deps, scope, async (tx) => {
    const before = await readUser(tx, scope, id);
    expectVersion(ifMatch, userVersion(before));
    const given = attributesOf(read(before), before);
    const changed = changedBetween(before, given);
    if (changed.length === 0) return before;
    if (changed.includes("email")) {
      const provider = await readProvider(tx, scope.orgId, scope.providerId);
      expectDomain(provider.domains, given.email);
    }
    await expectFree(tx, scope, given, id);
    await renameAccount(tx, scope.orgId, before, given);
    await writeUser(deps, tx, caller, { id, given, verb: before.provisioned ? "changed" : "created", changed });
    if (before.active !== given.active) {
      await changeMembership(deps, tx, caller, id, { disabled: !given.active, changeReason: PROVISIONED });
    }
    return readUser(tx, scope, id);
  });
}

export async function patchUser(deps: AccessDeps, caller: Caller, id: Uuid, patch: ScimPatch, ifMatch?: string) {
  return replaceUser(deps, caller, id, (row) => patched(writableUser(row), patch, scimUserSchema), ifMatch);
}

/** Ends the access; the member stays in the list of members as disabled, for the record of who once could sign in. */
export async function deleteUser(deps: AccessDeps, caller: Caller, id: Uuid, ifMatch?: string): Promise<void> {
  const scope = scopeOf(caller);
  await asProvider(deps, scope, async (tx) => {
    const before = await readUser(tx, scope, id);
    expectVersion(ifMatch, userVersion(before));
    if (before.active) {
      await changeMembership(deps, tx, caller, id, {
        disabled: true,
        changeReason: "The identity provider removed them.",
      });
    }
    const groups = before.groups.map(({ value }) => value);
    await sql`
      DELETE FROM scim_group_member
      WHERE org_id = ${scope.orgId} AND membership_id = ${id} AND group_id = ANY(${groups}::uuid[])`.execute(tx);
    await tx.deleteFrom("scim_user").where("org_id", "=", scope.orgId).where("membership_id", "=", id).execute();
    await record(deps, tx, caller, id, "removed", before.user_version + 1, []);
  });
}

/** Names as providers give them: a display name, or one put together. */
function attributesOf(input: ScimUserInput, before: UserRow | undefined): Attributes {
  const { name } = input;
  const given = name?.givenName ?? null;
  const family = name?.familyName ?? null;
  const email = emailOf(input);
  // A name put together follows its parts when these change.
  const joint = [given, family].filter(Boolean).join(" ");
  const display = input.displayName ?? (name?.formatted || joint || before?.display_name || email);
  return {
    user_name: input.userName,
    external_id: input.externalId ?? null,
    given_name: given,
    family_name: family,
    display_name: display.slice(0, NAME_MAX_CHARS),
    email,
    active: input.active ?? before?.active ?? true,
  };
}

function emailOf({ emails, userName }: ScimUserInput): string {
  const list = emails ?? [];
  const chosen = list.find(({ primary }) => primary === true) ?? list.find(({ type }) => type === "work") ?? list[0];
  const email = chosen?.value ?? userName;
  if (emailSchema.safeParse(email).success) return email;
  throw new ScimProblem("invalid", "invalidValue", "Send an e-mail address, among emails or as userName.");
}

function expectDomain(domains: readonly string[], email: string): void {
  const domain = email.split("@").at(-1)?.toLowerCase() ?? "";
  if (domains.length === 0 || domains.includes(domain)) return;
  throw new ScimProblem("invalid", "invalidValue", `Addresses at ${domain} do not belong to this identity provider.`);
}

async function expectFree(tx: Transaction<Tables>, scope: Scope, given: Attributes, id: Uuid | undefined) {
  const named = await findUser(tx, scope, { userName: given.user_name });
  const addressed = await memberWith(tx, scope.orgId, given.email);
  const taken = (other: Uuid | undefined) => other !== undefined && other !== id;
  // A member who is disabled and no user any more is taken up again; so only those who are seen stand in the way.
  const isSeen = taken(addressed) && (await isUser(tx, scope, addressed as Uuid));
  if (taken(named?.id) || isSeen || (id !== undefined && taken(addressed))) {
    throw new ScimProblem("conflict", "uniqueness", "There is a user with this name or address already.");
  }
}

/** A user of this provider or of another one. */
async function isUser(tx: Transaction<Tables>, { orgId }: Scope, id: Uuid): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM membership m LEFT JOIN scim_user u ON u.org_id = m.org_id AND u.membership_id = m.id
    WHERE m.org_id = ${orgId} AND m.id = ${id} AND (u.membership_id IS NOT NULL OR m.disabled_at IS NULL)`.execute(tx);
  return rows.length > 0;
}

async function expectRoom(tx: Transaction<Tables>, orgId: Uuid): Promise<void> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM membership WHERE org_id = ${orgId}`.execute(tx);
  if ((rows[0]?.n ?? 0) >= USERS_MAX)
    throw new ScimProblem("conflict", "tooMany", `There are ${USERS_MAX} users already.`);
}

async function memberWith(tx: Transaction<Tables>, orgId: Uuid, email: string): Promise<Uuid | undefined> {
  const { rows } = await sql<{ id: Uuid }>`
    SELECT m.id FROM membership m JOIN account a ON a.id = m.account_id
    WHERE m.org_id = ${orgId} AND lower(a.email) = lower(${email})`.execute(tx);
  return rows[0]?.id;
}

/** Name and address by which the person signs in, unless another organisation has a say in the account as well. */
async function renameAccount(tx: Transaction<Tables>, orgId: Uuid, before: UserRow, given: Attributes): Promise<void> {
  const isMoved = given.email !== before.email;
  if (!isMoved && given.display_name === before.display_name) return;
  if (await isShared(tx, before.account_id, orgId)) {
    if (!isMoved) return;
    throw new ScimProblem(
      "conflict",
      "mutability",
      "This person belongs to another organisation as well: only they change their address.",
    );
  }
  const { rows } = await sql`
    SELECT FROM account WHERE lower(email) = lower(${given.email}) AND id <> ${before.account_id}`.execute(tx);
  if (rows.length > 0) throw new ScimProblem("conflict", "uniqueness", "This address belongs to another account.");
  const values = { name: given.display_name, email: given.email };
  await tx.updateTable("account").set(values).where("id", "=", before.account_id).execute();
}

function changedBetween(before: UserRow, given: Attributes): (keyof Attributes)[] {
  return (Object.keys(given) as (keyof Attributes)[]).filter((name) => given[name] !== before[name]);
}

async function writeUser(
  deps: AccessDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  act: { id: Uuid; given: Attributes; verb: "created" | "changed"; changed: readonly string[] },
): Promise<void> {
  const { orgId, providerId } = scopeOf(caller);
  const now = formatInstant(deps.clock.now());
  const { email: _email, active: _active, ...columns } = act.given;
  const { version } = await tx
    .insertInto("scim_user")
    .values({
      org_id: orgId,
      membership_id: act.id,
      provider_id: providerId,
      ...columns,
      created_at: now,
      changed_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(["org_id", "membership_id"]).doUpdateSet((column) => ({
        ...columns,
        changed_at: now,
        version: sql`${column.ref("scim_user.version")} + 1`,
      })),
    )
    .returning("version")
    .executeTakeFirstOrThrow();
  await record(deps, tx, caller, act.id, act.verb, version, act.changed);
}

/** Which attributes changed, never their values: names and addresses stay out of the ledger. */
async function record(
  { clock }: AccessDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  id: Uuid,
  verb: string,
  version: number,
  changed: readonly string[],
): Promise<void> {
  await appendEvidence(tx, clock, caller.orgId, [
    {
      kind: `scim_user.${verb}`,
      actor: caller.actor,
      subject: { kind: "scim_user", id, version },
      body: { providerId: caller.providerId, changed: [...changed] },
    },
  ]);
}
