/** A report as a page that an engineer and a lawyer both read. */
import { disparityKind } from "../disparities.ts";
import type { BiasReport, Finding, GroupReport, SliceReport, Verdict } from "../report.ts";
import { groupName } from "../slices.ts";
import { count, disparityWords, figure, METRIC_WORDS, sliceWords, splitMetrics } from "../words.ts";
import { escapeXml } from "./markup.ts";
import { htmlTable, page, paragraph } from "./page.ts";
import { renderPlot } from "./plot.ts";
import type { Plot, PlotRow } from "./plot.ts";

export interface HtmlOptions {
  readonly title: string;
  /** What was evaluated, as labels and values: the file, the policy, the moment. */
  readonly details: readonly (readonly [label: string, value: string])[];
}

/** Shape and word before colour. */
const VERDICTS: Readonly<Record<Verdict, readonly [shape: string, word: string, meaning: string]>> = {
  pass: ["●", "Pass", "Every rule of the policy is met, with the stated confidence."],
  fail: ["◆", "Fail", "At least one rule of the policy is not met, and chance does not explain it."],
  insufficient: [
    "◌",
    "Insufficient",
    "The data cannot tell whether the policy is met. This is neither a pass nor a fail.",
  ],
};

export function renderHtml(report: BiasReport, options: HtmlOptions): string {
  return page(options.title, [
    `<h1>${escapeXml(options.title)}</h1>`,
    verdictBox(report),
    ...report.warnings.map((warning) => paragraph(`Note: ${warning}`, "note")),
    details(report, options),
    ...(report.findings.length === 0 ? [] : ["<h2>Findings</h2>", findings(report.findings)]),
    ...thinCells(report),
    ...report.slices.flatMap((slice) => sliceSection(slice, report)),
    ...explanation(report),
  ]);
}

function verdictBox(report: BiasReport): string {
  if (report.verdict === null) {
    return '<div class="verdict"><span class="word">No verdict.</span> No policy was given, so these are figures only.</div>';
  }
  const [shape, word, meaning] = VERDICTS[report.verdict];
  return `<div class="verdict ${report.verdict}"><span class="word">${shape} ${word}.</span> ${escapeXml(meaning)}</div>`;
}

function details(report: BiasReport, options: HtmlOptions): string {
  const { policy } = report;
  const rules = policy?.rules.map((rule) => {
    const limit = disparityKind(rule.disparity) === "ratio" ? "at least" : "at most";
    return `${disparityWords(rule.disparity)} ${limit} ${rule.threshold}`;
  });
  const rows: (readonly [string, string])[] = [
    ...options.details,
    ["Rows", count(report.rows)],
    ["Attributes", report.attributes.join(", ")],
    ...(report.control === undefined ? [] : [["Compared only within the same", report.control] as const]),
    ...(policy === null ? [] : [["Policy", `${policy.name}, version ${policy.version} (${policy.profile})`] as const]),
    ...(rules === undefined ? [] : [["Rules", rules.join("; ")] as const]),
    ["Fewest rows that are judged", count(report.minimumDenominator)],
  ];
  return htmlTable("What was evaluated", ["", ""], rows, () => false);
}

function findings(list: readonly Finding[]): string {
  const items = list.map((finding) => {
    const [shape, word] = VERDICTS[finding.verdict];
    return `<li class="${finding.verdict}"><span class="word">${shape} ${word}.</span> ${escapeXml(finding.reading)}</li>`;
  });
  return `<ul class="findings">${items.join("\n")}</ul>`;
}

