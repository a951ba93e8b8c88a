/** Three verdicts: what a policy says about the intervals, and what is missing where it can say nothing. */
import { isAdequate } from "./compare.ts";
import type { CriticalValues } from "./critical.ts";
import type { Defined, Estimate } from "./estimate.ts";
import type { ComparedSlice, Definition, Disparity, EstimatedGroup, EstimatedSlice, Pair } from "./model.ts";
import { neededAtParity, neededDenominator } from "./planning.ts";
import type { BiasPolicy, Rule } from "./policy.ts";
import type { Finding, SliceName, ThinCell, Verdict } from "./report.ts";
import { findingWords } from "./words.ts";

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly findings: readonly Finding[];
  readonly thinCells: readonly ThinCell[];
}

/** Pass if the whole interval keeps the threshold, fail if none of it does, otherwise insufficient. */
export function decide(kind: Definition["kind"], threshold: number, low: number | null, high: number | null): Verdict {
  const [lower, upper] = [low ?? -Infinity, high ?? Infinity];
  if (kind === "ratio") return lower >= threshold ? "pass" : upper < threshold ? "fail" : "insufficient";
  return upper <= threshold ? "pass" : lower > threshold ? "fail" : "insufficient";
}

/** The worst verdict counts: one failing slice fails the whole, one undecided slice leaves it undecided. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("fail")) return "fail";
  return verdicts.length === 0 || verdicts.includes("insufficient") ? "insufficient" : "pass";
}

/** Applies every rule of the policy to every slice. */
export function judge(
  policy: BiasPolicy,
  slices: readonly EstimatedSlice[],
  compared: readonly ComparedSlice[],
  definitions: readonly Definition[],
  critical: Readonly<Record<string, CriticalValues>>,
): Judgement {
  const findings: Finding[] = [];
  const thinCells: ThinCell[] = [];
  for (const rule of policy.rules) {
    const definition = definitions.find((candidate) => candidate.name === rule.disparity);
    if (definition === undefined) {
      findings.push(notApplicable(rule));
      continue;
    }
    for (const [place, slice] of slices.entries()) {
      const result = compared[place] as ComparedSlice;
      const disparity = result.disparities[rule.disparity] as Disparity;
      const z = critical[rule.disparity] as CriticalValues;
      const found = judgeSlice(rule, definition, slice, result, z, policy);
      findings.push({
        ...pick(rule, nameOf(slice), disparity),
        verdict: found.verdict,
        reading: findingWords(
          nameOf(slice),
          rule.disparity,
          rule.threshold,
          found.verdict,
          disparity,
          policy.confidence,
          found.thin,
        ),
      });
      thinCells.push(...found.thin);
    }
  }
  const open = findings.filter((finding) => finding.verdict !== "pass");
  return {
    verdict: worstVerdict(findings.map((finding) => finding.verdict)),
    reasons: open.map((finding) => finding.reading),
    findings,
    thinCells,
  };
}

function pick(rule: Rule, slice: SliceName, disparity: Disparity): Omit<Finding, "verdict" | "reading"> {
  const { value, low, high } = disparity;
  return { disparity: rule.disparity, threshold: rule.threshold, slice, value, low, high };
}

function notApplicable(rule: Rule): Finding {
  return {
    disparity: rule.disparity,
    threshold: rule.threshold,
    slice: { attributes: [] },
    verdict: "insufficient",
    value: null,
    low: null,
    high: null,
    reading: `The policy limits ${rule.disparity}, which this evaluation does not measure: the column it needs was not given.`,
  };
}

/** Only the words that tell slices apart. */
export function nameOf(slice: EstimatedSlice): SliceName {
  return {
    attributes: slice.attributes,
    ...(slice.control === undefined ? {} : { control: slice.control }),
    ...(slice.class === undefined ? {} : { class: slice.class }),
  };
}

