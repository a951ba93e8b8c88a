/**
 * Intervals for the difference and the ratio of two groups' estimates.
 *
 * Proportions: the score intervals of Miettinen and Nurminen (1985), Comparative analysis of two rates, Statistics in
 * Medicine 4:213-226, which hold their level far into the tails where p ± z·se and log intervals do not. Where an
 * expected count is under EXACT_LIMIT, and for everything that is no proportion, the method of variance estimates
 * recovery: Zou and Donner (2008), Statistics in Medicine 27:1693-1702, and for ratios Donner and Zou (2012),
 * Statistical Methods in Medical Research 21:347-359; with Clopper and Pearson's exact limits for small proportions.
 */
import { exactLimits, limits } from "./estimate.ts";
import type { Defined, Limits, Proportion } from "./estimate.ts";

/**
 * Under this expected count the normal approximation of a score is not trusted for an interval. The textbook's 5 is
 * enough for one test at 5 %, not for one of forty: with nine groups of 60 rows beside one of 100,000 it failed 6.5 %
 * of samples that were at the threshold, 10 fails 0.1 %.
 */
export const EXACT_LIMIT = 10;

/** How far the two estimates may move together; "worst" assumes that they move exactly against each other. */
export type Dependence = "independent" | "worst";

/** The limits of a − b at a two-sided critical value. */
export function differenceLimits(a: Defined, b: Defined, critical: number, dependence: Dependence): Limits {
  if (isScored(a, b, dependence)) return scoreDifferenceLimits(a as Proportion, b as Proportion, critical);
  return recoverDifference(boundedAlone(a, critical), boundedAlone(b, critical), dependence);
}

/** The limits of a / b at a two-sided critical value; [0, Infinity] where the data bound it on neither side. */
export function ratioLimits(a: Defined, b: Defined, critical: number, dependence: Dependence): Limits {
  if (isScored(a, b, dependence)) return scoreRatioLimits(a as Proportion, b as Proportion, critical);
  return recoverRatio(boundedAlone(a, critical), boundedAlone(b, critical), dependence);
}

/** Whether the two are compared by a score: proportions of groups that are independent and not small. */
export function isScored(a: Defined, b: Defined, dependence: Dependence): boolean {
  if (a.kind !== "proportion" || b.kind !== "proportion" || dependence !== "independent") return false;
  return smallestExpected(a, b) >= EXACT_LIMIT;
}

/** The smallest of the four counts to expect if both groups had the same rate: what decides between z and exact. */
export function smallestExpected(a: Proportion, b: Proportion): number {
  const pooled = (a.value * a.effective + b.value * b.effective) / (a.effective + b.effective);
  return Math.min(pooled, 1 - pooled) * Math.min(a.effective, b.effective);
}

type Bounded = readonly [value: number, low: number, high: number];

/** A group is compared with many others at the same critical value, and exact and t limits take long to find. */
const boundedBefore = new WeakMap<Defined, { readonly critical: number; readonly bounded: Bounded }>();

function boundedAlone(estimate: Defined, critical: number): Bounded {
  const before = boundedBefore.get(estimate);
  if (before?.critical === critical) return before.bounded;
  const { kind, value, effective } = estimate;
  const [low, high] = kind === "proportion" ? exactLimits(value, effective, critical) : limits(estimate, critical);
  const bounded: Bounded = [value, low, high];
  boundedBefore.set(estimate, { critical, bounded });
  return bounded;
}

function recoverDifference(a: Bounded, b: Bounded, dependence: Dependence): Limits {
  const join = dependence === "worst" ? (x: number, y: number) => x + y : Math.hypot;
  const difference = a[0] - b[0];
  return [difference - join(a[0] - a[1], b[2] - b[0]), difference + join(a[2] - a[0], b[0] - b[1])];
}

function recoverRatio(a: Bounded, b: Bounded, dependence: Dependence): Limits {
  const [valueA, lowA, highA] = a;
  const [valueB, lowB, highB] = b;
  // A ratio of quantities that may be negative has no meaning as a disparity.
  if (lowA < 0 || lowB < 0) return [0, Infinity];
  if (dependence === "worst") {
    return [highB > 0 ? lowA / highB : 0, lowB > 0 ? highA / lowB : Infinity];
  }
  return [
    lowA === 0 || !Number.isFinite(highB) ? 0 : recoverBound(valueA, valueB, lowA, highB, -1),
    lowB === 0 || !Number.isFinite(highA) ? Infinity : recoverBound(valueA, valueB, highA, lowB, 1),
  ];
}

/** Donner and Zou's bound: limitA and limitB are the limits that lie towards the bound, sign −1 for the lower one. */
function recoverBound(valueA: number, valueB: number, limitA: number, limitB: number, sign: -1 | 1): number {
  const product = valueA * valueB;
  const spreadA = limitA * (2 * valueA - limitA);
  const spreadB = limitB * (2 * valueB - limitB);
  const root = Math.sqrt(Math.max(0, product * product - spreadA * spreadB));
  // Multiplied out, so that a spread of exactly 0 does no harm; the two forms are equal where both exist.
  if (Math.abs(spreadB) < 1e-14) return spreadA / (2 * product);
  return (product + sign * root) / spreadB;
}

function scoreDifferenceLimits(a: Proportion, b: Proportion, critical: number): Limits {
  const score = (difference: number): number => differenceScore(a, b, difference);
  const observed = a.value - b.value;
  return [
    observed <= -1 ? -1 : solve((d) => score(d) - critical, -1, observed),
    observed >= 1 ? 1 : solve((d) => score(d) + critical, observed, 1),
  ];
}