function thinCells(report: BiasReport): string[] {
  if (report.thinCells.length === 0) return [];
  const rows = report.thinCells.map((cell) => [
    groupName(cell.key),
    sliceWords(cell.slice),
    METRIC_WORDS[cell.metric]?.[0] ?? cell.metric,
    count(Math.floor(cell.denominator)),
    cell.needed === null ? "no realistic number" : count(cell.needed),
    cell.neededAtParity === null ? "–" : count(cell.neededAtParity),
  ]);
  const header = ["Group", "By", "Metric", "Rows now", "Rows to decide", "Rows to pass if alike"];
  return [
    "<h2>Groups with too few rows</h2>",
    paragraph(
      "These groups are why the verdict is not settled. “Rows to decide” is how many rows would settle it, four times out of " +
        "five, if the observed figures are the true ones; “rows to pass if alike” is how many would show that the rule is met, " +
        "four times out of five, if the groups are truly treated alike.",
      "soft",
    ),
    htmlTable("", header, rows, (column) => column > 2),
  ];
}

function sliceSection(slice: SliceReport, report: BiasReport): string[] {
  const { main, other } = splitMetrics(slice);
  const more = other.filter((metric) => metric !== "errorOdds");
  return [
    `<h2>By ${escapeXml(sliceWords(slice))}</h2>`,
    ...disparityPlots(slice, report),
    ...main.map((metric) => metricPlot(slice, metric, report)),
    ...(more.length === 0
      ? []
      : [
          "<details><summary>More metrics</summary>",
          ...more.map((metric) => metricPlot(slice, metric, report)),
          "</details>",
        ]),
    "<details><summary>All figures as tables</summary>",
    metricTable(slice, [...main, ...other]),
    disparityTable(slice),
    "</details>",
  ];
}

function metricPlot(slice: SliceReport, metric: string, report: BiasReport): string {
  const [name, meaning] = METRIC_WORDS[metric] ?? [metric, ""];
  const rows = slice.groups.map((group): PlotRow => plotRow(group, metric, report.minimumDenominator));
  const threshold = metric === "selectionRate" ? fourFifthsLine(slice, report) : undefined;
  const [from, to] = scaleOf(rows);
  const plot: Plot = {
    title: name,
    rows,
    from,
    to,
    ...(threshold === undefined ? {} : { threshold, shaded: "below" as const }),
  };
  return `<h3>${escapeXml(name)}</h3>${paragraph(meaning, "soft")}${renderPlot(plot)}`;
}

function plotRow(group: GroupReport, metric: string, minimum: number): PlotRow {
  const found = group.metrics[metric];
  const denominator = found?.effective ?? found?.denominator ?? 0;
  return {
    label: groupName(group.key),
    note: `n = ${count(found?.denominator ?? 0)}`,
    value: found?.value ?? null,
    low: found?.low ?? null,
    high: found?.high ?? null,
    thin: denominator < minimum || group.excluded !== undefined,
  };
}

/** Where a group's rate would fall short of the policy's ratio to the highest rate that was observed. */
function fourFifthsLine(slice: SliceReport, report: BiasReport): Plot["threshold"] {
  const rule = report.policy?.rules.find(({ disparity }) => disparity === "demographicParityRatio");
  const best = slice.disparities["demographicParityRatio"]?.best;
  const highest = slice.groups.find((group) => JSON.stringify(group.key) === JSON.stringify(best))?.metrics[
    "selectionRate"
  ]?.value;
  if (rule === undefined || highest === null || highest === undefined) return undefined;
  return { at: rule.threshold * highest, label: `${rule.threshold} of the highest rate` };
}

/** Rates have the whole of 0 to 1; anything else what its values need. */
function scaleOf(rows: readonly PlotRow[]): [number, number] {
  const values = rows.flatMap((row) => [row.value, row.low, row.high]).filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...values), Math.max(...values, 0)];
  if (low >= 0 && high <= 1) return [0, high <= 0.25 ? 0.25 : high <= 0.5 ? 0.5 : 1];
  const room = (high - low) * 0.05;
  return [low === 0 ? 0 : low - room, high + room];
}

