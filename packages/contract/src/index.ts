import { accessEndpoints } from "./access.ts";
import { decisionEndpoints } from "./decisions.ts";
import type { Endpoint } from "./endpoint.ts";
import { inventoryEndpoints } from "./inventory.ts";
import { ledgerEndpoints } from "./ledger.ts";
import { outcomeEndpoints } from "./outcomes.ts";
import { recordEndpoints, registerDescriptions } from "./registers.ts";
import { statusEndpoints } from "./status.ts";

export * from "./access.ts";
export * from "./common.ts";
export * from "./decision-ai.ts";
export * from "./decisions.ts";
export * from "./endpoint.ts";
export * from "./inventory.ts";
export * from "./ledger.ts";
export * from "./outcomes.ts";
export * from "./permissions.ts";
export * from "./registers.ts";
export * from "./status.ts";

/** Every endpoint below /api/v1. */
export const endpoints: readonly Endpoint[] = [
  ...Object.values(accessEndpoints),
  registerDescriptions,
  ...Object.values(recordEndpoints).flatMap((group) => Object.values(group)),
  ...Object.values(decisionEndpoints),
  ...Object.values(inventoryEndpoints),
  ...Object.values(outcomeEndpoints),
  ...Object.values(ledgerEndpoints),
  ...Object.values(statusEndpoints),
] as unknown as readonly Endpoint[];
