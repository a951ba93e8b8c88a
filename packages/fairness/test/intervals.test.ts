import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { pairBounds } from "../src/bounds.ts";
import { exactLimits, kishEffective, limits, wilsonLimits } from "../src/estimate.ts";
import type { Mean, Odds, Proportion } from "../src/estimate.ts";
import { fisherExact, holmAdjustment, mcnemarExact, testEquality } from "../src/hypothesis.ts";
import { differenceLimits, differenceScore, ratioLimits, ratioScore, solve } from "../src/pairwise.ts";
import { sequenceCritical } from "@steward/statistics";

const Z95 = 1.959_963_984_540_054;

const holm = (pValues: readonly number[]): number[] => pValues.map(holmAdjustment(pValues));

function share(successes: number, n: number): Proportion {
  return { kind: "proportion", value: successes / n, denominator: n, effective: n, approximate: false };
}

const group = fc
  .integer({ min: 1, max: 300 })
  .chain((n) => fc.integer({ min: 0, max: n }).map((successes) => share(successes, n)));

describe("one group", () => {
  it("has Wilson limits as Newcombe (1998) prints them", () => {
    const published: [number, number, number, number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [x, n, low, high] of published) {
      const [l, h] = wilsonLimits(x / n, n, Z95);
      expect(l).toBeCloseTo(low, 4);
      expect(h).toBeCloseTo(high, 4);
    }
  });

  it("has Clopper-Pearson limits whose tails are exact", () => {
    const [low, high] = exactLimits(5 / 20, 20, Z95);
    expect(low).toBeCloseTo(0.086_571_47, 7);
    expect(high).toBeCloseTo(0.491_045_87, 7);
    expect(exactLimits(0, 20, Z95)[1]).toBeCloseTo(1 - 0.025 ** (1 / 20), 10);
    expect(exactLimits(1, 20, Z95)).toEqual([expect.closeTo(0.025 ** (1 / 20), 10), 1]);
  });

  it("always has its value within its limits, and narrower limits with more rows", () => {
    fc.assert(
      fc.property(group, (estimate) => {
        const [low, high] = limits(estimate, Z95);
        expect(low).toBeLessThanOrEqual(estimate.value);
        expect(high).toBeGreaterThanOrEqual(estimate.value);
        const [lowMore, highMore] = limits({ ...estimate, effective: estimate.effective * 4 }, Z95);
        expect(highMore - lowMore).toBeLessThan(high - low);
      }),
    );
  });

  it("has t limits for a mean and transformed limits for odds", () => {
    const mean: Mean = { kind: "mean", value: 10, standardError: 2, denominator: 6, effective: 6, approximate: false };
    expect(limits(mean, Z95)[1]).toBeCloseTo(10 + 2 * 2.570_581_835_636_31, 9);
    const odds: Odds = { ...share(10, 40), kind: "odds", share: 0.25, value: 1 / 3 };
    const [low, high] = wilsonLimits(0.25, 40, Z95);
    expect(limits(odds, Z95)).toEqual([low / (1 - low), high / (1 - high)]);
    expect(limits({ ...odds, share: 1, value: Infinity }, Z95)[1]).toBe(Infinity);
  });

  it("has as many effective rows as rows where weights are equal, and fewer where they are not", () => {
    expect(kishEffective(7, 7 * 0.3, 7 * 0.09)).toBe(7);
    expect(kishEffective(2, 1 + 3, 1 + 9)).toBeCloseTo(1.6, 12);
  });
});

