import { formatInstant } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, DIGEST, type DecisionApp } from "../../../test/support/decision-app.ts";
import { isDeclared } from "./decisions.models.ts";

let world: DecisionApp;

beforeAll(async () => {
  world = await createDecisionApp();
});
afterAll(async () => {
  await world?.close();
});

let next = 0;

async function record(system: string, ai: object, over: object = {}) {
  const sent = world.decision({ id: `ai-${next++}`, system, ai, ...over });
  const answer = await world.send("POST", "/decisions", sent, "key");
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.items[0];
}

async function read(id: string) {
  return (await world.send("GET", `/decisions/${id}`)).body;
}

describe("the call of a model", () => {
  it("is kept as it was told, and what was not told stays away", async () => {
    await world.makeSystem("Caller");
    const ai = { provider: "openai", operation: "chat", requestModel: "gpt-4o", inputTokens: 0, error: null };
    const { decisionId } = await record("Caller", ai);
    expect((await read(decisionId)).ai).toEqual({
      provider: "openai",
      operation: "chat",
      requestModel: "gpt-4o",
      inputTokens: 0,
    });
    const { decisionId: without } = await record("Caller", {});
    expect(await read(without)).toMatchObject({ ai: null, run: null });
  });

  it("belongs to the one release in production where none is named", async () => {
    const { systemId, releaseId } = await world.makeSystem("Unnamed");
    const { decisionId, flags } = await record("Unnamed", { provider: "openai" }, { release: null });
    expect(await read(decisionId)).toMatchObject({ releaseId, releaseVersion: "1.0" });
    expect(flags).toEqual([]);
    const release = { systemId, version: "2.0", digest: DIGEST, changeClass: "major", modelKind: "trained" };
    const at = formatInstant(world.clock.now());
    const second = await world.make("/releases", { ...release, releasedAt: at });
    await world.make("/deployments", { systemId, releaseId: second, environment: "production", startedAt: at });
    world.clock.advance(1_000_000n);
    const again = await record("Unnamed", { provider: "openai" }, { release: null });
    expect((await read(again.decisionId)).releaseId).toBe(second);
    const before = await record("Unnamed", {}, { release: null, occurredAt: "2026-01-01T00:00:00Z" });
    expect(await read(before.decisionId)).toMatchObject({ releaseId: null, releaseVersion: "unknown" });
    expect(before.flags).toContain("unknown_release");
  });
});

describe("a model that changes behind its name", () => {
  async function makeVendorSystem(name: string, models: object[]) {
    const systemId = await world.make("/systems", { name, purpose: "For a test." });
    const componentIds: string[] = [];
    for (const model of models) {
      componentIds.push(await world.make("/components", { componentKind: "model", systemId, ...model }));
    }
    const at = formatInstant(world.clock.now());
    const release = { version: "1.0", digest: DIGEST, changeClass: "major", modelKind: "vendor_api", releasedAt: at };
    const releaseId = await world.make("/releases", { systemId, ...release, componentIds });
    await world.make("/deployments", { systemId, releaseId, environment: "production", startedAt: at });
    world.clock.advance(1_000_000n);
    return { systemId };
  }

  it("is flagged where it is not the declared one", async () => {
    await makeVendorSystem("Pinned", [{ name: "gpt-4o", version: "2024-05-13" }]);
    const asked = { requestModel: "gpt-4o" };
    expect((await record("Pinned", { ...asked, responseModel: "gpt-4o-2024-05-13" })).flags).toEqual([]);
    const changed = await record("Pinned", { ...asked, responseModel: "gpt-4o-2024-08-06" });
    expect(changed.flags).toEqual(["model_changed"]);
    const listed = await world.send("GET", "/decisions?flag=model_changed");
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(changed.decisionId);
  });

  it("is flagged where a name that is declared without a version begins to mean another snapshot", async () => {
    await makeVendorSystem("Alias", [{ name: "gpt-4o" }]);
    const asked = { requestModel: "gpt-4o" };
    expect((await record("Alias", { ...asked, responseModel: "gpt-4o-2024-05-13" })).flags).toEqual([]);
    expect((await record("Alias", { ...asked, responseModel: "gpt-4o-2024-05-13" })).flags).toEqual([]);
    expect((await record("Alias", { ...asked, responseModel: "gpt-4o-2024-08-06" })).flags).toEqual(["model_changed"]);
    expect((await record("Alias", { ...asked, responseModel: "gpt-4o-mini-2024-07-18" })).flags).toEqual([
      "model_changed",
    ]);
    const other = await record("Alias", { requestModel: "gpt-4o-2024-11-20", responseModel: "gpt-4o-2024-11-20" });
    expect(other.flags).toEqual([]);
  });

  it("is flagged inside one group, and never where nobody says which model answered", async () => {
    await makeVendorSystem("Grouped", []);
    const call = (responseModel: string | null) =>
      world.decision({ system: "Grouped", ai: { requestModel: "m", ...(responseModel ? { responseModel } : {}) } });
    const { body } = await world.send("POST", "/decisions", [call("m-1"), call(null), call("m-2")], "key");
    expect(body.items.map(({ flags }: { flags: string[] }) => flags)).toEqual([[], [], ["model_changed"]]);
  });

  it.each([
    ["gpt-4o", null, "gpt-4o", true],
    ["gpt-4o", null, "gpt-4o-2024-08-06", true],
    ["gpt-4o", null, "gpt-4o-mini", false],
    ["gpt-4", null, "gpt-4-0613", true],
    ["gpt-4o", "2024-08-06", "gpt-4o", false],
    ["GPT-4o", "2024-08-06", "gpt-4o-2024-08-06", true],
    ["GPT 4o of our vendor", "gpt-4o-2024-08-06", "gpt-4o-2024-08-06", true],
    ["claude-sonnet-4", "20250514", "anthropic/claude-sonnet-4@20250514", true],
    ["gpt-4", null, "gpt-4.1", false],
  ])("%s %s answers as %s: %s", (name, version, answered, expected) => {
    expect(isDeclared({ name, version }, answered)).toBe(expected);
  });
});

