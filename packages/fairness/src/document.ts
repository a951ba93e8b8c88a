/**
 * A report as what people read, before it becomes a page, a PDF or a screen: sentences, plots and tables, as plain data.
 */
import { disparityKind } from "./disparities.ts";
import { heatMaps } from "./heat-map.ts";
import type { BiasReport, GroupReport, SliceReport, Verdict } from "./report.ts";
import { groupName } from "./slices.ts";
import type { GroupKey } from "./slices.ts";
import { count, disparityWords, figure, METRIC_WORDS, sliceWords, splitMetrics } from "./words.ts";

/** A verdict by shape and word before colour. */
export interface VerdictWords {
  readonly verdict: Verdict | null;
  readonly shape: string;
  readonly word: string;
  readonly meaning: string;
}

/** A group on a scale. */
export interface PlotRow {
  readonly label: string;
  /** "n = 1,234", set after the label. */
  readonly note: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Drawn hollow: too few rows, or not compared. */
  readonly thin: boolean;
  /** "0.312 [0.280, 0.346]". */
  readonly text: string;
}

/** Dots with intervals on one scale. */
export interface Plot {
  /** The metric or disparity that is drawn. */
  readonly of: string;
  readonly title: string;
  readonly meaning: string;
  readonly rows: readonly PlotRow[];
  /** The scale; values outside are drawn at its ends. */
  readonly from: number;
  readonly to: number;
  /** A line across all rows, and the side of it that does not meet the policy. */
  readonly threshold?: { readonly at: number; readonly label: string; readonly missed: "below" | "above" };
}

export interface DataTable {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Which columns hold numbers. */
  readonly numeric: readonly boolean[];
}

export interface HeatCell {
  readonly value: number | null;
  readonly text: string;
  readonly note: string;
  readonly thin: boolean;
}

/** A metric where two attributes meet; null where a combination does not occur. */
export interface HeatMap {
  readonly of: string;
  readonly title: string;
  readonly meaning: string;
  readonly rowAttribute: string;
  readonly columnAttribute: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly (readonly (HeatCell | null)[])[];
  /** The smallest and the largest value. */
  readonly from: number;
  readonly to: number;
  readonly table: DataTable;
}

export interface FindingWords extends VerdictWords {
  readonly reading: string;
}

export interface SliceDocument {
  readonly title: string;
  /** The worst pair under each rule of the policy. */
  readonly comparisons: readonly Plot[];
  readonly main: readonly Plot[];
  readonly other: readonly Plot[];
  readonly heatMaps: readonly HeatMap[];
  readonly tables: readonly DataTable[];
}

export interface BiasDocument {
  readonly verdict: VerdictWords;
  readonly notes: readonly string[];
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly findings: readonly FindingWords[];
  /** Groups that the verdict waits for; null where there are none. */
  readonly thin: { readonly explanation: string; readonly table: DataTable } | null;
  readonly slices: readonly SliceDocument[];
  readonly explanation: readonly string[];
  readonly glossary: readonly (readonly [name: string, meaning: string])[];
}

const VERDICTS: Readonly<Record<Verdict, readonly [shape: string, word: string, meaning: string]>> = {
  pass: ["●", "Pass", "Every rule of the policy is met, with the stated confidence."],
  fail: ["◆", "Fail", "At least one rule of the policy is not met, and chance does not explain it."],
  insufficient: [
    "◌",
    "Insufficient",
    "The data cannot tell whether the policy is met. This is neither a pass nor a fail.",
  ],
};

export function verdictWords(verdict: Verdict | null): VerdictWords {
  if (verdict === null) {
    return { verdict, shape: "–", word: "No verdict", meaning: "No policy was given, so these are figures only." };
  }
  const [shape, word, meaning] = VERDICTS[verdict];
  return { verdict, shape, word, meaning };
}

export function biasDocument(report: BiasReport): BiasDocument {
  return {
    verdict: verdictWords(report.verdict),
    notes: report.warnings,
    facts: factsOf(report),
    findings: report.findings.map(({ verdict, reading }) => ({ ...verdictWords(verdict), reading })),
    thin: thinCells(report),
    slices: report.slices.map((slice) => describeSlice(slice, report)),
    explanation: explanation(report),
    glossary: glossary(report),
  };
}

