/** Metrics of scores, from histograms: the scoring rate of NYC Local Law 144, means, AUC and calibration. */
import { FairnessError } from "./error.ts";
import { kishEffective } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { meanEstimate } from "./moments.ts";
import { reportEstimate } from "./rates.ts";
import type { CalibrationBin, GroupReport } from "./report.ts";
import type { Settings } from "./settings.ts";
import { sliceTable } from "./slices.ts";
import { checkTable, isWeighted } from "./table.ts";
import type { CellKey, Mass, Table } from "./table.ts";

/** Rows of one group with one label and one score, or scores so close that they share a bin. */
export interface ScoreCell extends CellKey, Mass {
  /** Null where the row has no label. */
  readonly positive: boolean | null;
  /** The score, or a number that orders the bin among the others. */
  readonly score: number;
  /** Sums over the rows, each row times its weight: of scores, of their squares, of scores above the median. */
  readonly sum: number;
  readonly sumSquares: number;
  readonly above: number;
}

export interface ScoreTable extends Table<ScoreCell> {
  /** The median score of all rows: Local Law 144 counts who scores above it. */
  readonly median: number;
  /** True where rows of different scores share a cell, so that what depends on their order is approximate. */
  readonly binned: boolean;
}

export interface Scored {
  readonly estimates: Record<string, Estimate>;
  readonly report: Partial<GroupReport>;
}

export interface ScoredTable {
  readonly overall: Scored;
  readonly warnings: readonly string[];
  /** The groups of the slice at this place, by their place in it. */
  slice(place: number): (group: number) => Scored;
}

const CALIBRATION_BINS = 10;

/**
 * The score metrics of every group of every slice.
 * @throws FairnessError `bad_table`
 */
export function scoresOf(table: ScoreTable, settings: Settings): ScoredTable {
  checkTable(table);
  const slices = sliceTable(table, settings.slices);
  const probabilities = table.cells.every((cell) => cell.score >= 0 && cell.score <= 1);
  const score = (places: readonly number[]): Scored => scoreGroup(table, places, settings, probabilities);
  const overall = score([...table.cells.keys()]);
  return {
    overall,
    warnings: warningsOf(table, probabilities),
    slice: (place) => {
      const slice = slices[place];
      if (slice === undefined)
        throw new FairnessError("bad_table", "The scores have other slices than the predictions.");
      const groups = slice.groups.map((group) => score(group.places));
      return (group) => {
        const found = groups[group];
        if (found === undefined)
          throw new FairnessError("bad_table", "The scores have other groups than the predictions.");
        return found;
      };
    },
  };
}

function warningsOf(table: ScoreTable, probabilities: boolean): string[] {
  const warnings: string[] = [];
  if (!probabilities)
    warnings.push("The scores are not all between 0 and 1, so they are no probabilities: no calibration is shown.");
  if (table.binned) {
    const error = resolution(table.cells);
    warnings.push(`Scores were counted in bins: an AUC over all rows is off by at most ${error.toExponential(1)}.`);
  }
  return warnings;
}

function scoreGroup(table: ScoreTable, places: readonly number[], settings: Settings, probabilities: boolean): Scored {
  const cells = places.map((place) => table.cells[place] as ScoreCell);
  const mass = addMass(cells);
  const weighted = isWeighted(table.cells);
  const approximate = weighted && mass.effective < mass.n;
  const above = cells.reduce((sum, cell) => sum + cell.above, 0);
  const scoringRate: Estimate =
    mass.weight === 0
      ? { kind: "undefined", denominator: mass.n, reason: "every row has weight 0" }
      : { kind: "proportion", value: above / mass.weight, denominator: mass.n, effective: mass.effective, approximate };
  const sum = cells.reduce((total, cell) => total + cell.sum, 0);
  const sumSquares = cells.reduce((total, cell) => total + cell.sumSquares, 0);
  return {
    estimates: {
      scoringRate,
      meanScore: meanEstimate({ ...mass, sum, sumSquares }),
      auc: estimateAuc(cells, table.binned),
    },
    report:
      probabilities && cells.some((cell) => cell.positive !== null) ? { calibration: calibrate(cells, settings) } : {},
  };
}

interface GroupMass {
  readonly n: number;
  readonly weight: number;
  readonly effective: number;
}

