import { formatInstant } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";

let world: DecisionApp;
let send: DecisionApp["send"];
let systemId: string;
let unfair: string;
let fair: string;

/** Selected and rejected of two groups. */
function counts(a: readonly [number, number], b: readonly [number, number]) {
  const cell = (sex: string, outcome: string, n: number) => ({ key: [sex], outcome, n });
  const cells = [
    cell("F", "selectedUnlabelled", a[0]),
    cell("F", "rejectedUnlabelled", a[1]),
    cell("M", "selectedUnlabelled", b[0]),
    cell("M", "rejectedUnlabelled", b[1]),
  ];
  return {
    schema: "steward/bias-statistics/v1",
    task: "classification",
    tables: [{ attributes: ["sex"], cells }],
  };
}

async function evaluate(statistics: object, policyDigest: string): Promise<string> {
  const { body, status } = await send("POST", "/evaluations", {
    system: "Ranker",
    release: "1.0",
    kind: "bias",
    dataset: { name: "holdout", version: "2026-03" },
    tool: { name: "steward" },
    policyDigest,
    bias: { statistics, replicates: 200 },
    startedAt: formatInstant(world.clock.now()),
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id as string;
}

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  ({ systemId } = await world.makeSystem("Ranker"));
  const policy = { schema: "steward/bias-policy/v1", name: "fair ranking", version: 1, profile: "four-fifths" };
  const committed = await send("POST", "/evaluation-policies", { system: "Ranker", policy });
  const digest = committed.body.policy.digest as string;
  unfair = await evaluate(counts([1000, 4000], [2500, 2500]), digest);
  fair = await evaluate(counts([2500, 2500], [2500, 2500]), digest);
});

afterAll(async () => {
  await world?.close();
});

describe("an evaluation as people read it", () => {
  it("has its verdict, findings and plots in words", async () => {
    const { body } = await send("GET", `/evaluations/${unfair}/document`);
    expect(body.evaluation).toMatchObject({ id: unfair, verdict: "fail" });
    expect(body.document.verdict).toMatchObject({ verdict: "fail", shape: "◆" });
    expect(body.document.findings[0].reading).toContain("Ratio of selection rates by sex: 0.400 in this sample");
    expect(body.document.slices[0].main[0].rows).toMatchObject([
      { label: "F", note: "n = 5,000", value: 0.2, thin: false },
      { label: "M", value: 0.5 },
    ]);
  });

  it("is set as the same PDF each time it is asked for", async () => {
    const get = () => send("GET", `/evaluations/${unfair}/report.pdf`, undefined, "governance_lead");
    const [one, two] = [await get(), await get()];
    expect(one.status).toBe(200);
    expect(one.headers["content-type"]).toBe("application/pdf");
    expect(one.bytes.subarray(0, 8).toString()).toBe("%PDF-1.7");
    expect(two.bytes.equals(one.bytes)).toBe(true);
  });

  it("has a series for each rule, oldest first", async () => {
    const { body } = await send("GET", `/evaluation-series?systemId=${systemId}`);
    expect(body.series).toHaveLength(1);
    expect(body.series[0]).toMatchObject({
      title: "Ratio of selection rates by sex",
      threshold: 0.8,
      direction: "at_least",
      points: [
        { evaluationId: unfair, releaseVersion: "1.0", value: 0.4, verdict: "fail" },
        { evaluationId: fair, value: 1, verdict: "pass" },
      ],
    });
  });

  it("exists for bias alone", async () => {
    const other = await send("POST", "/evaluations", {
      system: "Ranker",
      release: "1.0",
      kind: "accuracy",
      dataset: { name: "holdout" },
      tool: { name: "suite" },
      results: [{ name: "all", metric: "passRate", value: 0.9 }],
    });
    expect(other.status).toBe(201);
    expect((await send("GET", `/evaluations/${other.body.id}/document`)).status).toBe(404);
    const { body } = await send("GET", `/evaluation-series?systemId=${systemId}&kind=accuracy`);
    expect(body.series).toMatchObject([{ title: "passRate of all", points: [{ value: 0.9, verdict: "none" }] }]);
  });
});
