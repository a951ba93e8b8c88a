import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  binaryTable,
  evaluateClassification,
  evaluateCounterfactual,
  evaluateRanking,
  evaluateRegression,
  oneVersusRest,
  pairedLimits,
} from "../src/index.ts";
import type { ErrorCell, LabelledCell, LabelledTable, RankedGroup, ScoreCell, ScoreTable } from "../src/index.ts";
import { seededRandom, studentUpperQuantile } from "@steward/statistics";
import { PRECISION } from "./rows.ts";

const HOLM = { replicates: 0 } as const;

describe("more than two classes", () => {
  const cells: LabelledCell[] = [
    { key: ["x"], label: "red", predicted: "red", n: 30 },
    { key: ["x"], label: "red", predicted: "blue", n: 10 },
    { key: ["x"], label: "blue", predicted: "blue", n: 20 },
    { key: ["x"], label: "green", predicted: "red", n: 40 },
    { key: ["y"], label: "red", predicted: "red", n: 25 },
    { key: ["y"], label: "green", predicted: "green", n: 50 },
    { key: ["y"], label: "blue", predicted: "red", n: 25 },
  ];
  const table: LabelledTable = { attributes: ["g"], cells };

  it("are each set against the rest", () => {
    const report = evaluateClassification(oneVersusRest(table), HOLM);
    expect(report.task).toBe("multiclass");
    expect(report.slices.map((slice) => slice.class)).toEqual(["blue", "green", "red"]);
    const red = report.slices[2]?.groups[0];
    expect(red).toMatchObject({ n: 100, tp: 30, fn: 10, fp: 40, tn: 20 });
    expect(red?.metrics["tpr"]?.value).toBeCloseTo(0.75, PRECISION);
    const blue = report.slices[0]?.groups[1];
    expect(blue).toMatchObject({ tp: 0, fn: 25, fp: 0, tn: 75 });
    expect(report.inference["demographicParityRatio"]?.comparisons).toBe(3);
  });

  it("may be reduced to one that counts as positive", () => {
    const report = evaluateClassification(
      binaryTable(table, (value) => value === "red"),
      HOLM,
    );
    expect(report.slices[0]?.groups[0]).toMatchObject({ tp: 30, fn: 10, fp: 40, tn: 20 });
  });

  it("are refused where there are more than can be compared", () => {
    const many = Array.from({ length: 51 }, (_, i): LabelledCell => ({
      key: ["x"],
      label: null,
      predicted: `c${i}`,
      n: 1,
    }));
    expect(() => oneVersusRest({ attributes: ["g"], cells: many })).toThrow(/51 classes/);
  });
});

describe("a regression", () => {
  it("gives mean errors, absolute errors and rates as the rows do", () => {
    const random = seededRandom(2);
    const rows = Array.from({ length: 500 }, () => {
      const group = random.uniform() < 0.4 ? "a" : "b";
      return { group, error: random.normal() * 3 + (group === "a" ? 1 : 0), weight: 0.5 + random.uniform() };
    });
    for (const weighted of [false, true]) {
      const cells = ["a", "b"].map((name): ErrorCell => {
        const own = rows.filter((row) => row.group === name);
        const w = (row: { weight: number }): number => (weighted ? row.weight : 1);
        const total = (of: (row: (typeof rows)[number]) => number): number =>
          own.reduce((sum, row) => sum + w(row) * of(row), 0);
        return {
          key: [name],
          n: own.length,
          weight: total(() => 1),
          weightSquares: own.reduce((sum, row) => sum + w(row) ** 2, 0),
          sum: total((row) => row.error),
          sumSquares: total((row) => row.error ** 2),
          sumAbsolute: total((row) => Math.abs(row.error)),
          over: total((row) => (row.error > 0 ? 1 : 0)),
          under: total((row) => (row.error < 0 ? 1 : 0)),
        };
      });
      const report = evaluateRegression({ attributes: ["g"], cells }, HOLM);
      const a = report.slices[0]?.groups[0];
      const own = rows.filter((row) => row.group === "a");
      const weight = own.reduce((sum, row) => sum + (weighted ? row.weight : 1), 0);
      const mean = own.reduce((sum, row) => sum + row.error * (weighted ? row.weight : 1), 0) / weight;
      expect(a?.metrics["meanError"]?.value).toBeCloseTo(mean, PRECISION);
      const mae = own.reduce((sum, row) => sum + Math.abs(row.error) * (weighted ? row.weight : 1), 0) / weight;
      expect(a?.metrics["mae"]?.value).toBeCloseTo(mae, PRECISION);
      const overs = own.filter((row) => row.error > 0).reduce((sum, row) => sum + (weighted ? row.weight : 1), 0);
      expect(a?.metrics["overestimateRate"]?.value).toBeCloseTo(overs / weight, PRECISION);
      if (!weighted) {
        const deviation = Math.sqrt(own.reduce((sum, row) => sum + (row.error - mean) ** 2, 0) / (own.length - 1));
        const half = (studentUpperQuantile(0.025, own.length - 1) * deviation) / Math.sqrt(own.length);
        expect(a?.metrics["meanError"]?.high).toBeCloseTo(mean + half, 9);
      }
      const gap = report.slices[0]?.disparities["meanErrorDifference"];
      expect(gap?.value).toBeGreaterThan(0.5);
      expect(gap?.low).toBeGreaterThan(0);
      expect(gap?.test?.test).toBe("Welch t");
    }
  });
});

