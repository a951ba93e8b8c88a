/** Letting people in: by a one-time link that an administrator hands over, or that is mailed. */
import type { AccessRole } from "@steward/contract";
import { formatInstant, type Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { isMailConfigured, type MailDeps, queueMail } from "../../platform/mail/outbox.ts";
import { writerOf } from "../records/records.service.ts";
import type { LimitsInput } from "./access.limits.ts";
import { endJoinLinks, endLinks, linkUrl, makeLink, type OpenLink } from "./access.links.ts";
import { invitationMail, joinMail } from "./access.mails.ts";
import {
  describeMember,
  isShared,
  joinMember,
  type MemberRow,
  readMember,
  recordMembership,
} from "./access.members.ts";
import { type AccessDeps, recordInstallationAct } from "./access.setup.ts";

export type InvitationDeps = AccessDeps & MailDeps;

/** How the link reaches the person. */
export type Delivery = "link" | "email";

interface Invitation extends LimitsInput {
  readonly name: string;
  readonly email: string;
  readonly roles: AccessRole[];
  readonly deliver: Delivery;
}

const NO_MAIL = "This installation has no mail server, so hand the link over yourself.";

/** Lets a person in; answers the member, and the link where it was not mailed. */
export async function inviteMember(deps: InvitationDeps, caller: Caller, input: Invitation, publicUrl: string) {
  if (input.deliver === "email") expectMail(deps, "/deliver");
  const { id, link } = await withTransaction(deps.db, async (tx) => {
    const joined = await joinMember(deps, tx, writerOf(caller), input);
    // Whoever has an account proves who they are as they do already: a link to a password would take it over.
    const purpose = joined.confirmed ? "password" : "join";
    const made = await makeLink(deps.clock, tx, purpose, joined.accountId, caller.orgId);
    if (input.deliver === "email") {
      await mailLink(deps, tx, caller, { memberId: joined.id, ...input, ...joined }, made, publicUrl);
      return { id: joined.id, link: null };
    }
    return { id: joined.id, link: made };
  });
  return { member: await describeMember(deps, caller.orgId, id), link };
}

/** A new link for a member who lost the password or the first link. The one made before stops working. */
export async function makeMemberLink(deps: InvitationDeps, caller: Caller, id: Uuid): Promise<OpenLink> {
  return withTransaction(deps.db, async (tx) => renewLink(deps, tx, caller, await readMember(tx, caller.orgId, id)));
}

/** The same, sent to the member's address. */
export async function mailMemberLink(deps: InvitationDeps, caller: Caller, id: Uuid, publicUrl: string) {
  await withTransaction(deps.db, async (tx) => {
    const member = await readMember(tx, caller.orgId, id);
    expectMail(deps, "");
    const link = await renewLink(deps, tx, caller, member);
    await mailLink(deps, tx, caller, { memberId: id, ...member }, link, publicUrl);
  });
  return describeMember(deps, caller.orgId, id);
}

/** The member's open link stops working. Whoever never joined may no longer sign in. */
export async function revokeMemberLink(deps: InvitationDeps, caller: Caller, id: Uuid) {
  const { db, clock } = deps;
  await withTransaction(db, async (tx) => {
    const member = await readMember(tx, caller.orgId, id);
    if (member.link_expires_at === null) throw new HttpProblem("conflict", "This member has no open link.");
    if (member.confirmed) await endLinks(tx, member.account_id, ["password"]);
    else await endJoinLinks(tx, member.account_id, caller.orgId);
    if (!member.has_password && member.last_sign_in_at === null) {
      const version = member.version + 1;
      await tx
        .updateTable("membership")
        .set({ disabled_at: formatInstant(clock.now()), version })
        .where("org_id", "=", caller.orgId)
        .where("id", "=", id)
        .execute();
      const reason = "The invitation was revoked.";
      await recordMembership(deps, tx, caller, { id, version, verb: "disabled", roles: member.roles, reason });
    }
    await recordInstallationAct(tx, clock, "link.revoked", member.account_id, { byPerson: caller.actor.id });
  });
  return describeMember(deps, caller.orgId, id);
}

async function renewLink(deps: AccessDeps, tx: Transaction<Tables>, caller: Caller, member: MemberRow) {
  if (member.disabled_at !== null) throw new HttpProblem("conflict", "Enable this member first.");
  if (member.confirmed && (await isShared(tx, member.account_id, caller.orgId))) {
    throw new HttpProblem(
      "forbidden",
      "This person also belongs to another organisation, so a link cannot reset the password.",
    );
  }
  const purpose = member.confirmed ? "password" : "join";
  const link = await makeLink(deps.clock, tx, purpose, member.account_id, caller.orgId);
  await recordInstallationAct(tx, deps.clock, "link.created", member.account_id, { byPerson: caller.actor.id });
  return link;
}

async function mailLink(
  deps: InvitationDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  to: { memberId: Uuid; name: string; email: string; confirmed: boolean },
  link: OpenLink,
  publicUrl: string,
): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM organisation WHERE org_id = ${caller.orgId}`.execute(tx);
  const about = { name: to.name, organisation: rows[0]?.name ?? "Your organisation" };
  const write = to.confirmed ? invitationMail : joinMail;
  const text = write(about, linkUrl(publicUrl, link), link);
  await queueMail(deps, tx, {
    orgId: caller.orgId,
    kind: "invitation",
    subjectId: to.memberId,
    to: to.email,
    ...text,
  });
}

function expectMail(deps: InvitationDeps, pointer: string): void {
  if (isMailConfigured(deps)) return;
  const errors = pointer === "" ? [] : [{ pointer, message: NO_MAIL, in: "body" as const }];
  throw new HttpProblem("conflict", NO_MAIL, { errors });
}
