import { formatInstant, MICROS_PER_DAY } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, DIGEST, type DecisionApp } from "../../../test/support/decision-app.ts";
import { loadFacts } from "../status/status.facts.ts";
import { openModelReviews } from "./model-changes.ts";

let world: DecisionApp;
let send: DecisionApp["send"];
let systemId: string;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  systemId = await world.make("/systems", { name: "Assistant", purpose: "A test.", agentic: "yes" });
  const at = formatInstant(world.clock.now());
  const componentIds = [await world.make("/components", { name: "gpt-4o", componentKind: "model", systemId })];
  const release = { version: "1.0", digest: DIGEST, changeClass: "major", modelKind: "vendor_api", releasedAt: at };
  const releaseId = await world.make("/releases", { systemId, ...release, componentIds });
  await world.make("/deployments", { systemId, releaseId, environment: "production", startedAt: at });
  world.clock.advance(1_000_000n);
});

afterAll(async () => {
  await world?.close();
});

async function answer(responseModel: string) {
  const { body } = await send("POST", "/decisions", [
    world.decision({ system: "Assistant", ai: { requestModel: "gpt-4o", responseModel } }),
  ]);
  expect(body.accepted).toBe(1);
}

const facts = () =>
  loadFacts(world.db, world.orgId, { recordedAt: world.clock.now() + 1000n, effectiveAt: world.clock.now() });

describe("a silent change of a vendor's model", () => {
  it("opens one review, which only a person closes, with what was checked", async () => {
    await answer("gpt-4o-2024-05-13");
    expect(await openModelReviews(world.deps)).toBe(0);
    await answer("gpt-4o-2024-08-06");
    await answer("gpt-4o-2024-08-06");
    expect(await openModelReviews(world.deps)).toBe(1);
    expect(await openModelReviews(world.deps)).toBe(0);
    const { body } = await send("GET", "/model-changes");
    expect(body.items).toHaveLength(1);
    const [change] = body.items;
    expect(change.values).toMatchObject({
      systemId,
      seenModel: "gpt-4o-2024-08-06",
      declaredModel: "gpt-4o-2024-05-13",
      origin: "detected",
      state: "open",
    });
    expect(change.actor.kind).toBe("system");
    const before = await facts();
    expect(before.modelUses).toMatchObject([{ systemId, vendor: true }]);
    expect(before.modelUses?.[0]?.answeredAt).not.toBeNull();
    expect(before.modelChanges).toMatchObject([{ systemId, model: "gpt-4o-2024-08-06", reviewedAt: null }]);

    const review = (values: object) => send("PATCH", `/model-changes/${change.id}`, { values }, "engineer", '"1"');
    expect((await review({ state: "reviewed" })).body.errors[0].pointer).toBe("/values/conclusion");
    expect((await review({ seenModel: "else" })).body.errors[0].pointer).toBe("/values/seenModel");
    world.clock.advance(MICROS_PER_DAY);
    const done = await review({ state: "reviewed", conclusion: "accept", reviewNote: "Ran the evaluation suite." });
    expect(done.status).toBe(200);
    expect((await facts()).modelChanges?.[0]?.reviewedAt).not.toBeNull();
  });

  it("and runs of an agent without a manifest are counted as incomplete", async () => {
    const run = { operation: "invoke_agent", runId: "r-1", agent: { name: "A" }, responseModel: "gpt-4o-2024-08-06" };
    const manifest = { d2Commit: "4f2c1aa", items: [], toolsCalled: [], humanActs: [], outputHash: DIGEST };
    const { body } = await send("POST", "/decisions", [
      world.decision({ system: "Assistant", ai: { ...run, manifest } }),
      world.decision({ system: "Assistant", ai: { operation: "chat", runId: "r-2", parentRunId: "r-1" } }),
    ]);
    expect(body.accepted).toBe(2);
    const { agentRuns } = await facts();
    // The first three decisions named no run: an agent that acts without one has shown no manifest.
    expect(agentRuns).toMatchObject([{ systemId, runs: 4, complete: 1 }]);
  });
});
