import { SCAN_CONFIDENCES, SCAN_KINDS, type ScanDocument } from "@steward/contract";
import { CONFIDENCES, KINDS } from "@steward/discovery";
import { formatInstant, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { recordObservations, type Sighting } from "./observations.store.ts";
import { documentDigest } from "./scans.service.ts";

let app: TestApp;
let cookie: string;
let orgId: string;
let key: string;
let systemId: string;

beforeAll(async () => {
  app = await createTestApp();
  ({ cookie, orgId } = await app.setUp());
  key = await app.makeKey(cookie, ["inventory:write", "records:read"]);
  const made = await app.send("POST", "/systems", { values: { name: "Ranker", purpose: "Ranks." } }, { cookie });
  systemId = made.body.id;
});
afterAll(async () => {
  await app?.close();
});

const component = (name: string, over: object = {}) => ({
  kind: "provider" as const,
  name,
  confidence: "used" as const,
  evidence: [{ file: "src/main.ts", line: 3, detector: `${name}/import` }],
  ...over,
});

function report(...components: ScanDocument["components"]): ScanDocument {
  return { schema: "steward/scan/v1", root: "loan", filesScanned: 12, filesSkipped: [], components };
}

const publish = (body: object, by: object = { key }) => app.send("POST", "/scans", body, by);

async function componentsOf(scanId: string) {
  const { components } = await app.db
    .selectFrom("scan")
    .select("components")
    .where("id", "=", scanId)
    .executeTakeFirstOrThrow();
  return components;
}

describe("a scan", () => {
  it("speaks the scanner's words", () => {
    expect(SCAN_KINDS).toEqual(KINDS);
    expect(SCAN_CONFIDENCES).toEqual(CONFIDENCES);
  });

  it("is stored whole with its digest, as one entry of the ledger, and read again", async () => {
    const document = report(component("openai"));
    const made = await publish({ source: "github.com/acme/loan", system: "Ranker", revision: "4f2", report: document });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ systemId, components: 1, filesScanned: 12, sender: { kind: "key" } });
    expect(made.body.digest).toBe(documentDigest(document));
    const read = await app.send("GET", `/scans/${made.body.id}`, undefined, { key });
    expect(read.body.report).toEqual(document);
    const entry = await app.db
      .selectFrom("ledger_entry")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("index", "=", made.body.ledgerIndex)
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ kind: "scan.recorded", subject_id: made.body.id });
    const listed = await app.send("GET", `/scans?systemId=${systemId}`, undefined, { key });
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
  });

  it("remembers since when a component has been found, and forgets once it is gone", async () => {
    const at: string[] = [];
    for (const names of [["openai"], ["openai", "cohere"], ["cohere"], ["openai", "cohere"]]) {
      app.clock.advance(MICROS_PER_HOUR);
      const { body } = await publish({ source: "mono", report: report(...names.map((name) => component(name))) });
      at.push(body.recordedAt);
      const since = Object.fromEntries((await componentsOf(body.id)).map((row) => [row.name, row.firstSeenAt]));
      if (at.length === 2) expect(since).toEqual({ openai: at[0], cohere: at[1] });
      if (at.length === 4) expect(since).toEqual({ openai: at[3], cohere: at[1] });
    }
  });

  it("is refused for an unknown system, for another system than the key's, and without the permission", async () => {
    const body = { source: "x", report: report() };
    expect((await publish({ ...body, system: "Nobody's" })).body.errors[0].pointer).toBe("/system");
    const other = await app.send("POST", "/systems", { values: { name: "Other", purpose: "x" } }, { cookie });
    const bound = await app.makeKey(cookie, ["inventory:write"], { systemId: other.body.id });
    expect((await publish({ ...body, system: "Ranker" }, { key: bound })).status).toBe(403);
    expect((await publish(body, { key: bound })).body.systemId).toBe(other.body.id);
    const reader = await app.join(cookie, "reader@example.org", ["reader"]);
    expect((await publish(body, { cookie: reader.cookie })).status).toBe(403);
  });
});