describe("two groups", () => {
  it("have the Miettinen-Nurminen difference limits that Newcombe (1998) prints", () => {
    const published: [number, number, number, number, number, number][] = [
      [56, 70, 48, 80, 0.0528, 0.3382],
      [9, 10, 3, 10, 0.17, 0.8406],
      [6, 7, 2, 7, 0.0342, 0.8534],
      [5, 56, 0, 29, -0.0326, 0.1933],
      [0, 10, 0, 20, -0.1658, 0.2844],
      [10, 10, 0, 20, 0.7156, 1],
    ];
    for (const [xa, na, xb, nb, low, high] of published) {
      const [a, b] = [share(xa, na), share(xb, nb)];
      const observed = a.value - b.value;
      expect(solve((d) => differenceScore(a, b, d) - Z95, -1, observed)).toBeCloseTo(low, 4);
      expect(observed >= 1 ? 1 : solve((d) => differenceScore(a, b, d) + Z95, observed, 1)).toBeCloseTo(high, 4);
    }
    const [low, high] = differenceLimits(share(56, 70), share(48, 80), Z95, "independent");
    expect([low, high]).toEqual([expect.closeTo(0.0528, 4), expect.closeTo(0.3382, 4)]);
  });

  it("have ratio limits next to Koopman's (1984) example, from which only N/(N−1) parts them", () => {
    const [low, high] = ratioLimits(share(36, 40), share(16, 80), Z95, "independent");
    expect(low).toBeCloseTo(2.94, 1);
    expect(high).toBeCloseTo(7.15, 1);
  });

  it("have a ratio that chance can still lift where one of them has no success at all", () => {
    const [none, some] = [share(0, 458), share(100, 535)];
    const [low, high] = ratioLimits(none, some, Z95, "independent");
    expect(low).toBe(0);
    // Of so many rows the rule of three allows 3/458; the other group's rate is known to about a fifth.
    expect(high).toBeGreaterThan(0.02);
    expect(high).toBeLessThan(0.08);
    expect(ratioScore(none, some, high)).toBeCloseTo(-Z95, 6);
    const [inverse, unbounded] = ratioLimits(some, none, Z95, "independent");
    expect(inverse * high).toBeCloseTo(1, 6);
    expect(unbounded).toBe(Infinity);
  });

  it("have scores whose restricted rates a search of the likelihood finds too", () => {
    fc.assert(
      fc.property(group, group, fc.double({ min: -0.7, max: 0.7, noNaN: true }), (a, b, difference) => {
        const from = Math.max(0, -difference) + 1e-9;
        const to = Math.min(1, 1 - difference) - 1e-9;
        const pb = searchMaximum((p) => logLikelihood(a, p + difference) + logLikelihood(b, p), from, to);
        const n = a.effective + b.effective;
        const pa = pb + difference;
        const spread = ((pa * (1 - pa)) / a.effective + (pb * (1 - pb)) / b.effective) * (n / (n - 1));
        const expected = (a.value - b.value - difference) / Math.sqrt(spread);
        // Where the likelihood is largest at a corner, the score has no finite value to compare.
        if (spread > 1e-5) expect(differenceScore(a, b, difference)).toBeCloseTo(expected, 2);
      }),
    );
    fc.assert(
      fc.property(group, group, fc.double({ min: 0.2, max: 5, noNaN: true }), (a, b, ratio) => {
        const pb = searchMaximum(
          (p) => logLikelihood(a, p * ratio) + logLikelihood(b, p),
          1e-9,
          Math.min(1, 1 / ratio) - 1e-9,
        );
        const n = a.effective + b.effective;
        const pa = pb * ratio;
        const spread = ((pa * (1 - pa)) / a.effective + (ratio ** 2 * pb * (1 - pb)) / b.effective) * (n / (n - 1));
        if (spread > 1e-5)
          expect(ratioScore(a, b, ratio)).toBeCloseTo((a.value - ratio * b.value) / Math.sqrt(spread), 2);
      }),
    );
  });

  it("mirror each other when they change places", () => {
    fc.assert(
      fc.property(group, group, fc.double({ min: 1.5, max: 4, noNaN: true }), (a, b, critical) => {
        const [low, high] = differenceLimits(a, b, critical, "independent");
        const [mirroredLow, mirroredHigh] = differenceLimits(b, a, critical, "independent");
        expect(mirroredLow).toBeCloseTo(-high, 9);
        expect(mirroredHigh).toBeCloseTo(-low, 9);
        const [ratioLow, ratioHigh] = ratioLimits(a, b, critical, "independent");
        const [inverseLow, inverseHigh] = ratioLimits(b, a, critical, "independent");
        if (ratioHigh < 1e6 && ratioLow > 1e-6) {
          expect(inverseLow * ratioHigh).toBeCloseTo(1, 6);
          expect(inverseHigh * ratioLow).toBeCloseTo(1, 6);
        }
      }),
    );
  });

  it("have limits around what was observed, wider for a larger critical value", () => {
    fc.assert(
      fc.property(group, group, (a, b) => {
        const observed = a.value - b.value;
        const [low, high] = differenceLimits(a, b, Z95, "independent");
        const [wideLow, wideHigh] = differenceLimits(a, b, 3.2, "independent");
        expect(low).toBeLessThanOrEqual(observed + 1e-9);
        expect(high).toBeGreaterThanOrEqual(observed - 1e-9);
        expect(wideLow).toBeLessThanOrEqual(low + 1e-9);
        expect(wideHigh).toBeGreaterThanOrEqual(high - 1e-9);
        const [ratioLow, ratioHigh] = ratioLimits(a, b, Z95, "independent");
        if (b.value > 0) expect(ratioLow).toBeLessThanOrEqual(a.value / b.value + 1e-9);
        if (b.value > 0) expect(ratioHigh).toBeGreaterThanOrEqual(a.value / b.value - 1e-9);
      }),
    );
  });

  it("answer whether a limit beats another as the limit itself does", () => {
    const anyBound = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(group, group, anyBound, fc.constantFrom("ratio", "difference"), (a, b, bound, kind) => {
        const bounds = pairBounds(a, b, kind, 2.5, "independent");
        const [low, high] = bounds.limits();
        const beats = (limit: number): boolean => (kind === "ratio" ? limit < bound : limit > bound);
        // Where the two are a rounding error apart, either answer is right.
        if (Math.abs(low - bound) > 1e-9) expect(bounds.lowBeats(bound)).toBe(beats(low));
        if (Math.abs(high - bound) > 1e-9) expect(bounds.highBeats(bound)).toBe(beats(high));
      }),
      { numRuns: 2000 },
    );
  });

  it("bound nothing where neither group has a single success", () => {
    expect(ratioLimits(share(0, 50), share(0, 50), Z95, "independent")).toEqual([0, Infinity]);
    expect(ratioLimits(share(0, 500), share(100, 500), Z95, "independent")[0]).toBe(0);
    expect(ratioLimits(share(100, 500), share(0, 500), Z95, "independent")[1]).toBe(Infinity);
  });

  it("get wider limits when they may move against each other", () => {
    const [a, b] = [share(40, 100), share(50, 100)];
    const free = differenceLimits(a, b, Z95, "independent");
    const bound = differenceLimits(a, b, Z95, "worst");
    expect(bound[0]).toBeLessThan(free[0]);
    expect(bound[1]).toBeGreaterThan(free[1]);
  });
});

