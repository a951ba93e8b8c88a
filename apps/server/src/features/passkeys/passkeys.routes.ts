/** Binds the endpoints of passkeys. */
import { passkeyEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { type AccessRouteOptions, startOrAsk } from "../access/access.routes.ts";
import { whereOf } from "../access/access.sessions.ts";
import type { AccessDeps } from "../access/access.setup.ts";
import { limitRequests } from "../access/access.throttle.ts";
import {
  addPasskey,
  listPasskeys,
  removePasskey,
  signInByPasskey,
  startPasskey,
  startPasskeySignIn,
} from "./passkeys.service.ts";
import type { AuthenticationResponse, RegistrationResponse } from "./passkeys.webauthn.ts";

/** A whole office begins its day behind one address. */
const STARTS_MAX = 300;

export function passkeyRoutes(router: Router, deps: AccessDeps, options: AccessRouteOptions): void {
  const site = () => ({ origin: options.publicUrl() });
  router.bind(passkeyEndpoints.listPasskeys, async ({ caller }) => ({ items: await listPasskeys(deps, caller) }));
  router.bind(passkeyEndpoints.startPasskey, async ({ caller, body, request }) => ({
    options: { ...(await startPasskey(deps, caller, body, request.ip, site())) },
  }));
  router.bind(passkeyEndpoints.addPasskey, async ({ caller, body }) => {
    const credential = body.credential as unknown as RegistrationResponse;
    return addPasskey(deps, caller, { name: body.name, credential }, site());
  });
  router.bind(passkeyEndpoints.removePasskey, async ({ caller, params, body, request }) => {
    await removePasskey(deps, caller, params.id, body, request.ip);
    return {};
  });
  router.bind(passkeyEndpoints.startPasskeySignIn, async ({ request }) => {
    await limitRequests(deps, "passkey", request.ip, STARTS_MAX);
    return { options: { ...(await startPasskeySignIn(deps, site())) } };
  });
  router.bind(passkeyEndpoints.signInByPasskey, async ({ body, request, reply }) => {
    const credential = body.credential as unknown as AuthenticationResponse;
    const token = await signInByPasskey(deps, credential, whereOf(request), site());
    const session = await startOrAsk(deps, options, reply, token);
    if ("secondFactorNeeded" in session) throw new Error("a passkey stands for both factors");
    return session;
  });
}