describe("scores", () => {
  const random = seededRandom(9);
  const rows = Array.from({ length: 600 }, () => {
    const group = random.uniform() < 0.5 ? "a" : "b";
    const positive = random.uniform() < 0.4;
    const score = Math.min(
      0.99,
      Math.max(0, Math.round((0.4 + (positive ? 0.15 : 0) + 0.2 * random.normal()) * 50) / 50),
    );
    return { group, positive, score };
  });
  const sorted = rows.map((row) => row.score).sort((x, y) => x - y);
  const median = ((sorted[299] as number) + (sorted[300] as number)) / 2;
  const counts = new Map<string, ScoreCell>();
  for (const { group, positive, score } of rows) {
    const id = `${group} ${positive} ${score}`;
    const before = counts.get(id);
    const n = (before?.n ?? 0) + 1;
    counts.set(id, {
      key: [group],
      positive,
      score,
      n,
      sum: n * score,
      sumSquares: n * score * score,
      above: score > median ? n : 0,
    });
  }
  const scores: ScoreTable = { attributes: ["g"], cells: [...counts.values()], median, binned: false };
  const outcomes = ["a", "b"].flatMap((name) => [
    { key: [name], outcome: "tp" as const, n: rows.filter((row) => row.group === name && row.positive).length },
    { key: [name], outcome: "tn" as const, n: rows.filter((row) => row.group === name && !row.positive).length },
  ]);
  const report = evaluateClassification({ attributes: ["g"], cells: outcomes }, HOLM, scores);
  const a = report.slices[0]?.groups[0];
  const own = rows.filter((row) => row.group === "a");

  it("give the scoring rate of Local Law 144: the share above the median of all rows", () => {
    const expected = own.filter((row) => row.score > median).length / own.length;
    expect(a?.metrics["scoringRate"]?.value).toBeCloseTo(expected, PRECISION);
    expect(report.slices[0]?.disparities["scoringRateRatio"]?.value).toBeGreaterThan(0.5);
  });

  it("give an AUC that equals the count over all pairs, with DeLong's error", () => {
    const positives = own.filter((row) => row.positive);
    const negatives = own.filter((row) => !row.positive);
    const beats = (p: number, q: number): number => (p > q ? 1 : p === q ? 0.5 : 0);
    const placements = positives.map(
      (p) => negatives.reduce((sum, q) => sum + beats(p.score, q.score), 0) / negatives.length,
    );
    const others = negatives.map(
      (q) => positives.reduce((sum, p) => sum + beats(p.score, q.score), 0) / positives.length,
    );
    const auc = placements.reduce((sum, v) => sum + v, 0) / positives.length;
    expect(a?.metrics["auc"]?.value).toBeCloseTo(auc, PRECISION);
    const spread = (values: number[]): number =>
      values.reduce((sum, v) => sum + (v - auc) ** 2, 0) / (values.length - 1) / values.length;
    const error = Math.sqrt(spread(placements) + spread(others));
    const logit = Math.log(auc / (1 - auc));
    const high = 1 / (1 + Math.exp(-logit - (1.959_963_984_540_054 * error) / (auc * (1 - auc))));
    expect(a?.metrics["auc"]?.high).toBeCloseTo(high, 9);
  });

  it("give means and calibration bins", () => {
    expect(a?.metrics["meanScore"]?.value).toBeCloseTo(
      own.reduce((sum, row) => sum + row.score, 0) / own.length,
      PRECISION,
    );
    const bin = a?.calibration?.find(({ from }) => from === 0.5);
    const inBin = own.filter((row) => row.score >= 0.5 && row.score < 0.6);
    expect(bin?.observed.denominator).toBe(inBin.length);
    expect(bin?.observed.value).toBeCloseTo(inBin.filter((row) => row.positive).length / inBin.length, PRECISION);
    expect(bin?.meanScore).toBeCloseTo(inBin.reduce((sum, row) => sum + row.score, 0) / inBin.length, PRECISION);
  });

  it("that are no probabilities are not calibrated, and binned ones say how far off they may be", () => {
    const large = {
      ...scores,
      binned: true,
      cells: scores.cells.map((cell) => Object.assign({}, cell, { score: cell.score * 100 })),
    };
    const other = evaluateClassification({ attributes: ["g"], cells: outcomes }, HOLM, large);
    expect(other.slices[0]?.groups[0]?.calibration).toBeUndefined();
    expect(other.warnings.join(" ")).toMatch(/no probabilities.*counted in bins/);
    expect(other.slices[0]?.groups[0]?.metrics["auc"]).toMatchObject({ approximate: true });
  });

  it("leave AUC undefined where a group has one label only", () => {
    const cells = scores.cells.filter((cell) => cell.positive === true || cell.key[0] === "b");
    const one = evaluateClassification({ attributes: ["g"], cells: outcomes }, HOLM, { ...scores, cells });
    expect(one.slices[0]?.groups[0]?.metrics["auc"]).toMatchObject({
      value: null,
      reason: "no rows with a negative label",
    });
  });
});