function addMass(cells: readonly ScoreCell[]): GroupMass {
  let [n, weight, squares] = [0, 0, 0];
  for (const cell of cells) {
    n += cell.n;
    weight += cell.weight ?? cell.n;
    squares += cell.weightSquares ?? cell.n;
  }
  return { n, weight, effective: weight === 0 ? 0 : kishEffective(n, weight, squares) };
}

/**
 * The area under the ROC curve as the Mann-Whitney probability with ties counted half, and its standard error after
 * DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44:837-845.
 */
export function estimateAuc(cells: readonly ScoreCell[], binned: boolean): Estimate {
  const positives = addMass(cells.filter((cell) => cell.positive === true));
  const negatives = addMass(cells.filter((cell) => cell.positive === false));
  const denominator = Math.min(positives.n, negatives.n);
  if (positives.weight === 0) return { kind: "undefined", denominator, reason: "no rows with a positive label" };
  if (negatives.weight === 0) return { kind: "undefined", denominator, reason: "no rows with a negative label" };
  const levels = scoreLevels(cells);
  // Each row's placement: the share of the other label's rows that it outranks.
  let [below, belowPositive] = [0, 0];
  let [first, second, firstOther, secondOther] = [0, 0, 0, 0];
  for (const { positive, negative } of levels) {
    const outranked = (below + negative / 2) / negatives.weight;
    const outranks = 1 - (belowPositive + positive / 2) / positives.weight;
    first += positive * outranked;
    second += positive * outranked * outranked;
    firstOther += negative * outranks;
    secondOther += negative * outranks * outranks;
    below += negative;
    belowPositive += positive;
  }
  const value = first / positives.weight;
  const spread = placementVariance(second / positives.weight, value, positives.effective);
  const spreadOther = placementVariance(
    secondOther / negatives.weight,
    firstOther / negatives.weight,
    negatives.effective,
  );
  const effective = Math.min(positives.effective, negatives.effective);
  const approximate = binned || effective < denominator;
  return { kind: "area", value, standardError: Math.sqrt(spread + spreadOther), denominator, effective, approximate };
}

function placementVariance(meanSquare: number, mean: number, effective: number): number {
  return Math.max(0, meanSquare - mean * mean) / Math.max(1, effective - 1);
}

/** The weight of either label at each distinct score, in rising order. */
function scoreLevels(cells: readonly ScoreCell[]): { positive: number; negative: number }[] {
  const levels = new Map<number, { positive: number; negative: number }>();
  for (const cell of cells) {
    if (cell.positive === null) continue;
    let level = levels.get(cell.score);
    if (level === undefined) levels.set(cell.score, (level = { positive: 0, negative: 0 }));
    if (cell.positive) level.positive += cell.weight ?? cell.n;
    else level.negative += cell.weight ?? cell.n;
  }
  return [...levels.entries()].sort(([a], [b]) => a - b).map(([, level]) => level);
}

/** Half the pairs that share a bin: by so much binning can have moved an AUC. */
function resolution(cells: readonly ScoreCell[]): number {
  const levels = scoreLevels(cells);
  const positives = levels.reduce((sum, level) => sum + level.positive, 0);
  const negatives = levels.reduce((sum, level) => sum + level.negative, 0);
  const tied = levels.reduce((sum, level) => sum + level.positive * level.negative, 0);
  return positives * negatives === 0 ? 0 : tied / (2 * positives * negatives);
}

/** Ten bins of equal width between 0 and 1; empty ones are left out. */
function calibrate(cells: readonly ScoreCell[], settings: Settings): CalibrationBin[] {
  return Array.from({ length: CALIBRATION_BINS }, (_, i) => {
    const own = cells.filter((cell) => cell.positive !== null && binOf(cell.score) === i);
    return { own, from: i / CALIBRATION_BINS, to: (i + 1) / CALIBRATION_BINS };
  }).flatMap(({ own, from, to }): CalibrationBin[] => {
    const all = addMass(own);
    const positives = addMass(own.filter((cell) => cell.positive === true));
    if (all.weight === 0) return [];
    const meanScore = own.reduce((sum, cell) => sum + cell.sum, 0) / all.weight;
    const value = positives.weight / all.weight;
    const approximate = all.effective < all.n;
    const observed = { kind: "proportion", value, denominator: all.n, effective: all.effective, approximate } as const;
    return [{ from, to, meanScore, observed: reportEstimate(observed, settings.pointwise) }];
  });
}

function binOf(score: number): number {
  return Math.min(CALIBRATION_BINS - 1, Math.floor(score * CALIBRATION_BINS));
}
