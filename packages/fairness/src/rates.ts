/** The metrics of a classifier that are functions of the counts of one group. */
import { kishEffective, limits } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { OUTCOMES } from "./table.ts";
import type { Outcome, Tally } from "./table.ts";

const LABELLED = ["tp", "fp", "tn", "fn"] as const satisfies readonly Outcome[];

interface RateDefinition {
  readonly hits: readonly Outcome[];
  readonly base: readonly Outcome[];
  /** Why the rate does not exist where its base is empty. */
  readonly empty: string;
}

/** Each rate is a share: of the rows in `base`, those in `hits`. */
export const RATES = {
  selectionRate: { hits: ["tp", "fp", "selectedUnlabelled"], base: OUTCOMES, empty: "no rows" },
  baseRate: { hits: ["tp", "fn"], base: LABELLED, empty: "no labelled rows" },
  tpr: { hits: ["tp"], base: ["tp", "fn"], empty: "no rows with a positive label" },
  fpr: { hits: ["fp"], base: ["fp", "tn"], empty: "no rows with a negative label" },
  fnr: { hits: ["fn"], base: ["tp", "fn"], empty: "no rows with a positive label" },
  tnr: { hits: ["tn"], base: ["fp", "tn"], empty: "no rows with a negative label" },
  ppv: { hits: ["tp"], base: ["tp", "fp"], empty: "no labelled rows with a positive prediction" },
  npv: { hits: ["tn"], base: ["tn", "fn"], empty: "no labelled rows with a negative prediction" },
  fdr: { hits: ["fp"], base: ["tp", "fp"], empty: "no labelled rows with a positive prediction" },
  for: { hits: ["fn"], base: ["tn", "fn"], empty: "no labelled rows with a negative prediction" },
  accuracy: { hits: ["tp", "tn"], base: LABELLED, empty: "no labelled rows" },
} as const satisfies Record<string, RateDefinition>;

export type RateMetric = keyof typeof RATES;
export const RATE_METRICS = Object.keys(RATES) as readonly RateMetric[];

/** Metrics of a classifier that are not a single share. */
export type CompositeMetric = "balancedAccuracy" | "errorOdds";

/** Of which rows labels are known: of all, only of those with a positive (negative) prediction, or of none. */
export type LabelKnowledge = "all" | "selected" | "rejected" | "none";

/** What can still be said where labels are known for one prediction only. */
const REMAINING: Readonly<Record<"selected" | "rejected", ReadonlySet<string>>> = {
  selected: new Set(["selectionRate", "ppv", "fdr"]),
  rejected: new Set(["selectionRate", "npv", "for"]),
};

/** Why a metric cannot be had however many rows there are; undefined where it can. */
export function unavailable(metric: RateMetric | CompositeMetric, labels: LabelKnowledge): string | undefined {
  if (labels === "all" || metric === "selectionRate") return undefined;
  if (labels === "none") return "there are no labels";
  if (REMAINING[labels].has(metric)) return undefined;
  return `labels are known only for rows with a ${labels === "selected" ? "positive" : "negative"} prediction`;
}

/** The share that a rate is in one group. */
export function estimateRate(metric: RateMetric, group: Tally, labels: LabelKnowledge): Estimate {
  const definition: RateDefinition = RATES[metric];
  const denominator = total(group.n, definition.base);
  const reason = unavailable(metric, labels);
  if (reason !== undefined) return { kind: "undefined", denominator, reason };
  const weight = total(group.weight, definition.base);
  if (denominator === 0) return { kind: "undefined", denominator, reason: definition.empty };
  if (weight === 0) return { kind: "undefined", denominator, reason: "every row has weight 0" };
  const effective = kishEffective(denominator, weight, total(group.weightSquares, definition.base));
  const value = total(group.weight, definition.hits) / weight;
  return { kind: "proportion", value, denominator, effective, approximate: effective < denominator };
}

function total(values: readonly number[], outcomes: readonly Outcome[]): number {
  let sum = 0;
  for (const outcome of outcomes) sum += values[OUTCOMES.indexOf(outcome)] as number;
  return sum;
}

