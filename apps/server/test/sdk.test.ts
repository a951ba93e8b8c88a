import { connect } from "@steward/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "./support/app.ts";

let app: TestApp;
let url: string;
let cookie: string;
let key: string;

beforeAll(async () => {
  app = await createTestApp();
  // The SDK counts by the clock of its machine.
  app.clock.advance(BigInt(Date.now()) * 1000n - app.clock.now());
  ({ cookie } = await app.setUp());
  key = await app.makeKey(cookie, ["decisions:write"]);
  const made = await app.send("POST", "/systems", { values: { name: "Ranker", purpose: "For a test." } }, { cookie });
  expect(made.status).toBe(201);
  url = await app.http.listen({ host: "127.0.0.1", port: 0 });
});

afterAll(() => app?.close());

describe("the SDK against a real server", () => {
  it("records decisions that are stored, with what the policy lets through, and counts of what was served", async () => {
    const steward = connect({ url, key, system: "Ranker", release: "1.0", spool: false, redact: { output: "keep" } });
    const id = steward.record({
      outcome: "upper",
      score: 0.75,
      attributes: { region: "EU" },
      input: [{ role: "user", content: "a secret prompt" }],
      output: "a kept answer",
    });
    steward.served(2);
    expect(await steward.flush()).toMatchObject({ state: "ok", accepted: 1, rejected: 0, lastProblem: null });
    const { body } = await app.send("GET", `/decisions?externalId=${id}`, undefined, { cookie });
    const decision = await app.send("GET", `/decisions/${body.items[0].id}`, undefined, { cookie });
    expect(decision.body).toMatchObject({
      externalId: id,
      outcome: "upper",
      inputDigest: expect.stringMatching(/^sha256:/),
      outputDigest: null,
      content: { input: null, output: "a kept answer" },
    });
    expect(JSON.stringify(decision.body)).not.toContain("secret prompt");
    const { systemId } = body.items[0];
    const log = await app.send("GET", `/systems/${systemId}/log-completeness?days=1`, undefined, { cookie });
    expect(log.body.days[0]).toMatchObject({ served: 2 });
    await steward.close();
  });

  it("says what the server holds against a record, and against a key", async () => {
    const steward = connect({ url, key, system: "Ranker", release: "1.0", spool: false, onProblem: () => undefined });
    steward.record({ outcome: "x".repeat(201) });
    const health = await steward.close();
    expect(health).toMatchObject({ rejected: 1, lastProblem: { code: "rejected" } });
    const stranger = connect({
      url,
      key: "stw_wrong",
      system: "Ranker",
      release: "1.0",
      spool: false,
      onProblem: () => undefined,
    });
    stranger.record({ outcome: "yes" });
    expect(await stranger.flush()).toMatchObject({ state: "refused", spooled: 1 });
    await stranger.close();
  });
});
