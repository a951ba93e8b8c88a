/** Where two attributes meet: one metric as a grid of their values. */
import type { DataTable, HeatCell, HeatMap } from "./document.ts";
import type { BiasReport, GroupReport, SliceReport } from "./report.ts";
import { count, figure, METRIC_WORDS } from "./words.ts";

const UNKNOWN = "(unknown)";

/** One grid for each metric; none for slices of one attribute or of three. */
export function heatMaps(slice: SliceReport, metrics: readonly string[], report: BiasReport): HeatMap[] {
  const [rowAttribute, columnAttribute] = slice.attributes;
  if (slice.attributes.length !== 2 || rowAttribute === undefined || columnAttribute === undefined) return [];
  const rows = valuesOf(slice.groups, rowAttribute);
  const columns = valuesOf(slice.groups, columnAttribute);
  const groups = new Map(
    slice.groups.map((group) => [placeOf(nameOf(group, rowAttribute), nameOf(group, columnAttribute)), group]),
  );
  return metrics.map((metric): HeatMap => {
    const [title, meaning] = METRIC_WORDS[metric] ?? [metric, ""];
    const cells = rows.map((row) =>
      columns.map((column) => heatCell(groups.get(placeOf(row, column)), metric, report.minimumDenominator)),
    );
    const values = cells.flat().flatMap((cell) => (cell?.value == null ? [] : [cell.value]));
    const [from, to] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
    const table = tableOf(`${title} by ${rowAttribute} and ${columnAttribute}`, rowAttribute, rows, columns, cells);
    return { of: metric, title, meaning, rowAttribute, columnAttribute, rows, columns, cells, from, to, table };
  });
}

function heatCell(group: GroupReport | undefined, metric: string, minimum: number): HeatCell | null {
  if (group === undefined) return null;
  const found = group.metrics[metric];
  const denominator = found?.denominator ?? 0;
  const thin = (found?.effective ?? denominator) < minimum || group.excluded !== undefined;
  return { value: found?.value ?? null, text: figure(found?.value ?? null), note: `n = ${count(denominator)}`, thin };
}

function tableOf(
  caption: string,
  corner: string,
  rows: readonly string[],
  columns: readonly string[],
  cells: HeatMap["cells"],
): DataTable {
  const words = (cell: HeatCell | null): string =>
    cell === null ? "nobody" : `${cell.text} (${cell.note}${cell.thin ? ", too few to judge" : ""})`;
  return {
    caption,
    header: [corner, ...columns],
    rows: rows.map((row, i) => [row, ...(cells[i] ?? []).map(words)]),
    numeric: [false, ...columns.map(() => true)],
  };
}

function valuesOf(groups: readonly GroupReport[], attribute: string): string[] {
  return [...new Set(groups.map((group) => nameOf(group, attribute)))].sort((a, b) => {
    if ((a === UNKNOWN) !== (b === UNKNOWN)) return a === UNKNOWN ? 1 : -1;
    return a < b ? -1 : 1;
  });
}

function nameOf(group: GroupReport, attribute: string): string {
  return group.key[attribute] ?? UNKNOWN;
}

function placeOf(row: string, column: string): string {
  return JSON.stringify([row, column]);
}
