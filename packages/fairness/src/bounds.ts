/** The folded limits of a comparison, and quick answers to whether they could be the worst of many. */
import { fold } from "./disparity.ts";
import type { Defined, Limits, Proportion } from "./estimate.ts";
import type { Bounds, Kind } from "./model.ts";
import { differenceLimits, differenceScore, isScored, ratioLimits, ratioScore } from "./pairwise.ts";
import type { Dependence } from "./pairwise.ts";

/** The simultaneous limits of two groups' estimates at a critical value. */
export function pairBounds(a: Defined, b: Defined, kind: Kind, critical: number, dependence: Dependence): Bounds {
  if (!isScored(a, b, dependence)) {
    const find = kind === "ratio" ? ratioLimits : differenceLimits;
    return knownBounds(fold(find(a, b, critical, dependence), kind), kind);
  }
  return new ScoredBounds(a as Proportion, b as Proportion, kind, critical);
}

/** Limits that were found already. */
export function knownBounds([low, high]: Limits, kind: Kind): Bounds {
  const beats = (limit: number, bound: number): boolean => (kind === "ratio" ? limit < bound : limit > bound);
  return {
    limits: () => [low, high],
    lowBeats: (bound) => beats(low, bound),
    highBeats: (bound) => beats(high, bound),
  };
}

/**
 * Limits where a score crosses the critical value. Finding one takes a dozen scores, but a single score at a bound says
 * on which side of it the limit lies: the score falls as the difference or ratio rises.
 */
class ScoredBounds implements Bounds {
  readonly #a: Proportion;
  readonly #b: Proportion;
  readonly #kind: Kind;
  readonly #critical: number;

  constructor(a: Proportion, b: Proportion, kind: Kind, critical: number) {
    // In this order the observed difference is positive, or the observed ratio under 1.
    [this.#a, this.#b] = a.value > b.value === (kind === "difference") ? [a, b] : [b, a];
    this.#kind = kind;
    this.#critical = critical;
  }

  limits(): Limits {
    const find = this.#kind === "ratio" ? ratioLimits : differenceLimits;
    return fold(find(this.#a, this.#b, this.#critical, "independent"), this.#kind);
  }

  lowBeats(bound: number): boolean {
    const z = this.#critical;
    if (this.#kind === "difference") return this.#isAbove(bound, z);
    return bound > 0 && (this.#isBelow(bound, z) || this.#isAbove(1 / bound, -z));
  }

  highBeats(bound: number): boolean {
    const z = this.#critical;
    if (this.#kind === "difference") return this.#isAbove(bound, -z) || this.#isBelow(-bound, z);
    return bound > 0 && this.#isBelow(bound, -z);
  }

  /** Whether the score of a difference or ratio is more than z. */
  #isAbove(at: number, z: number): boolean {
    const least = this.#leastScore(at);
    if (least >= 0 ? least > z : least <= z) return least > z;
    return this.#score(at) > z;
  }

  #isBelow(at: number, z: number): boolean {
    const least = this.#leastScore(at);
    if (least <= 0 ? least < z : least >= z) return least < z;
    return this.#score(at) < z;
  }

  #score(at: number): number {
    const score = this.#kind === "ratio" ? ratioScore : differenceScore;
    return score(this.#a, this.#b, at);
  }

  /**
   * The score with the largest spread that two rates can have, a quarter each: no further from 0 than the score, on the
   * same side, and found without the rates that the hypothesis makes likely.
   */
  #leastScore(at: number): number {
    const { value: a, effective: na } = this.#a;
    const { value: b, effective: nb } = this.#b;
    const n = na + nb;
    const factor = this.#kind === "ratio" ? at : 1;
    const distance = this.#kind === "ratio" ? a - at * b : a - b - at;
    return distance / Math.sqrt(((1 / na + (factor * factor) / nb) / 4) * (n / (n - 1)));
  }
}
