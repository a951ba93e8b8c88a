/** Means from sums: what is left of rows once their number, sum and sum of squares are known. */
import type { Estimate } from "./estimate.ts";

export interface Moments {
  readonly n: number;
  /** Sum of weights; n without weights. */
  readonly weight: number;
  /** Kish's effective number of rows; n without weights. */
  readonly effective: number;
  /** Sums of weight × value and of weight × value². */
  readonly sum: number;
  readonly sumSquares: number;
}

/** The mean with its standard error; undefined without rows. */
export function meanEstimate(moments: Moments): Estimate {
  const { n, weight, effective, sum, sumSquares } = moments;
  if (n === 0) return { kind: "undefined", denominator: 0, reason: "no rows" };
  if (weight === 0) return { kind: "undefined", denominator: n, reason: "every row has weight 0" };
  const value = sum / weight;
  // The mean square of deviations times n / (n − 1), over n; a single row says nothing about its spread.
  const spread = Math.max(0, sumSquares / weight - value * value) / Math.max(1, effective - 1);
  const standardError = n === 1 ? Infinity : Math.sqrt(spread);
  return { kind: "mean", value, standardError, denominator: n, effective, approximate: effective < n };
}
