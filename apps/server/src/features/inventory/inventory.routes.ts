/** Binds the endpoints of scans and observations. */
import { inventoryEndpoints } from "@steward/contract";
import type { Clock } from "@steward/kernel";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Router } from "../../platform/http/bind.ts";
import { listObservations } from "./observations.read.ts";
import { publishObservations } from "./observations.service.ts";
import { listScans, readScan } from "./scans.read.ts";
import { publishScan } from "./scans.service.ts";

export interface InventoryDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

export function inventoryRoutes(router: Router, deps: InventoryDeps): void {
  const { db } = deps;
  router.bind(inventoryEndpoints.publishScan, async ({ caller, body }) =>
    readScan(db, caller.orgId, await publishScan(deps, caller, body)),
  );
  router.bind(inventoryEndpoints.listScans, async ({ caller, query }) => listScans(db, caller.orgId, query));
  router.bind(inventoryEndpoints.getScan, async ({ caller, params }) => readScan(db, caller.orgId, params.id));
  router.bind(inventoryEndpoints.publishObservations, async ({ caller, body }) =>
    publishObservations(deps, caller, body),
  );
  router.bind(inventoryEndpoints.listObservations, async ({ caller, query }) =>
    listObservations(db, caller.orgId, query),
  );
}
