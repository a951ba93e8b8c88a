/** Binds the endpoints of access. */
import { accessEndpoints, emergencyEndpoints, secondFactorEndpoints, type SecondFactorNeeded } from "@steward/contract";
import type { FastifyReply } from "fastify";

import { withTransaction } from "../../platform/database/transaction.ts";
import type { Router } from "../../platform/http/bind.ts";
import { makeOrganisation } from "../organisations/organisations.service.ts";
import { listAuditorReads } from "./access.auditors.ts";
import { closeBreakGlass, listBreakGlass, openBreakGlass } from "./access.break-glass.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./access.keys.ts";
import {
  type InvitationDeps,
  inviteMember,
  mailMemberLink,
  makeMemberLink,
  revokeMemberLink,
} from "./access.invitations.ts";
import { joinByLink, linkUrl, type OpenLink, readLink, useLink } from "./access.links.ts";
import { changeMember, listMembers } from "./access.members.ts";
import { requestRecovery } from "./access.recovery.ts";
import {
  clearSessionCookie,
  type CookieOptions,
  describeSession,
  endSession,
  expectOwnSignIn,
  listSessions,
  personOf,
  readSessionToken,
  setSessionCookie,
  whereOf,
} from "./access.sessions.ts";
import {
  completeSignIn,
  confirmFactor,
  describeFactor,
  removeFactor,
  renewRecoveryCodes,
  resetMemberFactor,
  startFactor,
} from "./access.second-factor.ts";
import { type AccessDeps, isSetUpNeeded, recordInstallationAct, setUp } from "./access.setup.ts";
import { changePassword, signIn, signOut, switchOrganisation } from "./access.sign-in.ts";

export interface AccessRouteOptions extends CookieOptions {
  /** Address that one-time links begin with. */
  readonly publicUrl: () => string;
}

export function accessRoutes(router: Router, deps: InvitationDeps, options: AccessRouteOptions): void {
  const startSession = async (reply: FastifyReply, token: string) => {
    setSessionCookie(reply, token, options);
    return describeSession(deps, token);
  };
  const enterOrAsk = (reply: FastifyReply, entered: string | SecondFactorNeeded) =>
    startOrAsk(deps, options, reply, entered);
  router.bind(accessEndpoints.getSetup, async () => ({ needed: await isSetUpNeeded(deps.db) }));
  router.bind(accessEndpoints.setUp, async ({ body, request, reply }) =>
    startSession(reply, await setUp(deps, body, whereOf(request))),
  );
  router.bind(accessEndpoints.requestRecovery, async ({ body, request }) => {
    await requestRecovery(deps, body.email, request.ip);
    return {};
  });
  router.bind(accessEndpoints.signIn, async ({ body, request, reply }) =>
    enterOrAsk(reply, await signIn(deps, body, whereOf(request))),
  );
  router.bind(accessEndpoints.getSession, async ({ request }) =>
    describeSession(deps, readSessionToken(request, options) ?? ""),
  );
  router.bind(accessEndpoints.signOut, async ({ caller, reply }) => {
    await signOut(deps, caller);
    clearSessionCookie(reply, options);
    return {};
  });
  router.bind(accessEndpoints.switchOrganisation, async ({ caller, body, request, reply }) =>
    startSession(reply, await switchOrganisation(deps, caller, body.organisationId, whereOf(request))),
  );
  router.bind(accessEndpoints.changePassword, async ({ caller, body, request, reply }) => {
    setSessionCookie(reply, await changePassword(deps, caller, body, whereOf(request)), options);
    return {};
  });
  router.bind(accessEndpoints.createOrganisation, async ({ caller, body }) => {
    const { accountId } = personOf(caller);
    expectOwnSignIn(caller);
    const { db, clock } = deps;
    const account = await db.selectFrom("account").selectAll().where("id", "=", accountId).executeTakeFirstOrThrow();
    return withTransaction(db, async (tx) => {
      const { orgId } = await makeOrganisation(deps, tx, {
        ...body,
        founder: { accountId, name: account.name, email: account.email },
        roles: ["administrator", "governance_lead"],
      });
      await recordInstallationAct(tx, clock, "organisation.created", accountId, { organisationId: orgId });
      return { id: orgId };
    });
  });
  router.bind(accessEndpoints.useLink, async ({ body, request, reply }) =>
    enterOrAsk(reply, await useLink(deps, body, whereOf(request))),
  );
  router.bind(accessEndpoints.joinByLink, async ({ caller, body, request, reply }) =>
    startSession(reply, await joinByLink(deps, caller, body.token, whereOf(request))),
  );
  router.bind(secondFactorEndpoints.completeSignIn, async ({ body, request, reply }) =>
    startSession(reply, await completeSignIn(deps, body, whereOf(request))),
  );
  accountRoutes(router, deps);
  memberRoutes(router, deps, options);
  keyRoutes(router, deps);
  emergencyRoutes(router, deps);
}

