/** The system's whole life against a real server: both releases, honestly, and once. */
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../apps/server/test/support/app.ts";
import { runWageBand } from "../src/index.ts";

let app: TestApp;
let cookie: string;
let connection: { url: string; key: string };

beforeAll(async () => {
  app = await createTestApp();
  app.clock.set(BigInt(Date.now()) * 1000n);
  ({ cookie } = await app.setUp());
  const scopes = ["systems", "releases", "inventory", "evaluations", "decisions"].map(
    (name) => `${name}:write` as const,
  );
  const key = await app.makeKey(cookie, scopes as Parameters<TestApp["makeKey"]>[1]);
  await app.http.listen({ port: 0, host: "127.0.0.1" });
  connection = { url: `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`, key };
});

afterAll(async () => {
  await app?.close();
});

async function run(signal?: AbortSignal): Promise<string[]> {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  await runWageBand({ ...connection, secondsPerRelease: 0, say, ...(signal ? { signal } : {}) });
  return said;
}

const count = async (kind: string) => {
  const { body } = await app.send("GET", `/ledger/entries?kind=${kind}&limit=1`, undefined, { cookie });
  return body.items.length;
};

it("decides about everyone once, however often it is started", { timeout: 180_000 }, async () => {
  const said = await run();
  expect(said.filter((line) => line.includes("Published as evaluation"))).toHaveLength(2);
  const { body } = await app.send("GET", "/evaluations", undefined, { cookie });
  // The first release fails, and of the second the data cannot tell.
  expect(body.items).toMatchObject([
    { releaseVersion: "2.0.0", verdict: "insufficient", cases: 534, thresholdsFirst: true },
    { releaseVersion: "1.0.0", verdict: "fail", suite: "Wage band fairness" },
  ]);
  expect(await run()).toEqual([
    "Release 1.0.0 is deployed; deciding about 0 people.",
    "Release 2.0.0 is deployed; deciding about 0 people.",
    "Everyone in the sample has been decided once by each release.",
  ]);
  const { body: overview } = await app.send("GET", "/overview", undefined, { cookie });
  expect(overview.figures.decisionsTotal).toBe(2 * 534);
  expect([await count("decision.recorded"), await count("decision.refused")]).toEqual([1, 0]);
});
