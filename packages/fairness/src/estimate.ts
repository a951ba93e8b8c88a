/**
 * A group's estimate of a metric and how sure it is: the one thing that all families of metrics (rates, means, areas
 * under a curve) have in common, and all that a comparison of groups needs.
 */
import { betaQuantile, normalUpperTail, studentUpperQuantile } from "@steward/statistics";

interface Measured {
  readonly value: number;
  /** The rows that the metric rests on: for a true positive rate, the rows with a positive label. */
  readonly denominator: number;
  /** Kish's effective number of those rows; equal to the denominator where rows have no weights. */
  readonly effective: number;
  /** True where the interval rests on an approximation beyond the usual one (weights, binned scores). */
  readonly approximate: boolean;
}

/** A share of rows. */
export interface Proportion extends Measured {
  readonly kind: "proportion";
}

/** A mean of numbers. */
export interface Mean extends Measured {
  readonly kind: "mean";
  readonly standardError: number;
}

/** A probability with a known standard error that is not a share of rows: an area under a ROC curve. */
export interface Area extends Measured {
  readonly kind: "area";
  readonly standardError: number;
}

/** The odds p / (1 − p) of a share of rows: false negatives for each false positive. */
export interface Odds extends Measured {
  readonly kind: "odds";
  /** The share whose odds these are. */
  readonly share: number;
}

/** A metric that the data leave undefined: never 0, and the reason is part of the answer. */
export interface Undefined {
  readonly kind: "undefined";
  readonly denominator: number;
  readonly reason: string;
}

export type Defined = Proportion | Mean | Area | Odds;
export type Estimate = Defined | Undefined;

export type Limits = readonly [low: number, high: number];

/**
 * Wilson's score limits of a proportion at a two-sided critical value: Wilson (1927), Probable inference. Its coverage
 * is close to nominal on average even at n = 20, where the textbook interval p ± z·se fails.
 */
export function wilsonLimits(p: number, n: number, critical: number): Limits {
  const z2 = critical * critical;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (critical * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  // At 0 and 1 the limit is the observed value itself; rounding would leave it a hair outside.
  return [p <= 0 ? 0 : Math.max(0, centre - half), p >= 1 ? 1 : Math.min(1, centre + half)];
}

/** Clopper and Pearson's exact limits (1934) at the tail probability of a critical value; n may be an effective number. */
export function exactLimits(p: number, n: number, critical: number): Limits {
  const tail = normalUpperTail(critical);
  const successes = p * n;
  return [
    p <= 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
    p >= 1 ? 1 : betaQuantile(1 - tail, successes + 1, n - successes),
  ];
}

/** The limits of one group's estimate at a two-sided critical value of the normal distribution. */
export function limits(estimate: Defined, critical: number): Limits {
  switch (estimate.kind) {
    case "proportion":
      return wilsonLimits(estimate.value, estimate.effective, critical);
    case "mean": {
      const t = studentUpperQuantile(normalUpperTail(critical), Math.max(1, estimate.effective - 1));
      return [estimate.value - t * estimate.standardError, estimate.value + t * estimate.standardError];
    }
    case "area":
      return areaLimits(estimate, critical);
    case "odds": {
      const [low, high] = wilsonLimits(estimate.share, estimate.effective, critical);
      return [low / (1 - low), high >= 1 ? Infinity : high / (1 - high)];
    }
  }
}

/** On the logit scale, so that the limits stay between 0 and 1; at 0 or 1 itself nothing bounds the far side. */
function areaLimits(area: Area, critical: number): Limits {
  if (area.value <= 0 || area.value >= 1 || area.standardError === 0) return [0, 1];
  const logit = Math.log(area.value / (1 - area.value));
  const half = (critical * area.standardError) / (area.value * (1 - area.value));
  return [1 / (1 + Math.exp(half - logit)), 1 / (1 + Math.exp(-half - logit))];
}

/**
 * Kish's effective number of rows (Survey Sampling, 1965): unequal weights carry the information of fewer rows. Equal
 * weights of whatever size give back n itself, which rounding alone would miss.
 */
export function kishEffective(n: number, weight: number, weightSquares: number): number {
  const effective = (weight * weight) / weightSquares;
  return effective > n * (1 - 1e-12) ? n : effective;
}

/** The square of an estimate's standard error. */
export function variance(estimate: Defined): number {
  switch (estimate.kind) {
    case "proportion":
      return (estimate.value * (1 - estimate.value)) / estimate.effective;
    case "mean":
    case "area":
      return estimate.standardError ** 2;
    case "odds":
      // The delta method: d odds / d share = 1 / (1 − share)².
      return estimate.share / (1 - estimate.share) ** 3 / estimate.effective;
  }
}
