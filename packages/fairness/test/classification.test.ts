import { describe, expect, it } from "vitest";

import { evaluateClassification, FairnessError } from "../src/index.ts";
import type { ClassificationTable, OutcomeCell } from "../src/index.ts";
import { expectNear, group, oneWay, people, PRECISION, slice, tableOf, TEXTBOOK } from "./rows.ts";
import type { Row } from "./rows.ts";

const HOLM = { replicates: 0 } as const;

describe("a table computed by hand", () => {
  // a: 40 tp, 10 fp, 30 tn, 20 fn (n = 100); b: 15 tp, 5 fp, 60 tn, 20 fn (n = 100).
  const report = evaluateClassification(oneWay({ a: [40, 10, 30, 20], b: [15, 5, 60, 20] }), HOLM);
  const only = slice(report, "group");
  const [a, b] = [group(only, { group: "a" }), group(only, { group: "b" })];

  it("gives every metric of a group", () => {
    const expected: [string, number, number][] = [
      ["selectionRate", 50 / 100, 100],
      ["baseRate", 60 / 100, 100],
      ["tpr", 40 / 60, 60],
      ["fnr", 20 / 60, 60],
      ["fpr", 10 / 40, 40],
      ["tnr", 30 / 40, 40],
      ["ppv", 40 / 50, 50],
      ["fdr", 10 / 50, 50],
      ["npv", 30 / 50, 50],
      ["for", 20 / 50, 50],
      ["accuracy", 70 / 100, 100],
      ["errorOdds", 20 / 10, 30],
      ["balancedAccuracy", (40 / 60 + 30 / 40) / 2, 40],
    ];
    for (const [metric, value, denominator] of expected) {
      expect(a.metrics[metric]?.value).toBeCloseTo(value, PRECISION);
      expect(a.metrics[metric]?.denominator).toBe(denominator);
    }
    expect(a).toMatchObject({ n: 100, tp: 40, fp: 10, tn: 30, fn: 20, selected: 50, share: 0.5 });
  });

  it("gives Wilson intervals for the rates", () => {
    // (0.5 ± z²/2n …) for 50 of 100 at z = 1.959964.
    expect(a.metrics["selectionRate"]?.low).toBeCloseTo(0.403_831_5, 7);
    expect(a.metrics["selectionRate"]?.high).toBeCloseTo(0.596_168_5, 7);
  });

  it("gives every disparity", () => {
    const expected: [string, number][] = [
      ["demographicParityDifference", 0.5 - 0.2],
      ["demographicParityRatio", 0.2 / 0.5],
      ["equalOpportunityDifference", 40 / 60 - 15 / 35],
      ["equalOpportunityRatio", 15 / 35 / (40 / 60)],
      ["falsePositiveRateDifference", 10 / 40 - 5 / 65],
      ["falsePositiveRateRatio", 5 / 65 / (10 / 40)],
      ["equalizedOddsDifference", Math.max(40 / 60 - 15 / 35, 10 / 40 - 5 / 65)],
      ["equalizedOddsRatio", Math.min(15 / 35 / (40 / 60), 5 / 65 / (10 / 40))],
      ["equalizedOddsMeanDifference", (40 / 60 - 15 / 35 + (10 / 40 - 5 / 65)) / 2],
      ["equalizedOddsMeanRatio", (15 / 35 / (40 / 60) + 5 / 65 / (10 / 40)) / 2],
      ["predictiveParityDifference", 40 / 50 - 15 / 20],
      ["predictiveParityRatio", 15 / 20 / (40 / 50)],
      ["falseNegativeRateRatio", 20 / 60 / (20 / 35)],
      ["falseDiscoveryRateRatio", 10 / 50 / (5 / 20)],
      ["falseOmissionRateDifference", 20 / 50 - 20 / 80],
      ["accuracyDifference", 75 / 100 - 70 / 100],
      ["treatmentEqualityDifference", 20 / 5 - 20 / 10],
      ["treatmentEqualityRatio", 20 / 10 / (20 / 5)],
    ];
    for (const [name, value] of expected) {
      const found = only.disparities[name];
      expect(found?.allGroups, name).toBeCloseTo(value, PRECISION);
      if (found?.value !== null) expect(found?.value, name).toBeCloseTo(value, PRECISION);
    }
    const ratio = only.disparities["demographicParityRatio"];
    expect(ratio).toMatchObject({ worst: { group: "b" }, best: { group: "a" } });
    expect(ratio?.low).toBeLessThan(0.4);
    expect(ratio?.high).toBeGreaterThan(0.4);
  });

  it("counts only groups with enough rows as adequate", () => {
    // Three false positives and one false negative are far too few for odds, so no interval is given.
    const few = slice(
      evaluateClassification(oneWay({ a: [40, 3, 30, 1], b: [15, 5, 60, 20], c: [40, 10, 30, 20] }), HOLM),
      "group",
    );
    const odds = few.disparities["treatmentEqualityRatio"];
    expect(odds?.allGroups).toBeCloseTo(1 / 3 / 4, PRECISION);
    expect(odds).toMatchObject({
      value: null,
      adequateGroups: null,
      low: null,
      reason: expect.stringContaining("denominator"),
    });
  });

  it("gives AIF360's signed comparisons and Theil's indices", () => {
    const withReference = slice(
      evaluateClassification(oneWay({ a: [40, 10, 30, 20], b: [15, 5, 60, 20] }), {
        ...HOLM,
        reference: { group: "a" },
      }),
      "group",
    );
    const signed = group(withReference, { group: "b" }).versusReference;
    expect(signed?.["statisticalParityDifference"]).toBeCloseTo(0.2 - 0.5, PRECISION);
    expect(signed?.["disparateImpact"]).toBeCloseTo(0.4, PRECISION);
    expect(signed?.["averageOddsDifference"]).toBeCloseTo((15 / 35 - 40 / 60 + (5 / 65 - 10 / 40)) / 2, PRECISION);
    // Benefits of a: 10 rows of 2, 70 of 1, 20 of 0, so the mean is 0.9.
    const theil = (10 * (2 / 0.9) * Math.log(2 / 0.9) + 70 * (1 / 0.9) * Math.log(1 / 0.9)) / 100;
    expect(a.theilIndex).toBeCloseTo(theil, PRECISION);
    // Mean benefits 0.9 and 0.85 in halves of equal size.
    const between = ((0.9 / 0.875) * Math.log(0.9 / 0.875) + (0.85 / 0.875) * Math.log(0.85 / 0.875)) / 2;
    expect(only.betweenGroupTheilIndex).toBeCloseTo(between, PRECISION);
    expect(b.versusReference).toBeUndefined();
  });
});