function factsOf(report: BiasReport): [string, string][] {
  const { policy, control } = report;
  const rules = policy?.rules.map((rule) => {
    const limit = disparityKind(rule.disparity) === "ratio" ? "at least" : "at most";
    return `${disparityWords(rule.disparity)} ${limit} ${rule.threshold}`;
  });
  return [
    ["Rows", count(report.rows)],
    ["Attributes", report.attributes.join(", ")],
    ...(control === undefined ? [] : [["Compared only within the same", control] satisfies [string, string]]),
    ...(policy === null
      ? []
      : [["Policy", `${policy.name}, version ${policy.version} (${policy.profile})`] satisfies [string, string]]),
    ...(rules === undefined ? [] : [["Rules", rules.join("; ")] satisfies [string, string]]),
    ["Fewest rows that are judged", count(report.minimumDenominator)],
  ];
}

function thinCells(report: BiasReport): BiasDocument["thin"] {
  if (report.thinCells.length === 0) return null;
  const rows = report.thinCells.map((cell) => [
    groupName(cell.key, cell.slice.attributes),
    sliceWords(cell.slice),
    METRIC_WORDS[cell.metric]?.[0] ?? cell.metric,
    count(Math.floor(cell.denominator)),
    cell.needed === null ? "no realistic number" : count(cell.needed),
    cell.neededAtParity === null ? "–" : count(cell.neededAtParity),
  ]);
  const header = ["Group", "By", "Metric", "Rows now", "Rows to decide", "Rows to pass if alike"];
  return {
    explanation:
      "These groups are why the verdict is not settled. “Rows to decide” is how many rows would settle it, four times out of " +
      "five, if the observed figures are the true ones; “rows to pass if alike” is how many would show that the rule is met, " +
      "four times out of five, if the groups are truly treated alike.",
    table: { caption: "", header, rows, numeric: header.map((_, column) => column > 2) },
  };
}

function describeSlice(slice: SliceReport, report: BiasReport): SliceDocument {
  const { main, other } = splitMetrics(slice);
  const more = other.filter((metric) => metric !== "errorOdds");
  return {
    title: `By ${sliceWords(slice)}`,
    comparisons: comparisonPlots(slice, report),
    main: main.map((metric) => metricPlot(slice, metric, report)),
    other: more.map((metric) => metricPlot(slice, metric, report)),
    heatMaps: heatMaps(slice, main, report),
    tables: [metricTable(slice, [...main, ...other]), disparityTable(slice)],
  };
}

function metricPlot(slice: SliceReport, metric: string, report: BiasReport): Plot {
  const [title, meaning] = METRIC_WORDS[metric] ?? [metric, ""];
  const rows = slice.groups.map((group): PlotRow => metricRow(slice, group, metric, report.minimumDenominator));
  const threshold = metric === "selectionRate" ? fourFifthsLine(slice, report) : undefined;
  const [from, to] = scaleOf(rows);
  return { of: metric, title, meaning, rows, from, to, ...(threshold === undefined ? {} : { threshold }) };
}

function metricRow(slice: SliceReport, group: GroupReport, metric: string, minimum: number): PlotRow {
  const found = group.metrics[metric];
  const denominator = found?.effective ?? found?.denominator ?? 0;
  return plotRow(groupName(group.key, slice.attributes), `n = ${count(found?.denominator ?? 0)}`, found, {
    thin: denominator < minimum || group.excluded !== undefined,
  });
}

interface Interval {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

function plotRow(label: string, note: string, found: Interval | undefined, { thin }: { thin: boolean }): PlotRow {
  const { value, low, high } = found ?? { value: null, low: null, high: null };
  const known = value !== null || low !== null;
  const text = known ? `${figure(value)} [${figure(low)}, ${figure(high)}]` : "undefined";
  return { label, note, value, low, high, thin, text };
}

/** Where a group's rate would fall short of the policy's ratio to the highest rate that was observed. */
function fourFifthsLine(slice: SliceReport, report: BiasReport): Plot["threshold"] {
  const rule = report.policy?.rules.find(({ disparity }) => disparity === "demographicParityRatio");
  const best = slice.disparities["demographicParityRatio"]?.best;
  const highest = slice.groups.find((group) => JSON.stringify(group.key) === JSON.stringify(best))?.metrics[
    "selectionRate"
  ]?.value;
  if (rule === undefined || highest === null || highest === undefined) return undefined;
  return { at: rule.threshold * highest, label: `${rule.threshold} of the highest rate`, missed: "below" };
}

/** Rates have the whole of 0 to 1; anything else what its values need. */
function scaleOf(rows: readonly PlotRow[]): [number, number] {
  const values = rows.flatMap((row) => [row.value, row.low, row.high]).filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...values), Math.max(...values, 0)];
  if (low >= 0 && high <= 1) return [0, high <= 0.25 ? 0.25 : high <= 0.5 ? 0.5 : 1];
  const room = (high - low) * 0.05;
  return [low === 0 ? 0 : low - room, high + room];
}

