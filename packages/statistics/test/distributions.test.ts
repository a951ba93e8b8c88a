import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  betaQuantile,
  incompleteBeta,
  logChoose,
  logGamma,
  normalUpperQuantile,
  normalUpperTail,
  seededRandom,
  studentUpperQuantile,
  studentUpperTail,
} from "../src/index.ts";

const relative = (value: number, expected: number): number => Math.abs(value / expected - 1);

describe("the normal distribution", () => {
  it("agrees with published tails, far out too", () => {
    const published: [number, number][] = [
      [0, 0.5],
      [1, 0.158_655_253_931_457_05],
      [1.959_963_984_540_054, 0.025],
      [3, 1.349_898_031_630_094_6e-3],
      [5, 2.866_515_718_791_939e-7],
      [8, 6.220_960_574_271_785e-16],
      [10, 7.619_853_024_160_527e-24],
    ];
    for (const [z, tail] of published) expect(relative(normalUpperTail(z), tail)).toBeLessThan(1e-12);
    expect(normalUpperTail(-1)).toBeCloseTo(0.841_344_746_068_542_9, 14);
  });

  it("has a quantile that inverts the tail", () => {
    expect(normalUpperQuantile(0.025)).toBeCloseTo(1.959_963_984_540_054, 13);
    expect(normalUpperQuantile(0.5)).toBeCloseTo(0, 14);
    expect(normalUpperQuantile(0)).toBe(Infinity);
    expect(normalUpperQuantile(1)).toBe(-Infinity);
    fc.assert(
      fc.property(fc.double({ min: -30, max: -0.02, noNaN: true }), (exponent) => {
        const tail = 10 ** exponent;
        expect(relative(normalUpperTail(normalUpperQuantile(tail)), tail)).toBeLessThan(1e-9);
      }),
    );
  });
});

describe("the beta, gamma and t distributions", () => {
  it("agree with published values", () => {
    expect(logGamma(10.5)).toBeCloseTo(13.940_625_219_403_763, 11);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
    expect(Math.exp(logChoose(10, 3))).toBeCloseTo(120, 9);
    // I_x(a, b) is a binomial tail: P(X ≥ 3) for n = 5, p = 0.4.
    expect(incompleteBeta(0.4, 3, 3)).toBeCloseTo(0.317_44, 13);
    const published: [number, number, number][] = [
      [0.025, 1, 12.706_204_736_174_7],
      [0.025, 5, 2.570_581_835_636_31],
      [0.005, 10, 3.169_272_672_616_95],
      [0.025, 30, 2.042_272_456_301_24],
      [0.025, Infinity, 1.959_963_984_540_05],
    ];
    for (const [tail, freedom, t] of published) {
      expect(relative(studentUpperQuantile(tail, freedom), t)).toBeLessThan(1e-10);
      expect(relative(studentUpperTail(t, freedom), tail)).toBeLessThan(1e-9);
    }
  });

  it("have quantiles that invert them", () => {
    const shape = fc.double({ min: 0.5, max: 5000, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 1e-8, max: 0.999, noNaN: true }), shape, shape, (p, a, b) => {
        expect(Math.abs(incompleteBeta(betaQuantile(p, a, b), a, b) - p)).toBeLessThan(1e-9);
      }),
    );
  });
});

describe("seeded random numbers", () => {
  it("repeat for the same seed and differ for another, beyond 32 bits too", () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed).uniform);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).not.toEqual(draw(1 + 2 ** 32));
  });

  it("draws binomial counts with the exact probabilities, by inversion and by rejection", () => {
    const random = seededRandom(20);
    const draws = 40_000;
    for (const [n, p] of [
      [12, 0.2],
      [60, 0.5],
      [200, 0.9],
      [400, 0.06],
    ] as const) {
      const counts = new Map<number, number>();
      for (let i = 0; i < draws; i++) {
        const k = random.binomial(n, p);
        counts.set(k, (counts.get(k) ?? 0) + 1);
      }
      let chiSquare = 0;
      let cells = 0;
      for (let k = 0; k <= n; k++) {
        const expected = draws * Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log(1 - p));
        if (expected < 10) continue;
        chiSquare += ((counts.get(k) ?? 0) - expected) ** 2 / expected;
        cells += 1;
      }
      // Chi-square with about `cells` degrees of freedom: five standard deviations above its mean is far beyond chance.
      expect(chiSquare).toBeLessThan(cells + 5 * Math.sqrt(2 * cells));
    }
    expect(random.binomial(10, 0)).toBe(0);
    expect(random.binomial(10, 1)).toBe(10);
    expect(random.binomial(0, 0.5)).toBe(0);
  });

  it("draws normal numbers of mean 0 and variance 1", () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 50_000 }, () => random.normal());
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });
});
