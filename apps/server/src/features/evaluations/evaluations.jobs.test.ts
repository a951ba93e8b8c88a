import { MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { runDueBiasLooks } from "./evaluations.jobs.ts";

let world: DecisionApp;
let systemId: string;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ systemId } = await world.makeSystem("Ranker"));
  await watch("fair", ["sex"]);
});

afterAll(async () => {
  await world?.close();
});

let people = 0;

async function watch(name: string, attributes: string[]): Promise<void> {
  const policy = {
    schema: "steward/bias-policy/v1",
    name,
    version: 1,
    profile: "four-fifths",
    continuous: { positive: ["upper"], attributes, sharpestAt: 300, everyHours: 24 },
  };
  const { status, body } = await world.send("POST", "/evaluation-policies", { system: "Ranker", policy });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body.policy.continuous).toBe(true);
  world.clock.advance(MICROS_PER_MINUTE);
}

/** Decides about so many new people of a group. */
async function decide(sex: string, upper: number, lower: number, subjects = (place: number) => `p-${people + place}`) {
  const outcomes = [...Array.from({ length: upper }, () => "upper"), ...Array.from({ length: lower }, () => "lower")];
  const sent = outcomes.map((outcome, place) =>
    world.decision({ outcome, attributes: { sex }, subject: subjects(place) }),
  );
  people += outcomes.length;
  const { body } = await world.send("POST", "/decisions", sent);
  expect(body.rejected).toBe(0);
}

const looks = async () =>
  (await world.send("GET", `/evaluations?systemId=${systemId}&basis=live_decisions`)).body.items;

it(
  "looks at live decisions once a day, over distinct people, and finds what is plain",
  { timeout: 60_000 },
  async () => {
    expect(await runDueBiasLooks(world.deps)).toBe(0);
    await decide("F", 20, 20);
    await decide("M", 22, 18);
    expect(await runDueBiasLooks(world.deps)).toBe(1);
    expect(await looks()).toMatchObject([
      {
        basis: "live_decisions",
        suite: "fair",
        kind: "bias",
        cases: 80,
        verdict: "insufficient",
        thresholdsFirst: true,
        dataset: { name: "live decisions" },
      },
    ]);
    await decide("F", 1, 1);
    expect(await runDueBiasLooks(world.deps), "a day has not passed").toBe(0);
    world.clock.advance(25n * MICROS_PER_HOUR);
    // The same person again and again is no new evidence.
    await decide("F", 0, 300, () => "p-0");
    expect(await runDueBiasLooks(world.deps)).toBe(1);
    expect((await looks())[0]).toMatchObject({ cases: 82, verdict: "insufficient" });
    world.clock.advance(25n * MICROS_PER_HOUR);
    expect(await runDueBiasLooks(world.deps), "nothing new").toBe(0);
    await decide("F", 100, 400);
    await decide("M", 400, 100);
    expect(await runDueBiasLooks(world.deps)).toBe(1);
    const [failed] = await looks();
    expect(failed).toMatchObject({ cases: 1082, verdict: "fail", action: { state: "open" } });
    const { body } = await world.send("GET", `/evaluations/${failed.id}`);
    expect(body.report.inference.demographicParityRatio.correction).toBe("confidence sequence");
  },
);

it("says once a day that attributes are no groups, where each person has a value of their own", async () => {
  await watch("by name", ["name"]);
  const sent = Array.from({ length: 1001 }, (_, n) =>
    world.decision({ outcome: "upper", attributes: { name: `Person ${n}` }, subject: `named-${n}` }),
  );
  await world.send("POST", "/decisions", sent.slice(0, 500));
  await world.send("POST", "/decisions", sent.slice(500));
  await runDueBiasLooks(world.deps);
  const of = (await looks()).filter(({ suite }: { suite: string }) => suite === "by name");
  expect(of).toMatchObject([{ verdict: "insufficient", cases: null }]);
  expect((await world.send("GET", `/evaluations/${of[0].id}`)).body).toMatchObject({
    report: null,
    reasons: [expect.stringContaining("The slice name has 1001 groups")],
  });
  expect(await runDueBiasLooks(world.deps), "it is said").toBe(0);
  expect((await world.send("POST", "/ledger/checks")).body).toMatchObject({ ok: true, findings: [] });
});
