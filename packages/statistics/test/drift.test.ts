import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  chiSquareUpperQuantile,
  chiSquareUpperTail,
  judgeShare,
  kolmogorovSmirnov,
  kolmogorovUpperQuantile,
  kolmogorovUpperTail,
  lookAlpha,
  populationStability,
} from "../src/index.ts";
import { ALPHA, alarmedShare, DAYS } from "./simulation.ts";

const counts = fc.array(fc.nat({ max: 400 }), { minLength: 2, maxLength: 12 });

/** Whether the bins can be parted so that the smaller sample expects ten cases on each side. */
function hasBorder(a: readonly number[], b: readonly number[]): boolean {
  const total = (of: readonly number[]) => of.reduce((sum, n) => sum + n, 0);
  const least = (10 * (total(a) + total(b))) / Math.min(total(a), total(b));
  const upTo = (k: number) => total(a.slice(0, k)) + total(b.slice(0, k));
  const from = (k: number) => total(a.slice(k)) + total(b.slice(k));
  return Array.from({ length: Math.max(a.length, b.length) }, (_, k) => k).some(
    (k) => upTo(k) >= least && from(k) >= least,
  );
}

describe("distributions of monitors", () => {
  it("agree with published tables of chi-square", () => {
    const published: [tail: number, df: number, x: number][] = [
      [0.05, 1, 3.841_458_820_694_124],
      [0.01, 1, 6.634_896_601_021_214],
      [0.05, 9, 16.918_977_604_620_448],
      [0.001, 9, 27.877_164_871_256_568],
      [0.95, 10, 3.940_299_136_119_059],
    ];
    for (const [tail, df, x] of published) {
      expect(chiSquareUpperQuantile(tail, df)).toBeCloseTo(x, 9);
      expect(chiSquareUpperTail(x, df)).toBeCloseTo(tail, 12);
    }
  });

  it("agree with published tables of Kolmogorov and Smirnov", () => {
    expect(kolmogorovUpperQuantile(0.1)).toBeCloseTo(1.223_848, 6);
    expect(kolmogorovUpperQuantile(0.05)).toBeCloseTo(1.358_099, 6);
    expect(kolmogorovUpperQuantile(0.01)).toBeCloseTo(1.627_624, 6);
    expect(kolmogorovUpperTail(1)).toBeCloseTo(0.269_999_67, 7);
    expect(kolmogorovUpperTail(0.5)).toBeCloseTo(0.963_945_24, 7);
    expect(kolmogorovUpperTail(0.74)).toBeCloseTo(kolmogorovUpperTail(0.76), 1);
  });
});

describe("the population stability index", () => {
  it("is what the hand computes", () => {
    // (0.6 − 0.5)·ln(0.6/0.5) + (0.4 − 0.5)·ln(0.4/0.5)
    const { value } = populationStability([5e6, 5e6], [6e6, 4e6], { limit: 0.2, alpha: 0.001, ordered: true });
    expect(value).toBeCloseTo(0.040_546_5, 6);
  });

  it("says that few cases show nothing, and how many would", () => {
    const look = populationStability([500, 500, 500, 500], [4, 6, 8, 2], { limit: 0.2, alpha: 1e-4, ordered: true });
    expect(look.judgement).toBe("insufficient");
    const n = look.neededN as number;
    const enough = populationStability([500, 500, 500, 500], Array(4).fill(n), {
      limit: 0.2,
      alpha: 1e-4,
      ordered: true,
    });
    expect(enough.judgement).toBe("within");
    const small = populationStability([9, 9], [500, 500], { limit: 0.2, alpha: 1e-4, ordered: true });
    expect(small).toMatchObject({ judgement: "insufficient", neededN: null });
  });

  it("calls a collapse beyond, even of few cases", () => {
    const options = { limit: 0.2, alpha: 1e-4, ordered: false };
    expect(populationStability([900, 100], [0, 120], options).judgement).toBe("beyond");
    // With so few, the bins are too small to be told apart, and nothing is claimed.
    expect(populationStability([900, 100], [0, 20], { ...options, limit: 0.9 }).judgement).toBe("insufficient");
    expect(populationStability([900, 100, 0], [0, 0, 400], options).judgement).toBe("beyond");
  });

  it("knows no direction and no drift of equal shares, and never strays below zero", () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const options = { limit: 0.1, alpha: 0.001, ordered: true };
        const [ab, ba] = [populationStability(a, b, options), populationStability(b, a, options)];
        if (ab.value === null) {
          // A sample is empty, or no border leaves enough on both sides to be compared.
          expect(a.every((n) => n === 0) || b.every((n) => n === 0) || !hasBorder(a, b)).toBe(true);
          expect(ba.value).toBeNull();
          return;
        }
        expect(ab.value).toBeCloseTo(ba.value as number, 9);
        expect(ab.value).toBeGreaterThanOrEqual(-1e-12);
        expect(populationStability(a, a, options).value).toBeCloseTo(0, 12);
      }),
    );
  });
});

