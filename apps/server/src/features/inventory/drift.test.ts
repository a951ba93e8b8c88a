import type { ScanDocument } from "@steward/contract";
import { formatInstant, MICROS_PER_DAY, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { reconcileDue } from "./drift.reconcile.ts";

let app: TestApp;
let lead: { cookie: string; orgId: string; personId: string };
let engineer: string;
let key: string;

beforeAll(async () => {
  app = await createTestApp();
  lead = await app.setUp();
  ({ cookie: engineer } = await app.join(lead.cookie, "eve@example.org", ["engineer"]));
  key = await app.makeKey(lead.cookie, ["inventory:write", "decisions:write", "records:read"]);
});
afterAll(async () => {
  await app?.close();
});

const component = (kind: string, name: string, more: object = {}) => ({
  kind,
  name,
  confidence: "used",
  evidence: [{ file: "src/main.py", line: 7, detector: `${name}/import` }],
  ...more,
});

async function publish(source: string, components: object[], system?: string) {
  const report = {
    schema: "steward/scan/v1",
    root: "r",
    filesScanned: 3,
    filesSkipped: [],
    components,
  } as ScanDocument;
  const reply = await app.send("POST", "/scans", { source, report, ...(system && { system }) }, { key });
  if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
  return reply.body;
}

async function inbox(query = "") {
  const reply = await app.send("GET", `/drift?limit=200${query}`, undefined, { key });
  // oxlint-disable-next-line typescript/no-explicit-any -- looked into by each test
  return reply.body.items as any[];
}

const find = async (name: string, query = "") => (await inbox(query)).find(({ subject }) => subject.name === name);
const detail = async (id: string) => (await app.send("GET", `/drift/${id}`, undefined, { key })).body;

describe("shadow AI in code", () => {
  it("becomes a task with a deadline, an owner and evidence, once for a source", async () => {
    const scan = await publish("github.com/acme/support-bot", [
      component("provider", "openai"),
      component("package", "langchain", { version: "1.2.0", ecosystem: "pypi" }),
      component("model", "gpt-4o", { provider: "openai" }),
      component("embedding", "text-embedding-3-small", { provider: "openai" }),
      component("credential", "OPENAI_API_KEY"),
    ]);
    const item = await find("github.com/acme/support-bot");
    expect(item).toMatchObject({ kind: "shadow", state: "open", overdue: false, systemId: null });
    expect(item.owner).toEqual({ id: lead.personId, name: "Founder" });
    expect(Date.parse(item.dueAt) - Date.parse(item.since)).toBe(10 * 86_400_000);
    expect(item.evidence).toMatchObject([{ kind: "scan", id: scan.id, ledgerIndex: scan.ledgerIndex }]);
    const { body: map } = await app.send("GET", "/inventory-map", undefined, { key });
    expect(map.shadow).toMatchObject([
      { itemId: item.id, suppliers: ["OpenAI"], models: ["gpt-4o", "text-embedding-3-small"] },
    ]);
    await publish("github.com/acme/support-bot", [component("provider", "openai")]);
    expect((await inbox()).filter(({ subject }) => subject.name === "github.com/acme/support-bot")).toHaveLength(1);
    const read = await detail(item.id);
    expect(read.events).toMatchObject([{ event: "opened" }]);
    // The newest scan says where, also where the finding stands since an earlier one.
    const { source } = scan;
    expect(read.places).toEqual([{ source, kind: "provider", name: "openai", file: "src/main.py", line: 7, more: 0 }]);
  });

  it("lists fifty places and says how many more there are", async () => {
    const names = Array.from({ length: 60 }, (_, i) => component("model", `gpt-4o-${i}`, { provider: "openai" }));
    await publish("github.com/acme/many", names);
    const { id } = await find("github.com/acme/many");
    const { places, more } = await detail(id);
    expect([places.length, more]).toEqual([50, 10]);
  });

  it("is registered from what was found: the finding closes, and nothing is left undeclared", async () => {
    await publish("github.com/acme/ranker", [
      component("provider", "openai"),
      component("package", "langchain", { version: "1.2.0" }),
      component("model", "gpt-4o", { provider: "openai" }),
      component("dataset", "squad"),
    ]);
    const item = await find("github.com/acme/ranker");
    const { body: proposal } = await app.send("GET", `/drift/${item.id}/proposal`, undefined, { cookie: engineer });
    expect(proposal.values).toMatchObject({ name: "ranker", supplier: "OpenAI", trainingDataSources: ["squad"] });
    expect(proposal.components).toContainEqual({
      name: "langchain",
      componentKind: "software",
      version: "1.2.0",
      supplier: null,
    });
    const send = (values: object) =>
      app.send(
        "POST",
        `/drift/${item.id}/registration`,
        { values: { ...proposal.values, ...values }, components: proposal.components },
        { cookie: engineer },
      );
    const refused = await send({});
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0].pointer).toBe("/values/purpose");
    const made = await send({ purpose: "Ranks answers for support staff." });
    expect(made.status).toBe(201);
    expect(made.body.componentIds).toHaveLength(proposal.components.length);
    expect(await find("github.com/acme/ranker")).toBeUndefined();
    expect(await inbox(`&systemId=${made.body.systemId}`)).toEqual([]);
    expect(await detail(item.id)).toMatchObject({
      state: "closed",
      dispositions: [{ kind: "attach", systemName: "ranker", state: "in_force" }],
    });
    expect((await send({ purpose: "Again." })).status).toBe(409);
  });

  it("attached to a system leaves what the system does not declare, which is declared in one step", async () => {
    const system = await app.send("POST", "/systems", { values: { name: "Bot", purpose: "x" } }, { cookie: engineer });
    await publish("github.com/acme/bot", [
      component("package", "torch", { version: "2.4.0" }),
      component("ci", "train"),
    ]);
    const item = await find("github.com/acme/bot");
    const attach = (systemId: string | null) =>
      app.send(
        "POST",
        `/drift/${item.id}/dispositions`,
        { kind: "attach", systemId, reason: "Ours." },
        { cookie: engineer },
      );
    expect((await attach(null)).body.errors[0].pointer).toBe("/systemId");
    expect((await attach(lead.orgId)).status).toBe(422);
    expect((await attach(system.body.id)).body).toMatchObject({ state: "closed" });
    const [undeclared] = await inbox(`&systemId=${system.body.id}`);
    expect(undeclared).toMatchObject({ kind: "undeclared", details: ["software", "2.4.0"], systemName: "Bot" });
    // The system has no owner: whoever made the key that published the scan may know.
    expect(undeclared.owner.id).toBe(lead.personId);
    const { body: people } = await app.send("GET", "/people?limit=50", undefined, { cookie: engineer });
    const eve = people.items.find(({ id }: { id: string }) => id !== lead.personId);
    const owned = { values: { ownerId: eve.id } };
    await app.send("PATCH", `/systems/${system.body.id}`, owned, { cookie: engineer, etag: '"1"' });
    await reconcileDue(app);
    expect((await detail(undeclared.id)).owner.id).toBe(eve.id);
    expect((await detail(undeclared.id)).places).toMatchObject([{ name: "torch", file: "src/main.py", line: 7 }]);
    const declared = await app.send("POST", "/drift/declarations", { itemIds: [undeclared.id] }, { cookie: engineer });
    expect(declared.status).toBe(200);
    expect(await inbox(`&systemId=${system.body.id}`)).toEqual([]);
    await publish("github.com/acme/bot", [component("package", "torch", { version: "2.5.0" })]);
    expect(await inbox(`&systemId=${system.body.id}`)).toMatchObject([{ kind: "version_drift" }]);
    const [drifted] = await inbox(`&systemId=${system.body.id}`);
    const notAi = { kind: "not_ai", reason: "x" };
    const refused = await app.send("POST", `/drift/${drifted.id}/dispositions`, notAi, { cookie: engineer });
    expect(refused.body.errors[0].pointer).toBe("/kind");
  });
});

