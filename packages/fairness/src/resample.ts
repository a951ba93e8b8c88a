/**
 * The max-T method on counts: draw the whole table of cells again from the multinomial distribution that was observed,
 * see how far the furthest pair of each family strays from its own observed value in its own standard errors, and take
 * the quantile of that. Slices share cells, so their dependence comes out by itself. Every draw is centred on what was
 * observed for its pair, so nothing here resamples a minimum or a maximum of the ratios themselves.
 *
 * Westfall and Young (1993), Resampling-Based Multiple Testing; Hothorn, Bretz and Westfall (2008), Biometrical
 * Journal 50:346-363.
 */
import type { ResampledCritical, ResampledFamily, Resample } from "./critical.ts";
import { variance } from "./estimate.ts";
import type { Defined } from "./estimate.ts";
import type { Comparison, EstimatedGroup, EstimatedSlice } from "./model.ts";
import { seededRandom } from "@steward/statistics";
import type { Random } from "@steward/statistics";
import { RATES } from "./rates.ts";
import type { RateMetric } from "./rates.ts";
import type { Slice } from "./slices.ts";
import { OUTCOMES } from "./table.ts";
import type { OutcomeCell } from "./table.ts";

/** A table with its slices, in the order in which the estimated slices list them. */
export interface ResampledTable {
  readonly cells: readonly OutcomeCell[];
  readonly slices: readonly Slice[];
}

