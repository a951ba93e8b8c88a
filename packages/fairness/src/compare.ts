/**
 * Compares the groups of every slice: one interval per pair of groups, all of them simultaneous, and from these the
 * worst difference or ratio. The interval of a worst case is read off the intervals of the pairs; resampling a minimum
 * or a maximum is wrong at parity, where the sample's extreme is always beyond the true one.
 */
import { criticalValues } from "./critical.ts";
import type { CriticalValues, Family, Inference, Resample } from "./critical.ts";
import { apart, combine, extreme, fold, worstOf } from "./disparity.ts";
import { FairnessError } from "./error.ts";
import type { Defined } from "./estimate.ts";
import { holmAdjust, testEquality } from "./hypothesis.ts";
import type { ComparedSlice, Definition, Disparity, EstimatedGroup, EstimatedSlice, Pair } from "./model.ts";
import { differenceLimits, ratioLimits } from "./pairwise.ts";

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
    const pairs = measurePairs(slices, family, critical[index] as CriticalValues);
    for (const [place, slice] of slices.entries()) {
      const own = pairs.filter((pair) => pair.slice === place);
      const into = perSlice[place] as (typeof perSlice)[number];
      into.pairs[definition.name] = own;
      into.disparities[definition.name] = worstOf(
        slice,
        definition,
        own,
        overAllGroups(slice, definition, references[place]),
      );
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

function measurePairs(slices: readonly EstimatedSlice[], family: Family, critical: CriticalValues): Pair[] {
  const { kind, dependence = "independent" } = family.definition;
  const compared = family.comparisons.map((comparison) => {
    const groups = (slices[comparison.slice] as EstimatedSlice).groups;
    const a = (groups[comparison.i] as EstimatedGroup).estimates[comparison.metric] as Defined;
    const b = (groups[comparison.j] as EstimatedGroup).estimates[comparison.metric] as Defined;
    return { comparison, a, b, test: testEquality(a, b) };
  });
  const adjusted = holmAdjust(compared.map(({ test }) => test.p));
  return compared.map(({ comparison: { slice, metric, i, j }, a, b, test }, k): Pair => {
    const z = critical.of(a, b);
    const limits = kind === "ratio" ? ratioLimits(a, b, z, dependence) : differenceLimits(a, b, z, dependence);
    const [low, high] = fold(limits, kind);
    const value = apart(a.value, b.value, kind);
    const ascending = a.value <= b.value;
    const p = adjusted[k] as number;
    return { slice, metric, i, j, ascending, value, low, high, critical: z, test: { test: test.test, p } };
  });
}

/** The worst over all groups that have a value, however few rows it rests on. */
function overAllGroups(slice: EstimatedSlice, definition: Definition, reference: number | undefined): number | null {
  const perMetric = definition.metrics.map((metric) => {
    const values = slice.groups.map((group) => {
      const estimate = group.estimates[metric];
      return estimate === undefined || estimate.kind === "undefined" ? undefined : estimate.value;
    });
    const able = [...values.keys()].filter((i) => values[i] !== undefined);
    const distances = pairsOf(able, reference).map(([i, j]) =>
      apart(values[i] as number, values[j] as number, definition.kind),
    );
    return extreme(definition.kind, distances);
  });
  return combine(definition, perMetric);
}
