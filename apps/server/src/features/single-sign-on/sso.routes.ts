/** Binds the endpoints of single sign-on. */
import { accessEndpoints, singleSignOnEndpoints } from "@steward/contract";
import type { FastifyReply, FastifyRequest } from "fastify";

import type { Router } from "../../platform/http/bind.ts";
import { isMailConfigured, type MailDeps } from "../../platform/mail/outbox.ts";
import { type AccessRouteOptions, startOrAsk } from "../access/access.routes.ts";
import { type CookieOptions, whereOf } from "../access/access.sessions.ts";
import { limitRequests } from "../access/access.throttle.ts";
import { changeProvider, createProvider, listedProviders, listProviders, removeProvider } from "./sso.providers.ts";
import { completeSignIn, type SsoDeps, startSignIn } from "./sso.sign-in.ts";

/** A browser sends a cookie with this prefix only over TLS, to this very host (RFC 6265bis). */
const SECURE_COOKIE = "__Host-steward_sso";
const PLAIN_COOKIE = "steward_sso";
const COOKIE_SECONDS = 600;
/** A whole office begins its day behind one address. */
const STARTS_MAX = 300;

export function singleSignOnRoutes(router: Router, deps: SsoDeps & MailDeps, options: AccessRouteOptions): void {
  const redirectUri = () => `${options.publicUrl()}/sso`;
  const { db } = deps;
  router.bind(accessEndpoints.getSignInOptions, async () => ({
    recoveryByMail: isMailConfigured(deps),
    providers: await listedProviders(db),
  }));
  router.bind(singleSignOnEndpoints.startSingleSignOn, async ({ body, request, reply }) => {
    await limitRequests(deps, "single-sign-on", request.ip, STARTS_MAX);
    const { url, token } = await startSignIn(deps, body.providerId, redirectUri());
    setCookie(reply, token, options);
    return { url };
  });
  router.bind(singleSignOnEndpoints.completeSingleSignOn, async ({ body, request, reply }) => {
    const token = readCookie(request, options);
    clearCookie(reply, options);
    const input = { token, query: body.query, redirectUri: redirectUri() };
    const entered = await completeSignIn(deps, input, whereOf(request));
    if (typeof entered === "string" || "secondFactorNeeded" in entered)
      return startOrAsk(deps, options, reply, entered);
    void reply.status(202);
    return entered;
  });
  router.bind(singleSignOnEndpoints.listIdentityProviders, async ({ caller }) => ({
    items: await listProviders(db, caller.orgId, redirectUri()),
    redirectUri: redirectUri(),
  }));
  router.bind(singleSignOnEndpoints.createIdentityProvider, async ({ caller, body }) =>
    createProvider(deps, caller, body, redirectUri()),
  );
  router.bind(singleSignOnEndpoints.changeIdentityProvider, async ({ caller, params, body }) =>
    changeProvider(deps, caller, params.id, body, redirectUri()),
  );
  router.bind(singleSignOnEndpoints.removeIdentityProvider, async ({ caller, params }) => {
    await removeProvider(deps, caller, params.id);
    return {};
  });
}

function nameOf({ secure }: CookieOptions): string {
  return secure ? SECURE_COOKIE : PLAIN_COOKIE;
}

function readCookie(request: FastifyRequest, options: CookieOptions): string | undefined {
  return request.cookies[nameOf(options)];
}

function setCookie(reply: FastifyReply, token: string, options: CookieOptions): void {
  void reply.setCookie(nameOf(options), token, {
    httpOnly: true,
    secure: options.secure,
    // The page that the provider leads back to asks for itself, so that no cookie need travel with the provider's link.
    sameSite: "strict",
    path: "/",
    maxAge: COOKIE_SECONDS,
  });
}

function clearCookie(reply: FastifyReply, options: CookieOptions): void {
  void reply.clearCookie(nameOf(options), { path: "/", secure: options.secure, httpOnly: true, sameSite: "strict" });
}
