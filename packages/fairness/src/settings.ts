/** What an evaluation is asked to do, with the policy and the defaults worked in. */
import type { CompareOptions } from "./compare.ts";
import type { EstimatedGroup } from "./model.ts";
import type { Correction } from "./critical.ts";
import { normalUpperQuantile } from "@steward/statistics";
import { FairnessError } from "./error.ts";
import { DEFAULT_MINIMUM_DENOMINATOR } from "./policy.ts";
import type { BiasPolicy } from "./policy.ts";
import type { GroupKey, SliceSelection } from "./slices.ts";

export interface EvaluateOptions {
  /** Sets confidence, correction, minimum denominator, slices and exclusions; without it there is no verdict. */
  readonly policy?: BiasPolicy;
  readonly slices?: SliceSelection;
  readonly minimumDenominator?: number;
  readonly confidence?: number;
  readonly correction?: Correction;
  /** Compare with this group only, e.g. { sex: "Male" }. */
  readonly reference?: Readonly<Record<string, string>>;
  /** Draws of the max-T method; 0 leaves simultaneity to Holm. */
  readonly replicates?: number;
  readonly seed?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export const DEFAULT_WAYS = 2;
export const DEFAULT_CONFIDENCE = 0.95;
export const DEFAULT_REPLICATES = 2000;
export const DEFAULT_SEED = 1;

export interface Settings extends CompareOptions {
  readonly policy: BiasPolicy | null;
  readonly slices: SliceSelection;
  readonly replicates: number;
  readonly seed: number;
  /** Two-sided critical value of the pointwise intervals. */
  readonly pointwise: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws FairnessError `bad_option` for a number out of its range */
export function settingsOf(options: EvaluateOptions): Settings {
  const policy = options.policy ?? null;
  const confidence = policy?.confidence ?? options.confidence ?? DEFAULT_CONFIDENCE;
  const replicates = options.replicates ?? DEFAULT_REPLICATES;
  const minimumDenominator = policy?.minimumDenominator ?? options.minimumDenominator ?? DEFAULT_MINIMUM_DENOMINATOR;
  if (!(confidence > 0 && confidence < 1)) {
    throw new FairnessError("bad_option", `The confidence is ${confidence}; it lies between 0 and 1.`);
  }
  if (!Number.isInteger(replicates) || replicates < 0) {
    throw new FairnessError("bad_option", `The number of replicates is ${replicates}; it is a whole number from 0.`);
  }
  if (!(minimumDenominator >= 1)) {
    throw new FairnessError("bad_option", `The minimum denominator is ${minimumDenominator}; it is 1 at least.`);
  }
  const correction = replicates === 0 ? "holm" : (policy?.correction ?? options.correction ?? "max-t");
  return {
    policy,
    confidence,
    // All rules of a policy feed one verdict, so they share its error rate.
    confidenceOf: Object.fromEntries(
      (policy?.rules ?? []).map((rule, _, rules) => [rule.disparity, 1 - (1 - confidence) / rules.length]),
    ),
    correction,
    minimumDenominator,
    slices: policy?.slices ?? options.slices ?? { ways: DEFAULT_WAYS },
    replicates,
    seed: options.seed ?? DEFAULT_SEED,
    pointwise: normalUpperQuantile((1 - confidence) / 2),
    ...(options.reference === undefined ? {} : { reference: options.reference }),
    ...(policy?.monitoring === undefined ? {} : { sequentialAt: policy.monitoring.sharpestAt }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  };
}

/** Why the policy leaves a group out of comparisons; nothing where it does not. */
export function exclusion(
  policy: BiasPolicy | null,
  key: GroupKey,
  n: number,
  rows: number,
): Pick<EstimatedGroup, "excluded"> {
  if (policy === null) return {};
  if (policy.unknown === "count" && Object.values(key).includes(null)) return { excluded: "unknown value" };
  if (n < policy.excludeBelowShare * rows) {
    return { excluded: `fewer than ${Number((policy.excludeBelowShare * 100).toFixed(2))} % of the rows` };
  }
  return {};
}
