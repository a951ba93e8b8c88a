import { describe, expect, it } from "vitest";

import { crashUnderLoad, type Victim } from "../support/crash.ts";

/** A hundred by hand; where time is short the environment says fewer. */
const ROUNDS = Number(process.env["STEWARD_KILLS"] ?? 100);

describe("kill -9 under load", () => {
  it.each<Victim>(["server", "database"])(
    `of the %s, ${ROUNDS} times: nothing acknowledged is lost or stored twice`,
    async (victim) => {
      const report = await crashUnderLoad(victim, ROUNDS);
      console.log(
        `${victim}: ${ROUNDS} kills, ${report.acknowledgedDecisions} decisions and ${report.acknowledgedRecords} records ` +
          `acknowledged, ${report.lost.length} lost, ${report.twice.length} twice, ledger of ${report.ledger.size} ok: ${report.ledger.ok}`,
      );
      expect(report).toMatchObject({ lost: [], twice: [], ledger: { ok: true, findings: [] } });
    },
  );
});