describe("a run of an agent", () => {
  const item = {
    sourceId: "kb",
    kind: "retrieval",
    uriOrKey: "kb://policy/7",
    contentHash: DIGEST,
    fetchedAt: "2026-03-10T08:59:00.000000Z",
    rightsClass: "own",
    dataClass: "internal",
    trustLabel: "owned",
    qualityFlag: "ok",
    usedIn: ["answer"],
  };
  const manifest = {
    d2Commit: "4f2c1aa",
    permissionScope: ["crm:read"],
    items: [item],
    toolsCalled: [{ name: "lookup", scope: "crm:read", argumentHash: DIGEST, taint: "user" }],
    humanActs: [],
    outputHash: DIGEST,
  };
  const run = { operation: "invoke_agent", requestModel: "gpt-4o", agent: { name: "Planner" } };

  it("is shown with its manifest, its parts and its parent", async () => {
    const { systemId } = await world.makeSystem("Agent");
    const top = await record("Agent", { ...run, runId: "r1", manifest }, { promptVersion: null, toolsCalled: null });
    const tool = await record(
      "Agent",
      { operation: "execute_tool", runId: "r1.1", parentRunId: "r1" },
      {
        toolsCalled: ["lookup"],
      },
    );
    const sub = await record("Agent", { ...run, runId: "r1.2", parentRunId: "r1", agent: { name: "Writer" } });
    await record("Agent", { operation: "chat", runId: "x", parentRunId: "elsewhere" });
    const shown = await read(top.decisionId);
    expect(shown).toMatchObject({ promptVersion: "4f2c1aa", toolsCalled: ["lookup"], ai: { ...run, manifest } });
    expect(shown.run).toMatchObject({ parent: null, manifest: "complete", missing: [], truncated: false });
    expect(shown.run.children).toMatchObject([
      { id: tool.decisionId, operation: "execute_tool", name: "lookup" },
      { id: sub.decisionId, operation: "invoke_agent", name: "Writer" },
    ]);
    expect((await read(sub.decisionId)).run).toMatchObject({
      parent: { id: top.decisionId, name: "Planner" },
      manifest: "incomplete",
      missing: ["d2Commit", "items", "toolsCalled", "humanActs", "outputHash"],
    });
    const { body } = await world.send("GET", `/systems/${systemId}/log-completeness?days=1`);
    expect(body.days[0].logged, "a tool call is a step, not a decision").toBe(3);
  });

  it("has an incomplete manifest where a context item or a tool call says too little", async () => {
    const { trustLabel: _, ...unlabelled } = item;
    const poor = { ...manifest, items: [item, unlabelled], toolsCalled: [{ name: "lookup" }] };
    const { decisionId } = await record("Agent", { ...run, runId: "r2", manifest: poor });
    expect((await read(decisionId)).run).toMatchObject({
      manifest: "incomplete",
      missing: ["items.trustLabel", "toolsCalled.scope", "toolsCalled.argumentHash", "toolsCalled.taint"],
    });
  });

  it("is refused with the name of the field where it does not fit", async () => {
    const answer = await world.send(
      "POST",
      "/decisions",
      world.decision({ ai: { ...run, manifest: { items: [{ ...item, trustLabel: "trusted", content: "secret" }] } } }),
      "key",
    );
    expect(answer.status).toBe(422);
    const pointers = answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toEqual(["/ai/manifest/items/0/trustLabel", "/ai/manifest/items/0/content"]);
  });
});
