/**
 * Evaluations other than bias (accuracy, robustness, red team): typed results of the tools that teams already use,
 * judged against limits that were committed before the run.
 */
import { z } from "zod";

import { normalUpperQuantile } from "@steward/statistics";

import { wilsonLimits } from "./estimate.ts";
import { actedUponSchema, CHANGE_CLASSES, PolicyError } from "./policy.ts";
import type { Verdict } from "./report.ts";
import { worstVerdict } from "./verdict.ts";

export const SUITE_KINDS = ["accuracy", "robustness", "red_team", "other"] as const;
export type SuiteKind = (typeof SUITE_KINDS)[number];

/** Rules of one policy; a suite that needs more is several suites. */
const MAX_RULES = 100;

const suiteRuleSchema = z
  .strictObject({
    metric: z.string().min(1).max(200).describe("What is limited, as the tool calls it, e.g. passRate"),
    name: z.string().min(1).max(200).optional().describe("Of this result only; of every result where left out"),
    atLeast: z.number().optional().describe("The smallest value that is acceptable"),
    atMost: z.number().optional().describe("The largest value that is acceptable"),
  })
  .refine((rule) => (rule.atLeast === undefined) !== (rule.atMost === undefined), {
    message: "Give either atLeast or atMost.",
  });

export const suitePolicySchema = z.strictObject({
  schema: z.literal("steward/evaluation-policy/v1"),
  name: z.string().min(1).describe("What the suite is called"),
  version: z.union([z.string().min(1), z.number()]).describe("Raised with every change"),
  kind: z.enum(SUITE_KINDS).describe("What is evaluated"),
  rules: z.array(suiteRuleSchema).min(1).max(MAX_RULES).describe("What must hold"),
  minimumCases: z.int().min(1).default(1).describe("A result on fewer cases is never judged"),
  confidence: z
    .number()
    .min(0.8)
    .max(0.999)
    .optional()
    .describe(
      "The cases stand for many more: the whole interval must keep the limit. Left out, they are all there are",
    ),
  requiredFor: z
    .array(z.enum(CHANGE_CLASSES))
    .optional()
    .describe("Changes after which a release must pass before it is deployed; every change where left out"),
  continuous: z
    .strictObject({
      everyHours: z.int().min(1).max(8760).optional().describe("Hours between two looks; a day where left out"),
    })
    .optional()
    .describe("Judge what evaluators report with calls: gen_ai.evaluation.result events of OpenTelemetry"),
  actedUpon: actedUponSchema.optional().describe("What counts as having acted on a failed evaluation"),
});
export type SuitePolicy = z.infer<typeof suitePolicySchema>;

/** @throws PolicyError with every issue and its path */
export function parseSuitePolicy(data: unknown): SuitePolicy {
  const parsed = suitePolicySchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw PolicyError.of(parsed.error);
}

/** One figure of a tool. */
export interface SuiteResult {
  /** What was measured: a suite, a prompt, a probe. */
  readonly name: string;
  readonly metric: string;
  /** Null where the tool could not say, as when every case ended in an error. */
  readonly value: number | null;
  readonly low?: number | null;
  readonly high?: number | null;
  /** Cases that the value rests on. */
  readonly n?: number | null;
}

export interface JudgedResult {
  readonly name: string;
  readonly metric: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number | null;
  readonly direction: "at_least" | "at_most" | null;
  readonly threshold: number | null;
  /** Null where no rule speaks of it. */
  readonly verdict: Verdict | null;
  readonly reading: string;
}

export interface SuiteJudgement {
  /** Null without a policy. */
  readonly verdict: Verdict | null;
  readonly reasons: readonly string[];
  readonly results: readonly JudgedResult[];
}

