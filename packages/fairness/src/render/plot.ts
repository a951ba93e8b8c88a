/** Dot-and-interval plots as inline SVG: a value, how sure it is, and the threshold, at one glance. */
import type { Plot, PlotRow } from "../document.ts";
import { escapeXml } from "./markup.ts";

const LABEL_WIDTH = 250;
const PLOT_WIDTH = 380;
const FIGURE_WIDTH = 150;
const ROW_HEIGHT = 24;
const LINE_HEIGHT = 14;
/** What fits before the plot, with the number of rows behind it. */
const LINE_CHARS = 26;
const LINES_MAX = 3;
const TOP = 22;
const BOTTOM = 26;
const TICKS = 5;

/** Beyond so many rows a plot is a wall; the table under it holds them all. */
export const MAX_PLOT_ROWS = 60;

export function renderPlot(plot: Plot): string {
  const rows = plot.rows.slice(0, MAX_PLOT_ROWS);
  const width = LABEL_WIDTH + PLOT_WIDTH + FIGURE_WIDTH;
  const labels = rows.map(({ label }) => linesOf(label));
  const rowHeight = ROW_HEIGHT + LINE_HEIGHT * (Math.max(1, ...labels.map(({ length }) => length)) - 1);
  const height = TOP + rows.length * rowHeight + BOTTOM;
  const x = (value: number): number => {
    const share = (value - plot.from) / (plot.to - plot.from);
    return round(LABEL_WIDTH + Math.min(1, Math.max(0, share)) * PLOT_WIDTH);
  };
  const description = rows.map((row) => `${row.label}: ${row.text}`).join("; ");
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" class="plot" aria-label="${escapeXml(`${plot.title}. ${description}`)}">`,
    threshold(plot, x, height),
    axis(plot, x, height),
    ...rows.map((row, i) => drawRow(row, labels[i] as string[], x, TOP + (i + 0.5) * rowHeight)),
    "</svg>",
  ].join("\n");
}

function threshold(plot: Plot, x: (value: number) => number, height: number): string {
  if (plot.threshold === undefined) return "";
  const at = x(plot.threshold.at);
  const bottom = height - BOTTOM;
  const [left, right] = plot.threshold.missed === "above" ? [at, x(plot.to)] : [x(plot.from), at];
  const shade = `<rect class="missed" x="${left}" y="${TOP - 4}" width="${round(right - left)}" height="${bottom - TOP + 4}"/>`;
  const anchor = at > LABEL_WIDTH + PLOT_WIDTH / 2 ? "end" : "start";
  return (
    `${shade}<line class="threshold" x1="${at}" x2="${at}" y1="${TOP - 4}" y2="${bottom}"/>` +
    `<text class="mark" x="${at}" y="12" text-anchor="${anchor}">${escapeXml(plot.threshold.label)}</text>`
  );
}

function axis(plot: Plot, x: (value: number) => number, height: number): string {
  const y = height - BOTTOM;
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => plot.from + ((plot.to - plot.from) * i) / TICKS);
  const marks = ticks.map((tick) => {
    const at = x(tick);
    return `<line class="axis" x1="${at}" x2="${at}" y1="${y}" y2="${y + 4}"/><text class="mark" x="${at}" y="${y + 17}" text-anchor="middle">${Number(tick.toFixed(3))}</text>`;
  });
  return `<line class="axis" x1="${LABEL_WIDTH}" x2="${LABEL_WIDTH + PLOT_WIDTH}" y1="${y}" y2="${y}"/>${marks.join("")}`;
}

function drawRow(row: PlotRow, label: readonly string[], x: (value: number) => number, y: number): string {
  const first = y + 4 - ((label.length - 1) * LINE_HEIGHT) / 2;
  const lines = label.map((line, i) => {
    const note = i === label.length - 1 ? ` <tspan class="mark">${escapeXml(row.note)}</tspan>` : "";
    return `<text class="name" x="${LABEL_WIDTH - 10}" y="${first + i * LINE_HEIGHT}" text-anchor="end">${escapeXml(line)}${note}</text>`;
  });
  const name = lines.join("");
  const text = `<text class="mark" x="${LABEL_WIDTH + PLOT_WIDTH + 10}" y="${y + 4}">${escapeXml(row.text)}</text>`;
  if (row.value === null && row.low === null) return name + text;
  const bar =
    row.low === null || row.high === null
      ? ""
      : `<line class="interval" x1="${x(row.low)}" x2="${x(row.high)}" y1="${y}" y2="${y}"/>`;
  const dot =
    row.value === null ? "" : `<circle class="${row.thin ? "thin" : "dot"}" cx="${x(row.value)}" cy="${y}" r="4.5"/>`;
  return name + bar + dot + text;
}

/** A name broken where it has spaces. What is too long for its lines would run off the page; the table has it in full. */
function linesOf(label: string): string[] {
  const lines = [""];
  for (const word of label.split(" ")) {
    const last = lines.at(-1) as string;
    const longer = last === "" ? word : `${last} ${word}`;
    if ([...longer].length <= LINE_CHARS || last === "" || lines.length === LINES_MAX) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map(shorten);
}

function shorten(line: string): string {
  const letters = [...line];
  return letters.length <= LINE_CHARS ? line : `${letters.slice(0, LINE_CHARS - 1).join("")}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
