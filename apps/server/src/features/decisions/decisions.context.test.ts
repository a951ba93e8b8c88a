import { readFile } from "node:fs/promises";
import path from "node:path";

import { evaluate } from "@steward/assurance";
import { MICROS_PER_DAY } from "@steward/kernel";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { loadFacts } from "../status/status.facts.ts";
import { loadContextItems } from "../status/status.monitoring.ts";
import { CONTEXT_SOURCES_MAX } from "./decisions.context.ts";

let world: DecisionApp;

beforeAll(async () => {
  world = await createDecisionApp();
  await world.makeSystem("Agent");
});

afterAll(async () => {
  await world?.close();
});

type Item = Readonly<Record<string, unknown>>;

async function run(items: readonly Item[], over: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const ai = { operation: "invoke_agent", runId: crypto.randomUUID(), manifest: { items } };
  const { status } = await world.send("POST", "/decisions", world.decision({ system: "Agent", ai, ...over }), "key");
  expect(status).toBe(200);
}

const known = async (until = world.clock.now()) =>
  (await loadContextItems(world.db, world.orgId, until))
    .map(({ source, label, firstAt, lastAt }) => [source, label, firstAt, lastAt] as const)
    .sort((a, b) => `${a[0]} ${a[1]}`.localeCompare(`${b[0]} ${b[1]}`));

describe("sources of context", () => {
  it("are kept by day, with the label that each item carries, as they were known", async () => {
    const first = world.clock.now();
    await run([
      { sourceId: "handbook", trustLabel: "owned" },
      { sourceId: "handbook", trustLabel: "owned" },
      { sourceId: "web" },
      { trustLabel: "user" },
    ]);
    await run([{ sourceId: "test", trustLabel: "owned" }], { sandbox: true });
    await run([]);
    const before = world.clock.now();
    world.clock.advance(3n * MICROS_PER_DAY);
    await run([{ sourceId: "web", trustLabel: "public" }]);
    await run([{ sourceId: "web" }]);
    const items = await known();
    expect(items.map(([source, label]) => [source, label])).toEqual([
      ["handbook", "owned"],
      [null, "user"],
      ["web", null],
      ["web", "public"],
    ]);
    const [, , firstAt, lastAt] = items[2] as (typeof items)[number];
    expect(firstAt).toBeGreaterThanOrEqual(first);
    expect(lastAt - firstAt).toBeGreaterThanOrEqual(3n * MICROS_PER_DAY);
    expect((await known(before)).map(([source]) => source)).toEqual(["handbook", null, "web"]);
    expect(await loadContextItems(world.db, world.otherOrgId, world.clock.now())).toEqual([]);
  });

  it("are what the migration counts of the runs that came before it", async () => {
    const migration = await readFile(
      path.join(import.meta.dirname, "../../../migrations/0038_context_sources.sql"),
      "utf8",
    );
    const backfill = migration
      .slice(migration.indexOf("INSERT INTO"))
      .replace("now() - interval '60 days'", "'-infinity'");
    const counted = await sql`SELECT * FROM context_source_day ORDER BY 1, 2, 5, 3, 4`.execute(world.db);
    await sql`DELETE FROM context_source_day`.execute(world.db);
    await sql.raw(backfill).execute(world.db);
    expect((await sql`SELECT * FROM context_source_day ORDER BY 1, 2, 5, 3, 4`.execute(world.db)).rows).toEqual(
      counted.rows,
    );
  });

  it("beyond a number count together, as items that name no source", async () => {
    const { systemId: wild } = await world.makeSystem("Wild");
    for (let start = 0; start <= CONTEXT_SOURCES_MAX; start += 200) {
      const items = Array.from({ length: 200 }, (_, n) => ({ sourceId: `s${start + n}`, trustLabel: "public" }));
      await run(items, { system: "Wild" });
    }
    const items = (await loadContextItems(world.db, world.orgId, world.clock.now())).filter(
      (item) => item.systemId === wild,
    );
    expect(items.length).toBe(CONTEXT_SOURCES_MAX + 1);
    expect(items.filter(({ source }) => source === null)).toMatchObject([{ label: null }]);
  });

  it("decide whether an agent knows where its context comes from, as the register says", async () => {
    const { systemId: id } = await world.makeSystem("Acting", { agentic: "yes", inScope: "yes", scopeReason: "Sold." });
    const judge = async () => {
      const now = world.clock.now();
      const facts = await loadFacts(world.db, world.orgId, { recordedAt: now, effectiveAt: now });
      const { tests } = evaluate(world.deps.catalogue, facts, now);
      return tests.find(({ testId }) => testId === "T-AG-02");
    };
    const items = [{ sourceId: "wiki", trustLabel: "public" }];
    await run(items, { system: "Acting" });
    expect(await judge()).toMatchObject({ verdict: "pass", population: { n: 1 } });
    world.clock.advance(8n * MICROS_PER_DAY);
    await run(items, { system: "Acting" });
    expect(await judge()).toMatchObject({ verdict: "fail", nextStep: { action: "register_context" } });
    const source = { sourceKind: "web", trustLabel: "public", rightsClass: "free", dataClass: "public" };
    const named = { name: "Wiki", systemId: id, sourceKey: "wiki", selectionReason: "It is kept well." };
    await world.make("/context-sources", { ...named, ...source });
    expect(await judge()).toMatchObject({ verdict: "pass", exceptions: [] });
  });
});
