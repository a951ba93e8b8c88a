/**
 * Compares the groups of every slice: one interval per pair of groups, all of them simultaneous, and from these the
 * worst difference or ratio. The interval of a worst case is read off the intervals of the pairs; resampling a minimum
 * or a maximum is wrong at parity, where the sample's extreme is always beyond the true one.
 */
import { FairnessError } from "./error.ts";
import type { Defined, Estimate } from "./estimate.ts";
import { criticalValues } from "./critical.ts";
import type { Comparison, CriticalValues, Family, Inference, Resample } from "./critical.ts";
import { differenceLimits, ratioLimits } from "./pairwise.ts";
import type { Dependence } from "./pairwise.ts";
import { finite } from "./rates.ts";
import type { GroupKey, Slice } from "./slices.ts";
import { holmAdjust, testEquality } from "./hypothesis.ts";
import type { TestResult } from "./hypothesis.ts";

/** A disparity: the worst difference or ratio of one metric, or of several taken together, over the groups of a slice. */
export interface Definition {
  readonly name: string;
  readonly kind: "difference" | "ratio";
  readonly metrics: readonly string[];
  /** Several metrics: the worst of them counts (equalized odds), or their mean does. */
  readonly combine: "worst" | "mean";
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

/** The two groups that are furthest apart, with the metric in which they are. */
export interface Disparity {
  /** The worst difference or ratio among adequate groups: what `low` and `high` bound. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The worst over all groups however small: the textbook's figure. */
  readonly allGroups: number | null;
  /** The worst over the groups whose denominator is large enough. */
  readonly adequateGroups: number | null;
  /** The group with the lower rate of the pair that is furthest apart, and the one with the higher. */
  readonly worst: GroupKey | null;
  readonly best: GroupKey | null;
  /** The test of equality for that pair, its p adjusted by Holm over every comparison of this disparity. */
  readonly test?: TestResult;
  readonly reason?: string;
}

export interface CompareOptions extends Inference {
  readonly minimumDenominator: number;
  /** Compare with this group only; a slice that lacks one of its attributes compares all pairs. */
  readonly reference?: Readonly<Record<string, string>>;
  readonly dependence?: Dependence;
}

/** One pair of groups in one metric, with its simultaneous interval folded so that the sign no longer matters. */
export interface Pair extends Comparison {
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
  readonly critical: number;
  readonly test: TestResult;
}

export interface ComparedSlice {
  readonly disparities: Readonly<Record<string, Disparity>>;
  /** The pairs behind each disparity, for planning and for plots. */
  readonly pairs: Readonly<Record<string, readonly Pair[]>>;
}

export interface Compared {
  readonly slices: readonly ComparedSlice[];
  readonly critical: Readonly<Record<string, CriticalValues>>;
}

/**
 * All disparities of all slices. Each definition is one family: its intervals hold together, over every slice, pair and
 * metric that it involves, at the confidence given for it.
 * @throws FairnessError `bad_option` where the reference group does not exist
 */
export function compareSlices(
  slices: readonly EstimatedSlice[],
  definitions: readonly Definition[],
  options: CompareOptions,
  resample?: Resample,
): Compared {
  const references = slices.map((slice) => referenceGroup(slice, options.reference));
  const families = definitions.map((definition): Family => ({
    definition,
    comparisons: slices.flatMap((slice, place) =>
      definition.metrics.flatMap((metric) => {
        const able = slice.groups.flatMap((group, i) => (isAdequate(group, metric, options) ? [i] : []));
        return pairsOf(able, references[place]).map(([i, j]) => ({ slice: place, metric, i, j }));
      }),
    ),
  }));
  const critical = criticalValues(slices, families, options, resample);
  const perSlice = slices.map(() => ({
    disparities: {} as Record<string, Disparity>,
    pairs: {} as Record<string, readonly Pair[]>,
  }));
  for (const [index, family] of families.entries()) {
    const { definition } = family;
    const pairs = measurePairs(slices, family, critical[index] as CriticalValues, options);
    for (const [place, slice] of slices.entries()) {
      const own = pairs.filter((pair) => pair.slice === place);
      const into = perSlice[place] as (typeof perSlice)[number];
      into.pairs[definition.name] = own;
      into.disparities[definition.name] = disparity(slice, definition, own, references[place]);
    }
  }
  const names = definitions.map((definition, index) => [definition.name, critical[index] as CriticalValues] as const);
  return { slices: perSlice, critical: Object.fromEntries(names) };
}

/** True where the group takes part in comparisons of this metric. */
export function isAdequate(group: EstimatedGroup, metric: string, options: { minimumDenominator: number }): boolean {
  const estimate = group.estimates[metric];
  if (group.excluded !== undefined || estimate === undefined || estimate.kind === "undefined") return false;
  return estimate.effective >= options.minimumDenominator;
}

function referenceGroup(slice: EstimatedSlice, reference: CompareOptions["reference"]): number | undefined {
  if (reference === undefined || slice.attributes.some((name) => !(name in reference))) return undefined;
  const place = slice.groups.findIndex((group) =>
    slice.attributes.every((name) => group.key[name] === reference[name]),
  );
  if (place >= 0) return place;
  // A stratum of the control column may happen to hold nobody of the reference group: nothing to compare with there.
  if (slice.control !== undefined) return -1;
  const wanted = slice.attributes.map((name) => `${name}=${reference[name]}`).join(", ");
  throw new FairnessError("bad_option", `The reference group ${wanted} does not occur in the data.`);
}

function pairsOf(groups: readonly number[], reference: number | undefined): [number, number][] {
  if (reference === undefined)
    return groups.flatMap((i, at) => groups.slice(at + 1).map((j): [number, number] => [i, j]));
  if (!groups.includes(reference)) return [];
  return groups.flatMap((i): [number, number][] => (i === reference ? [] : [[i, reference]]));
}

function measurePairs(
  slices: readonly EstimatedSlice[],
  family: Family,
  critical: CriticalValues,
  options: CompareOptions,
): Pair[] {
  const { kind } = family.definition;
  const dependence = options.dependence ?? "independent";
  const compared = family.comparisons.map((comparison) => {
    const groups = (slices[comparison.slice] as EstimatedSlice).groups;
    const a = (groups[comparison.i] as EstimatedGroup).estimates[comparison.metric] as Defined;
    const b = (groups[comparison.j] as EstimatedGroup).estimates[comparison.metric] as Defined;
    return { comparison, a, b, test: testEquality(a, b) };
  });
  const adjusted = holmAdjust(compared.map(({ test }) => test.p));
  return compared.map(({ comparison: { slice, metric, i, j }, a, b, test }, k): Pair => {
    const z = critical.of(a, b);
    const bounds = kind === "ratio" ? ratioLimits(a, b, z, dependence) : differenceLimits(a, b, z, dependence);
    const [low, high] = kind === "ratio" ? foldRatio(bounds) : foldDifference(bounds);
    const value = apart(a.value, b.value, kind);
    return { slice, metric, i, j, value, low, high, critical: z, test: { test: test.test, p: adjusted[k] as number } };
  });
}

/** How far apart two values are: |a − b|, or the smaller over the larger; null for 0/0. */
function apart(a: number, b: number, kind: Definition["kind"]): number | null {
  if (kind === "difference") return Math.abs(a - b);
  const [small, large] = [Math.min(a, b), Math.max(a, b)];
  return large === 0 ? null : small / large;
}

function foldDifference([low, high]: readonly [number, number]): [number, number] {
  if (low > 0) return [low, high];
  if (high < 0) return [-high, -low];
  return [0, Math.max(-low, high)];
}

function foldRatio([low, high]: readonly [number, number]): [number, number] {
  if (high < 1) return [low, high];
  if (low > 1) return [1 / high, 1 / low];
  return [Math.min(low, 1 / high), 1];
}

function disparity(
  slice: EstimatedSlice,
  definition: Definition,
  pairs: readonly Pair[],
  reference: number | undefined,
): Disparity {
  const allGroups = combine(
    definition,
    definition.metrics.map((metric) => {
      const defined = slice.groups.flatMap((group, i) => (group.estimates[metric]?.kind === "undefined" ? [] : [i]));
      const values = pairsOf(defined, reference).map(([i, j]) =>
        apart(valueOf(slice, i, metric), valueOf(slice, j, metric), definition.kind),
      );
      return extreme(definition.kind, values);
    }),
  );
  const perMetric = definition.metrics.map((metric) => pairs.filter((pair) => pair.metric === metric));
  if (perMetric.some((own) => own.length === 0)) {
    const reason = whyNothing(slice, definition);
    return { value: null, low: null, high: null, allGroups, adequateGroups: null, worst: null, best: null, reason };
  }
  const value = combine(
    definition,
    perMetric.map((own) =>
      extreme(
        definition.kind,
        own.map((pair) => pair.value),
      ),
    ),
  );
  const low = combine(
    definition,
    perMetric.map((own) =>
      extreme(
        definition.kind,
        own.map((pair) => pair.low),
      ),
    ),
  ) as number;
  const high = combine(
    definition,
    perMetric.map((own) =>
      extreme(
        definition.kind,
        own.map((pair) => pair.high),
      ),
    ),
  ) as number;
  const furthest = furthestPair(definition.kind, pairs);
  const [worst, best] = furthest === undefined ? [null, null] : orderedKeys(slice, furthest);
  return {
    value,
    low: finite(low),
    high: finite(high),
    allGroups,
    adequateGroups: value,
    worst,
    best,
    ...(furthest === undefined ? { reason: "every group's value is 0, so no ratio exists" } : { test: furthest.test }),
  };
}

function valueOf(slice: EstimatedSlice, group: number, metric: string): number {
  return ((slice.groups[group] as EstimatedGroup).estimates[metric] as Defined).value;
}

/** The worst of several values: the largest difference, the smallest ratio; null where there is none. */
function extreme(kind: Definition["kind"], values: readonly (number | null)[]): number | null {
  let worst: number | null = null;
  for (const value of values) {
    if (value === null) continue;
    if (worst === null || (kind === "ratio" ? value < worst : value > worst)) worst = value;
  }
  return worst;
}

function combine(definition: Definition, values: readonly (number | null)[]): number | null {
  if (definition.combine === "worst") return values.includes(null) ? null : extreme(definition.kind, values);
  const sum = values.reduce<number | null>(
    (total, value) => (total === null || value === null ? null : total + value),
    0,
  );
  return sum === null ? null : sum / values.length;
}

function furthestPair(kind: Definition["kind"], pairs: readonly Pair[]): Pair | undefined {
  let furthest: Pair | undefined;
  for (const pair of pairs) {
    if (pair.value === null) continue;
    const best = furthest?.value ?? null;
    if (best === null || (kind === "ratio" ? pair.value < best : pair.value > best)) furthest = pair;
  }
  return furthest;
}

function orderedKeys(slice: EstimatedSlice, pair: Pair): [GroupKey, GroupKey] {
  const [i, j] =
    valueOf(slice, pair.i, pair.metric) <= valueOf(slice, pair.j, pair.metric) ? [pair.i, pair.j] : [pair.j, pair.i];
  return [(slice.groups[i] as EstimatedGroup).key, (slice.groups[j] as EstimatedGroup).key];
}

function whyNothing(slice: EstimatedSlice, definition: Definition): string {
  for (const metric of definition.metrics) {
    const estimates = slice.groups.map((group) => group.estimates[metric]);
    const undefinedOnes = estimates.filter((estimate) => estimate?.kind === "undefined");
    const reasons = new Set(undefinedOnes.map((estimate) => (estimate?.kind === "undefined" ? estimate.reason : "")));
    if (undefinedOnes.length === estimates.length && reasons.size === 1) return [...reasons][0] as string;
  }
  return "fewer than two groups have a large enough denominator";
}
