/** Tests of the hypothesis that two groups are alike, and Holm's correction for asking it of many pairs. */
import { logChoose, normalUpperTail, studentUpperTail } from "@steward/statistics";
import { smallestExpected } from "./pairwise.ts";
import { variance } from "./estimate.ts";
import type { Defined, Proportion } from "./estimate.ts";

/** Under this expected count a z test is replaced by Fisher's exact one: Cochran's rule. */
const FISHER_LIMIT = 5;

export interface TestResult {
  readonly test: "two-proportion z" | "Fisher exact" | "Welch t" | "paired t" | "z" | "McNemar exact";
  /** Two-sided. */
  readonly p: number;
}

/**
 * Are a and b alike? For rates the pooled two-proportion z test, or Fisher's exact test where an expected count is
 * under 5 (on rounded effective counts where rows carry weights); Welch's t test for means.
 */
export function testEquality(a: Defined, b: Defined): TestResult {
  if (a.kind === "proportion" && b.kind === "proportion") {
    return smallestExpected(a, b) < FISHER_LIMIT ? fisherOfEstimates(a, b) : pooledZ(a, b);
  }
  const [va, vb] = [variance(a), variance(b)];
  const distance = a.value - b.value;
  if (va + vb === 0) return { test: "z", p: distance === 0 ? 1 : 0 };
  const t = Math.abs(distance) / Math.sqrt(va + vb);
  if (a.kind !== "mean" || b.kind !== "mean") return { test: "z", p: Math.min(1, 2 * normalUpperTail(t)) };
  const freedom = (va + vb) ** 2 / (va ** 2 / Math.max(1, a.effective - 1) + vb ** 2 / Math.max(1, b.effective - 1));
  return { test: "Welch t", p: Math.min(1, 2 * studentUpperTail(t, freedom)) };
}

function pooledZ(a: Proportion, b: Proportion): TestResult {
  const pooled = (a.value * a.effective + b.value * b.effective) / (a.effective + b.effective);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.effective + 1 / b.effective));
  return { test: "two-proportion z", p: Math.min(1, 2 * normalUpperTail(Math.abs(a.value - b.value) / error)) };
}

function fisherOfEstimates(a: Proportion, b: Proportion): TestResult {
  const [na, nb] = [Math.round(a.effective), Math.round(b.effective)];
  const [xa, xb] = [Math.round(a.value * na), Math.round(b.value * nb)];
  return { test: "Fisher exact", p: fisherExact(xa, na, xb, nb) };
}

/**
 * Fisher's exact test of xa successes in na against xb in nb: the two-sided p is the probability of all tables with the
 * same margins that are no more likely than the observed one.
 */
export function fisherExact(xa: number, na: number, xb: number, nb: number): number {
  const successes = xa + xb;
  const logTotal = logChoose(na + nb, successes);
  const probability = (x: number): number => Math.exp(logChoose(na, x) + logChoose(nb, successes - x) - logTotal);
  // The slack of 1e-7 keeps a table that is exactly as likely from being lost to rounding.
  const limit = probability(xa) * (1 + 1e-7);
  let p = 0;
  for (let x = Math.max(0, successes - nb); x <= Math.min(na, successes); x++) {
    const mass = probability(x);
    if (mass <= limit) p += mass;
  }
  return Math.min(1, p);
}

/** McNemar's exact test on the pairs whose outcome differs: are the two directions equally frequent? */
export function mcnemarExact(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  if (n === 0) return 1;
  let p = 0;
  for (let k = 0; k <= Math.min(onlyA, onlyB); k++) p += Math.exp(logChoose(n, k) - n * Math.LN2);
  return Math.min(1, 2 * p);
}

/** Holm's step-down adjustment (1979) of each p of a family: adjusted, it may be read against the family's error rate. */
export function holmAdjustment(pValues: readonly number[]): (p: number) => number {
  const sorted = new Float64Array(pValues).sort();
  let previous = 0;
  const adjusted = sorted.map((p, rank) => (previous = Math.max(previous, Math.min(1, (sorted.length - rank) * p))));
  return (p) => adjusted[firstAtLeast(sorted, p)] ?? 1;
}

/** The place of the first number that is not smaller: equal p values share the adjustment of the first of them. */
function firstAtLeast(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
