/** What the inventory asks to be computed: over all its facts, so beside the process that serves requests. */
import { type Finding, reconcile } from "@steward/assurance";
import type { Micros, Uuid } from "@steward/kernel";
import type { InventoryMap } from "@steward/contract";

import type { ComputeContext, Computer } from "../../platform/compute/compute.ts";
import { loadReconcileFacts } from "../status/status.facts.ts";
import { readInventoryMap } from "./inventory.map.ts";

interface InventoryQuestion {
  readonly orgId: Uuid;
  readonly at: Micros;
}

export const inventoryComputations = {
  /** What is declared against what is found, at a moment. */
  async reconcileInventory(
    { db, catalogue }: ComputeContext,
    question: InventoryQuestion,
  ): Promise<readonly Finding[]> {
    const { orgId, at } = question;
    const facts = await loadReconcileFacts(db, orgId, { recordedAt: at, effectiveAt: at });
    const grace = facts.parameters.find(({ name }) => name === "DRIFT_GRACE") ??
      catalogue.parameter("DRIFT_GRACE") ?? { value: 0, unit: "days" };
    return reconcile(facts, { now: at, grace }).findings;
  },

  async mapInventory({ db }: ComputeContext, { orgId, at }: InventoryQuestion): Promise<InventoryMap> {
    return readInventoryMap(db, orgId, at);
  },
};

export type InventoryComputer = Computer<typeof inventoryComputations>;