describe("the map", () => {
  it("shows one supplier under one name, and learns other names from the register with their reason", async () => {
    const make = async (name: string, supplier: string) => {
      const values = { name, purpose: "Writes.", supplier };
      return (await app.send("POST", "/systems", { values }, { cookie })).body.id as string;
    };
    const first = await make("Writer", "OpenAI");
    const second = await make("Summariser", "open-ai");
    const third = await make("Translator", "Town gateway");
    const suppliers = async () => {
      const { body } = await app.send("GET", "/inventory-map", undefined, { cookie });
      const named = new Map(
        body.systems.map((one: { id: string; suppliers: { name: string }[] }) => [
          one.id,
          one.suppliers.map(({ name }) => name),
        ]),
      );
      return [first, second, third].map((id) => named.get(id));
    };
    const before = await suppliers();
    expect(before[0]).toEqual(before[1]);
    expect(before[2]).toEqual(["Town gateway"]);
    const alias = { alias: "town_gateway", supplier: "OpenAI" };
    const silent = await app.send("POST", "/supplier-aliases", { values: alias }, { cookie });
    expect(silent.status).toBe(422);
    expect(silent.body.errors[0].pointer).toBe("/values/reason");
    const made = await app.send(
      "POST",
      "/supplier-aliases",
      { values: { ...alias, reason: "The gateway's contract." } },
      { cookie },
    );
    expect(made.status).toBe(201);
    const after = await suppliers();
    expect(after[2]).toEqual(after[0]);
    // Who is meant is who is shown, also of what belongs to no system.
    const at = formatInstant(app.clock.now());
    const sighting = { provider: "llm-proxy", service: "ai/iris", count: 1, firstAt: at, lastAt: at };
    await app.send("POST", "/observations", { source: "cloudtrail", sightings: [sighting] }, { key });
    const own = { alias: "LLM proxy", supplier: "Own platform", reason: "Our proxy." };
    await app.send("POST", "/supplier-aliases", { values: own }, { cookie });
    const { body: map } = await app.send("GET", "/inventory-map", undefined, { cookie });
    const shown = map.shadow.find(({ name }: { name: string }) => name === "ai/iris");
    expect(shown.suppliers).toEqual(["Own platform"]);
  });

  it("proposes the organisation's own model that a registry lists, with its version and without a supplier", async () => {
    const at = formatInstant(app.clock.now());
    const model = { provider: "self", model: "wage-band", version: "3", service: "wage-band" };
    const sightings = [{ ...model, count: 1, firstAt: at, lastAt: at }];
    await app.send("POST", "/observations", { source: "mlflow", sightings }, { key });
    const { body: drift } = await app.send("GET", "/drift?limit=200", undefined, { cookie });
    const item = drift.items.find(({ subject }: { subject: { name: string } }) => subject.name === "wage-band");
    const { body: proposal } = await app.send("GET", `/drift/${item.id}/proposal`, undefined, { cookie });
    expect(proposal.components).toEqual([{ name: "wage-band", componentKind: "model", version: "3", supplier: null }]);
  });
});

describe("observations", () => {
  const sighting = (over: Partial<Sighting> = {}): Sighting => ({
    provider: "openai",
    model: "gpt-4o",
    version: null,
    digest: null,
    service: "loan-api",
    systemId: null,
    count: 1,
    firstAt: app.clock.now(),
    lastAt: app.clock.now(),
    ...over,
  });
  const record = (sightings: Sighting[], complete = false) =>
    withTransaction(app.db, (tx) =>
      recordObservations(tx, app.clock, orgId, {
        source: "otlp",
        actor: { kind: "system", id: orgId },
        sightings,
        complete,
      }),
    );
  const listed = async () =>
    (await app.send("GET", "/observations?source=otlp", undefined, { key })).body.items as {
      model: string;
      count: number;
    }[];

  it("are all counted, and enter the ledger at most once an hour", async () => {
    const first = await record([sighting({ count: 2 }), sighting({ count: 3 })]);
    expect(first).toBeGreaterThan(0);
    for (let i = 0; i < 10; i++) {
      app.clock.advance(MICROS_PER_MINUTE);
      expect(await record([sighting({ count: 10 })])).toBeUndefined();
    }
    expect(await listed()).toMatchObject([{ model: "gpt-4o", count: 105, systemId: null, ledgerIndex: first }]);
    app.clock.advance(MICROS_PER_HOUR);
    const second = await record([sighting(), sighting({ model: "o3" })]);
    const { rows } = await app.database.pool.query("SELECT body FROM ledger_body WHERE org_id = $1 AND index = $2", [
      orgId,
      second,
    ]);
    const { sightings } = JSON.parse(rows[0].body.toString());
    // What was counted in between is told with the next entry.
    expect(sightings.map(({ model, count }: { model: string; count: number }) => [model, count]).sort()).toEqual([
      ["gpt-4o", 101],
      ["o3", 1],
    ]);
  });

  it("of several writers at once are all counted", async () => {
    const before = (await listed()).find(({ model }) => model === "gpt-4o")?.count ?? 0;
    const batch = [sighting(), sighting({ model: "o3" }), sighting({ model: "o4" })];
    await Promise.all(Array.from({ length: 12 }, (_, i) => record(i % 2 === 0 ? batch : batch.toReversed())));
    expect((await listed()).find(({ model }) => model === "gpt-4o")?.count).toBe(before + 12);
  });

  it("say by an empty list that somebody looked", async () => {
    const reply = await app.send("POST", "/observations", { source: "kubernetes", sightings: [] }, { key });
    expect(reply.status).toBe(200);
    const looks = await app.db.selectFrom("observation_batch").selectAll().where("source", "=", "kubernetes").execute();
    expect(looks).toMatchObject([{ n: 0, ledger_index: reply.body.ledgerIndexes[0] }]);
  });

  it("are refused where their moments cannot be", async () => {
    const now = formatInstant(app.clock.now());
    const later = formatInstant(app.clock.now() + MICROS_PER_HOUR);
    const seen = { provider: "aws", service: "role/ops", count: 1 };
    const send = (firstAt: string, lastAt: string) =>
      app.send("POST", "/observations", { source: "cloudtrail", sightings: [{ ...seen, firstAt, lastAt }] }, { key });
    expect((await send(later, now)).body.errors[0].pointer).toBe("/sightings/0/lastAt");
    expect((await send(now, later)).status).toBe(422);
    expect((await send(now, now)).status).toBe(200);
  });

  it("are paged from the last seen on, each once", async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const reply: { body: { items: { id: string }[]; nextCursor: string | null } } = await app.send(
        "GET",
        `/observations?limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`,
        undefined,
        { key },
      );
      seen.push(...reply.body.items.map(({ id }) => id));
      cursor = reply.body.nextCursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(3);
  });
});
