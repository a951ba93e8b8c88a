/**
 * Evaluates a model on counterfactual pairs: the same prompt or case with one attribute swapped. Whatever differs within
 * a pair is the attribute's doing, so pairs need far fewer rows than groups do.
 */
import { assembleCompared } from "./assemble.ts";
import type { DescribedSlice } from "./assemble.ts";
import { knownBounds } from "./bounds.ts";
import { criticalValues } from "./critical.ts";
import type { CriticalValues, Family } from "./critical.ts";
import { COUNTERFACTUAL_DISPARITIES } from "./disparities.ts";
import { extreme, fold, worstOf } from "./disparity.ts";
import { normalUpperTail, studentUpperQuantile, studentUpperTail } from "@steward/statistics";
import { FairnessError } from "./error.ts";
import type { Estimate, Limits } from "./estimate.ts";
import { holmAdjustment, mcnemarExact } from "./hypothesis.ts";
import type { TestResult } from "./hypothesis.ts";
import type { Comparison, ComparedSlice, Definition, Pair } from "./model.ts";
import { meanEstimate } from "./moments.ts";
import type { Moments } from "./moments.ts";
import { solve } from "./pairwise.ts";
import { finite } from "./rates.ts";
import type { BiasReport, VariantPair } from "./report.ts";
import { settingsOf } from "./settings.ts";
import type { EvaluateOptions } from "./settings.ts";
import type { AttributeValue } from "./table.ts";

/** Pairs of the variants a and b by outcome: a refusal, a label, anything that either happens or does not. */
export interface OutcomePairs {
  readonly a: AttributeValue;
  readonly b: AttributeValue;
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
}

/** Pairs of the variants a and b by a number (sentiment, a score): sums of the differences a − b. */
export interface NumberPairs {
  readonly a: AttributeValue;
  readonly b: AttributeValue;
  readonly n: number;
  readonly sum: number;
  readonly sumSquares: number;
}

export interface CounterfactualTable {
  readonly attribute: string;
  readonly pairs: readonly (OutcomePairs | NumberPairs)[];
  /** Each variant over all its answers; for outcomes `sum` and `sumSquares` are their number. */
  readonly variants: readonly ({ readonly value: AttributeValue } & Pick<Moments, "n" | "sum" | "sumSquares">)[];
}

const DEFINITION = COUNTERFACTUAL_DISPARITIES[0] as Definition;

/** @throws FairnessError `bad_table`, `bad_option` */
export function evaluateCounterfactual(table: CounterfactualTable, options: EvaluateOptions = {}): BiasReport {
  const settings = settingsOf({ ...options, replicates: 0 });
  if (table.variants.length < 2)
    throw new FairnessError("bad_table", "A counterfactual test needs two variants at least.");
  const measured = table.pairs.map((pair) => measure(pair));
  const slice = describe(
    table,
    measured.some((pair) => pair.isOutcome),
  );
  const able = measured.filter((pair) => pair.n >= settings.minimumDenominator);
  const comparisons = able.map((pair) => ({ slice: 0, metric: "outcome", test: pair.test, ...placesOf(pair, table) }));
  const family: Family = { definition: DEFINITION, comparisons };
  const [critical] = criticalValues([slice], [family], settings, undefined) as [CriticalValues];
  const compared = compare(able, measured, comparisons, slice, critical.critical);
  const rows = table.variants.reduce((sum, variant) => sum + variant.n, 0);
  return assembleCompared(
    {
      task: "counterfactual",
      rows,
      attributes: [table.attribute],
      weighted: false,
      overall: { n: rows, metrics: {} },
      slices: [{ ...slice, extra: { pairs: measured.map((pair) => reportPair(pair, critical.critical)) } }],
      definitions: [DEFINITION],
      warnings: [],
    },
    settings,
    [compared],
    { [DEFINITION.name]: critical },
  );
}

interface Measured {
  readonly a: AttributeValue;
  readonly b: AttributeValue;
  readonly n: number;
  readonly isOutcome: boolean;
  /** a − b. */
  readonly gap: number;
  /** Share of pairs whose outcome differs; null for numbers. */
  readonly flipRate: number | null;
  readonly test: TestResult;
  limits(critical: number): Limits;
}

function measure(pair: OutcomePairs | NumberPairs): Measured {
  return "both" in pair ? measureOutcomes(pair) : measureNumbers(pair);
}

