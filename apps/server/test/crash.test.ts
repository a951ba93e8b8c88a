import { describe, expect, it } from "vitest";

import { crashUnderLoad, type Victim } from "./support/crash.ts";
import { crashUploads } from "./support/upload-crash.ts";

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

  it("of the server while evidence files arrive, twice: no file is lost, and none is left that no record needs", async () => {
    const report = await crashUploads(2);
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report).toMatchObject({ lost: [], dangling: [], orphans: [] });
  });
});
