/** Binds the endpoint of what senders say they served. */
import { decisionEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { reportServed, type ServedDeps } from "./served.service.ts";

export function servedRoutes(router: Router, deps: ServedDeps): void {
  router.bind(decisionEndpoints.reportServed, async ({ caller, body }) => reportServed(deps, caller, body));
}
