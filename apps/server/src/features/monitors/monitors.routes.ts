/** Binds the endpoints of monitors and feedback. */
import { monitorEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { expectRecord } from "../records/records.read.ts";
import { listFeedback, recordFeedback } from "./feedback.service.ts";
import { listMonitorRuns, readMonitoring } from "./monitors.read.ts";
import { type MonitorDeps, reportReading, runMonitor } from "./monitors.service.ts";

export function monitorRoutes(router: Router, deps: MonitorDeps): void {
  const { db, clock } = deps;
  router.bind(monitorEndpoints.getMonitoring, async ({ caller, query }) => ({
    systems: await readMonitoring(db, caller.orgId, query.systemId, clock.now()),
  }));
  router.bind(monitorEndpoints.runMonitor, async ({ caller, params }) =>
    runMonitor(deps, caller.orgId, params.id, caller.actor, caller),
  );
  router.bind(monitorEndpoints.listMonitorRuns, async ({ caller, params, query }) => {
    await expectRecord(db, caller.orgId, "monitor", params.id);
    return listMonitorRuns(db, caller.orgId, params.id, query);
  });
  router.bind(monitorEndpoints.reportReading, async ({ caller, params, body }) =>
    reportReading(deps, caller, params.id, body),
  );
  router.bind(monitorEndpoints.recordFeedback, async ({ caller, body }) => recordFeedback(deps, caller, body));
  router.bind(monitorEndpoints.listFeedback, async ({ caller, query }) => listFeedback(db, caller.orgId, query));
}