function judgeSlice(
  rule: Rule,
  definition: Definition,
  slice: EstimatedSlice,
  result: ComparedSlice,
  critical: CriticalValues,
  policy: BiasPolicy,
): { verdict: Verdict; thin: ThinCell[] } {
  const { low, high } = result.disparities[rule.disparity] as Disparity;
  const onIntervals = decide(definition.kind, rule.threshold, low, high);
  if (onIntervals === "fail") return { verdict: "fail", thin: [] };
  const tooSmall = definition.metrics.flatMap((metric) =>
    smallGroups(rule, definition, slice, metric, critical, policy),
  );
  if (onIntervals === "pass" && tooSmall.length === 0) return { verdict: "pass", thin: [] };
  const pairs = result.pairsOf(rule.disparity);
  return { verdict: "insufficient", thin: [...tooSmall, ...undecidedGroups(rule, definition, slice, pairs)] };
}

/** Groups that were not compared because their denominator is under the policy's minimum. */
function smallGroups(
  rule: Rule,
  definition: Definition,
  slice: EstimatedSlice,
  metric: string,
  critical: CriticalValues,
  policy: BiasPolicy,
): ThinCell[] {
  const rate = pooledRate(slice, metric);
  return slice.groups.flatMap((group): ThinCell[] => {
    const estimate = group.estimates[metric] as Estimate;
    if (group.excluded !== undefined || isAdequate(group, metric, policy)) return [];
    const atParity =
      rate === null
        ? null
        : neededAtParity(rate, largestOther(slice, group, metric), definition.kind, rule.threshold, critical.critical);
    const needed = atParity === null ? null : Math.max(policy.minimumDenominator, atParity);
    const denominator = estimate.kind === "undefined" ? estimate.denominator : estimate.effective;
    return [
      {
        slice: nameOf(slice),
        key: group.key,
        disparity: rule.disparity,
        metric,
        denominator,
        needed,
        neededAtParity: needed,
      },
    ];
  });
}

/** For every comparison that the threshold lies inside of, the group with fewer rows is what holds it back. */
function undecidedGroups(
  rule: Rule,
  definition: Definition,
  slice: EstimatedSlice,
  pairs: readonly Pair[],
): ThinCell[] {
  const thin = new Map<string, ThinCell>();
  for (const pair of pairs) {
    const [low, high] = pair.limits();
    if (decide(definition.kind, rule.threshold, low, high) !== "insufficient") continue;
    const [first, second] = [slice.groups[pair.of.i], slice.groups[pair.of.j]] as [EstimatedGroup, EstimatedGroup];
    const [a, b] = [first.estimates[pair.of.metric], second.estimates[pair.of.metric]] as [Defined, Defined];
    const [small, large, group] = a.effective <= b.effective ? [a, b, first] : [b, a, second];
    const rate = pooledRate(slice, pair.of.metric);
    const cell: ThinCell = {
      slice: nameOf(slice),
      key: group.key,
      disparity: rule.disparity,
      metric: pair.of.metric,
      denominator: small.effective,
      needed: neededDenominator(small, large, definition.kind, rule.threshold, pair.critical),
      neededAtParity:
        rate === null ? null : neededAtParity(rate, large.effective, definition.kind, rule.threshold, pair.critical),
    };
    const id = `${pair.of.metric} ${JSON.stringify(group.key)}`;
    thin.set(id, mostNeeded(thin.get(id), cell));
  }
  return [...thin.values()];
}

/** Of two answers for one group the larger; null ("no realistic number") is the largest. */
function mostNeeded(before: ThinCell | undefined, now: ThinCell): ThinCell {
  if (before === undefined) return now;
  return {
    ...now,
    needed: larger(before.needed, now.needed),
    neededAtParity: larger(before.neededAtParity, now.neededAtParity),
  };
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

/** The rate of all groups taken together: what each would have if they were alike. Null for what is no rate. */
function pooledRate(slice: EstimatedSlice, metric: string): number | null {
  let successes = 0;
  let rows = 0;
  for (const group of slice.groups) {
    const estimate = group.estimates[metric];
    if (estimate?.kind !== "proportion") continue;
    successes += estimate.value * estimate.effective;
    rows += estimate.effective;
  }
  return rows === 0 ? null : successes / rows;
}

function largestOther(slice: EstimatedSlice, except: EstimatedGroup, metric: string): number {
  const others = slice.groups.filter((group) => group !== except).map((group) => group.estimates[metric]);
  return Math.max(
    1,
    ...others.map((estimate) => (estimate === undefined || estimate.kind === "undefined" ? 0 : estimate.effective)),
  );
}
