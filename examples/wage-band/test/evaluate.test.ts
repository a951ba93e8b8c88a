/** The pipeline's own evaluation against a real server: both releases, honestly. */
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../apps/server/test/support/app.ts";
import { evaluateRelease } from "../src/evaluate.ts";
import { digestOf, loadPeople, train } from "../src/index.ts";

let app: TestApp;
let cookie: string;
let connection: { url: string; key: string };

beforeAll(async () => {
  app = await createTestApp();
  app.clock.set(BigInt(Date.now()) * 1000n);
  ({ cookie } = await app.setUp());
  const key = await app.makeKey(cookie, ["evaluations:write"]);
  await app.http.listen({ port: 0, host: "127.0.0.1" });
  connection = { url: `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`, key };
});

afterAll(async () => {
  await app?.close();
});

it(
  "publishes that the first release fails and that the data cannot tell of the second",
  { timeout: 180_000 },
  async () => {
    const people = loadPeople();
    const values = { name: "Wage band estimator", purpose: "Estimates a pay band." };
    const system = await app.send("POST", "/systems", { values }, { cookie });
    const ends: string[] = [];
    for (const version of ["1.0.0", "2.0.0"] as const) {
      const model = train(people, version);
      const release = {
        systemId: system.body.id,
        version,
        digest: digestOf(model),
        changeClass: "major",
        modelKind: "trained",
        releasedAt: "2026-01-01T00:00:00Z",
      };
      expect((await app.send("POST", "/releases", { values: release }, { cookie })).status).toBe(201);
      const { end, said } = await evaluateRelease(connection, values.name, model, people);
      expect(said).toContain(`Published as evaluation`);
      ends.push(end);
    }
    expect(ends).toEqual(["fail", "insufficient"]);
    const { body } = await app.send("GET", "/evaluations", undefined, { cookie });
    expect(body.items).toMatchObject([
      { releaseVersion: "2.0.0", verdict: "insufficient", cases: 534, thresholdsFirst: true },
      { releaseVersion: "1.0.0", verdict: "fail", action: { state: "withheld" }, suite: "Wage band fairness" },
    ]);
  },
);