describe("rankings", () => {
  /** Lists of ten places; group a always holds the given places. */
  function group(name: string, places: readonly number[], lists: number): RankedGroup {
    const exposure = places.reduce((sum, place) => sum + 1 / Math.log2(1 + place), 0);
    const top = places.filter((place) => place <= 3).length;
    const size = places.length;
    const sums = (per: number): RankedGroup["top"] => ({
      sum: per * lists,
      sumSquares: per * per * lists,
      sumItems: per * size * lists,
    });
    return {
      key: { g: name },
      items: size * lists,
      lists,
      itemsSquares: size * size * lists,
      exposure: sums(exposure),
      top: sums(top),
    };
  }

  it("give exposure and representation at k per item", () => {
    const groups = [group("a", [1, 2, 3, 4, 5], 40), group("b", [6, 7, 8, 9, 10], 40)];
    const report = evaluateRanking({ attributes: ["g"], k: 3, slices: [{ attributes: ["g"], groups }] }, HOLM);
    const [a, b] = report.slices[0]?.groups ?? [];
    const mean = (places: number[]): number =>
      places.reduce((sum, place) => sum + 1 / Math.log2(1 + place), 0) / places.length;
    expect(a?.metrics["exposure"]?.value).toBeCloseTo(mean([1, 2, 3, 4, 5]), PRECISION);
    expect(b?.metrics["exposure"]?.value).toBeCloseTo(mean([6, 7, 8, 9, 10]), PRECISION);
    expect(a?.metrics["representationAtK"]?.value).toBeCloseTo(3 / 5, PRECISION);
    expect([a?.topShare, b?.topShare]).toEqual([1, 0]);
    expect(report.slices[0]?.disparities["exposureRatio"]?.value).toBeCloseTo(
      mean([6, 7, 8, 9, 10]) / mean([1, 2, 3, 4, 5]),
      PRECISION,
    );
    expect(a?.metrics["ndcg"]).toMatchObject({ value: null, reason: "no relevance was given" });
    // The same places in every list: nothing varies between lists.
    expect(a?.metrics["exposure"]?.low).toBeCloseTo(mean([1, 2, 3, 4, 5]), 6);
  });

  it("take lists, not items, for their number of observations", () => {
    const groups = [group("a", [1, 2, 3], 4), group("b", [4, 5, 6], 4)];
    const report = evaluateRanking({ attributes: ["g"], k: 3, slices: [{ attributes: ["g"], groups }] }, HOLM);
    expect(report.slices[0]?.disparities["exposureRatio"]).toMatchObject({
      value: null,
      allGroups: expect.any(Number),
    });
    expect(report.warnings.join()).toContain("sampling units");
  });
});