/** The next number that is easily read at the end of a scale. */
function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];
  const step = steps.find((candidate) => candidate * unit >= value * (1 - 1e-9)) ?? 10;
  return Number((step * unit).toPrecision(2));
}

function comparisonPlots(slice: SliceReport, report: BiasReport): Plot[] {
  return (report.policy?.rules ?? []).flatMap(({ disparity, threshold: limit }): Plot[] => {
    const found = slice.disparities[disparity];
    if (found === undefined) return [];
    const isRatio = disparityKind(disparity) === "ratio";
    const name = (key: GroupKey): string => groupName(key, slice.attributes);
    const pair = found.worst === null || found.best === null ? "" : `${name(found.worst)} and ${name(found.best)}`;
    return [
      {
        of: disparity,
        title: `${disparityWords(disparity)}: the worst pair`,
        meaning: "",
        rows: [plotRow(pair, "", found, { thin: false })],
        from: 0,
        to: isRatio ? 1 : roundUp(Math.max(0.1, limit * 1.5, found.high ?? 0)),
        threshold: {
          at: limit,
          label: `the policy's ${isRatio ? "at least" : "at most"} ${limit}`,
          missed: isRatio ? "below" : "above",
        },
      },
    ];
  });
}

function metricTable(slice: SliceReport, metrics: readonly string[]): DataTable {
  const header = ["Group", "Rows", ...metrics.map((metric) => METRIC_WORDS[metric]?.[0] ?? metric)];
  const rows = slice.groups.map((group) => [
    `${groupName(group.key, slice.attributes)}${group.excluded === undefined ? "" : ` (not compared: ${group.excluded})`}`,
    count(group.n),
    ...metrics.map((metric) => {
      const found = group.metrics[metric];
      if (found === undefined || found.value === null) return `undefined: ${found?.reason ?? "not measured"}`;
      return `${figure(found.value)} [${figure(found.low)}, ${figure(found.high)}] n ${count(found.denominator)}`;
    }),
  ]);
  const caption = "Metrics by group, with intervals for each figure on its own";
  return { caption, header, rows, numeric: header.map((_, column) => column > 0) };
}

function disparityTable(slice: SliceReport): DataTable {
  const rows = Object.entries(slice.disparities).map(([name, found]) => [
    disparityWords(name),
    figure(found.value),
    `${figure(found.low)} to ${figure(found.high)}`,
    figure(found.allGroups),
    found.worst === null || found.best === null
      ? (found.reason ?? "–")
      : `${groupName(found.worst, slice.attributes)} < ${groupName(found.best, slice.attributes)}`,
    found.test === undefined
      ? "–"
      : `${found.test.p < 0.001 ? "< 0.001" : found.test.p.toFixed(3)} (${found.test.test})`,
  ]);
  const header = ["Disparity", "Worst", "Simultaneous interval", "Over all groups", "Lower < higher", "Adjusted p"];
  const caption = "Disparities: the two groups that are furthest apart";
  return { caption, header, rows, numeric: header.map((_, column) => column > 0 && column < 4) };
}

function glossary(report: BiasReport): [string, string][] {
  const used = new Set(report.slices.flatMap((slice) => Object.keys(slice.groups[0]?.metrics ?? {})));
  return [...used].map((metric) => {
    const [name, meaning] = METRIC_WORDS[metric] ?? [metric, ""];
    return [name, meaning];
  });
}

function explanation(report: BiasReport): string[] {
  const corrections = new Set(Object.values(report.inference).map(({ correction }) => correction));
  return [
    "A dot is what was observed in this sample; the line through it is the range in which the true value lies with the stated " +
      "confidence. Small groups have long lines. A hollow dot marks a group with too few rows to be judged, or one that the " +
      "policy leaves out. A rule is met when the whole range of the worst comparison meets it, missed when none of the range " +
      "does, and undecided otherwise: with many groups, the lowest observed ratio lies under 0.8 most of the time even where " +
      "everybody is treated alike.",
    "Rates have Wilson score intervals. Differences and ratios of two groups have Miettinen-Nurminen score intervals, exact " +
      `limits where counts are small, widened so that all comparisons of a disparity hold together (${[...corrections].join(", ")}).`,
  ];
}
