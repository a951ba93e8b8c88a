/** Every computation that features ask for, done beside the process that serves requests. */
import { inventoryComputations } from "./features/inventory/inventory.compute.ts";
import { ledgerComputations } from "./features/ledger/ledger.compute.ts";
import { statusComputations } from "./features/status/status.compute.ts";
import type { Computer } from "./platform/compute/compute.ts";

export const COMPUTATIONS = { ...statusComputations, ...inventoryComputations, ...ledgerComputations };

export type ServerComputer = Computer<typeof COMPUTATIONS>;
