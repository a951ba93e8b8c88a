/**
 * The tables of a bias audit after New York City Local Law 144 of 2021 (6 RCNY § 5-301 to 5-303): for each category the
 * number of people, the selection or scoring rate and the impact ratio, by sex, by race or ethnicity and intersectionally.
 */
import type { BiasReport, GroupReport, SliceReport } from "../report.ts";
import { groupName } from "../slices.ts";
import { count, sliceWords } from "../words.ts";
import { escapeXml } from "./markup.ts";
import { htmlTable, page, paragraph } from "./page.ts";

export interface Ll144Options {
  readonly title: string;
  /** The day of the audit, as text. */
  readonly date: string;
  /** Source and explanation of the data. */
  readonly data: string;
}

const RATES = [
  ["selectionRate", "Selection rate"],
  ["scoringRate", "Scoring rate"],
] as const;

export interface ImpactRatio {
  readonly group: GroupReport;
  readonly rate: number | null;
  /** The rate over that of the category with the highest rate; null where the category is left out or no rate exists. */
  readonly impactRatio: number | null;
}

/** The impact ratios of a slice: unknown values are no category, and what the policy excludes has none. */
export function impactRatios(slice: SliceReport, metric: "selectionRate" | "scoringRate"): ImpactRatio[] {
  const categories = slice.groups.filter((group) => !Object.values(group.key).includes(null));
  const rates = categories.map((group) => group.metrics[metric]?.value ?? null);
  const judged = rates.filter((rate, i) => rate !== null && categories[i]?.excluded === undefined) as number[];
  const highest = Math.max(0, ...judged);
  return categories.map((group, i) => {
    const rate = rates[i] as number | null;
    const comparable = rate !== null && group.excluded === undefined && highest > 0;
    return { group, rate, impactRatio: comparable ? rate / highest : null };
  });
}

export function renderLl144(report: BiasReport, options: Ll144Options): string {
  const body = report.slices.flatMap((slice) => [
    `<h2>${slice.attributes.length > 1 ? "Intersectional categories: " : ""}${escapeXml(sliceWords(slice))}</h2>`,
    ...RATES.filter(([metric]) => slice.groups.some((group) => group.metrics[metric] !== undefined)).map(
      ([metric, name]) => ratioTable(slice, metric, name),
    ),
    ...unknownNote(slice),
  ]);
  return page(options.title, [
    `<h1>${escapeXml(options.title)}</h1>`,
    htmlTable(
      "Bias audit",
      ["", ""],
      [
        ["Date of the audit", options.date],
        ["Data", options.data],
        ["People in the data", count(report.rows)],
      ],
      () => false,
    ),
    paragraph(
      "An impact ratio is the rate of a category divided by that of the category with the highest rate. Categories marked " +
        "“left out” were excluded under the policy named below and have no impact ratio.",
    ),
    paragraph(
      "Whoever publishes this summary adds the source and an explanation of the data and the date from which the tool was " +
        "distributed (6 RCNY § 5-303), and for every category that was left out the auditor’s reason (§ 5-301 (d)).",
      "note",
    ),
    ...report.warnings.map((warning) => paragraph(`Note: ${warning}`, "note")),
    ...body,
    paragraph(
      report.policy === null
        ? "No policy was given: no category was left out."
        : `Policy: ${report.policy.name}, version ${report.policy.version}. Categories of fewer than ${report.policy.excludeBelowShare * 100} % of the people are left out.`,
      "soft",
    ),
  ]);
}

function ratioTable(slice: SliceReport, metric: "selectionRate" | "scoringRate", name: string): string {
  const rows = impactRatios(slice, metric).map(({ group, rate, impactRatio }) => [
    groupName(group.key),
    count(group.n),
    count(metric === "selectionRate" ? (group.selected ?? 0) : Math.round((rate ?? 0) * group.n)),
    rate === null ? "–" : `${(rate * 100).toFixed(1)} %`,
    group.excluded === undefined
      ? impactRatio === null
        ? "–"
        : impactRatio.toFixed(3)
      : `left out: ${group.excluded}`,
  ]);
  const reached = metric === "selectionRate" ? "Selected" : "Above the median";
  return htmlTable(name, ["Category", "People", reached, name, "Impact ratio"], rows);
}

function unknownNote(slice: SliceReport): string[] {
  const unknown = slice.groups.filter((group) => Object.values(group.key).includes(null));
  const people = unknown.reduce((sum, group) => sum + group.n, 0);
  return people === 0
    ? []
    : [paragraph(`${count(people)} people with an unknown category are not included in the table above.`)];
}
