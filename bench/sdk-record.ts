/**
 * What recording a decision costs the caller: `node bench/sdk-record.ts`.
 *
 * 80,000 calls of `record()` with a decision of about 1 KB, one by one, in a host that lets the event loop turn, while
 * the background really sends to a server on loopback that answers; then the same while the server is away and
 * everything goes to disk. Time of each call alone, the background's work between calls left out.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { connect, type DecisionFields } from "@steward/sdk";

const CALLS = 80_000;
const WARM_UP = 10_000;
const CALLS_A_TURN = 50;
const GOALS = "goal: median < 5 µs, p99 < 50 µs";

const decision: DecisionFields = {
  outcome: "review",
  score: 0.8312,
  subject: "customer-4711",
  attributes: { region: "EU", ageBand: "30-44", channel: "branch", product: "instalment loan" },
  inputDigest: `sha256:${"a".repeat(64)}`,
  inputReference: "s3://decisions/2026/11/25/loan-4711.json",
  promptVersion: "policy 12",
  toolsCalled: ["credit bureau", "fraud check"],
  explanation: {
    method: "Exact Shapley values of a linear model",
    summary: "The income of the last three months is low against the amount that was asked for, and the term is long.",
    reasons: Array.from({ length: 6 }, (_, i) => ({
      code: `feature_${i}`,
      text: "Compared with others",
      weight: -0.41,
    })),
  },
};

const away = { is: false };
const server = createServer((request, response) => {
  request.resume().on("end", () => {
    response.writeHead(away.is ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ accepted: 0, duplicates: 0, rejected: 0, items: [] }));
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const directory = mkdtempSync(path.join(tmpdir(), "steward-bench-"));

const size = JSON.stringify(decision).length;
process.stdout.write(`${CALLS} calls of record(), ${size} characters each; ${GOALS}\n\n`);
process.stdout.write("| Server | median µs | p99 µs | p99.9 µs | max µs | dropped |\n|---|---|---|---|---|---|\n");
await measure("answers", false);
await measure("away, spooled", true);
server.closeAllConnections();
server.close();
rmSync(directory, { recursive: true, force: true });

async function measure(name: string, isAway: boolean): Promise<void> {
  away.is = isAway;
  const url = `http://127.0.0.1:${port}`;
  const spool = { directory, maxBytes: 2 ** 30 };
  const steward = connect({
    url,
    key: name,
    system: "Loan triage",
    release: "1.4.0",
    spool,
    onProblem: () => undefined,
  });
  const times = new Float64Array(CALLS);
  for (let i = -WARM_UP; i < CALLS; i++) {
    const beganMs = performance.now();
    steward.record(decision);
    if (i >= 0) times[i] = (performance.now() - beganMs) * 1000;
    if (i % CALLS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const { dropped } = await steward.close({ timeoutMs: 60_000 });
  times.sort();
  const quantiles = [0.5, 0.99, 0.999, 1].map((q) => times[Math.min(CALLS - 1, Math.floor(q * CALLS))] ?? 0);
  process.stdout.write(`| ${name} | ${quantiles.map((us) => us.toFixed(1)).join(" | ")} | ${dropped} |\n`);
}
