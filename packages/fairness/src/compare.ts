/**
 * Compares the groups of every slice: one interval per pair of groups, all of them simultaneous, and from these the
 * worst difference or ratio. The interval of a worst case is read off the intervals of the pairs; resampling a minimum
 * or a maximum is wrong at parity, where the sample's extreme is always beyond the true one.
 */
import { criticalValues } from "./critical.ts";
import type { CriticalValues, Family, Inference, Resample } from "./critical.ts";
import { pairBounds } from "./bounds.ts";
import { apart, combine, extreme, worstOf } from "./disparity.ts";
import { FairnessError } from "./error.ts";
import type { Defined, Limits } from "./estimate.ts";
import { holmAdjustment, testEquality } from "./hypothesis.ts";
import type { Dependence } from "./pairwise.ts";
import type {
  Bounds,
  ComparedSlice,
  Comparison,
  Definition,
  Disparity,
  EstimatedGroup,
  EstimatedSlice,
  Kind,
  Pair,
} from "./model.ts";

export interface CompareOptions extends Inference {
  readonly minimumDenominator: number;
  /** Compare with this group only; a slice that lacks one of its attributes compares all pairs. */
  readonly reference?: Readonly<Record<string, string>>;
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
  const comparisons = comparisonsBy(slices, references, options);
  const families = definitions.map((definition): Family => ({
    definition,
    comparisons: comparisons(definition.metrics),
  }));
  const critical = criticalValues(slices, families, options, resample);
  const disparities = slices.map((): Record<string, Disparity> => ({}));
  const adjustment = adjustmentOf();
  for (const [index, family] of families.entries()) {
    const { definition } = family;
    const pairs = measurePairs(slices, family, critical[index] as CriticalValues);
    const adjust = adjustment(family.comparisons);
    for (const [place, slice] of slices.entries()) {
      const allGroups = overAllGroups(slice, definition, references[place]);
      const worst = worstOf(slice, definition, pairs[place] as Pair[], allGroups, adjust);
      (disparities[place] as Record<string, Disparity>)[definition.name] = worst;
    }
  }
  const names = definitions.map((definition, index) => [definition.name, critical[index] as CriticalValues] as const);
  const pairsOf = (place: number, name: string): readonly Pair[] => {
    const index = definitions.findIndex((definition) => definition.name === name);
    const { definition, comparisons: all } = families[index] as Family;
    const own = { definition, comparisons: all.filter(({ slice }) => slice === place) };
    return measurePairs(slices, own, critical[index] as CriticalValues)[place] as Pair[];
  };
  return {
    slices: disparities.map((found, place) => ({ disparities: found, pairsOf: (name) => pairsOf(place, name) })),
    critical: Object.fromEntries(names),
  };
}

/** The comparisons in some metrics, found once although several disparities look at them. */
function comparisonsBy(
  slices: readonly EstimatedSlice[],
  references: readonly (number | undefined)[],
  options: CompareOptions,
): (metrics: readonly string[]) => readonly Comparison[] {
  const known = new Map<string, readonly Comparison[]>();
  const ofMetric = (metric: string): readonly Comparison[] =>
    slices.flatMap((slice, place) => {
      const able = slice.groups.flatMap((group, i) => (isAdequate(group, metric, options) ? [i] : []));
      return pairsOf(able, references[place]).map(([i, j]): Comparison => {
        const test = testEquality(estimateOf(slice, i, metric), estimateOf(slice, j, metric));
        return { slice: place, metric, i, j, test };
      });
    });
  const find = (metrics: readonly string[]): readonly Comparison[] => {
    const name = metrics.join(" ");
    const found =
      known.get(name) ??
      (metrics.length === 1 ? ofMetric(metrics[0] as string) : metrics.flatMap((metric) => find([metric])));
    known.set(name, found);
    return found;
  };
  return find;
}

/** Holm's adjustment of a family; a difference and a ratio of the same metrics share their comparisons, and so it. */
function adjustmentOf(): (comparisons: readonly Comparison[]) => (p: number) => number {
  const known = new Map<readonly Comparison[], (p: number) => number>();
  return (comparisons) => {
    const adjust = known.get(comparisons) ?? holmAdjustment(comparisons.map(({ test }) => test.p));
    known.set(comparisons, adjust);
    return adjust;
  };
}

function estimateOf(slice: EstimatedSlice, group: number, metric: string): Defined {
  return (slice.groups[group] as EstimatedGroup).estimates[metric] as Defined;
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

/** The pairs of each slice. */
function measurePairs(slices: readonly EstimatedSlice[], family: Family, critical: CriticalValues): Pair[][] {
  const { kind, dependence = "independent" } = family.definition;
  const pairs = slices.map((): Pair[] => []);
  for (const comparison of family.comparisons) {
    const slice = slices[comparison.slice] as EstimatedSlice;
    const a = estimateOf(slice, comparison.i, comparison.metric);
    const b = estimateOf(slice, comparison.j, comparison.metric);
    (pairs[comparison.slice] as Pair[]).push(new ComparedPair(comparison, a, b, kind, dependence, critical.of(a, b)));
  }
  return pairs;
}

/** There are tens of thousands of them, and few are asked for their limits. */
class ComparedPair implements Pair {
  readonly of: Comparison;
  readonly value: number | null;
  readonly critical: number;
  readonly #a: Defined;
  readonly #b: Defined;
  readonly #kind: Kind;
  readonly #dependence: Dependence;
  #bounds: Bounds | undefined;

  constructor(of: Comparison, a: Defined, b: Defined, kind: Kind, dependence: Dependence, critical: number) {
    this.of = of;
    this.value = apart(a.value, b.value, kind);
    this.critical = critical;
    this.#a = a;
    this.#b = b;
    this.#kind = kind;
    this.#dependence = dependence;
  }

  get ascending(): boolean {
    return this.#a.value <= this.#b.value;
  }

  limits(): Limits {
    return this.#found().limits();
  }

  lowBeats(bound: number): boolean {
    return this.#found().lowBeats(bound);
  }

  highBeats(bound: number): boolean {
    return this.#found().highBeats(bound);
  }

  #found(): Bounds {
    this.#bounds ??= pairBounds(this.#a, this.#b, this.#kind, this.critical, this.#dependence);
    return this.#bounds;
  }
}

/** The worst over all groups that have a value, however few rows it rests on. */
function overAllGroups(slice: EstimatedSlice, definition: Definition, reference: number | undefined): number | null {
  const { kind } = definition;
  const perMetric = definition.metrics.map((metric) => {
    const values = slice.groups.map((group) => {
      const estimate = group.estimates[metric];
      return estimate === undefined || estimate.kind === "undefined" ? undefined : estimate.value;
    });
    const known = values.filter((value) => value !== undefined);
    if (known.length < 2) return null;
    // Of all pairs, the smallest and the largest value are furthest apart.
    if (reference === undefined) return apart(Math.min(...known), Math.max(...known), kind);
    const base = values[reference];
    if (base === undefined) return null;
    const others = values.filter((value, i) => value !== undefined && i !== reference) as number[];
    return extreme(
      kind,
      others.map((value) => apart(value, base, kind)),
    );
  });
  return combine(definition, perMetric);
}
