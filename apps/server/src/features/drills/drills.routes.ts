/** Binds the endpoints of reconstruction drills. */
import { decisionEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { expectRecord } from "../records/records.read.ts";
import { type DrillDeps, listDrills, runDrill } from "./drills.service.ts";

export function drillRoutes(router: Router, deps: DrillDeps): void {
  router.bind(decisionEndpoints.runDrill, async ({ caller, params }) =>
    runDrill(deps, caller.orgId, params.id, caller.actor),
  );
  router.bind(decisionEndpoints.listDrills, async ({ caller, params, query }) => {
    await expectRecord(deps.db, caller.orgId, "system", params.id);
    return listDrills(deps.db, caller.orgId, params.id, query);
  });
}