/** The score statistic of the hypothesis p_a − p_b = difference; falls as the difference rises. */
export function differenceScore(a: Proportion, b: Proportion, difference: number): number {
  const na = a.effective;
  const nb = b.effective;
  const n = na + nb;
  const restrictedB = restrictedRate(a, b, difference);
  const restrictedA = clamp(restrictedB + difference);
  const spread = ((restrictedA * (1 - restrictedA)) / na + (restrictedB * (1 - restrictedB)) / nb) * (n / (n - 1));
  const distance = a.value - b.value - difference;
  if (spread <= 0) return distance === 0 ? 0 : Math.sign(distance) * Infinity;
  return distance / Math.sqrt(spread);
}

/** The most likely p_b among those with p_a − p_b = difference: the closed root of Miettinen and Nurminen's cubic. */
function restrictedRate(a: Proportion, b: Proportion, difference: number): number {
  const na = a.effective;
  const nb = b.effective;
  const successesB = b.value * nb;
  const successes = a.value * na + successesB;
  const n = na + nb;
  const l2 = (na + 2 * nb) * difference - n - successes;
  const l1 = (nb * difference - n - 2 * successesB) * difference + successes;
  const l0 = successesB * difference * (1 - difference);
  const third = l2 / (3 * n);
  const q = third * third * third - (l1 * l2) / (6 * n * n) + l0 / (2 * n);
  const p = Math.sqrt(Math.max(0, third * third - l1 / (3 * n))) * (q < 0 ? -1 : 1);
  const cosine = p === 0 ? 0 : q / (p * p * p);
  const angle = (Math.PI + Math.acos(Math.min(1, Math.max(-1, cosine)))) / 3;
  const root = 2 * p * Math.cos(angle) - third;
  return Math.min(Math.min(1, 1 - difference), Math.max(Math.max(0, -difference), root));
}

function scoreRatioLimits(a: Proportion, b: Proportion, critical: number): Limits {
  // On the log scale the two directions are alike, and a ratio of a million is as far away as one in a million.
  const score = (logRatio: number): number => ratioScore(a, b, Math.exp(logRatio));
  const observed = Math.log(a.value / b.value);
  const low =
    a.value === 0
      ? 0
      : Math.exp(solve((x) => score(x) - critical, outward(observed, score, critical, -1), cap(observed)));
  const high =
    b.value === 0
      ? Infinity
      : Math.exp(solve((x) => score(x) + critical, cap(observed), outward(observed, score, critical, 1)));
  return [low, high];
}

/** False position that has not arrived after so many steps is not going to: bisection finishes. */
const MAX_SECANT_STEPS = 60;
const MAX_STEPS = 200;

/** Ratios beyond e^±LOG_LIMIT are no different from 0 and infinity for any purpose of a disparity. */
const LOG_LIMIT = 40;

function cap(logRatio: number): number {
  return Math.min(LOG_LIMIT, Math.max(-LOG_LIMIT, logRatio));
}

/** A log ratio so far from the observed one that its score is beyond the critical value. */
function outward(observed: number, score: (x: number) => number, critical: number, direction: -1 | 1): number {
  let step = 0.25;
  let x = cap(observed);
  while (Math.abs(score(x)) < critical && x * direction < LOG_LIMIT) {
    x = cap(x + direction * step);
    step *= 2;
  }
  return x;
}

/** The score statistic of the hypothesis p_a / p_b = ratio; falls as the ratio rises. */
export function ratioScore(a: Proportion, b: Proportion, ratio: number): number {
  const na = a.effective;
  const nb = b.effective;
  const n = na + nb;
  const xa = a.value * na;
  const xb = b.value * nb;
  const quadratic = n * ratio;
  const linear = na * ratio + xa + nb + xb * ratio;
  const successes = xa + xb;
  const root = Math.sqrt(Math.max(0, linear * linear - 4 * quadratic * successes));
  // The stable form of the smaller root of quadratic·p² − linear·p + successes = 0.
  const restrictedB = Math.min(1, 1 / ratio, (2 * successes) / (linear + root));
  const restrictedA = clamp(restrictedB * ratio);
  const spread =
    ((restrictedA * (1 - restrictedA)) / na + (ratio * ratio * restrictedB * (1 - restrictedB)) / nb) * (n / (n - 1));
  const distance = a.value - ratio * b.value;
  if (spread <= 0) return distance === 0 ? 0 : Math.sign(distance) * Infinity;
  return distance / Math.sqrt(spread);
}

function clamp(p: number): number {
  return Math.min(1, Math.max(0, p));
}

/**
 * The root of a falling function between two points: false position with the Illinois rule, with bisection wherever
 * an end is infinite. Where the function does not change sign, the end nearest to a root.
 */
export function solve(f: (x: number) => number, low: number, high: number): number {
  let a = low;
  let b = high;
  let fa = f(low);
  let fb = f(high);
  if (fa <= 0) return a;
  if (fb >= 0) return b;
  let lastMoved: "a" | "b" | undefined;
  for (let i = 0; i < MAX_STEPS && b - a > 1e-13 * (1 + Math.abs(a) + Math.abs(b)); i++) {
    const secant = (a * fb - b * fa) / (fb - fa);
    const x = i < MAX_SECANT_STEPS && secant > a && secant < b ? secant : (a + b) / 2;
    const fx = f(x);
    if (fx === 0) return x;
    if (fx > 0) {
      if (lastMoved === "a") fb /= 2;
      a = x;
      fa = fx;
      lastMoved = "a";
    } else {
      if (lastMoved === "b") fa /= 2;
      b = x;
      fb = fx;
      lastMoved = "b";
    }
  }
  return (a + b) / 2;
}
