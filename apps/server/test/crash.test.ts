import { describe, expect, it } from "vitest";

import { crashUnderLoad, type Victim } from "./support/crash.ts";

describe("kill -9 under load", { timeout: 180_000 }, () => {
  it.each<Victim>(["server", "database"])(
    "of the %s, three times: nothing acknowledged is lost or stored twice",
    async (victim) => {
      const report = await crashUnderLoad(victim, 3);
      expect(report.acknowledgedDecisions).toBeGreaterThan(0);
      expect(report.acknowledgedRecords).toBeGreaterThan(0);
      expect(report).toMatchObject({ lost: [], twice: [], ledger: { ok: true, findings: [] } });
    },
  );
});
