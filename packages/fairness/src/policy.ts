/**
 * The policy: what must hold, committed beside the AI system before the evaluation runs. Without one there are figures
 * but no verdict.
 */
import { z } from "zod";

import { DISPARITY_NAMES, disparityKind } from "./disparities.ts";
import { FairnessError } from "./error.ts";

/** The ratio below which the "four-fifths rule" speaks of adverse impact: 29 CFR 1607.4 D. */
export const FOUR_FIFTHS = 0.8;

/** A category of fewer than 2 % of the rows may be left out of impact ratios: 6 RCNY § 5-301 (NYC Local Law 144). */
export const LL144_SMALLEST_SHARE = 0.02;

/** Under this denominator a group is not judged unless the policy says otherwise. */
export const DEFAULT_MINIMUM_DENOMINATOR = 30;

const ruleSchema = z
  .strictObject({
    disparity: z
      .enum(DISPARITY_NAMES as [string, ...string[]])
      .describe("What is limited, e.g. demographicParityRatio"),
    threshold: z.number().nonnegative().describe("The smallest ratio that is acceptable, or the largest difference"),
  })
  .refine((rule) => disparityKind(rule.disparity) === "difference" || (rule.threshold > 0 && rule.threshold <= 1), {
    message: "The threshold of a ratio lies above 0 and is at most 1.",
    path: ["threshold"],
  });

export const actedUponSchema = z.strictObject({
  withinDays: z.int().min(1).max(365).describe("Days from a failed evaluation until it must have been acted upon"),
  by: z
    .array(z.enum(["later-pass", "approved-exception", "rollback"]))
    .min(1)
    .describe("What counts: a passing evaluation of a newer release, an approved exception that expires, a rollback"),
  exceptionMaximumDays: z.int().min(1).max(365).optional().describe("The longest term of an exception"),
});

/** Classes of change to an AI system, as releases name them. */
export const CHANGE_CLASSES = ["major", "minor", "patch"] as const;

const continuousSchema = z.strictObject({
  positive: z.array(z.string().min(1)).min(1).max(50).describe("Outcomes of decisions that count as positive"),
  attributes: z.array(z.string().min(1)).min(1).max(10).describe("Attributes of decisions whose groups are compared"),
  sharpestAt: z.int().min(30).describe("Denominator per group at which alarms are sharpest"),
  everyHours: z.int().min(1).max(744).default(24).describe("Hours from one look at the decisions to the next"),
});

export const biasPolicySchema = z
  .strictObject({
    schema: z.literal("steward/bias-policy/v1"),
    name: z.string().min(1).describe("What the policy is called"),
    version: z.union([z.string().min(1), z.number()]).describe("Raised with every change"),
    profile: z.enum(["four-fifths", "ll144", "custom"]).default("custom").describe("The rules to start from"),
    rules: z.array(ruleSchema).min(1).optional().describe("What must hold; the profile's own rule where left out"),
    confidence: z
      .number()
      .min(0.8)
      .max(0.999)
      .default(0.95)
      .describe("That all intervals of the verdict hold together"),
    correction: z.enum(["max-t", "holm"]).default("max-t").describe("How simultaneous intervals are widened"),
    minimumDenominator: z.int().min(1).default(DEFAULT_MINIMUM_DENOMINATOR).describe("Fewer rows are never judged"),
    slices: z
      .union([
        z.strictObject({ ways: z.int().min(1).max(3) }),
        z.strictObject({ attributes: z.array(z.array(z.string().min(1)).min(1).max(3)).min(1) }),
      ])
      .default({ ways: 2 })
      .describe("Every combination of up to so many attributes, or exactly the combinations listed"),
    excludeBelowShare: z
      .number()
      .min(0)
      .max(0.1)
      .optional()
      .describe("Groups of a smaller share of rows are not judged"),
    unknown: z.enum(["compare", "count"]).optional().describe("Rows with an unknown value: a group, or counted only"),
    monitoring: z
      .strictObject({ sharpestAt: z.int().min(30).describe("Denominator per group at which alarms are sharpest") })
      .optional()
      .describe("The evaluation is repeated as data grow: intervals that hold at every look"),
    requiredFor: z
      .array(z.enum(CHANGE_CLASSES))
      .optional()
      .describe("Changes after which a release must pass before it is deployed; every change where left out"),
    continuous: continuousSchema
      .optional()
      .describe("Live decisions are watched too, with intervals that hold at every look"),
    actedUpon: actedUponSchema.optional().describe("What counts as having acted on a failed evaluation"),
  })
  .refine((policy) => policy.profile !== "custom" || policy.rules !== undefined, {
    message: "A custom policy needs rules; the profiles four-fifths and ll144 bring their own.",
    path: ["rules"],
  })
  .refine((policy) => new Set(policy.rules?.map((rule) => rule.disparity)).size === (policy.rules?.length ?? 0), {
    message: "Each disparity has one rule.",
    path: ["rules"],
  });

export type PolicyFile = z.infer<typeof biasPolicySchema>;
export type Rule = z.infer<typeof ruleSchema>;

/** A policy with its profile filled in: nothing is left to default. */
export interface BiasPolicy extends Omit<PolicyFile, "rules" | "excludeBelowShare" | "unknown"> {
  readonly rules: readonly Rule[];
  readonly excludeBelowShare: number;
  readonly unknown: "compare" | "count";
}

/** One thing that is wrong with a policy, at a place given as the path of keys and positions that leads there. */
export interface PolicyIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export class PolicyError extends FairnessError {
  readonly issues: readonly PolicyIssue[];
  constructor(issues: readonly PolicyIssue[]) {
    super("bad_policy", issues.map((issue) => `${issue.path.join(".") || "policy"}: ${issue.message}`).join("\n"));
    this.issues = issues;
  }

  static of(error: z.ZodError): PolicyError {
    return new PolicyError(
      error.issues.map((issue) => ({
        path: issue.path.map((step) => (typeof step === "symbol" ? String(step) : step)),
        message: issue.message,
      })),
    );
  }
}

/**
 * Reads a policy from data (parsed YAML or JSON) and fills in its profile.
 * @throws PolicyError with every issue and its path
 */
export function parsePolicy(data: unknown): BiasPolicy {
  const parsed = biasPolicySchema.safeParse(data);
  if (!parsed.success) throw PolicyError.of(parsed.error);
  const policy = parsed.data;
  const isLl144 = policy.profile === "ll144";
  return {
    ...policy,
    rules: policy.rules ?? [{ disparity: "demographicParityRatio", threshold: FOUR_FIFTHS }],
    excludeBelowShare: policy.excludeBelowShare ?? (isLl144 ? LL144_SMALLEST_SHARE : 0),
    unknown: policy.unknown ?? (isLl144 ? "count" : "compare"),
  };
}
