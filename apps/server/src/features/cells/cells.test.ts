import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR, parseInstant, type Micros } from "@steward/kernel";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { binOf, binRange } from "./cells.bins.ts";
import {
  type CellQuery,
  readCellsUpTo,
  readDistinctSubjects,
  readOutcomeCells,
  readScoreHistogram,
  readSliceCells,
} from "./cells.read.ts";
import { OUTCOME_LABELS_MAX, rollUpCells, SLICES_MAX } from "./cells.rollup.ts";

let world: DecisionApp;
let send: DecisionApp["send"];
let systemId: string;
let window: CellQuery;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  ({ systemId } = await world.makeSystem("Ranker"));
  window = { systemId, from: "2026-01-01", to: "2027-12-31" };
});

afterAll(async () => {
  await world?.close();
});

async function record(records: Record<string, unknown>[]): Promise<string[]> {
  const { body } = await send(
    "POST",
    "/decisions",
    records.map((over) => world.decision(over)),
    "key",
  );
  return body.items.map(({ decisionId }: { decisionId: string }) => decisionId);
}

const tell = (decision: string, outcome: string, observedAt = formatInstant(world.clock.now())) =>
  send("POST", "/outcomes", [{ decision, outcome, observedAt }], "key");
const counts = async (query: CellQuery = window) =>
  (await readOutcomeCells(world.db, world.orgId, query)).map(({ outcome, truth, n }) => [outcome, truth, n]);