/** The odds of a false negative against a false positive: what treatment equality compares (Berk et al., 2018). */
export function estimateErrorOdds(group: Tally, labels: LabelKnowledge): Estimate {
  const n = total(group.n, ["fn", "fp"]);
  const reason = unavailable("errorOdds", labels);
  if (reason !== undefined) return { kind: "undefined", denominator: n, reason };
  const weight = total(group.weight, ["fn", "fp"]);
  const falsePositives = total(group.weight, ["fp"]);
  if (falsePositives === 0) return { kind: "undefined", denominator: n, reason: "no false positives" };
  const falseNegatives = total(group.weight, ["fn"]);
  const effective = kishEffective(n, weight, total(group.weightSquares, ["fn", "fp"]));
  return {
    kind: "odds",
    share: falseNegatives / weight,
    value: falseNegatives / falsePositives,
    denominator: n,
    effective,
    approximate: effective < n,
  };
}

/** A metric of a group as it is reported: a pointwise interval, and null with a reason where it is undefined. */
export interface Reported {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly denominator: number;
  /** Kish's effective number of rows, where rows carry weights. */
  readonly effective?: number;
  readonly approximate?: true;
  readonly reason?: string;
}

export function reportEstimate(estimate: Estimate, critical: number): Reported {
  if (estimate.kind === "undefined") {
    return { value: null, low: null, high: null, denominator: estimate.denominator, reason: estimate.reason };
  }
  const [low, high] = limits(estimate, critical);
  return {
    value: estimate.value,
    low: finite(low),
    high: finite(high),
    denominator: estimate.denominator,
    ...(estimate.effective === estimate.denominator ? {} : { effective: estimate.effective }),
    ...(estimate.approximate ? { approximate: true } : {}),
  };
}

/** (tpr + tnr) / 2; the interval recovers the variance of each half from its Wilson limits (Zou and Donner, 2008). */
export function reportBalancedAccuracy(tpr: Estimate, tnr: Estimate, critical: number): Reported {
  const denominator = Math.min(tpr.denominator, tnr.denominator);
  const missing = [tpr, tnr].find((estimate) => estimate.kind === "undefined");
  if (tpr.kind === "undefined" || tnr.kind === "undefined") {
    return {
      value: null,
      low: null,
      high: null,
      denominator,
      reason: missing?.kind === "undefined" ? missing.reason : "",
    };
  }
  const [lowP, highP] = limits(tpr, critical);
  const [lowN, highN] = limits(tnr, critical);
  const value = (tpr.value + tnr.value) / 2;
  return {
    value,
    low: value - Math.hypot(tpr.value - lowP, tnr.value - lowN) / 2,
    high: value + Math.hypot(highP - tpr.value, highN - tnr.value) / 2,
    denominator,
    ...(tpr.approximate || tnr.approximate ? { approximate: true } : {}),
  };
}

/** JSON has no infinity: an unbounded side is null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * Theil's index of individual benefit b = prediction − label + 1 (Speicher et al., 2018; AIF360's theil_index): the
 * generalised entropy of order 1. Null without labelled rows or where nobody has any benefit.
 */
export function theilIndex(group: Tally): number | null {
  const [one, two, zero] = [
    total(group.weight, ["tp", "tn"]),
    total(group.weight, ["fp"]),
    total(group.weight, ["fn"]),
  ];
  const weight = one + two + zero;
  const mean = (one + 2 * two) / weight;
  if (weight === 0 || mean === 0) return null;
  return (one * entropy(1 / mean) + two * entropy(2 / mean)) / weight;
}

/** Theil's index with each row's benefit replaced by its group's mean: the part that lies between the groups. */
export function betweenGroupTheilIndex(groups: readonly Tally[]): number | null {
  const parts = groups.map((group) => {
    const weight = total(group.weight, LABELLED);
    return { weight, benefit: total(group.weight, ["tp", "tn"]) + 2 * total(group.weight, ["fp"]) };
  });
  const weight = parts.reduce((sum, part) => sum + part.weight, 0);
  const mean = parts.reduce((sum, part) => sum + part.benefit, 0) / weight;
  if (weight === 0 || mean === 0) return null;
  const occupied = parts.filter((part) => part.weight > 0);
  return occupied.reduce((sum, part) => sum + part.weight * entropy(part.benefit / part.weight / mean), 0) / weight;
}

function entropy(share: number): number {
  return share === 0 ? 0 : share * Math.log(share);
}
