/** What the ledger asks to be computed: every hash of a log, so beside the process that serves requests. */
import type { Uuid } from "@steward/kernel";
import type { ComputeContext, Computer } from "../../platform/compute/compute.ts";
import { liftTimeLimits } from "../../platform/database/transaction.ts";
import { verifyLedger, type Verified } from "./ledger.verify.ts";

export const ledgerComputations = {
  /** Verifies one state of an organisation's log and of what was made from it, for as long as that takes. */
  async verifyLedger({ db, clock, keys }: ComputeContext, { orgId }: { orgId: Uuid }): Promise<Verified> {
    const snapshot = db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only");
    return snapshot.execute(async (tx) => {
      await liftTimeLimits(tx);
      return verifyLedger(tx, clock, keys, orgId);
    });
  },
};

export type LedgerComputer = Computer<typeof ledgerComputations>;
