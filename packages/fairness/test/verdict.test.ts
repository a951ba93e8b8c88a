import { describe, expect, it } from "vitest";

import { evaluateClassification, evaluateRegression, parsePolicy, PolicyError } from "../src/index.ts";
import type { BiasPolicy, ClassificationTable, OutcomeCell } from "../src/index.ts";
import { decide, worstVerdict } from "../src/verdict.ts";
import { oneWay } from "./rows.ts";

const BASE = { schema: "steward/bias-policy/v1", name: "test", version: 1, slices: { ways: 1 } };
const HOLM = { replicates: 0 } as const;

function policy(more: object): BiasPolicy {
  return parsePolicy({ ...BASE, ...more });
}

/** Groups with so many rows selected of so many. */
function selected(groups: Readonly<Record<string, readonly [number, number]>>): ClassificationTable {
  const cells = Object.entries(groups).flatMap(([name, [hits, n]]): OutcomeCell[] => [
    { key: [name === "unknown" ? null : name], outcome: "selectedUnlabelled", n: hits },
    { key: [name === "unknown" ? null : name], outcome: "rejectedUnlabelled", n: n - hits },
  ]);
  return { attributes: ["group"], cells };
}

const FOUR_FIFTHS = policy({ profile: "four-fifths" });

describe("a threshold against an interval", () => {
  it("is kept, missed, or lies inside", () => {
    expect(decide("ratio", 0.8, 0.8, 0.9)).toBe("pass");
    expect(decide("ratio", 0.8, 0.5, 0.79)).toBe("fail");
    expect(decide("ratio", 0.8, 0.5, 0.8)).toBe("insufficient");
    expect(decide("difference", 0.1, 0.02, 0.1)).toBe("pass");
    expect(decide("difference", 0.1, 0.11, 0.3)).toBe("fail");
    expect(decide("difference", 0.1, 0.1, null)).toBe("insufficient");
    expect(decide("ratio", 0.8, null, null)).toBe("insufficient");
  });

  it("counts with the worst of all slices", () => {
    expect(worstVerdict(["pass", "insufficient", "fail"])).toBe("fail");
    expect(worstVerdict(["pass", "insufficient"])).toBe("insufficient");
    expect(worstVerdict(["pass", "pass"])).toBe("pass");
    expect(worstVerdict([])).toBe("insufficient");
  });
});