describe("the Kolmogorov-Smirnov distance", () => {
  it("is the largest gap between the cumulative shares", () => {
    const { value } = kolmogorovSmirnov([25, 25, 25, 25], [10, 30, 40, 20], { limit: 0.1, alpha: 0.05 });
    expect(value).toBeCloseTo(0.15, 12);
  });

  it("holds two samples of 100 apart from 0.1923 on at 5 % (published: 1.36 · √(2/100))", () => {
    const { chance } = kolmogorovSmirnov([50, 50], [50, 50], { limit: 0.1, alpha: 0.05 });
    expect(chance).toBeCloseTo(1.3581 / (Math.sqrt(50) + 0.12 + 0.11 / Math.sqrt(50)), 5);
    expect(chance as number).toBeLessThan(1.36 * Math.sqrt(2 / 100));
  });

  it("says how many cases are needed", () => {
    const look = kolmogorovSmirnov([5000, 5000], [3, 3], { limit: 0.1, alpha: 1e-4 });
    expect(look.judgement).toBe("insufficient");
    const half = Math.ceil((look.neededN as number) / 2);
    expect(kolmogorovSmirnov([5000, 5000], [half, half], { limit: 0.1, alpha: 1e-4 }).judgement).toBe("within");
  });
});

describe("a share", () => {
  it("is beyond its limit only where chance does not explain it", () => {
    expect(judgeShare(0, 59, { limit: 0.05, alpha: 0.01 }).judgement).toBe("within");
    expect(judgeShare(0, 58, { limit: 0.05, alpha: 0.01 })).toMatchObject({ judgement: "insufficient", neededN: 59 });
    expect(judgeShare(4, 59, { limit: 0.05, alpha: 0.01 }).judgement).toBe("insufficient");
    expect(judgeShare(12, 59, { limit: 0.05, alpha: 0.01 }).judgement).toBe("beyond");
    expect(judgeShare(0, 0, { limit: 0.05, alpha: 0.01 }).judgement).toBe("insufficient");
  });

  it("of zero tolerance is passed by one event", () => {
    expect(judgeShare(1, 10_000, { limit: 0, alpha: 0.001 }).judgement).toBe("beyond");
    expect(judgeShare(0, 1, { limit: 0, alpha: 0.001 }).judgement).toBe("within");
  });

  it("never turns from beyond to within by more events", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.nat({ max: 500 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (n, events, limit) => {
          const options = { limit, alpha: 0.01 };
          const [few, more] = [
            judgeShare(Math.min(events, n), n, options),
            judgeShare(Math.min(events + 1, n), n, options),
          ];
          if (few.judgement === "beyond") expect(more.judgement).toBe("beyond");
        },
      ),
    );
  });
});

describe("looking every day", () => {
  it("spends its chance of a false alarm once, not every day", () => {
    expect(lookAlpha(ALPHA, DAYS) * DAYS).toBeCloseTo(ALPHA, 12);
    expect(alarmedShare("top bin over 2 %", 100, 60, 11)).toBeLessThanOrEqual(0.1);
    expect(alarmedShare("top bin over 2 %", 100, 20, 11, ALPHA)).toBeGreaterThan(0.9);
  });
});