const deltas = async () => {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM decision_cell`.execute(world.db);
  return rows[0]?.n;
};

describe("cells", () => {
  it("count by day, outcome and true outcome, once, also as corrections arrive; past answers stay", async () => {
    const [a, b] = await record([
      { outcome: "yes", score: 0.9, attributes: { region: "EU" }, subject: "p1" },
      { outcome: "yes", score: 0.58, attributes: { region: "US" }, subject: "p2" },
      { outcome: "no", attributes: { region: "EU" }, subject: "p1" },
      { outcome: "no", sandbox: true },
      { outcome: "no", system: "Nobody knows" },
    ]);
    expect(await rollUpCells(world.deps)).toBe(5);
    expect(await rollUpCells(world.deps)).toBe(0);
    const before = world.clock.now();
    expect(await counts()).toEqual([
      ["no", null, 1],
      ["yes", null, 2],
    ]);
    await tell(a as string, "no");
    await rollUpCells(world.deps);
    const between = world.clock.now();
    await tell(a as string, "yes");
    await tell(b as string, "yes", "2026-03-01T00:00:00Z");
    await tell(b as string, "no", "2026-02-01T00:00:00Z");
    await rollUpCells(world.deps);
    expect(await counts()).toEqual([
      ["no", null, 1],
      ["yes", "yes", 2],
    ]);
    expect(await counts({ ...window, asOf: before })).toEqual([
      ["no", null, 1],
      ["yes", null, 2],
    ]);
    expect(await counts({ ...window, asOf: between })).toEqual([
      ["no", null, 1],
      ["yes", "no", 1],
      ["yes", null, 1],
    ]);
    expect(await readScoreHistogram(world.db, world.orgId, window)).toEqual([
      { bin: 29, truth: "yes", n: 1 },
      { bin: 45, truth: "yes", n: 1 },
    ]);
    const slices = await readSliceCells(world.db, world.orgId, window);
    expect(
      slices.map(({ attributes, outcome, truth, n, scored, scoreSum }) => [
        attributes,
        outcome,
        truth,
        n,
        scored,
        scoreSum,
      ]),
    ).toEqual([
      [{ region: "EU" }, "no", null, 1, 0, 0],
      [{ region: "EU" }, "yes", "yes", 1, 1, 0.9],
      [{ region: "US" }, "yes", "yes", 1, 1, 0.58],
    ]);
    expect(await readDistinctSubjects(world.db, world.orgId, window)).toBe(2);
    expect(await counts({ ...window, to: "2026-03-09" })).toEqual([]);
    expect(await readOutcomeCells(world.db, world.otherOrgId, window)).toEqual([]);
  });

  it("add up deltas of hours and days that are over without changing an answer", async () => {
    const known = await counts();
    for (let hour = 0; hour < 30; hour++) {
      for (let run = 0; run < 2; run++) {
        await record([{ outcome: "yes", subject: `h${hour}` }]);
        await rollUpCells(world.deps);
      }
      world.clock.advance(MICROS_PER_HOUR);
    }
    const many = (await deltas()) as number;
    const [total, people] = [await counts(), await readDistinctSubjects(world.db, world.orgId, window)];
    const noon: Micros = parseInstant("2026-03-10T12:00:00Z") as Micros;
    const asOfNoon = await counts({ ...window, asOf: noon });
    world.clock.advance(2n * MICROS_PER_DAY);
    await record([{ outcome: "maybe" }]);
    await rollUpCells(world.deps);
    expect(await deltas()).toBeLessThan(many / 2);
    const midnight = parseInstant("2026-03-11T00:00:00Z") as Micros;
    expect(await counts({ ...window, asOf: midnight })).not.toEqual(total);
    expect((await counts()).filter(([outcome]) => outcome !== "maybe")).toEqual(total);
    expect(await readDistinctSubjects(world.db, world.orgId, window)).toBe(people);
    // An estimate: two of 32 people fall into one register of 2,048 in every fifth organisation.
    expect(people).toBeGreaterThanOrEqual(29);
    expect(people).toBeLessThanOrEqual(32);
    expect(asOfNoon).not.toEqual(known);
    expect(await readCellsUpTo(world.db, world.orgId)).toBeLessThanOrEqual(world.clock.now());
  });

  it("leave a decision where it was counted when it is erased before its true outcome is", async () => {
    const { systemId: id } = await world.makeSystem("Forgetful");
    const query = { ...window, systemId: id };
    const [kept, erased] = await record(
      ["EU", "US"].map((region) => ({ system: id, outcome: "yes", attributes: { region } })),
    );
    await rollUpCells(world.deps);
    await tell(kept as string, "no");
    await tell(erased as string, "no");
    await sql`UPDATE decision SET attributes = '{}', subject_hash = NULL, erased_by = 1 WHERE id = ${erased}`.execute(
      world.db,
    );
    await rollUpCells(world.deps);
    const slices = await readSliceCells(world.db, world.orgId, query);
    expect(slices.map(({ attributes, truth, n }) => [attributes, truth, n])).toEqual([
      [{ region: "EU" }, "no", 1],
      [{ region: "US" }, null, 1],
    ]);
  });

  it("tell apart so many outcomes and slices, and count the rest together", async () => {
    const { systemId: id } = await world.makeSystem("Chatty");
    const wild = Array.from({ length: SLICES_MAX + 50 }, (_, n) => ({
      system: id,
      outcome: `label ${n % (OUTCOME_LABELS_MAX + 10)}`,
      attributes: { session: `s${n}`, age: n % 7, income: 1000 + n / 3 },
    }));
    for (let start = 0; start < wild.length; start += 1000) await record(wild.slice(start, start + 1000));
    await rollUpCells(world.deps);
    const query = { ...window, systemId: id };
    const cells = await readOutcomeCells(world.db, world.orgId, query);
    expect(new Set(cells.map(({ outcome }) => outcome)).size).toBe(OUTCOME_LABELS_MAX + 1);
    expect(cells.reduce((sum, { n }) => sum + n, 0)).toBe(wild.length);
    const slices = await readSliceCells(world.db, world.orgId, query);
    expect(slices.reduce((sum, { n }) => sum + n, 0)).toBe(wild.length);
    const rest = slices.filter(({ attributes }) => attributes === null);
    expect(rest.reduce((sum, { n }) => sum + n, 0)).toBe(50);
    const [slice] = slices.filter(({ attributes }) => attributes?.["session"] === "s0");
    expect(slice?.attributes).toMatchObject({ age: 0, income: "bin 89" });
  });
});

describe("bins", () => {
  it("hold each number between their edges, in order", async () => {
    const numbers = fc.sample(
      fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
      500,
    );
    const values = [...numbers, 0, 1, -1, 0.02, 0.58, 2, 1e9, -1e9].sort((a, b) => a - b);
    const { rows } = await sql<{ bin: number }>`
      SELECT ${binOf(sql`v`)} AS bin FROM unnest(${values}::float8[]) WITH ORDINALITY AS t (v, n) ORDER BY n
    `.execute(world.db);
    const slack = (x: number) => 1e-8 * Math.max(1, Math.abs(x));
    for (const [i, { bin }] of rows.entries()) {
      const value = values[i] as number;
      const { from, to } = binRange(bin);
      expect(from, `${value} in ${bin}`).toBeLessThanOrEqual(value + slack(value));
      expect(to, `${value} in ${bin}`).toBeGreaterThanOrEqual(value - slack(value));
      if (i > 0) expect(bin).toBeGreaterThanOrEqual((rows[i - 1] as { bin: number }).bin);
    }
    expect(rows[values.indexOf(0.58)]?.bin).toBe(29);
  });
});

describe("distinct people", () => {
  it("are estimated within a few per cent, whatever the number", async () => {
    const { systemId: id } = await world.makeSystem("Crowd");
    for (let start = 0; start < 3000; start += 1000) {
      await record(Array.from({ length: 1000 }, (_, n) => ({ system: id, subject: `person ${(start + n) % 2500}` })));
      await rollUpCells(world.deps);
    }
    const estimate = await readDistinctSubjects(world.db, world.orgId, { ...window, systemId: id });
    // Five standard errors: keys are random, so the estimate is.
    expect(Math.abs(estimate - 2500) / 2500).toBeLessThan(0.12);
  });
});
