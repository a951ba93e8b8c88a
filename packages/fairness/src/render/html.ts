/** A report as a page that an engineer and a lawyer both read. */
import { biasDocument } from "../document.ts";
import type { BiasDocument, FindingWords, Plot, SliceDocument, VerdictWords } from "../document.ts";
import type { BiasReport } from "../report.ts";
import { escapeXml } from "./markup.ts";
import { htmlTable, page, paragraph } from "./page.ts";
import { renderPlot } from "./plot.ts";

export interface HtmlOptions {
  readonly title: string;
  /** What was evaluated, as labels and values: the file, the policy, the moment. */
  readonly details: readonly (readonly [label: string, value: string])[];
}

export function renderHtml(report: BiasReport, options: HtmlOptions): string {
  const document = biasDocument(report);
  return page(options.title, [
    `<h1>${escapeXml(options.title)}</h1>`,
    verdictBox(document.verdict),
    ...document.notes.map((note) => paragraph(`Note: ${note}`, "note")),
    htmlTable("What was evaluated", ["", ""], [...options.details, ...document.facts], () => false),
    ...(document.findings.length === 0 ? [] : ["<h2>Findings</h2>", findings(document.findings)]),
    ...thinCells(document.thin),
    ...document.slices.flatMap(sliceSection),
    "<h2>How to read this</h2>",
    ...document.explanation.map((text, i) => paragraph(text, i === 0 ? undefined : "soft")),
    glossary(document.glossary),
  ]);
}

function verdictBox({ verdict, shape, word, meaning }: VerdictWords): string {
  const words = verdict === null ? word : `${shape} ${word}`;
  const box = verdict === null ? "verdict" : `verdict ${verdict}`;
  return `<div class="${box}"><span class="word">${words}.</span> ${escapeXml(meaning)}</div>`;
}

function findings(list: readonly FindingWords[]): string {
  const items = list.map(
    ({ verdict, shape, word, reading }) =>
      `<li class="${verdict}"><span class="word">${shape} ${word}.</span> ${escapeXml(reading)}</li>`,
  );
  return `<ul class="findings">${items.join("\n")}</ul>`;
}

function thinCells(thin: BiasDocument["thin"]): string[] {
  if (thin === null) return [];
  const { caption, header, rows, numeric } = thin.table;
  return [
    "<h2>Groups with too few rows</h2>",
    paragraph(thin.explanation, "soft"),
    htmlTable(caption, header, rows, (column) => numeric[column] === true),
  ];
}

function sliceSection(slice: SliceDocument): string[] {
  return [
    `<h2>${escapeXml(slice.title)}</h2>`,
    ...[...slice.comparisons, ...slice.main].map(plotWithWords),
    ...(slice.other.length === 0
      ? []
      : ["<details><summary>More metrics</summary>", ...slice.other.map(plotWithWords), "</details>"]),
    "<details><summary>All figures as tables</summary>",
    ...slice.tables.map(({ caption, header, rows, numeric }) =>
      htmlTable(caption, header, rows, (column) => numeric[column] === true),
    ),
    "</details>",
  ];
}

function plotWithWords(plot: Plot): string {
  const meaning = plot.meaning === "" ? "" : paragraph(plot.meaning, "soft");
  return `<h3>${escapeXml(plot.title)}</h3>${meaning}${renderPlot(plot)}`;
}

function glossary(words: BiasDocument["glossary"]): string {
  const entries = words.map(([name, meaning]) => `<dt>${escapeXml(name)}</dt><dd>${escapeXml(meaning)}</dd>`);
  return `<dl>${entries.join("\n")}</dl>`;
}
