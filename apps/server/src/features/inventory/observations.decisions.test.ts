import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { reconcileDue } from "./drift.reconcile.ts";

let app: TestApp;
let lead: { cookie: string };
let key: string;
let systemId: string;

beforeAll(async () => {
  app = await createTestApp();
  lead = await app.setUp();
  key = await app.makeKey(lead.cookie, ["inventory:write", "decisions:write", "records:read"]);
  const values = { name: "Helpdesk", purpose: "Answers questions", lifecycle: "operation" };
  systemId = (await app.send("POST", "/systems", { values }, { cookie: lead.cookie })).body.id;
});
afterAll(async () => {
  await app?.close();
});

let next = 0;
async function decide(system: string, ai: object | undefined, more: object = {}) {
  const occurredAt = formatInstant(app.clock.now());
  const decision = { id: `d${next++}`, system, release: "1", occurredAt, outcome: "answered", ...more };
  const { status, body } = await app.send("POST", "/decisions", [{ ...decision, ...(ai && { ai }) }], { key });
  expect(status, JSON.stringify(body)).toBe(200);
}

/** Decisions alone are looked at once an hour. */
async function reconcile() {
  app.clock.advance(MICROS_PER_HOUR + 1n);
  await reconcileDue(app);
}

async function observations() {
  await reconcile();
  const { body } = await app.send("GET", "/observations?limit=100", undefined, { key });
  // oxlint-disable-next-line typescript/no-explicit-any -- looked into by each test
  return (body.items as any[]).filter(({ provider }) => provider !== "self");
}

async function findings() {
  const { body } = await app.send("GET", "/drift?limit=100", undefined, { key });
  // oxlint-disable-next-line typescript/no-explicit-any -- looked into by each test
  return (body.items as any[]).map(({ kind, subject }) => `${kind} ${subject.name}`).toSorted();
}

async function useTest() {
  await app.settle();
  const cookie = (await app.send("POST", "/session", { email: "founder@example.org", password: PASSWORD })).cookie;
  const { body } = await app.send("GET", "/status/requirements/A.9.2", undefined, { cookie: cookie as string });
  return body.tests.find(({ testId }: { testId: string }) => testId === "T-A.9.2-1");
}

describe("suppliers and models that decisions name", () => {
  it("are no traffic where decisions name none", async () => {
    await decide("Helpdesk", undefined);
    await decide("Helpdesk", { responseModel: "our-own-model" });
    expect(await observations()).toEqual([]);
    expect(await useTest()).toMatchObject({ verdict: "insufficient" });
  });

  it("are seen of their system, under the name that was asked for, and counted", async () => {
    const ai = { provider: "openai", requestModel: "gpt-4o-mini", responseModel: "gpt-4o-mini-2024-07-18" };
    await decide("Helpdesk", ai);
    await decide("Helpdesk", ai);
    await decide("Helpdesk", { provider: "gcp.vertex_ai", responseModel: "gemini-2.5-pro" });
    await decide("Helpdesk", { provider: "cohere", requestModel: "command" }, { sandbox: true });
    expect(await observations()).toMatchObject([
      { source: "decision_log", provider: "google", model: "gemini-2.5-pro", service: "Helpdesk", systemId, count: 1 },
      { source: "decision_log", provider: "openai", model: "gpt-4o-mini", service: "Helpdesk", systemId, count: 2 },
    ]);
    expect(await app.db.selectFrom("decision_use").selectAll().execute()).toEqual([]);
  });

  it("are drift until its register names them", async () => {
    expect(await findings()).toEqual([
      "undeclared gemini-2.5-pro",
      "undeclared google",
      "undeclared gpt-4o-mini",
      "undeclared openai",
      "version_drift Helpdesk",
    ]);
    const declared = { systemId, componentKind: "service", name: "OpenAI", supplier: "OpenAI" };
    await app.send("POST", "/components", { values: declared }, { cookie: lead.cookie });
    await reconcile();
    expect(await findings()).not.toContain("undeclared openai");
  });

  it("are named by the finding of an AI system that nobody registered, and by the map", async () => {
    await decide("Chat helper", { provider: "anthropic", requestModel: "claude-sonnet-4-5" });
    await reconcile();
    const { body } = await app.send("GET", "/inventory-map", undefined, { key });
    expect(body.shadow).toMatchObject([
      { name: "Chat helper", suppliers: ["Anthropic"], models: ["claude-sonnet-4-5"] },
    ]);
  });

  it("settle with the service once it is switched off, until it is seen again", async () => {
    const named = async (query = "") => {
      const { body } = await app.send("GET", `/drift?limit=100${query}`, undefined, { key });
      return body.items.find(({ subject }: { subject: { name: string } }) => subject.name === "Chat helper");
    };
    const { cookie: engineer } = await app.join(lead.cookie, "eve@example.org", ["engineer"]);
    const { id } = await named();
    const off = { kind: "switched_off", reason: "Its container was removed." };
    const asked = await app.send("POST", `/drift/${id}/dispositions`, off, { cookie: engineer });
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    const disposition = asked.body.dispositions[0].id;
    const decision = { decision: "approve", reason: "Seen on the host." };
    const approved = await app.send("POST", `/drift-dispositions/${disposition}/decision`, decision, {
      cookie: lead.cookie,
    });
    expect(approved.status, JSON.stringify(approved.body)).toBeLessThan(300);
    expect(await named("&state=open")).toBeUndefined();
    expect(await named("&state=settled")).toMatchObject({ id, state: "settled" });
    await reconcile();
    await decide("Chat helper", { provider: "anthropic", requestModel: "claude-sonnet-4-5" });
    await reconcile();
    expect(await named("&state=open")).toMatchObject({ id, state: "open" });
    const [undeclared] = (await app.send("GET", "/drift?kind=undeclared", undefined, { key })).body.items;
    const { body: shown } = await app.send("GET", `/drift/${undeclared.id}`, undefined, { key });
    expect(shown.choices).toEqual(["not_ai", "accepted"]);
    const refused = await app.send("POST", `/drift/${undeclared.id}/dispositions`, off, { cookie: engineer });
    expect(refused.body.errors).toMatchObject([{ pointer: "/kind" }]);
  });

  it("are traffic that needs an approved use once the grace is over", async () => {
    expect(await useTest()).toMatchObject({ verdict: "pass" });
    app.clock.advance(11n * MICROS_PER_DAY);
    await decide("Helpdesk", { provider: "openai", requestModel: "gpt-4o-mini" });
    await reconcile();
    const { verdict, reason } = await useTest();
    expect(verdict).toBe("fail");
    expect(reason).toContain("without an approved use");
  });
});
