/** From pairs of groups to the worst of them. */
import { finite } from "./rates.ts";
import type { Limits } from "./estimate.ts";
import type { TestResult } from "./hypothesis.ts";
import type { Definition, Disparity, EstimatedGroup, EstimatedSlice, Kind, Pair } from "./model.ts";
import type { GroupKey } from "./slices.ts";

/** How far apart two values are: |a − b|, or the smaller over the larger; null for 0/0. */
export function apart(a: number, b: number, kind: Kind): number | null {
  if (kind === "difference") return Math.abs(a - b);
  const [small, large] = [Math.min(a, b), Math.max(a, b)];
  return large === 0 ? null : small / large;
}

/** The limits of |a − b| or of the smaller over the larger, from those of a − b or a / b. */
export function fold([low, high]: Limits, kind: Kind): Limits {
  if (kind === "difference") {
    if (low > 0) return [low, high];
    return high < 0 ? [-high, -low] : [0, Math.max(-low, high)];
  }
  if (high < 1) return [low, high];
  return low > 1 ? [1 / high, 1 / low] : [Math.min(low, 1 / high), 1];
}

/** The worst of several values: the largest difference, the smallest ratio; null where there is none. */
export function extreme(kind: Kind, values: readonly (number | null)[]): number | null {
  let worst: number | null = null;
  for (const value of values) if (value !== null && isWorse(kind, value, worst)) worst = value;
  return worst;
}

function isWorse(kind: Kind, value: number, than: number | null): boolean {
  return than === null || (kind === "ratio" ? value < than : value > than);
}

/**
 * The worst over the pairs of one slice. Its interval is the worst of the lower limits to the worst of the upper ones:
 * where all pairs' intervals hold, the true worst lies between them.
 */
export function worstOf(
  slice: EstimatedSlice,
  definition: Definition,
  pairs: readonly Pair[],
  allGroups: number | null,
  adjust: (p: number) => number,
): Disparity {
  const { metrics } = definition;
  const perMetric =
    metrics.length === 1 ? [pairs] : metrics.map((metric) => pairs.filter((pair) => pair.of.metric === metric));
  if (perMetric.some((own) => own.length === 0)) {
    const reason = whyNothing(slice, definition);
    return { value: null, low: null, high: null, allGroups, adequateGroups: null, worst: null, best: null, reason };
  }
  const { kind } = definition;
  const found = perMetric.map((own) => furthestPair(kind, own));
  const value = combine(
    definition,
    found.map((pair) => pair?.value ?? null),
  );
  const low = combine(
    definition,
    perMetric.map((own, k) => worstLow(kind, own, found[k])),
  ) as number;
  const high = combine(
    definition,
    perMetric.map((own, k) => worstHigh(kind, own, found[k])),
  ) as number;
  const bounded = { value, low: finite(low), high: finite(high), allGroups, adequateGroups: value };
  const furthest = found.length === 1 ? found[0] : furthestPair(kind, pairs);
  if (furthest === undefined) {
    return { ...bounded, worst: null, best: null, reason: "every group's value is 0, so no ratio exists" };
  }
  const [lower, higher] = furthest.ascending ? [furthest.of.i, furthest.of.j] : [furthest.of.j, furthest.of.i];
  return {
    ...bounded,
    worst: keyOf(slice, lower),
    best: keyOf(slice, higher),
    test: adjusted(furthest.of.test, adjust),
  };
}

/**
 * Only a pair whose limit beats the worst so far is worth finding the limit of. The pair that is furthest apart is most
 * often the one, so it comes first; and the limit that lies on the near side of the value can beat no worse one than
 * the value does.
 */
function worstLow(kind: Kind, pairs: readonly Pair[], furthest: Pair | undefined): number | null {
  let worst = furthest?.limits()[0] ?? null;
  for (const pair of pairs) {
    const { value } = pair;
    if (kind === "difference" && worst !== null && (value as number) <= worst) continue;
    if (worst === null || pair.lowBeats(worst)) [worst] = pair.limits();
  }
  return worst;
}

function worstHigh(kind: Kind, pairs: readonly Pair[], furthest: Pair | undefined): number | null {
  let worst = furthest?.limits()[1] ?? null;
  for (const pair of pairs) {
    const { value } = pair;
    if (kind === "ratio" && worst !== null && value !== null && value >= worst) continue;
    if (worst === null || pair.highBeats(worst)) [, worst] = pair.limits();
  }
  return worst;
}

function adjusted({ test, p }: TestResult, adjust: (p: number) => number): TestResult {
  return { test, p: adjust(p) };
}

/** Takes several metrics together as the definition says; null where one of them has no value. */
export function combine(definition: Definition, values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length) return null;
  if (definition.combine === "worst") return extreme(definition.kind, known);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

function furthestPair(kind: Kind, pairs: readonly Pair[]): Pair | undefined {
  let furthest: Pair | undefined;
  for (const pair of pairs) {
    if (pair.value !== null && isWorse(kind, pair.value, furthest?.value ?? null)) furthest = pair;
  }
  return furthest;
}

function keyOf(slice: EstimatedSlice, group: number): GroupKey {
  return (slice.groups[group] as EstimatedGroup).key;
}

function whyNothing(slice: EstimatedSlice, definition: Definition): string {
  for (const metric of definition.metrics) {
    const reasons = slice.groups.map((group) => {
      const estimate = group.estimates[metric];
      return estimate?.kind === "undefined" ? estimate.reason : undefined;
    });
    if (reasons[0] !== undefined && reasons.every((reason) => reason === reasons[0])) return reasons[0];
  }
  return "fewer than two groups have a large enough denominator";
}
