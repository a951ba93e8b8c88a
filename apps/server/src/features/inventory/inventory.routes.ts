/** Binds the endpoints of scans, observations and drift. */
import { bomEndpoints, driftEndpoints, inventoryEndpoints } from "@steward/contract";
import type { Router } from "../../platform/http/bind.ts";
import { diffReleaseBoms, readReleaseBom } from "./documents.read.ts";
import { publishBom } from "./documents.service.ts";
import { listDrift, readDrift } from "./drift.read.ts";
import { type DriftDeps, refreshDrift } from "./drift.reconcile.ts";
import { declareDrift, proposeRegistration, registerFromDrift } from "./drift.register.ts";
import { decideDisposition, disposeDrift } from "./drift.service.ts";
import { listObservations } from "./observations.read.ts";
import { publishObservations } from "./observations.service.ts";
import { listScans, readScan, readScanned } from "./scans.read.ts";
import { publishScan } from "./scans.service.ts";
import { importVulnerabilities } from "./vulnerabilities.service.ts";

export function inventoryRoutes(router: Router, deps: DriftDeps): void {
  bindWatches(router, deps);
  bindDrift(router, deps);
  bindBoms(router, deps);
}

/** Whoever publishes sees at once what it means. */
function bindWatches(router: Router, deps: DriftDeps): void {
  const { db } = deps;
  router.bind(inventoryEndpoints.publishScan, async ({ caller, body }) => {
    const id = await publishScan(deps, caller, body);
    await refreshDrift(deps, caller.orgId);
    return readScan(db, caller.orgId, id);
  });
  router.bind(inventoryEndpoints.listScans, async ({ caller, query }) => listScans(db, caller.orgId, query));
  router.bind(inventoryEndpoints.getScan, async ({ caller, params }) => readScan(db, caller.orgId, params.id));
  router.bind(inventoryEndpoints.listUnregistered, async ({ caller, params }) => {
    const { source, components } = await readScanned(db, caller.orgId, params.id);
    const question = { orgId: caller.orgId, at: deps.clock.now(), source, components };
    return { items: await deps.computer.listUnregistered(question) };
  });
  router.bind(inventoryEndpoints.publishObservations, async ({ caller, body }) => {
    const published = await publishObservations(deps, caller, body);
    await refreshDrift(deps, caller.orgId);
    return published;
  });
  router.bind(inventoryEndpoints.listObservations, async ({ caller, query }) =>
    listObservations(db, caller.orgId, query),
  );
}

function bindDrift(router: Router, deps: DriftDeps): void {
  const { db, clock } = deps;
  router.bind(driftEndpoints.listDrift, async ({ caller, query }) => listDrift(db, caller.orgId, query, clock.now()));
  router.bind(driftEndpoints.getDrift, async ({ caller, params }) =>
    readDrift(db, caller.orgId, params.id, clock.now()),
  );
  router.bind(driftEndpoints.getInventoryMap, async ({ caller, query }) =>
    deps.computer.mapInventory({ orgId: caller.orgId, at: clock.now(), systemId: query.systemId }),
  );
  router.bind(driftEndpoints.getDriftProposal, async ({ caller, params }) =>
    proposeRegistration(db, caller.orgId, params.id),
  );
  router.bind(driftEndpoints.registerFromDrift, async ({ caller, params, body }) =>
    registerFromDrift(deps, caller, params.id, body),
  );
  router.bind(driftEndpoints.declareDrift, async ({ caller, body }) => ({
    componentIds: await declareDrift(deps, caller, body.itemIds),
  }));
  router.bind(driftEndpoints.disposeDrift, async ({ caller, params, body }) => {
    await disposeDrift(deps, caller, params.id, body);
    return readDrift(db, caller.orgId, params.id, clock.now());
  });
  router.bind(driftEndpoints.decideDisposition, async ({ caller, params, body }) => {
    const itemId = await decideDisposition(deps, caller, params.id, body);
    return readDrift(db, caller.orgId, itemId, clock.now());
  });
}

function bindBoms(router: Router, deps: DriftDeps): void {
  const { db } = deps;
  router.bind(bomEndpoints.publishReleaseBom, async ({ caller, params, body }) =>
    publishBom(deps, caller, params.id, body.document),
  );
  router.bind(bomEndpoints.getReleaseBom, async ({ caller, params }) => readReleaseBom(db, caller.orgId, params.id));
  router.bind(bomEndpoints.diffReleaseBoms, async ({ caller, params, query }) =>
    diffReleaseBoms(db, caller.orgId, params.id, query.from),
  );
  router.bind(bomEndpoints.listVulnerabilities, async ({ caller, query }) =>
    deps.computer.listVulnerabilities({ orgId: caller.orgId, at: deps.clock.now(), systemId: query.systemId }),
  );
  router.bind(bomEndpoints.importVulnerabilities, async ({ caller, body }) =>
    importVulnerabilities(deps, caller, body),
  );
}