/** Judges every result by the rules that speak of it; a rule of which no result speaks leaves the suite undecided. */
export function judgeSuite(policy: SuitePolicy | null, results: readonly SuiteResult[]): SuiteJudgement {
  const rules = policy?.rules ?? [];
  const judged = results.flatMap((result): JudgedResult[] => {
    const own = rules.filter((rule) => speaksOf(rule, result));
    return own.length === 0 ? [unjudged(result)] : own.map((rule) => judgeResult(policy as SuitePolicy, rule, result));
  });
  if (policy === null) return { verdict: null, reasons: [], results: judged };
  const unmeasured = rules.filter((rule) => !results.some((result) => speaksOf(rule, result)));
  const verdicts = [
    ...judged.flatMap(({ verdict }) => verdict ?? []),
    ...unmeasured.map((): Verdict => "insufficient"),
  ];
  return {
    verdict: worstVerdict(verdicts),
    reasons: [
      ...judged.filter(({ verdict }) => verdict === "fail" || verdict === "insufficient").map(({ reading }) => reading),
      ...unmeasured.map(({ metric, name }) => `No result gives ${metric}${name === undefined ? "" : ` of ${name}`}.`),
    ],
    results: judged,
  };
}

type Rule = SuitePolicy["rules"][number];

function speaksOf(rule: Rule, result: SuiteResult): boolean {
  return rule.metric === result.metric && (rule.name === undefined || rule.name === result.name);
}

function unjudged(result: SuiteResult): JudgedResult {
  const { name, metric, value, low = null, high = null, n = null } = result;
  const open = { direction: null, threshold: null, verdict: null };
  return { name, metric, value, low, high, n, ...open, reading: `${name}: ${metric} is ${written(value)}.` };
}

function judgeResult(policy: SuitePolicy, rule: Rule, result: SuiteResult): JudgedResult {
  const { name, metric, value, n = null } = result;
  const [low, high] = intervalOf(policy, result);
  const direction = rule.atLeast === undefined ? "at_most" : "at_least";
  const threshold = (rule.atLeast ?? rule.atMost) as number;
  const words = direction === "at_least" ? "at least" : "at most";
  const verdict = verdictOf(policy, result, [low, high], direction, threshold);
  const shown = low === null && high === null ? "" : ` (${written(low)} to ${written(high)})`;
  const cases = n === null ? "" : ` on ${n} cases`;
  return {
    name,
    metric,
    value,
    low,
    high,
    n,
    direction,
    threshold,
    verdict,
    reading: `${name}: ${metric} is ${written(value)}${shown}${cases}; it must be ${words} ${threshold}: ${verdict}.`,
  };
}

function verdictOf(
  policy: SuitePolicy,
  { value, n }: SuiteResult,
  [low, high]: readonly [number | null, number | null],
  direction: "at_least" | "at_most",
  threshold: number,
): Verdict {
  if (value === null) return "insufficient";
  if (policy.minimumCases > 1 && (n ?? 0) < policy.minimumCases) return "insufficient";
  // The cases stand for more than themselves, and nothing says how well they do.
  if (policy.confidence !== undefined && (low === null || high === null)) return "insufficient";
  const [least, most] = policy.confidence === undefined ? [value, value] : [low as number, high as number];
  if (direction === "at_least") return least >= threshold ? "pass" : most < threshold ? "fail" : "insufficient";
  return most <= threshold ? "pass" : least > threshold ? "fail" : "insufficient";
}

/** The tool's own interval; for shares of cases Wilson's where it gives none. */
function intervalOf(policy: SuitePolicy, result: SuiteResult): readonly [number | null, number | null] {
  const { value, n = null, low = null, high = null } = result;
  if (low !== null || high !== null || policy.confidence === undefined) return [low, high];
  if (value === null || n === null || n < 1 || !SHARES.test(result.metric) || value < 0 || value > 1)
    return [low, high];
  return wilsonLimits(value, n, normalUpperQuantile((1 - policy.confidence) / 2));
}

/** Metrics whose value is a share of cases; an interval for anything else must come from the tool. */
const SHARES = /(^|[._ -])(rate|share|accuracy)$|Rate$|Share$/i;

function written(value: number | null): string {
  return value === null ? "unknown" : String(Number(value.toPrecision(4)));
}
