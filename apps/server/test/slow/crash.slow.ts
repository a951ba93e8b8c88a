import { describe, expect, it } from "vitest";

import { crashUnderLoad, type Victim } from "../support/crash.ts";
import { killNodes, startCluster } from "../support/two-nodes.ts";
import { crashUploads } from "../support/upload-crash.ts";

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

  it(`of the server while evidence files arrive, ${ROUNDS} times: none is lost, and none is left that no record needs`, async () => {
    const report = await crashUploads(ROUNDS);
    console.log(
      `uploads: ${ROUNDS} kills, ${report.acknowledged} acknowledged, ${report.lost.length} lost, ` +
        `${report.dangling.length} records without a file, ${report.swept} leftovers swept, ${report.orphans.length} orphans`,
    );
    expect(report).toMatchObject({ lost: [], dangling: [], orphans: [] });
  });

  it(`of either of two servers behind a proxy, ${ROUNDS} times: nothing acknowledged is lost or stored twice`, async () => {
    const cluster = await startCluster();
    const report = await killNodes(cluster, ROUNDS).finally(() => cluster.close());
    console.log(
      `two servers: ${ROUNDS} kills, ${report.acknowledgedDecisions} decisions and ${report.acknowledgedRecords} records ` +
        `acknowledged, ${report.lost.length} lost, ${report.twice.length} twice, ledger of ${report.ledger.size} ok: ${report.ledger.ok}`,
    );
    expect(report).toMatchObject({ lost: [], twice: [], ledger: { ok: true, findings: [] } });
  });
});