export interface ResampleOptions {
  readonly replicates: number;
  readonly seed: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** How often a long run says how far it is. */
const PROGRESS_EVERY = 50;

/** One metric of one slice in one family: its pairs, and by how much a deviation of each is to be scaled. */
interface Block {
  readonly family: number;
  readonly ratio: boolean;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly scale: Float64Array;
}

/** One metric of one slice: what is drawn for it, and the blocks that look at it. */
interface Watched {
  readonly hits: Uint8Array;
  readonly base: Uint8Array;
  readonly observed: Float64Array;
  readonly blocks: Block[];
}

interface WatchedSlice {
  readonly table: number;
  /** The group of each cell, −1 for a cell outside the slice. */
  readonly groupOf: Int32Array;
  readonly groups: number;
  readonly metrics: Map<string, Watched>;
}

/** A resampler over these tables; the estimated slices it is given must follow the tables' slices in order. */
export function resampler(tables: readonly ResampledTable[], options: ResampleOptions): Resample {
  return (slices, families) => {
    const watched = watchSlices(tables, slices, families);
    const random = seededRandom(options.seed);
    const largest = families.map(() => new Float64Array(options.replicates));
    const undefinedCount = new Int32Array(families.length);
    const drawn = tables.map((table) => ({
      draw: cellDrawer(table.cells, random),
      counts: new Float64Array(table.cells.length),
      outcomes: Int32Array.from(table.cells, (cell) => OUTCOMES.indexOf(cell.outcome)),
    }));
    for (let replicate = 0; replicate < options.replicates; replicate++) {
      for (const table of drawn) table.draw(table.counts);
      const undefinedNow = new Uint8Array(families.length);
      for (const slice of watched) {
        const table = drawn[slice.table] as (typeof drawn)[number];
        const tallies = tallyGroups(slice, table.counts, table.outcomes);
        for (const metric of slice.metrics.values()) deviate(metric, tallies, largest, replicate, undefinedNow);
      }
      for (const [k, flag] of undefinedNow.entries()) undefinedCount[k] = (undefinedCount[k] as number) + flag;
      if (replicate % PROGRESS_EVERY === 0) options.onProgress?.(replicate, options.replicates);
    }
    options.onProgress?.(options.replicates, options.replicates);
    return families.map((family, k) =>
      summarise(largest[k] as Float64Array, family.confidence, undefinedCount[k] as number),
    );
  };
}

function summarise(largest: Float64Array, confidence: number, undefinedReplicates: number): ResampledCritical {
  const sorted = largest.toSorted();
  // The (B + 1)·confidence-th smallest: the exact rank of a Monte Carlo test, so few replicates err on the wide side.
  const rank = Math.min(sorted.length, Math.ceil((sorted.length + 1) * confidence));
  const critical = sorted[rank - 1];
  const usable = critical !== undefined && critical > 0;
  return { critical: usable ? critical : undefined, replicates: largest.length, undefinedReplicates };
}

function watchSlices(
  tables: readonly ResampledTable[],
  slices: readonly EstimatedSlice[],
  families: readonly ResampledFamily[],
): WatchedSlice[] {
  const watched = tables.flatMap((table, t) =>
    table.slices.map((slice): WatchedSlice => {
      const groupOf = new Int32Array(table.cells.length).fill(-1);
      for (const [g, group] of slice.groups.entries()) for (const place of group.places) groupOf[place] = g;
      return { table: t, groupOf, groups: slice.groups.length, metrics: new Map() };
    }),
  );
  for (const [f, family] of families.entries()) {
    for (const [place, slice] of watched.entries()) {
      const groups = (slices[place] as EstimatedSlice).groups;
      for (const metric of family.definition.metrics) {
        const own = family.comparisons.filter((pair) => pair.slice === place && pair.metric === metric);
        if (own.length === 0) continue;
        let entry = slice.metrics.get(metric);
        if (entry === undefined) slice.metrics.set(metric, (entry = watchMetric(metric as RateMetric, groups)));
        entry.blocks.push(makeBlock(f, family.definition.kind === "ratio", own, groups));
      }
    }
  }
  return watched;
}

function watchMetric(metric: RateMetric, groups: readonly EstimatedGroup[]): Watched {
  const { hits, base }: { hits: readonly string[]; base: readonly string[] } = RATES[metric];
  return {
    hits: Uint8Array.from(OUTCOMES, (outcome) => (hits.includes(outcome) ? 1 : 0)),
    base: Uint8Array.from(OUTCOMES, (outcome) => (base.includes(outcome) ? 1 : 0)),
    observed: Float64Array.from(groups, (group) => {
      const estimate = group.estimates[metric] as EstimatedGroup["estimates"][string];
      return estimate.kind === "undefined" ? Number.NaN : estimate.value;
    }),
    blocks: [],
  };
}

function makeBlock(
  family: number,
  ratio: boolean,
  pairs: readonly Comparison[],
  groups: readonly EstimatedGroup[],
): Block {
  const scale = pairs.map((pair) => {
    const a = (groups[pair.i] as EstimatedGroup).estimates[pair.metric] as Defined;
    const b = (groups[pair.j] as EstimatedGroup).estimates[pair.metric] as Defined;
    // A ratio strays in relative terms: (a*/a − b*/b) has the coefficients of variation for its standard error.
    const spread = ratio ? variance(a) / a.value ** 2 + variance(b) / b.value ** 2 : variance(a) + variance(b);
    return spread > 0 && Number.isFinite(spread) ? 1 / Math.sqrt(spread) : 0;
  });
  const usable = pairs.flatMap((_, k) => ((scale[k] as number) > 0 ? [k] : []));
  return {
    family,
    ratio,
    left: Int32Array.from(usable, (k) => (pairs[k] as Comparison).i),
    right: Int32Array.from(usable, (k) => (pairs[k] as Comparison).j),
    scale: Float64Array.from(usable, (k) => scale[k] as number),
  };
}

/** Draws a table with the same number of rows: cell after cell, each a binomial share of the rows that are left. */
function cellDrawer(cells: readonly OutcomeCell[], random: Random): (into: Float64Array) => void {
  const n = Float64Array.from(cells, (cell) => cell.n);
  const rows = n.reduce((sum, count) => sum + count, 0);
  const weights = cells.map((cell) => cellWeight(cell));
  return (into) => {
    let rowsLeft = rows;
    let massLeft = rows;
    for (let c = 0; c < n.length; c++) {
      const count = n[c] as number;
      const drawn = random.binomial(rowsLeft, count / massLeft);
      rowsLeft -= drawn;
      massLeft -= count;
      const { mean, deviation } = weights[c] as { mean: number; deviation: number };
      const noise = deviation === 0 ? 0 : deviation * Math.sqrt(drawn) * random.normal();
      into[c] = Math.max(0, mean * drawn + noise);
    }
  };
}

/** Mean and standard deviation of the weights in a cell: drawn rows bring weights like those that were observed. */
function cellWeight(cell: OutcomeCell): { mean: number; deviation: number } {
  if (cell.weight === undefined || cell.weightSquares === undefined || cell.n === 0) return { mean: 1, deviation: 0 };
  const mean = cell.weight / cell.n;
  return { mean, deviation: Math.sqrt(Math.max(0, cell.weightSquares / cell.n - mean * mean)) };
}

function tallyGroups(slice: WatchedSlice, counts: Float64Array, outcomes: Int32Array): Float64Array {
  const tallies = new Float64Array(slice.groups * OUTCOMES.length);
  const { groupOf } = slice;
  for (let c = 0; c < counts.length; c++) {
    const group = groupOf[c] as number;
    if (group < 0) continue;
    const at = group * OUTCOMES.length + (outcomes[c] as number);
    tallies[at] = (tallies[at] as number) + (counts[c] as number);
  }
  return tallies;
}

function deviate(
  metric: Watched,
  tallies: Float64Array,
  largest: readonly Float64Array[],
  replicate: number,
  undefinedNow: Uint8Array,
): void {
  const { hits, base, observed } = metric;
  const width = OUTCOMES.length;
  const absolute = new Float64Array(observed.length);
  const relative = new Float64Array(observed.length);
  for (let g = 0; g < observed.length; g++) {
    let over = 0;
    let under = 0;
    for (let o = 0; o < width; o++) {
      const mass = tallies[g * width + o] as number;
      over += mass * (hits[o] as number);
      under += mass * (base[o] as number);
    }
    // An empty denominator gives NaN, which every comparison below refuses.
    absolute[g] = over / under - (observed[g] as number);
    relative[g] = (absolute[g] as number) / (observed[g] as number);
  }
  for (const block of metric.blocks) {
    const deviation = block.ratio ? relative : absolute;
    const row = largest[block.family] as Float64Array;
    let furthest = row[replicate] as number;
    for (let k = 0; k < block.left.length; k++) {
      const strayed =
        Math.abs((deviation[block.left[k] as number] as number) - (deviation[block.right[k] as number] as number)) *
        (block.scale[k] as number);
      if (strayed > furthest) furthest = strayed;
      else if (Number.isNaN(strayed)) undefinedNow[block.family] = 1;
    }
    row[replicate] = furthest;
  }
}
