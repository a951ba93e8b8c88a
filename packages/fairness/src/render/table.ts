/** A report for the terminal. */
import type { Reported } from "../rates.ts";
import type { BiasReport, GroupReport, SliceReport } from "../report.ts";
import { groupName } from "../slices.ts";
import { count, disparityWords, figure, METRIC_WORDS, sliceWords, splitMetrics, thinWords } from "../words.ts";

/** Thin cells beyond this number are counted, not listed. */
const MAX_LISTED = 20;

export function renderTable(report: BiasReport): string {
  const parts = [headline(report)];
  if (report.warnings.length > 0) parts.push(report.warnings.map((warning) => `Note: ${warning}`).join("\n"));
  for (const slice of report.slices) parts.push(renderSlice(slice));
  if (report.findings.length > 0) {
    const findings = report.findings.map((finding) => `${finding.verdict.toUpperCase().padEnd(12)} ${finding.reading}`);
    parts.push(["Findings", ...findings].join("\n"));
  }
  if (report.thinCells.length > 0) {
    const listed = report.thinCells
      .slice(0, MAX_LISTED)
      .map((cell) => `  ${cell.disparity} by ${sliceWords(cell.slice)}: ${thinWords(cell)}.`);
    const more = report.thinCells.length - listed.length;
    parts.push(["Groups with too few rows", ...listed, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n"));
  }
  return `${parts.join("\n\n")}\n`;
}

function headline(report: BiasReport): string {
  const verdict =
    report.verdict === null
      ? "No policy was given, so there are figures but no verdict."
      : `Verdict: ${report.verdict}`;
  return `${verdict}\n${count(report.rows)} rows, ${report.slices.length} ${report.slices.length === 1 ? "slice" : "slices"} of ${report.attributes.join(", ")}`;
}

function renderSlice(slice: SliceReport): string {
  const { main: metrics, other } = splitMetrics(slice);
  const header = ["group", "n", ...metrics.map((metric) => METRIC_WORDS[metric]?.[0] ?? metric)];
  const rows = slice.groups.map((group) => [
    groupLabel(group),
    count(group.n),
    ...metrics.map((metric) => cell(group.metrics[metric])),
  ]);
  const disparities = Object.entries(slice.disparities).flatMap(([name, found]) => {
    if (found.value === null && found.allGroups === null) return [];
    const between = found.value === null ? "–" : `${figure(found.low)} to ${figure(found.high)}`;
    const pair =
      found.worst === null || found.best === null
        ? (found.reason ?? "")
        : `${groupName(found.worst)} < ${groupName(found.best)}`;
    return [[disparityWords(name), figure(found.value), between, figure(found.allGroups), pair]];
  });
  const title = sliceWords(slice);
  const parts = [`${title}\n${"─".repeat(title.length)}`, grid([header, ...rows])];
  if (disparities.length > 0) {
    parts.push(grid([["disparity", "worst", "simultaneous interval", "all groups", "lower < higher"], ...disparities]));
  }
  if (other.length > 0) parts.push(`Also measured (--format json or html): ${other.join(", ")}.`);
  return parts.join("\n\n");
}

function groupLabel(group: GroupReport): string {
  return `${groupName(group.key)}${group.excluded === undefined ? "" : ` (not compared: ${group.excluded})`}`;
}

function cell(metric: Reported | undefined): string {
  if (metric === undefined || metric.value === null) return "–";
  return `${figure(metric.value)} [${figure(metric.low)}, ${figure(metric.high)}]`;
}

function grid(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? "")].length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => pad(text, widths[column] as number, column > 0 && isNumeric(text)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - [...text].length));
  return right ? space + text : text + space;
}

function isNumeric(text: string): boolean {
  return /^[-–\d]/.test(text);
}