function emergencyRoutes(router: Router, deps: InvitationDeps): void {
  router.bind(emergencyEndpoints.listBreakGlass, async ({ caller, query }) => listBreakGlass(deps, caller, query));
  router.bind(emergencyEndpoints.openBreakGlass, async ({ caller, body }) => openBreakGlass(deps, caller, body));
  router.bind(emergencyEndpoints.closeBreakGlass, async ({ caller, params }) =>
    closeBreakGlass(deps, caller, params.id),
  );
  router.bind(emergencyEndpoints.listAuditorReads, async ({ caller, query }) => listAuditorReads(deps, caller, query));
}

/** Starts a session, or answers 202 and what the second factor needs. */
export async function startOrAsk(
  deps: Pick<AccessDeps, "db" | "clock">,
  options: CookieOptions,
  reply: FastifyReply,
  entered: string | SecondFactorNeeded,
) {
  if (typeof entered !== "string") {
    void reply.status(202);
    return entered;
  }
  setSessionCookie(reply, entered, options);
  return describeSession(deps, entered);
}

/** What people keep of their own account. */
function accountRoutes(router: Router, deps: AccessDeps): void {
  const { db, clock } = deps;
  router.bind(secondFactorEndpoints.getSecondFactor, async ({ caller }) => describeFactor(deps, caller));
  router.bind(secondFactorEndpoints.startSecondFactor, async ({ caller, body, request }) =>
    startFactor(deps, caller, body.password, request.ip),
  );
  router.bind(secondFactorEndpoints.confirmSecondFactor, async ({ caller, body, request }) => ({
    recoveryCodes: await confirmFactor(deps, caller, body.code, request.ip),
  }));
  router.bind(secondFactorEndpoints.renewRecoveryCodes, async ({ caller, body, request }) => ({
    recoveryCodes: await renewRecoveryCodes(deps, caller, body, request.ip),
  }));
  router.bind(secondFactorEndpoints.removeSecondFactor, async ({ caller, body, request }) => {
    await removeFactor(deps, caller, body, request.ip);
    return {};
  });
  router.bind(secondFactorEndpoints.resetMemberSecondFactor, async ({ caller, params, body }) => {
    await resetMemberFactor(deps, caller, params.id, body.changeReason);
    return {};
  });
  router.bind(secondFactorEndpoints.listSessions, async ({ caller }) => {
    return { items: await listSessions(db, clock.now(), caller) };
  });
  router.bind(secondFactorEndpoints.endSession, async ({ caller, params }) => {
    await withTransaction(db, async (tx) => {
      await endSession(tx, caller, params.id);
      await recordInstallationAct(tx, clock, "session.ended", personOf(caller).accountId);
    });
    return {};
  });
}

function memberRoutes(router: Router, deps: InvitationDeps, { publicUrl }: AccessRouteOptions): void {
  const shown = (link: OpenLink) => ({ url: linkUrl(publicUrl(), link), expiresAt: link.expiresAt });
  router.bind(accessEndpoints.readLink, async ({ body }) => readLink(deps, body.token));
  router.bind(accessEndpoints.listMembers, async ({ caller }) => ({ items: await listMembers(deps, caller.orgId) }));
  router.bind(accessEndpoints.addMember, async ({ caller, body }) => {
    const { member, link } = await inviteMember(deps, caller, body, publicUrl());
    return { member, link: link && shown(link) };
  });
  router.bind(accessEndpoints.changeMember, async ({ caller, params, body }) =>
    changeMember(deps, caller, params.id, body),
  );
  router.bind(accessEndpoints.makeMemberLink, async ({ caller, params }) =>
    shown(await makeMemberLink(deps, caller, params.id)),
  );
  router.bind(accessEndpoints.mailMemberLink, async ({ caller, params }) =>
    mailMemberLink(deps, caller, params.id, publicUrl()),
  );
  router.bind(accessEndpoints.revokeMemberLink, async ({ caller, params }) =>
    revokeMemberLink(deps, caller, params.id),
  );
}

function keyRoutes(router: Router, deps: AccessDeps): void {
  router.bind(accessEndpoints.listApiKeys, async ({ caller }) => ({ items: await listApiKeys(deps, caller.orgId) }));
  router.bind(accessEndpoints.createApiKey, async ({ caller, body }) => createApiKey(deps, caller, body));
  router.bind(accessEndpoints.revokeApiKey, async ({ caller, params, body }) =>
    revokeApiKey(deps, caller, params.id, body.changeReason),
  );
}
