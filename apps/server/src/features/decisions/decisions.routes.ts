/** Binds the endpoints of decisions, late outcomes, served counts and drills. */
import { decisionEndpoints, outcomeEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { expectRecord } from "../records/records.read.ts";
import type { Intake, IntakeDeps } from "./decisions.intake.ts";
import { listDecisions, readDecision, readLogCompleteness } from "./decisions.read.ts";
import { listDrills, runDrill } from "./drills.service.ts";
import { recordOutcome, recordOutcomes } from "./outcomes.service.ts";
import { reportServed } from "./served.service.ts";

export function decisionRoutes(router: Router, deps: IntakeDeps, intake: Intake): void {
  const { db, clock } = deps;
  router.bind(decisionEndpoints.recordDecisions, async ({ caller, body }) => intake.record(caller, body));
  router.bind(decisionEndpoints.listDecisions, async ({ caller, query }) => listDecisions(db, caller.orgId, query));
  router.bind(decisionEndpoints.getDecision, async ({ caller, params }) => readDecision(db, caller.orgId, params.id));
  router.bind(outcomeEndpoints.recordOutcome, async ({ caller, params, body }) =>
    recordOutcome(deps, caller, { decision: params.id, ...body }),
  );
  router.bind(outcomeEndpoints.recordOutcomes, async ({ caller, body }) => recordOutcomes(deps, caller, body));
  router.bind(decisionEndpoints.reportServed, async ({ caller, body }) => reportServed(deps, caller, body));
  router.bind(decisionEndpoints.getLogCompleteness, async ({ caller, params, query }) => {
    await expectRecord(db, caller.orgId, "system", params.id);
    return { days: await readLogCompleteness(db, caller.orgId, params.id, query.days, clock.now()) };
  });
  router.bind(decisionEndpoints.runDrill, async ({ caller, params }) =>
    runDrill(deps, caller.orgId, params.id, caller.actor),
  );
  router.bind(decisionEndpoints.listDrills, async ({ caller, params, query }) => {
    await expectRecord(db, caller.orgId, "system", params.id);
    return listDrills(db, caller.orgId, params.id, query);
  });
}
