/** What passes between estimating, comparing and judging. */
import type { Estimate, Limits } from "./estimate.ts";
import type { TestResult } from "./hypothesis.ts";
import type { Dependence } from "./pairwise.ts";
import type { GroupKey, Slice } from "./slices.ts";

export type Kind = "difference" | "ratio";

/** A disparity: the worst difference or ratio of one metric, or of several taken together, over the groups of a slice. */
export interface Definition {
  readonly name: string;
  readonly kind: Kind;
  readonly metrics: readonly string[];
  /** Several metrics: the worst of them counts (equalized odds), or their mean does. */
  readonly combine: "worst" | "mean";
  /** Whether groups' estimates are independent; left out where they are. */
  readonly dependence?: Dependence;
}

export interface EstimatedGroup {
  readonly key: GroupKey;
  /** Rows in the group. */
  readonly n: number;
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** Why the group takes no part in any comparison; it is still counted and shown. */
  readonly excluded?: string;
}

export interface EstimatedSlice extends Pick<Slice, "attributes" | "control"> {
  readonly class?: string;
  readonly groups: readonly EstimatedGroup[];
}

/** Two groups of one slice, by their places, in one metric. */
export interface Comparison {
  readonly slice: number;
  readonly metric: string;
  readonly i: number;
  readonly j: number;
  /** The test of equality, its p not adjusted for others. */
  readonly test: TestResult;
}

/** A simultaneous interval, folded so that it no longer matters which group comes first; found when it is asked for. */
export interface Bounds {
  limits(): Limits;
  /** Whether the lower limit is worse than this one: a larger difference, a smaller ratio. */
  lowBeats(bound: number): boolean;
  highBeats(bound: number): boolean;
}

/** One comparison with its simultaneous interval. */
export interface Pair extends Bounds {
  readonly of: Comparison;
  /** True where group i has the lower value. */
  readonly ascending: boolean;
  readonly value: number | null;
  readonly critical: number;
}

/** A disparity as it is reported. */
export interface Disparity {
  /** The worst difference or ratio among adequate groups: what `low` and `high` bound. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The worst over all groups however small: the textbook's figure. */
  readonly allGroups: number | null;
  /** The worst over the groups whose denominator is large enough. */
  readonly adequateGroups: number | null;
  /** The group with the lower value of the pair that is furthest apart, and the one with the higher. */
  readonly worst: GroupKey | null;
  readonly best: GroupKey | null;
  /** The test of equality for that pair, its p adjusted by Holm over every comparison of this disparity. */
  readonly test?: TestResult;
  readonly reason?: string;
}

export interface ComparedSlice {
  readonly disparities: Readonly<Record<string, Disparity>>;
  /** The pairs behind a disparity, for planning; measured again, because few are asked for and all take much memory. */
  readonly pairsOf: (disparity: string) => readonly Pair[];
}