function disparityPlots(slice: SliceReport, report: BiasReport): string[] {
  const ruled = Object.entries(slice.disparities).filter(([name]) =>
    report.policy?.rules.some((rule) => rule.disparity === name),
  );
  return ruled.map(([name, found]) => {
    const isRatio = disparityKind(name) === "ratio";
    const limit = report.policy?.rules.find((rule) => rule.disparity === name)?.threshold as number;
    const pair =
      found.worst === null || found.best === null ? "" : `${groupName(found.worst)} and ${groupName(found.best)}`;
    const row: PlotRow = { label: pair, note: "", value: found.value, low: found.low, high: found.high };
    const [from, to] = isRatio ? [0, 1] : [0, Math.max(0.1, limit * 1.5, (found.high ?? 0) * 1.1)];
    const threshold = { at: limit, label: `the policy's ${isRatio ? "at least" : "at most"} ${limit}` };
    const plot: Plot = {
      title: disparityWords(name),
      rows: [row],
      from,
      to,
      threshold,
      shaded: isRatio ? "below" : "above",
    };
    return `<h3>${escapeXml(disparityWords(name))}: the worst pair</h3>${renderPlot(plot)}`;
  });
}

function metricTable(slice: SliceReport, metrics: readonly string[]): string {
  const header = ["Group", "Rows", ...metrics.map((metric) => METRIC_WORDS[metric]?.[0] ?? metric)];
  const rows = slice.groups.map((group) => [
    `${groupName(group.key)}${group.excluded === undefined ? "" : ` (not compared: ${group.excluded})`}`,
    count(group.n),
    ...metrics.map((metric) => {
      const found = group.metrics[metric];
      if (found === undefined || found.value === null) return `undefined: ${found?.reason ?? "not measured"}`;
      return `${figure(found.value)} [${figure(found.low)}, ${figure(found.high)}] n ${count(found.denominator)}`;
    }),
  ]);
  return htmlTable("Metrics by group, with intervals for each figure on its own", header, rows);
}

function disparityTable(slice: SliceReport): string {
  const rows = Object.entries(slice.disparities).map(([name, found]) => [
    disparityWords(name),
    figure(found.value),
    `${figure(found.low)} to ${figure(found.high)}`,
    figure(found.allGroups),
    found.worst === null || found.best === null
      ? (found.reason ?? "–")
      : `${groupName(found.worst)} < ${groupName(found.best)}`,
    found.test === undefined
      ? "–"
      : `${found.test.p < 0.001 ? "< 0.001" : found.test.p.toFixed(3)} (${found.test.test})`,
  ]);
  const header = ["Disparity", "Worst", "Simultaneous interval", "Over all groups", "Lower < higher", "Adjusted p"];
  return htmlTable(
    "Disparities: the two groups that are furthest apart",
    header,
    rows,
    (column) => column > 0 && column < 4,
  );
}

function explanation(report: BiasReport): string[] {
  const used = new Set(report.slices.flatMap((slice) => Object.keys(slice.groups[0]?.metrics ?? {})));
  const glossary = [...used].map((metric) => {
    const [name, meaning] = METRIC_WORDS[metric] ?? [metric, ""];
    return `<dt>${escapeXml(name)}</dt><dd>${escapeXml(meaning)}</dd>`;
  });
  const corrections = new Set(Object.values(report.inference).map(({ correction }) => correction));
  return [
    "<h2>How to read this</h2>",
    paragraph(
      "A dot is what was observed in this sample; the line through it is the range in which the true value lies with the stated " +
        "confidence. Small groups have long lines. A hollow dot marks a group with too few rows to be judged, or one that the " +
        "policy leaves out. A rule is met when the whole range of the worst comparison meets it, missed when none of the range " +
        "does, and undecided otherwise: with many groups, the lowest observed ratio lies under 0.8 most of the time even where " +
        "everybody is treated alike.",
    ),
    paragraph(
      "Rates have Wilson score intervals. Differences and ratios of two groups have Miettinen-Nurminen score intervals, exact " +
        `limits where counts are small, widened so that all comparisons of a disparity hold together (${[...corrections].join(", ")}).`,
      "soft",
    ),
    `<dl>${glossary.join("\n")}</dl>`,
  ];
}
