/**
 * Recovers counts from rates. Each rate of a group is a linear equation in its four counts (tp, fp, tn, fn); with the
 * number of rows, three independent rates determine them, and a selection rate alone still gives selected and rejected.
 */
import { RATES } from "../rates.ts";
import type { RateMetric } from "../rates.ts";
import type { Outcome, OutcomeCell } from "../table.ts";
import type { FigureGroup } from "./figures.ts";

export type Counts = Pick<OutcomeCell, "outcome" | "n">[];

export interface Recovered {
  readonly counts: Counts;
  /** By how many rows rounding of the rates moved a count at most. */
  readonly rounded: number;
}

const UNKNOWNS = ["tp", "fp", "tn", "fn"] as const satisfies readonly Outcome[];

/** Equations whose remainder is smaller than this say nothing that the others did not. */
const NEGLIGIBLE = 1e-9;

/** A rate of a count may be printed with few digits; a count that is off by more than this was not recovered. */
const LARGEST_ROUNDING = 0.25;

/** The counts of a group; undefined where its figures do not determine them. */
export function recoverCounts(group: FigureGroup): Recovered | undefined {
  const n = group.figures["count"]?.value ?? givenTotal(group);
  if (n === undefined || n < 0) return undefined;
  const solution = solveLinear(equationsOf(group, n));
  if (solution !== undefined) return roundCounts(solution);
  const rate = group.figures["selectionRate"]?.value;
  if (rate === undefined) return undefined;
  const selected = Math.round(rate * n);
  const rounded = Math.abs(selected - rate * n);
  if (rounded > LARGEST_ROUNDING) return undefined;
  return {
    rounded,
    counts: [
      { outcome: "selectedUnlabelled", n: selected },
      { outcome: "rejectedUnlabelled", n: Math.round(n) - selected },
    ],
  };
}

function givenTotal(group: FigureGroup): number | undefined {
  const counts = UNKNOWNS.map((outcome) => group.figures[outcome]?.value);
  return counts.every((count) => count !== undefined) ? counts.reduce((sum, count) => sum + count, 0) : undefined;
}

/** Rows of coefficients of tp, fp, tn, fn and the right-hand side. */
function equationsOf(group: FigureGroup, n: number): number[][] {
  const equations = [[1, 1, 1, 1, n]];
  for (const [name, { value }] of Object.entries(group.figures)) {
    const place = UNKNOWNS.indexOf(name as (typeof UNKNOWNS)[number]);
    if (place >= 0) equations.push([...UNKNOWNS.map((_, i) => (i === place ? 1 : 0)), value]);
    if (!(name in RATES)) continue;
    const { hits, base }: { hits: readonly Outcome[]; base: readonly Outcome[] } = RATES[name as RateMetric];
    // hits − rate · base = 0.
    equations.push([
      ...UNKNOWNS.map((outcome) => (hits.includes(outcome) ? 1 : 0) - (base.includes(outcome) ? value : 0)),
      0,
    ]);
  }
  return equations;
}

/** Gauss-Jordan elimination; undefined where the equations leave a count open. */
function solveLinear(equations: readonly (readonly number[])[]): number[] | undefined {
  const rows = equations.map((row) => [...row]);
  const width = UNKNOWNS.length;
  for (let column = 0; column < width; column++) {
    let pivot = column;
    for (let i = column; i < rows.length; i++) {
      if (Math.abs(rows[i]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = i;
    }
    const lead = rows[pivot];
    if (lead === undefined || Math.abs(lead[column] as number) < NEGLIGIBLE) return undefined;
    [rows[column], rows[pivot]] = [lead, rows[column] as number[]];
    const scale = lead[column] as number;
    for (let k = 0; k <= width; k++) lead[k] = (lead[k] as number) / scale;
    for (const row of rows) {
      const factor = row[column] as number;
      if (row === lead || factor === 0) continue;
      for (let k = 0; k <= width; k++) row[k] = (row[k] as number) - factor * (lead[k] as number);
    }
  }
  return rows.slice(0, width).map((row) => row[width] as number);
}

function roundCounts(solution: readonly number[]): Recovered | undefined {
  const whole = solution.map((count) => Math.round(count));
  const rounded = Math.max(...solution.map((count, i) => Math.abs(count - (whole[i] as number))));
  if (rounded > LARGEST_ROUNDING || whole.some((count) => count < 0)) return undefined;
  return { rounded, counts: UNKNOWNS.map((outcome, i) => ({ outcome, n: Math.abs(whole[i] as number) })) };
}
