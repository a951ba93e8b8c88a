/** How many rows it would take: what makes "insufficient" an answer that can be acted upon. */
import { normalUpperQuantile } from "@steward/statistics";
import { variance } from "./estimate.ts";
import type { Defined } from "./estimate.ts";

/** The chance of a decision that the answer is planned for. */
export const PLANNED_POWER = 0.8;

/** Beyond this the answer is that no realistic number of rows decides. */
export const MAX_PLANNED = 1_000_000_000;

/**
 * The denominator that group a would need, so that its comparison with b would be decided with probability
 * PLANNED_POWER if both values were truly what they are observed to be. Where b is the one that lacks rows, both are
 * planned alike. Null where the observed value lies on the threshold, or no realistic number decides.
 */
export function neededDenominator(
  a: Defined,
  b: Defined,
  kind: "difference" | "ratio",
  threshold: number,
  critical: number,
): number | null {
  const distance = distanceFrom(a.value, b.value, kind, threshold);
  if (distance === null || distance === 0) return null;
  return solveDenominator(unitVariance(a, kind), unitVariance(b, kind), b.effective, distance, critical);
}

/**
 * The denominator that a group would need to be shown alike to a group of `otherDenominator` rows, if both truly had
 * the value `rate`: the number to plan a pass with.
 */
export function neededAtParity(
  rate: number,
  otherDenominator: number,
  kind: "difference" | "ratio",
  threshold: number,
  critical: number,
): number | null {
  if (rate <= 0 || rate >= 1) return null;
  const distance = kind === "ratio" ? -Math.log(threshold) : threshold;
  const unit = kind === "ratio" ? (1 - rate) / rate : rate * (1 - rate);
  return solveDenominator(unit, unit, otherDenominator, distance, critical);
}

/** How far the observed disparity lies from the threshold, on the scale on which its error is about normal. */
function distanceFrom(a: number, b: number, kind: "difference" | "ratio", threshold: number): number | null {
  if (kind === "difference") return Math.abs(Math.abs(a - b) - threshold);
  if (!(a > 0 && b > 0) || threshold <= 0) return null;
  return Math.abs(Math.log(Math.min(a, b) / Math.max(a, b)) - Math.log(threshold));
}

/** The variance that one row would have. */
function unitVariance(estimate: Defined, kind: "difference" | "ratio"): number {
  const unit = variance(estimate) * estimate.effective;
  return kind === "ratio" ? unit / estimate.value ** 2 : unit;
}

function solveDenominator(
  unitA: number,
  unitB: number,
  otherRows: number,
  distance: number,
  critical: number,
): number | null {
  const allowed = (distance / (critical + normalUpperQuantile(1 - PLANNED_POWER))) ** 2;
  const left = allowed - unitB / otherRows;
  const alone = left > 0 ? unitA / left : Infinity;
  // With more rows than the other group has, the other one is what holds the decision back: plan both alike.
  const needed = alone <= otherRows ? alone : Math.max(otherRows, (unitA + unitB) / allowed);
  return Number.isFinite(needed) && needed <= MAX_PLANNED ? Math.ceil(needed) : null;
}
