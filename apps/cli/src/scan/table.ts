/** A scan as a table for a terminal. */
import type { Breach, Component, ScanReport } from "@steward/discovery";

const HEADINGS = ["Kind", "Name", "Version", "Supplier", "Confidence", "Found at"] as const;

/** Longer names are cut: the other formats have them whole. */
const MAX_CELL_CHARS = 60;

/** Reasons that are told apart below the table. */
const MAX_REASONS = 12;

export function renderTable(report: ScanReport, breaches: readonly Breach[]): string {
  const marked = new Set(breaches.map(({ component }) => component));
  const rows = report.components.map((component) => ({ cells: cellsOf(component), isMarked: marked.has(component) }));
  const widths = HEADINGS.map((heading, at) =>
    Math.max(heading.length, ...rows.map(({ cells }) => (cells[at] as string).length)),
  );
  const line = (cells: readonly string[], mark: string): string =>
    `${mark}${cells.map((cell, at) => cell.padEnd(widths[at] as number)).join("  ")}`.trimEnd();
  const margin = marked.size > 0 ? "  " : "";
  const table =
    rows.length === 0
      ? ["No AI was found."]
      : [line(HEADINGS, margin), ...rows.map(({ cells, isMarked }) => line(cells, isMarked ? "! " : margin))];
  return `${[...table, ...skippedLines(report)].join("\n")}\n`;
}

function cellsOf({ kind, name, version, ecosystem, provider, confidence, evidence }: Component): string[] {
  const [first] = evidence;
  const more = evidence.length > 1 ? ` +${evidence.length - 1}` : "";
  const place = first === undefined ? "" : `${cell(first.file)}:${first.line}${more}`;
  const named = ecosystem === undefined ? cell(name) : `${cell(name)} (${ecosystem})`;
  return [kind, named, cell(version ?? ""), cell(provider ?? ""), confidence, place];
}

/** What comes from a repository may hold control characters, which a terminal would obey. */
function cell(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
  return plain.length > MAX_CELL_CHARS ? `${plain.slice(0, MAX_CELL_CHARS - 1)}…` : plain;
}

function skippedLines({ filesSkipped }: ScanReport): string[] {
  const counts = new Map<string, number>();
  for (const { reason } of filesSkipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  if (counts.size === 0) return [];
  const told = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_REASONS);
  return ["", `Left out: ${told.map(([reason, n]) => `${n} ${reason}`).join("; ")}`];
}
