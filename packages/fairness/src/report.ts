/** The result of an evaluation, `steward/bias/v1`: plain JSON, stable, documented in docs/bias.md. */
import type { Disparity } from "./model.ts";
import type { BiasPolicy } from "./policy.ts";
import type { Reported } from "./rates.ts";
import type { GroupKey } from "./slices.ts";
import type { AttributeValue } from "./table.ts";

export const BIAS_SCHEMA = "steward/bias/v1";

export type Task = "classification" | "multiclass" | "regression" | "ranking" | "counterfactual" | "imported";

/** `insufficient` is an honest answer: the data cannot tell. */
export type Verdict = "pass" | "fail" | "insufficient";

export interface SliceName {
  readonly attributes: readonly string[];
  readonly control?: GroupKey;
  readonly class?: string;
}

export interface GroupReport {
  readonly key: GroupKey;
  readonly n: number;
  /** Share of all rows of the slice. */
  readonly share: number;
  /** Sum of the rows' weights, where they have any. */
  readonly weight?: number;
  /** Rows with a positive prediction. */
  readonly selected?: number;
  /** Rows by label and prediction; null without labels. */
  readonly tp?: number | null;
  readonly fp?: number | null;
  readonly tn?: number | null;
  readonly fn?: number | null;
  readonly metrics: Readonly<Record<string, Reported>>;
  /** Theil's index of benefit within the group (AIF360). */
  readonly theilIndex?: number | null;
  /** Signed comparisons with the reference group (AIF360): unprivileged less privileged, or divided by it. */
  readonly versusReference?: Readonly<Record<string, number | null>>;
  readonly calibration?: readonly CalibrationBin[];
  /** Share of all top places that the group's items hold (rankings). */
  readonly topShare?: number | null;
  /** Why the policy leaves the group out of all comparisons. */
  readonly excluded?: string;
}

/** Rows whose score lies between two numbers: their mean score against the share that turned out positive. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly meanScore: number;
  readonly observed: Reported;
}

export interface SliceReport extends SliceName {
  readonly groups: readonly GroupReport[];
  readonly disparities: Readonly<Record<string, Disparity>>;
  readonly betweenGroupTheilIndex?: number | null;
  /** Every pair of variants (counterfactual tests), signed. */
  readonly pairs?: readonly VariantPair[];
}

/** Counterfactual pairs of the variants a and b. */
export interface VariantPair {
  readonly a: AttributeValue;
  readonly b: AttributeValue;
  readonly n: number;
  /** a less b, with its simultaneous interval. */
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Share of pairs whose outcome differs; null for numbers. */
  readonly flipRate: number | null;
}

/** How the intervals of one disparity were made simultaneous. */
export interface InferenceReport {
  readonly correction: string;
  readonly confidence: number;
  readonly comparisons: number;
  /** Standard errors to either side. */
  readonly critical: number;
  readonly replicates?: number;
  readonly undefinedReplicates?: number;
}

/** What one rule of the policy says about one slice. */
export interface Finding {
  readonly disparity: string;
  readonly threshold: number;
  readonly slice: SliceName;
  readonly verdict: Verdict;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The finding in plain words. */
  readonly reading: string;
}

/** A group with too few rows for a rule to be decided, and how many it would need. */
export interface ThinCell {
  readonly slice: SliceName;
  readonly key: GroupKey;
  readonly disparity: string;
  readonly metric: string;
  /** Rows that the metric rests on now (effective ones, where rows have weights). */
  readonly denominator: number;
  /**
   * Rows with which the rule would be decided with probability 0.8 if the observed values were the true ones; null
   * where no realistic number would, because the observed value lies at the threshold.
   */
  readonly needed: number | null;
  /** Rows with which the rule would pass with probability 0.8 if the groups were truly alike. */
  readonly neededAtParity: number | null;
}

export interface BiasReport {
  readonly schema: typeof BIAS_SCHEMA;
  readonly task: Task;
  readonly rows: number;
  readonly attributes: readonly string[];
  readonly control?: string;
  readonly reference?: Readonly<Record<string, string>>;
  readonly weighted: boolean;
  readonly minimumDenominator: number;
  /** Of pointwise intervals; simultaneous ones say theirs under `inference`. */
  readonly confidence: number;
  readonly seed: number;
  /** All rows as one group. */
  readonly overall: Omit<GroupReport, "key" | "share">;
  readonly slices: readonly SliceReport[];
  readonly inference: Readonly<Record<string, InferenceReport>>;
  readonly policy: BiasPolicy | null;
  /** Null without a policy. */
  readonly verdict: Verdict | null;
  readonly reasons: readonly string[];
  readonly findings: readonly Finding[];
  readonly thinCells: readonly ThinCell[];
  /** What the reader should know before trusting the figures. */
  readonly warnings: readonly string[];
}