describe("counterfactual pairs", () => {
  it("give the paired gap and McNemar's exact test", () => {
    const pairs = [{ a: "F", b: "M", both: 20, onlyA: 15, onlyB: 5, neither: 60 }];
    const variants = [
      { value: "F", n: 100, sum: 35, sumSquares: 35 },
      { value: "M", n: 100, sum: 25, sumSquares: 25 },
    ];
    const report = evaluateCounterfactual({ attribute: "sex", pairs, variants });
    const gap = report.slices[0]?.disparities["counterfactualDifference"];
    expect(gap?.value).toBeCloseTo(0.1, PRECISION);
    expect(gap).toMatchObject({ worst: { sex: "M" }, best: { sex: "F" }, test: { test: "McNemar exact" } });
    expect(gap?.test?.p).toBeCloseTo(0.041_389_465, 8);
    expect(report.slices[0]?.pairs).toEqual([expect.objectContaining({ a: "F", b: "M", n: 100, flipRate: 0.2 })]);
    expect(report.slices[0]?.groups[0]?.metrics["outcome"]?.value).toBeCloseTo(0.35, PRECISION);
  });

  it("have score limits around the gap that a search of the likelihood confirms", () => {
    const n = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(n, n, n, n, (both, onlyA, onlyB, neither) => {
        const rows = both + onlyA + onlyB + neither + 1;
        const [low, high] = pairedLimits(onlyA, onlyB, rows, 2);
        const gap = (onlyA - onlyB) / rows;
        expect(low).toBeLessThanOrEqual(gap + 1e-9);
        expect(high).toBeGreaterThanOrEqual(gap - 1e-9);
        const [mirroredLow, mirroredHigh] = pairedLimits(onlyB, onlyA, rows, 2);
        expect(mirroredLow).toBeCloseTo(-high, 9);
        expect(mirroredHigh).toBeCloseTo(-low, 9);
        if (low > -0.98 && low < gap - 1e-6) {
          // At a limit the score, with the variance at the restricted maximum found by search, is the critical value.
          const pb = restrictedBySearching(onlyA, onlyB, rows, low);
          const spread = (2 * pb + low - low * low) / rows;
          expect((gap - low) / Math.sqrt(spread)).toBeCloseTo(2, 2);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("compare numbers by their paired differences", () => {
    const pairs = [{ a: "F", b: "M", n: 50, sum: 10, sumSquares: 30 }];
    const variants = ["F", "M"].map((value) => ({ value, n: 50, sum: 5, sumSquares: 40 }));
    const report = evaluateCounterfactual({ attribute: "sex", pairs, variants });
    const error = Math.sqrt((30 / 50 - 0.04) / 49);
    const half = studentUpperQuantile(0.025, 49) * error;
    expect(report.slices[0]?.pairs?.[0]).toMatchObject({ value: 0.2, flipRate: null });
    expect(report.slices[0]?.pairs?.[0]?.low).toBeCloseTo(0.2 - half, 9);
    expect(report.slices[0]?.disparities["counterfactualDifference"]?.test?.test).toBe("paired t");
  });

  it("need pairs enough, and variants that were answered", () => {
    const few = evaluateCounterfactual({
      attribute: "sex",
      pairs: [{ a: "F", b: "M", both: 1, onlyA: 1, onlyB: 0, neither: 3 }],
      variants: [
        { value: "F", n: 5, sum: 2, sumSquares: 2 },
        { value: "M", n: 5, sum: 1, sumSquares: 1 },
      ],
    });
    expect(few.slices[0]?.disparities["counterfactualDifference"]).toMatchObject({ value: null, allGroups: 0.2 });
    expect(() => evaluateCounterfactual({ attribute: "sex", pairs: [], variants: [] })).toThrow(/two variants/);
    const lone = {
      attribute: "sex",
      pairs: [{ a: "F", b: "X", n: 40, sum: 0, sumSquares: 0 }],
      variants: few.slices[0]?.groups.map(() => ({ value: "F", n: 1, sum: 0, sumSquares: 0 })) ?? [],
    };
    expect(() => evaluateCounterfactual(lone)).toThrow(/variant X/);
  });
});

/** The most likely share of "only b" where the gap is given. */
function restrictedBySearching(onlyA: number, onlyB: number, rows: number, gap: number): number {
  const rest = rows - onlyA - onlyB;
  const term = (count: number, p: number): number => (count === 0 ? 0 : count * Math.log(Math.max(p, 1e-300)));
  const f = (pb: number): number => term(onlyA, pb + gap) + term(onlyB, pb) + term(rest, 1 - 2 * pb - gap);
  let [a, b] = [Math.max(0, -gap), (1 - gap) / 2];
  for (let i = 0; i < 200; i++) {
    const third = (b - a) / 3;
    if (f(a + third) < f(b - third)) a += third;
    else b -= third;
  }
  return (a + b) / 2;
}