describe("what is 0/0", () => {
  it("is null with its reason, never 0", () => {
    const report = evaluateClassification(oneWay({ a: [0, 10, 30, 0], b: [0, 0, 40, 20], c: [30, 10, 40, 20] }), HOLM);
    const only = slice(report, "group");
    expect(group(only, { group: "a" }).metrics["tpr"]).toEqual({
      value: null,
      low: null,
      high: null,
      denominator: 0,
      reason: "no rows with a positive label",
    });
    expect(group(only, { group: "b" }).metrics["ppv"]).toMatchObject({
      value: null,
      reason: expect.stringContaining("positive prediction"),
    });
    expect(group(only, { group: "b" }).metrics["errorOdds"]).toMatchObject({
      value: null,
      reason: "no false positives",
    });
  });

  it("leaves a ratio undefined where nobody is selected", () => {
    const only = slice(evaluateClassification(oneWay({ a: [0, 0, 50, 50], b: [0, 0, 60, 40] }), HOLM), "group");
    expect(only.disparities["demographicParityRatio"]).toMatchObject({ value: null, allGroups: null, low: 0, high: 1 });
    expect(only.disparities["demographicParityDifference"]).toMatchObject({ value: 0, allGroups: 0 });
  });
});

describe("labels that are known only for the selected", () => {
  const cells: OutcomeCell[] = ["a", "b"].flatMap((name) => [
    { key: [name], outcome: "tp", n: 60 },
    { key: [name], outcome: "fp", n: 40 },
    { key: [name], outcome: "rejectedUnlabelled", n: 100 },
  ]);
  const report = evaluateClassification({ attributes: ["group"], cells }, HOLM);

  it("leave true and false positive rates undefined, say so, and keep what remains", () => {
    const a = group(slice(report, "group"), { group: "a" });
    for (const metric of ["tpr", "fnr", "fpr", "tnr", "npv", "for", "accuracy", "baseRate", "balancedAccuracy"]) {
      expect(a.metrics[metric], metric).toMatchObject({
        value: null,
        reason: expect.stringContaining("only for rows"),
      });
    }
    expect(a.metrics["selectionRate"]?.value).toBeCloseTo(0.5, PRECISION);
    expect(a.metrics["ppv"]?.value).toBeCloseTo(0.6, PRECISION);
    expect(slice(report, "group").disparities["equalOpportunityRatio"]).toMatchObject({
      value: null,
      reason: "labels are known only for rows with a positive prediction",
    });
    expect(report.warnings.join()).toContain("whoever was refused has no outcome");
  });
});