function measureOutcomes({ a, b, both, onlyA, onlyB, neither }: OutcomePairs): Measured {
  const n = both + onlyA + onlyB + neither;
  return {
    a,
    b,
    n,
    isOutcome: true,
    gap: (onlyA - onlyB) / n,
    flipRate: (onlyA + onlyB) / n,
    test: { test: "McNemar exact", p: mcnemarExact(onlyA, onlyB) },
    limits: (critical) => pairedLimits(onlyA, onlyB, n, critical),
  };
}

/**
 * The score interval of a difference between paired proportions: Tango (1998), Equivalence test and confidence interval
 * for the difference in proportions for the paired-sample design, Statistics in Medicine 17:891-908.
 */
export function pairedLimits(onlyA: number, onlyB: number, n: number, critical: number): Limits {
  const observed = (onlyA - onlyB) / n;
  const score = (gap: number): number => {
    const linear = -onlyA - onlyB + (2 * n - onlyA + onlyB) * gap;
    const constant = -onlyB * gap * (1 - gap);
    const restricted = (Math.sqrt(Math.max(0, linear * linear - 8 * n * constant)) - linear) / (4 * n);
    const spread = n * (2 * restricted + gap * (1 - gap));
    const distance = onlyA - onlyB - n * gap;
    if (spread <= 0) return distance === 0 ? 0 : Math.sign(distance) * Infinity;
    return distance / Math.sqrt(spread);
  };
  return [
    observed <= -1 ? -1 : solve((gap) => score(gap) - critical, -1, observed),
    observed >= 1 ? 1 : solve((gap) => score(gap) + critical, observed, 1),
  ];
}

function measureNumbers({ a, b, n, sum, sumSquares }: NumberPairs): Measured {
  const gap = sum / n;
  const error = n < 2 ? Infinity : Math.sqrt(Math.max(0, sumSquares / n - gap * gap) / (n - 1));
  const t = error === 0 ? (gap === 0 ? 0 : Infinity) : Math.abs(gap) / error;
  return {
    a,
    b,
    n,
    isOutcome: false,
    gap,
    flipRate: null,
    test: { test: "paired t", p: Math.min(1, 2 * studentUpperTail(t, Math.max(1, n - 1))) },
    limits: (critical) => {
      const half = error === 0 ? 0 : studentUpperQuantile(normalUpperTail(critical), Math.max(1, n - 1)) * error;
      return [gap - half, gap + half];
    },
  };
}

function describe(table: CounterfactualTable, isOutcome: boolean): DescribedSlice {
  return {
    attributes: [table.attribute],
    groups: table.variants.map(({ value, n, sum, sumSquares }) => {
      const outcome: Estimate = isOutcome
        ? { kind: "proportion", value: sum / n, denominator: n, effective: n, approximate: false }
        : meanEstimate({ n, weight: n, effective: n, sum, sumSquares });
      return { key: { [table.attribute]: value }, n, estimates: { outcome } };
    }),
    describe: () => ({}),
  };
}

function placesOf(pair: Measured, table: CounterfactualTable): { i: number; j: number } {
  const place = (value: AttributeValue): number => {
    const found = table.variants.findIndex((variant) => variant.value === value);
    if (found < 0)
      throw new FairnessError("bad_table", `A pair names the variant ${value ?? "(unknown)"}, which has no answers.`);
    return found;
  };
  return { i: place(pair.a), j: place(pair.b) };
}

function compare(
  able: readonly Measured[],
  all: readonly Measured[],
  comparisons: Family["comparisons"],
  slice: DescribedSlice,
  critical: number,
): ComparedSlice {
  const pairs = able.map((measured, k): Pair => {
    const bounds = knownBounds(fold(measured.limits(critical), DEFINITION.kind), DEFINITION.kind);
    const value = Math.abs(measured.gap);
    return { of: comparisons[k] as Comparison, ascending: measured.gap <= 0, value, critical, ...bounds };
  });
  const adjust = holmAdjustment(able.map((pair) => pair.test.p));
  const allGroups = extreme(
    DEFINITION.kind,
    all.map((pair) => Math.abs(pair.gap)),
  );
  const worst = worstOf(slice, DEFINITION, pairs, allGroups, adjust);
  return { disparities: { [DEFINITION.name]: worst }, pairsOf: () => pairs };
}

function reportPair(pair: Measured, critical: number): VariantPair {
  const [low, high] = pair.limits(critical);
  return {
    a: pair.a,
    b: pair.b,
    n: pair.n,
    value: pair.gap,
    low: finite(low),
    high: finite(high),
    flipRate: pair.flipRate,
  };
}