describe("leaving drift as it is", () => {
  it("needs another person, ends by itself, and covers nothing new", async () => {
    await publish("lab/notebooks", [component("package", "spacy")]);
    const item = await find("lab/notebooks");
    const until = formatInstant(app.clock.now() + 30n * MICROS_PER_DAY);
    const ask = (body: object, cookie = engineer) =>
      app.send("POST", `/drift/${item.id}/dispositions`, { reason: "Teaching only.", ...body }, { cookie });
    expect((await ask({ kind: "accepted" })).body.errors[0].pointer).toBe("/until");
    expect((await ask({ kind: "accepted", until: formatInstant(app.clock.now()) })).status).toBe(422);
    expect((await ask({ kind: "not_ai", until })).status).toBe(422);
    const asked = (await ask({ kind: "accepted", until }, lead.cookie)).body;
    expect(asked).toMatchObject({ state: "open", awaiting: asked.dispositions[0].id });
    const decide = (cookie: string, decision = "approve") =>
      app.send("POST", `/drift-dispositions/${asked.dispositions[0].id}/decision`, { decision }, { cookie });
    expect((await decide(lead.cookie)).status).toBe(403);
    expect((await decide(engineer)).status).toBe(403);
    const other = await app.join(lead.cookie, "top@example.org", ["top_management"]);
    expect((await decide(other.cookie)).body).toMatchObject({ state: "settled", awaiting: null });
    expect((await decide(other.cookie, "reject")).status).toBe(409);
    expect(await find("lab/notebooks")).toBeUndefined();
    app.clock.advance(MICROS_PER_MINUTE);
    await publish("lab/notebooks", [component("package", "spacy"), component("provider", "cohere")]);
    expect(await find("lab/notebooks")).toMatchObject({ state: "open" });
  });

  it("is an act of people", async () => {
    const [item] = await inbox();
    const bound = await app.makeKey(lead.cookie, ["systems:write", "inventory:write"]);
    const body = { kind: "not_ai", reason: "x" };
    expect((await app.send("POST", `/drift/${item.id}/dispositions`, body, { key: bound })).status).toBe(403);
    const registration = { values: { name: "x", purpose: "x" }, components: [] };
    expect((await app.send("POST", `/drift/${item.id}/registration`, registration, { key: bound })).status).toBe(403);
  });
});

