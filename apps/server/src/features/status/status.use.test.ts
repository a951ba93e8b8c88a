import { MICROS_PER_DAY } from "@steward/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { rollUpCells } from "../cells/cells.rollup.ts";
import { loadUses } from "./status.use.ts";
import { loadFacts } from "./status.facts.ts";

let world: DecisionApp;
let systemId: string;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ systemId } = await world.makeSystem("Ranker"));
  await world.makeSystem("Free", {});
});

afterAll(async () => {
  await world?.close();
});

it("uses are what decisions carry over the days that end with the newest one, as they were known", async () => {
  const ada = await world.make("/people", { name: "Ada", activeFrom: "2026-01-01" });
  const envelope = { name: "Ranking", systemId, tasks: ["rank"], regions: ["EU"], limitPercent: 5 };
  await world.make("/use-envelopes", envelope);
  const decision = { dimension: "region", value: "US", decision: "permit", reason: "A pilot.", decidedById: ada };
  await world.make("/use-deviations", { systemId, ...decision, decidedOn: "2026-03-10" });
  const decide = async (...attributes: object[]) => {
    const batch = attributes.map((one) => world.decision({ attributes: one }));
    const others = attributes.map((one) => world.decision({ system: "Free", attributes: one }));
    expect((await world.send("POST", "/decisions", [...batch, ...others])).body.accepted).toBe(2 * batch.length);
    await rollUpCells(world.deps);
  };
  await decide({ task: "rank", region: "BR" });
  world.clock.advance(31n * MICROS_PER_DAY);
  await decide({ task: "rank", region: "EU" }, { task: "rank", region: "EU", age: 3 }, { region: "US" });
  const known = world.clock.now();
  world.clock.advance(MICROS_PER_DAY);
  await decide({ task: "rank", region: "US" });

  const at = { recordedAt: world.clock.now(), effectiveAt: world.clock.now() };
  const { uses, useEnvelopes, useDeviations } = await loadFacts(world.db, world.orgId, at);
  expect(uses).toMatchObject([{ systemId }]);
  const groups = uses?.[0]?.groups.map(({ task, region, decisions }) => `${task}/${region}: ${decisions}`).sort();
  // Two slices of one place; what was decided a month before the newest day is not among them.
  expect(groups).toEqual(["null/US: 1", "rank/EU: 1", "rank/EU: 1", "rank/US: 1"]);
  expect(useEnvelopes).toMatchObject([{ systemId, intended: { task: ["rank"], region: ["EU"] }, limitPercent: 5 }]);
  expect(useDeviations).toMatchObject([{ systemId, dimension: "region", value: "US" }]);
  const [before] = await loadUses(world.db, world.orgId, known);
  expect(before?.groups.reduce((sum, { decisions }) => sum + decisions, 0)).toBe(3);
});
