/**
 * How wide simultaneous intervals must be: one critical value for all comparisons of a family, from Holm's first step
 * (which is Bonferroni's) or from resampling the largest deviation, or a boundary that holds at every look.
 */

import { normalUpperQuantile, sequenceCritical } from "@steward/statistics";
import type { Defined } from "./estimate.ts";
import { EXACT_LIMIT, smallestExpected } from "./pairwise.ts";
import type { Comparison, Definition, EstimatedSlice } from "./model.ts";
import { RATES } from "./rates.ts";

/** Comparisons whose intervals must hold together. */
export interface Family {
  readonly definition: Definition;
  readonly comparisons: readonly Comparison[];
}

export type Correction = "max-t" | "holm";

export interface Inference {
  /** The probability with which all intervals of one family hold together. */
  readonly confidence: number;
  /** Definitions that share one verdict share its error rate: their families' confidence is raised accordingly. */
  readonly confidenceOf?: Readonly<Record<string, number>>;
  readonly correction: Correction;
  /** Looks at growing data as often as one likes; the number is the denominator per group at which to be sharpest. */
  readonly sequentialAt?: number;
}

/** Runs the resampling for the families that ask for it. */
export type Resample = (slices: readonly EstimatedSlice[], families: readonly ResampledFamily[]) => ResampledCritical[];

export interface ResampledFamily extends Family {
  readonly confidence: number;
}

export interface ResampledCritical {
  /** The quantile of the largest deviation over the family's comparisons; undefined where none could be resampled. */
  readonly critical: number | undefined;
  readonly replicates: number;
  /** Replicates in which some comparison was 0/0 and took no part. */
  readonly undefinedReplicates: number;
}

export interface CriticalValues {
  readonly correction: Correction | "confidence sequence";
  readonly comparisons: number;
  readonly confidence: number;
  /** The critical value of an ordinary comparison; for a confidence sequence each comparison has its own. */
  readonly critical: number;
  readonly replicates?: number;
  readonly undefinedReplicates?: number;
  of(a: Defined, b: Defined): number;
}

/** Above this many comparisons resampling costs minutes and gains next to nothing over Holm's first step. */
export const MAX_RESAMPLED_COMPARISONS = 50_000;

export function criticalValues(
  slices: readonly EstimatedSlice[],
  families: readonly Family[],
  inference: Inference,
  resample: Resample | undefined,
): CriticalValues[] {
  const confidences = families.map(
    (family) => inference.confidenceOf?.[family.definition.name] ?? inference.confidence,
  );
  const able = families.map((family) => resample !== undefined && canResample(slices, family, inference));
  const asked = families.flatMap((family, k) => (able[k] ? [{ ...family, confidence: confidences[k] as number }] : []));
  const answers = resample === undefined || asked.length === 0 ? [] : resample(slices, asked);
  return families.map((family, k) => {
    const confidence = confidences[k] as number;
    const count = family.comparisons.length;
    if (inference.sequentialAt !== undefined) return sequential(confidence, count, inference.sequentialAt);
    const holm = holmCritical(confidence, count);
    const answer = able[k] ? answers.shift() : undefined;
    if (answer?.critical === undefined) {
      return { correction: "holm", comparisons: count, confidence, critical: holm, of: () => holm };
    }
    // The union bound holds whatever the resampling says, so it caps what one very thin cell would do to all others.
    const critical = Math.min(answer.critical, holm);
    return {
      correction: "max-t",
      comparisons: count,
      confidence,
      critical,
      replicates: answer.replicates,
      undefinedReplicates: answer.undefinedReplicates,
      // Exact limits know nothing of the normal distribution that the resampled value is measured on.
      of: (a, b) => (isSmall(a, b) ? holm : critical),
    };
  });
}

/** Two-sided critical value of Holm's first step: each of m comparisons at (1 − confidence) / m. */
export function holmCritical(confidence: number, comparisons: number): number {
  return normalUpperQuantile((1 - confidence) / (2 * Math.max(1, comparisons)));
}

function canResample(slices: readonly EstimatedSlice[], family: Family, inference: Inference): boolean {
  const { comparisons } = family;
  if (inference.correction !== "max-t" || inference.sequentialAt !== undefined) return false;
  if (comparisons.length === 0 || comparisons.length > MAX_RESAMPLED_COMPARISONS) return false;
  return comparisons.every(({ slice, metric, i }) => {
    const estimate = slices[slice]?.groups[i]?.estimates[metric];
    // Only shares of outcomes can be drawn again from counts of outcomes.
    return metric in RATES && estimate?.kind === "proportion";
  });
}

function isSmall(a: Defined, b: Defined): boolean {
  return a.kind === "proportion" && b.kind === "proportion" && smallestExpected(a, b) < EXACT_LIMIT;
}

function sequential(confidence: number, comparisons: number, sharpestAt: number): CriticalValues {
  const alpha = (1 - confidence) / Math.max(1, comparisons);
  const of = (a: Defined, b: Defined): number => {
    const information = 1 / (1 / a.effective + 1 / b.effective);
    return sequenceCritical(alpha, information, sharpestAt / 2);
  };
  return {
    correction: "confidence sequence",
    comparisons,
    confidence,
    critical: sequenceCritical(alpha, sharpestAt / 2, sharpestAt / 2),
    of,
  };
}
