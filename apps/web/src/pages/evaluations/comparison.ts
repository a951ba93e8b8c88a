/** Puts the plots of two evaluations together, slice by slice and group by group. */
import type { EvaluationDocument, EvaluationPlot } from "@steward/client";

type Row = EvaluationPlot["rows"][number];

export interface JoinedRow {
  label: string;
  before: Row | undefined;
  after: Row | undefined;
}

export interface JoinedPlot {
  /** The later plot, on a scale that holds both. */
  plot: EvaluationPlot;
  rows: JoinedRow[];
}

/** Slices and metrics that both have. */
export function joinPlots(
  before: EvaluationDocument["document"],
  after: EvaluationDocument["document"],
): { title: string; plots: JoinedPlot[] }[] {
  return after.slices.flatMap((slice) => {
    const other = before.slices.find(({ title }) => title === slice.title);
    if (other === undefined) return [];
    const pairs = [joinBy(other.comparisons, slice.comparisons, true), joinBy(other.main, slice.main, false)];
    return [{ title: slice.title, plots: pairs.flat() }];
  });
}

function joinBy(before: readonly EvaluationPlot[], after: readonly EvaluationPlot[], worstPair: boolean): JoinedPlot[] {
  return after.flatMap((plot) => {
    const other = before.find((candidate) => candidate.of === plot.of);
    if (other === undefined) return [];
    const scale = { ...plot, from: Math.min(plot.from, other.from), to: Math.max(plot.to, other.to) };
    // The worst pair may be another pair of groups each time; it is still the worst that is compared.
    const rows = worstPair ? [{ label: "", before: other.rows[0], after: plot.rows[0] }] : joinRows(other, plot);
    return [{ plot: scale, rows }];
  });
}

function joinRows(before: EvaluationPlot, after: EvaluationPlot): JoinedRow[] {
  const labels = [...new Set([...after.rows, ...before.rows].map(({ label }) => label))];
  return labels.map((label) => ({
    label,
    before: before.rows.find((row) => row.label === label),
    after: after.rows.find((row) => row.label === label),
  }));
}

/** How far a value moved, and whether the two intervals still overlap. */
export function changeWords(before: Row | undefined, after: Row | undefined): string {
  if (before?.value == null || after?.value == null) return "";
  const change = after.value - before.value;
  const moved = change === 0 ? "unchanged" : `${change > 0 ? "+" : "−"}${Math.abs(change).toFixed(3)}`;
  if (before.low === null || before.high === null || after.low === null || after.high === null) return moved;
  const apart = after.low > before.high || after.high < before.low;
  return apart ? `${moved}, beyond both intervals` : `${moved}, the intervals overlap`;
}