describe("what decisions show", () => {
  it("is drift for systems nobody registered and releases nobody deployed", async () => {
    const system = await app.send(
      "POST",
      "/systems",
      { values: { name: "Pricer", purpose: "x", lifecycle: "operation" } },
      { cookie: engineer },
    );
    const decision = (id: string, name: string) => ({
      id,
      system: name,
      release: "9.9",
      occurredAt: formatInstant(app.clock.now()),
      outcome: "yes",
    });
    await app.send("POST", "/decisions", [decision("a", "Ghost"), decision("b", "Ghost"), decision("c", "Pricer")], {
      key,
    });
    await reconcileDue(app);
    expect(await find("Ghost")).toMatchObject({
      kind: "shadow",
      message: "Ghost was seen in the log of decisions, and belongs to no registered AI system.",
    });
    expect(await inbox(`&systemId=${system.body.id}`)).toMatchObject([{ kind: "version_drift" }]);
    const before = await app.db
      .selectFrom("ledger_log")
      .selectAll()
      .where("org_id", "=", lead.orgId)
      .executeTakeFirst();
    expect(await reconcileDue(app)).toBe(0);
    const after = await app.db.selectFrom("ledger_log").selectAll().where("org_id", "=", lead.orgId).executeTakeFirst();
    expect(after?.size).toBe(before?.size);
  });

  it("closes once the system is registered under its name", async () => {
    const made = await app.send("POST", "/systems", { values: { name: "Ghost", purpose: "x" } }, { cookie: engineer });
    await reconcileDue(app);
    expect(await find("Ghost")).toBeUndefined();
    const closed = await find("Ghost", "&state=closed");
    expect(closed).toMatchObject({ state: "closed" });
    const withdrawal = `/systems/${made.body.id}/withdrawal`;
    await app.send("POST", withdrawal, { changeReason: "A slip." }, { cookie: engineer, etag: '"1"' });
    await reconcileDue(app);
    expect(await find("Ghost")).toMatchObject({ id: closed.id, state: "open" });
  });
});

describe("the status", () => {
  it("fails for shadow AI past the grace, and names it", async () => {
    const read = async (id: string) => {
      await app.settle();
      const cookie = (await app.send("POST", "/session", { email: "eve@example.org", password: PASSWORD }))
        .cookie as string;
      return (await app.send("GET", `/status/requirements/${id}`, undefined, { cookie })).body;
    };
    const test = (body: { tests: { testId: string; verdict: string; reason: string }[] }) =>
      body.tests.find(({ testId }) => testId === "T-4.3-1");
    await app.send("POST", "/observations", { source: "otlp", sightings: [] }, { key });
    expect(test(await read("4.3"))?.verdict).toBe("pass");
    app.clock.advance(11n * MICROS_PER_DAY);
    const failed = test(await read("4.3"));
    expect(failed?.verdict).toBe("fail");
    expect(failed?.reason).toContain("belongs to no registered AI system");
  });
});
