/** Binds the endpoints of late outcomes. */
import { outcomeEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { type OutcomeDeps, recordOutcome, recordOutcomes } from "./outcomes.service.ts";

export function outcomeRoutes(router: Router, deps: OutcomeDeps): void {
  router.bind(outcomeEndpoints.recordOutcome, async ({ caller, params, body }) =>
    recordOutcome(deps, caller, { decision: params.id, ...body }),
  );
  router.bind(outcomeEndpoints.recordOutcomes, async ({ caller, body }) => recordOutcomes(deps, caller, body));
}
