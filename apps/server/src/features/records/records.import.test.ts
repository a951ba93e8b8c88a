import { newId } from "@steward/kernel";
import { type Register, registerOf } from "@steward/registers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp } from "../../../test/support/app.ts";
import { createRecordApp, type RecordApp } from "../../../test/support/record-app.ts";
import { verifyLedger } from "../ledger/ledger.verify.ts";
import { createInTransaction } from "./records.service.ts";
import { stageVersions, writeStaged } from "./records.store.ts";

let world: RecordApp;
let send: RecordApp["send"];

beforeAll(async () => {
  world = await createRecordApp();
  ({ send } = world);
  await send("POST", "/people", { values: { name: "Ada", email: "ada@example.org", activeFrom: "2026-01-01" } });
  await send("POST", "/systems", { values: { name: "Ranker", purpose: "Ranks.", regions: ["EU", "US"] } });
});

afterAll(async () => {
  await world?.close();
});

describe("import and export", () => {
  it("round-trips a register through CSV, guarding formulas, and finds nothing to change", async () => {
    await send("POST", "/people", {
      values: {
        name: "=SUM(A1)",
        email: "formula@example.org",
        activeFrom: "2026-01-01",
        jobTitle: 'Says "hi", often',
      },
    });
    const csv = await send("GET", "/people/export?format=csv");
    expect(csv.body).toContain("'=SUM(A1)");
    const again = await send("POST", "/people/import", { format: "csv", content: csv.body, dryRun: false });
    expect(again.body).toMatchObject({ errors: [], created: 0, changed: 0 });
    expect(again.body.unchanged).toBe(again.body.rows);
    const json = await send("GET", "/systems/export?format=json");
    const back = await send("POST", "/systems/import", {
      format: "json",
      content: JSON.stringify(json.body),
      dryRun: false,
    });
    expect(back.body).toMatchObject({ errors: [], created: 0, changed: 0 });
  });

  it("names line and field of every error and writes nothing at all", async () => {
    const before = (await send("GET", "/people")).body.total;
    const content =
      "name,email,activeFrom\nGrace,grace@example.org,2026-01-01\nNo Date,,\nAda two,ada@example.org,2026-01-01\n,x,y\n";
    const result = await send("POST", "/people/import", { format: "csv", content, dryRun: false });
    expect(result.body.created).toBe(0);
    const found = result.body.errors.map((error: { line: number; field: string }) => `${error.line} ${error.field}`);
    expect(found).toEqual(expect.arrayContaining(["3 activeFrom", "4 email", "5 name"]));
    expect((await send("GET", "/people")).body.total).toBe(before);
    const dry = await send("POST", "/people/import", {
      format: "csv",
      content: "name,activeFrom\nDry,2026-01-01\n",
      dryRun: true,
    });
    expect(dry.body).toMatchObject({ dryRun: true, created: 1, errors: [] });
    expect((await send("GET", "/people")).body.total).toBe(before);
    for (const bad of ['a,b\n"x', "name\nA,B\n"]) {
      const refused = await send("POST", "/people/import", { format: "csv", content: bad, dryRun: false });
      expect(refused.status).toBe(200);
      expect(refused.body.errors.length).toBeGreaterThan(0);
    }
  });

  it("writes what follows from its own rows, with evidence that the ledger's check agrees with", async () => {
    const app = await createTestApp();
    try {
      const { cookie, orgId } = await app.setUp();
      const post = async (url: string, body: object) => {
        const reply = await app.send("POST", url, body, { cookie });
        expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
        return reply.body;
      };
      const { id: systemId } = await post("/systems", { values: { name: "Ranker", purpose: "Ranks." } });
      const release = { systemId, version: "1", digest: `sha256:${"a".repeat(64)}`, changeClass: "major" };
      const { id: releaseId } = await post("/releases", {
        values: { ...release, modelKind: "trained", releasedAt: "2026-01-01T00:00:00Z" },
      });
      // More than one append of the ledger takes; each deployment ends the one before it, which is of the same file.
      const day = (n: number) => new Date(Date.UTC(2020, 0, 1 + n)).toISOString();
      const rows = Array.from({ length: 520 }, (_, n) => ({
        systemId,
        releaseId,
        environment: "production",
        startedAt: day(n),
      }));
      const content = JSON.stringify(rows);
      expect(await post("/deployments/import", { format: "json", content, dryRun: false })).toMatchObject({
        created: 520,
        errors: [],
      });
      const { body } = await app.send("GET", "/deployments?sort=startedAt&limit=1", undefined, { cookie });
      expect(body.items[0].version).toBe(2);
      expect(Date.parse(body.items[0].values.endedAt)).toBe(Date.parse(day(1)));
      expect((await verifyLedger(app.db, app.clock, app.keys, orgId)).findings).toEqual([]);
    } finally {
      await app.close();
    }
  });

  it("lets others write while it is under way", async () => {
    const app = await createTestApp();
    try {
      const { cookie, orgId, personId } = await app.setUp();
      const writer = { orgId, actor: { kind: "person" as const, id: personId }, caller: undefined };
      const register = registerOf("system") as Register;
      const values = register.createSchema.parse({ name: "Imported", purpose: "x" }) as Record<string, unknown>;
      await app.db.transaction().execute(async (tx) => {
        stageVersions(tx);
        await createInTransaction(app, tx, writer, register, { id: newId(app.clock), values });
        const beside = await app.send("POST", "/systems", { values: { name: "Beside", purpose: "x" } }, { cookie });
        expect(beside.status).toBe(201);
        await writeStaged(tx, app.clock, orgId, writer.actor);
      });
      const { body } = await app.send("GET", "/systems?sort=name", undefined, { cookie });
      expect(body.items.map(({ title }: { title: string }) => title)).toEqual(["Beside", "Imported"]);
      expect((await verifyLedger(app.db, app.clock, app.keys, orgId)).findings).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