describe("rows counted one by one", () => {
  const weightedRows = people(4000, 3);
  const rows = weightedRows.map((row): Row => ({ ...row, weight: 1 }));
  const attributes = ["race", "sex", "age"];

  it.each([false, true])("agree with the counts to 1e-12 in every slice (weighted: %s)", (weighted) => {
    const used = weighted ? weightedRows : rows;
    const report = evaluateClassification(tableOf(used, attributes, weighted), { ...HOLM, slices: { ways: 3 } });
    expect(report.slices.map((s) => s.attributes.length)).toEqual([1, 1, 1, 2, 2, 2, 3]);
    expect(report.rows).toBe(4000);
    for (const s of report.slices) {
      const rates = s.groups.map((g) => {
        const own = used.filter((row) => s.attributes.every((name) => row.attributes[name] === g.key[name]));
        expect(g.n).toBe(own.length);
        for (const [metric, definition] of Object.entries(TEXTBOOK))
          expectNear(g.metrics[metric]?.value, definition(own));
        return TEXTBOOK["selectionRate"]?.(own) as number;
      });
      expectNear(s.disparities["demographicParityRatio"]?.allGroups, Math.min(...rates) / Math.max(...rates));
      expectNear(s.disparities["demographicParityDifference"]?.allGroups, Math.max(...rates) - Math.min(...rates));
    }
    const unknown = slice(report, "race").groups.find((g) => g.key["race"] === null);
    expect(unknown?.n).toBe(used.filter((row) => row.attributes["race"] === null).length);
  });

  it("are compared only within a stratum of the control column", () => {
    const joint = tableOf(rows, ["sex", "age"]);
    const table: ClassificationTable = {
      attributes: ["sex"],
      control: "age",
      cells: joint.cells.map(({ key, outcome, n }) => ({
        key: [key[0] as string],
        control: key[1] as string,
        outcome,
        n,
      })),
    };
    const report = evaluateClassification(table, HOLM);
    expect(report.slices.map((s) => s.control)).toEqual([{ age: "middle" }, { age: "old" }, { age: "young" }]);
    for (const s of report.slices) {
      const rate = (sex: string): number =>
        TEXTBOOK["selectionRate"]?.(
          rows.filter((r) => r.attributes["age"] === s.control?.["age"] && r.attributes["sex"] === sex),
        ) as number;
      expectNear(s.disparities["demographicParityDifference"]?.value, Math.abs(rate("F") - rate("M")));
    }
  });

  it("are compared with the reference group only where one is named", () => {
    const report = evaluateClassification(tableOf(rows, attributes), { ...HOLM, reference: { race: "D" } });
    const rate = (race: string | null): number =>
      TEXTBOOK["selectionRate"]?.(rows.filter((r) => r.attributes["race"] === race)) as number;
    const d = rate("D");
    const ratios = ["A", "B", "C", null].map((race) => Math.min(rate(race), d) / Math.max(rate(race), d));
    expectNear(slice(report, "race").disparities["demographicParityRatio"]?.value, Math.min(...ratios));
    expect(report.inference["demographicParityRatio"]?.comparisons).toBe(
      4 + 1 + 3 + (10 * 9) / 2 + (15 * 14) / 2 + (6 * 5) / 2,
    );
    expect(() => evaluateClassification(tableOf(rows, attributes), { ...HOLM, reference: { race: "Z" } })).toThrow(
      /does not occur/,
    );
  });
});

describe("a table that cannot be", () => {
  const cell: OutcomeCell = { key: ["a"], outcome: "tp", n: 1 };
  it.each<[string, ClassificationTable, RegExp]>([
    ["no attribute", { attributes: [], cells: [cell] }, /no attribute/],
    ["an attribute twice", { attributes: ["x", "x"], cells: [] }, /twice/],
    ["a key too short", { attributes: ["x", "y"], cells: [cell] }, /Cell 1 has 1 values for 2/],
    ["a negative count", { attributes: ["x"], cells: [cell, { ...cell, n: -1 }] }, /Cell 2 counts -1/],
    ["half a row", { attributes: ["x"], cells: [{ ...cell, n: 0.5 }] }, /whole number/],
    ["no rows", { attributes: ["x"], cells: [] }, /no rows/],
    [
      "weights here and there",
      { attributes: ["x"], cells: [cell, { ...cell, weight: 1, weightSquares: 1 }] },
      /Cell 1 has no weight/,
    ],
    ["a negative weight", { attributes: ["x"], cells: [{ ...cell, weight: -1, weightSquares: 1 }] }, /negative/],
    [
      "a weight that is no number",
      { attributes: ["x"], cells: [{ ...cell, weight: Number.NaN, weightSquares: 1 }] },
      /negative or not finite/,
    ],
  ])("is refused: %s", (_, table, message) => {
    expect(() => evaluateClassification(table)).toThrow(message);
    expect(() => evaluateClassification(table)).toThrow(FairnessError);
  });

  it("and options that cannot be are refused", () => {
    const table = oneWay({ a: [1, 1, 1, 1], b: [1, 1, 1, 1] });
    expect(() => evaluateClassification(table, { slices: { attributes: [["nobody"]] } })).toThrow(
      /No attribute is named nobody/,
    );
    expect(() => evaluateClassification(table, { confidence: 1 })).toThrow(/confidence/);
    expect(() => evaluateClassification(table, { replicates: -1 })).toThrow(/replicates/);
  });

  it("and more groups than can be compared are refused", () => {
    const cells = Array.from({ length: 1001 }, (_, i): OutcomeCell => ({ key: [`g${i}`], outcome: "tp", n: 1 }));
    expect(() => evaluateClassification({ attributes: ["x"], cells })).toThrow(/1001 groups/);
  });
});