describe("a policy", () => {
  it("passes, fails or asks for rows, in words", () => {
    const pass = evaluateClassification(selected({ a: [3000, 10_000], b: [3010, 10_000] }), { policy: FOUR_FIFTHS });
    expect(pass).toMatchObject({ verdict: "pass", reasons: [], thinCells: [] });
    const fail = evaluateClassification(selected({ a: [300, 1000], b: [120, 1000] }), { policy: FOUR_FIFTHS });
    expect(fail.verdict).toBe("fail");
    expect(fail.reasons[0]).toMatch(
      /^Ratio of selection rates by group: 0\.400 in this sample between b \(lower\) and a \(higher\);/,
    );
    expect(fail.reasons[0]).toContain("None of that range meets the policy's at least 0.8.");
    const open = evaluateClassification(selected({ a: [300, 1000], b: [24, 100] }), { policy: FOUR_FIFTHS });
    expect(open.verdict).toBe("insufficient");
    expect(open.thinCells).toEqual([
      expect.objectContaining({
        key: { group: "b" },
        denominator: 100,
        metric: "selectionRate",
        disparity: "demographicParityRatio",
      }),
    ]);
    // The observed ratio is the threshold itself: no number of rows tells on which side the truth lies.
    expect(open.thinCells[0]?.needed).toBeNull();
    expect(open.thinCells[0]?.neededAtParity).toBeGreaterThan(100);
    expect(open.reasons[0]).toContain("b has 100, too near the threshold to call");
  });

  it("gives a number of rows with which the verdict does fall", () => {
    const open = evaluateClassification(selected({ a: [3000, 10_000], b: [21, 100] }), { policy: FOUR_FIFTHS });
    expect(open.verdict).toBe("insufficient");
    const needed = open.thinCells[0]?.needed as number;
    expect(needed).toBeGreaterThan(100);
    const enough = evaluateClassification(selected({ a: [3000, 10_000], b: [Math.round(needed * 0.21), needed] }), {
      policy: FOUR_FIFTHS,
    });
    expect(enough.verdict).toBe("fail");
    const parity = evaluateClassification(selected({ a: [300, 1000], b: [60, 200] }), { policy: FOUR_FIFTHS });
    expect(parity.verdict).toBe("insufficient");
    const rows = parity.thinCells[0]?.needed as number;
    const even = evaluateClassification(
      selected({
        a: [0.3 * Math.max(1000, rows), Math.max(1000, rows)].map(Math.round) as [number, number],
        b: [Math.round(0.3 * rows), rows],
      }),
      { policy: FOUR_FIFTHS },
    );
    expect(even.verdict).toBe("pass");
  });

  it("never passes while a group is below the minimum denominator, but may fail", () => {
    const thin = evaluateClassification(selected({ a: [3000, 10_000], b: [3010, 10_000], c: [5, 20] }), {
      policy: FOUR_FIFTHS,
    });
    expect(thin.verdict).toBe("insufficient");
    expect(thin.thinCells).toEqual([expect.objectContaining({ key: { group: "c" }, denominator: 20 })]);
    expect(thin.thinCells[0]?.needed).toBeGreaterThanOrEqual(30);
    const fail = evaluateClassification(selected({ a: [3000, 10_000], b: [1000, 10_000], c: [5, 20] }), {
      policy: FOUR_FIFTHS,
    });
    expect(fail.verdict).toBe("fail");
  });

  it("of Local Law 144 leaves out groups under 2 % and unknown values, and counts both", () => {
    const table = selected({ a: [3000, 10_000], b: [3010, 10_000], c: [5, 20], unknown: [1, 3000] });
    const report = evaluateClassification(table, { policy: policy({ profile: "ll144" }) });
    expect(report.verdict).toBe("pass");
    expect(report.slices[0]?.groups.map((group) => [group.key["group"], group.n, group.excluded])).toEqual([
      ["a", 10_000, undefined],
      ["b", 10_000, undefined],
      ["c", 20, "fewer than 2 % of the rows"],
      [null, 3000, "unknown value"],
    ]);
    expect(report.slices[0]?.disparities["demographicParityRatio"]?.allGroups).toBeLessThan(0.01);
    const same = evaluateClassification(table, { policy: FOUR_FIFTHS });
    expect(same.verdict).toBe("fail");
  });

  it("shares its error rate among its rules", () => {
    const two = policy({
      rules: [
        { disparity: "demographicParityRatio", threshold: 0.8 },
        { disparity: "equalOpportunityDifference", threshold: 0.1 },
      ],
    });
    const report = evaluateClassification(oneWay({ a: [40, 10, 30, 20], b: [15, 5, 60, 20] }), {
      ...HOLM,
      policy: two,
    });
    expect(report.inference["demographicParityRatio"]?.confidence).toBeCloseTo(0.975, 12);
    expect(report.inference["accuracyRatio"]?.confidence).toBe(0.95);
    expect(report.findings.map((finding) => finding.disparity)).toEqual([
      "demographicParityRatio",
      "equalOpportunityDifference",
    ]);
  });

  it("is insufficient on what was not measured, and says so", () => {
    const rule = policy({ rules: [{ disparity: "maeRatio", threshold: 0.8 }] });
    const report = evaluateClassification(selected({ a: [300, 1000], b: [300, 1000] }), { ...HOLM, policy: rule });
    expect(report.verdict).toBe("insufficient");
    expect(report.reasons[0]).toContain("does not measure");
    const labels = policy({ rules: [{ disparity: "equalOpportunityRatio", threshold: 0.8 }] });
    const without = evaluateClassification(selected({ a: [300, 1000], b: [300, 1000] }), { ...HOLM, policy: labels });
    expect(without.verdict).toBe("insufficient");
    expect(without.reasons[0]).toContain("no comparison is possible (there are no labels)");
  });

  it("judges means as it judges rates", () => {
    const cell = (name: string, mean: number): Parameters<typeof evaluateRegression>[0]["cells"][number] => ({
      key: [name],
      n: 1000,
      sum: 1000 * mean,
      sumSquares: 1000 * (mean * mean + 1),
      sumAbsolute: 800,
      over: 500,
      under: 500,
    });
    const rule = policy({ rules: [{ disparity: "meanErrorDifference", threshold: 0.5 }] });
    const judged = (gap: number): unknown =>
      evaluateRegression({ attributes: ["g"], cells: [cell("a", 0), cell("b", gap)] }, { policy: rule }).verdict;
    expect([judged(0.1), judged(0.5), judged(1)]).toEqual(["pass", "insufficient", "fail"]);
  });

  it("may be looked at again and again, at the price of wider intervals", () => {
    const table = selected({ a: [300, 1000], b: [280, 1000] });
    const plain = evaluateClassification(table, { policy: FOUR_FIFTHS });
    const watched = evaluateClassification(table, {
      policy: policy({ profile: "four-fifths", monitoring: { sharpestAt: 1000 } }),
    });
    expect(watched.inference["demographicParityRatio"]?.correction).toBe("confidence sequence");
    expect(watched.findings[0]?.low).toBeLessThan(plain.findings[0]?.low as number);
  });

  it("without which there are figures and no verdict", () => {
    expect(evaluateClassification(selected({ a: [300, 1000], b: [120, 1000] }), HOLM)).toMatchObject({
      verdict: null,
      policy: null,
      findings: [],
      reasons: [],
      thinCells: [],
    });
  });
});

describe("a policy file that does not say what must hold", () => {
  it.each<[string, unknown, string, RegExp]>([
    ["no data", null, "", /expected object/],
    [
      "an unknown disparity",
      { ...BASE, rules: [{ disparity: "fairness", threshold: 1 }] },
      "rules.0.disparity",
      /demographicParityRatio/,
    ],
    [
      "a ratio above 1",
      { ...BASE, rules: [{ disparity: "accuracyRatio", threshold: 1.2 }] },
      "rules.0.threshold",
      /at most 1/,
    ],
    ["no rules", BASE, "rules", /needs rules/],
    [
      "a rule twice",
      {
        ...BASE,
        rules: [
          { disparity: "accuracyRatio", threshold: 0.9 },
          { disparity: "accuracyRatio", threshold: 0.8 },
        ],
      },
      "rules",
      /one rule/,
    ],
    ["an unknown key", { ...BASE, profile: "ll144", treshold: 1 }, "", /treshold/],
    ["a confidence of 2", { ...BASE, profile: "ll144", confidence: 2 }, "confidence", /0.999/],
    ["four ways", { ...BASE, profile: "ll144", slices: { ways: 4 } }, "slices.ways", /3/],
  ])("is refused with the place: %s", (_, data, path, message) => {
    let caught: unknown;
    try {
      parsePolicy(data);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(PolicyError);
    const issue = (caught as PolicyError).issues[0];
    expect(issue?.path.join(".")).toBe(path);
    expect(issue?.message).toMatch(message);
  });
});