describe("tests of equality", () => {
  it("give Fisher's tea lady, R's convictions and an exact McNemar", () => {
    expect(fisherExact(3, 4, 1, 4)).toBeCloseTo(0.485_714_285_714, 10);
    expect(fisherExact(2, 17, 10, 13)).toBeCloseTo(0.000_536_724_1, 9);
    expect(mcnemarExact(5, 15)).toBeCloseTo(0.041_389_465_33, 10);
    expect(mcnemarExact(0, 0)).toBe(1);
  });

  it("choose z for large counts, Fisher where an expected count is under 5, Welch for means", () => {
    const z = testEquality(share(56, 70), share(48, 80));
    expect(z.test).toBe("two-proportion z");
    expect(z.p).toBeCloseTo(0.008_09, 4);
    expect(testEquality(share(3, 4), share(1, 4))).toEqual({ test: "Fisher exact", p: expect.closeTo(0.485_714, 5) });
    const mean = (value: number, standardError: number, n: number): Mean => ({
      ...share(1, n),
      kind: "mean",
      value,
      standardError,
    });
    const welch = testEquality(mean(20, 1, 10), mean(17, 1, 10));
    expect(welch.test).toBe("Welch t");
    // t = 3/√2 with 18 degrees of freedom.
    expect(welch.p).toBeCloseTo(0.047_99, 4);
    expect(testEquality(mean(1, 0, 5), mean(2, 0, 5)).p).toBe(0);
    expect(testEquality(mean(1, 0, 5), mean(1, 0, 5)).p).toBe(1);
  });

  it("adjust many p values as Holm does, keeping their order", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.02, 0.5, 0.02])).toEqual([0.06, 0.5, 0.06]);
    expect(holm([])).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (p) => {
        const adjusted = holm(p);
        for (const [i, value] of p.entries()) expect(adjusted[i]).toBeGreaterThanOrEqual(value);
        for (const value of adjusted) expect(value).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("a confidence sequence", () => {
  it("asks for more than a single look does, and least, next to the plain value, near where it is tuned", () => {
    const at = (information: number): number => sequenceCritical(0.05, information, 500);
    expect(at(500)).toBeGreaterThan(Z95);
    expect(at(500)).toBeLessThan(3.2);
    expect(at(10)).toBeGreaterThan(at(500));
    expect(at(500_000)).toBeGreaterThan(at(500));
    expect(sequenceCritical(0.001, 500, 500)).toBeGreaterThan(at(500));
  });
});

function logLikelihood(observed: Proportion, p: number): number {
  const successes = observed.value * observed.effective;
  const failures = observed.effective - successes;
  return (successes === 0 ? 0 : successes * Math.log(p)) + (failures === 0 ? 0 : failures * Math.log(1 - p));
}

function searchMaximum(f: (x: number) => number, from: number, to: number): number {
  let [a, b] = [from, to];
  for (let i = 0; i < 200; i++) {
    const third = (b - a) / 3;
    if (f(a + third) < f(b - third)) a += third;
    else b -= third;
  }
  return (a + b) / 2;
}
