/** What the inventory asks to be computed: over all its facts, so beside the process that serves requests. */
import { type Finding, reconcile, unregisteredOf } from "@steward/assurance";
import type { Micros, Uuid } from "@steward/kernel";
import type { InventoryMap, ScanKind, Vulnerabilities } from "@steward/contract";

import type { ComputeContext, Computer } from "../../platform/compute/compute.ts";
import { loadReconcileFacts } from "../status/status.facts.ts";
import { NO_GRACE, readInventoryMap } from "./inventory.map.ts";
import { listVulnerabilities } from "./vulnerabilities.list.ts";

interface ScannedComponent {
  readonly kind: ScanKind;
  readonly name: string;
}

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

  /** What of a scan no register names. */
  async listUnregistered(
    { db }: ComputeContext,
    { orgId, at, source, components }: InventoryQuestion & { source: string; components: readonly ScannedComponent[] },
  ): Promise<ScannedComponent[]> {
    const facts = await loadReconcileFacts(db, orgId, { recordedAt: at, effectiveAt: at });
    return unregisteredOf(facts, { now: at, grace: NO_GRACE }, { source, components });
  },

  async mapInventory(
    { db }: ComputeContext,
    { orgId, at, systemId }: InventoryQuestion & { systemId?: Uuid | undefined },
  ): Promise<InventoryMap> {
    return readInventoryMap(db, orgId, at, systemId);
  },

  async listVulnerabilities(
    { db }: ComputeContext,
    { orgId, at, systemId }: InventoryQuestion & { systemId?: Uuid | undefined },
  ): Promise<Vulnerabilities> {
    return listVulnerabilities(db, orgId, at, systemId);
  },
};

export type InventoryComputer = Computer<typeof inventoryComputations>;
