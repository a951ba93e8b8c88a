import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createRecordApp, type RecordApp } from "../../../test/support/record-app.ts";

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
});
