/** Dot-and-interval plots as inline SVG: a value, how sure it is, and the threshold, at one glance. */
import type { Plot, PlotRow } from "../document.ts";
import { escapeXml } from "./markup.ts";

const LABEL_WIDTH = 250;
const PLOT_WIDTH = 380;
const FIGURE_WIDTH = 150;
const ROW_HEIGHT = 24;
const TOP = 22;
const BOTTOM = 26;
const TICKS = 5;

/** Beyond so many rows a plot is a wall; the table under it holds them all. */
export const MAX_PLOT_ROWS = 60;

export function renderPlot(plot: Plot): string {
  const rows = plot.rows.slice(0, MAX_PLOT_ROWS);
  const width = LABEL_WIDTH + PLOT_WIDTH + FIGURE_WIDTH;
  const height = TOP + rows.length * ROW_HEIGHT + BOTTOM;
  const x = (value: number): number => {
    const share = (value - plot.from) / (plot.to - plot.from);
    return round(LABEL_WIDTH + Math.min(1, Math.max(0, share)) * PLOT_WIDTH);
  };
  const description = rows.map((row) => `${row.label}: ${row.text}`).join("; ");
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" class="plot" aria-label="${escapeXml(`${plot.title}. ${description}`)}">`,
    threshold(plot, x, height),
    axis(plot, x, height),
    ...rows.map((row, i) => drawRow(row, x, TOP + (i + 0.5) * ROW_HEIGHT)),
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

function drawRow(row: PlotRow, x: (value: number) => number, y: number): string {
  const name = `<text class="name" x="${LABEL_WIDTH - 10}" y="${y + 4}" text-anchor="end">${escapeXml(shorten(row.label))} <tspan class="mark">${escapeXml(row.note)}</tspan></text>`;
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

/** Long names would run off the page; the table has them in full. */
function shorten(label: string): string {
  const letters = [...label];
  return letters.length <= 26 ? label : `${letters.slice(0, 25).join("")}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
