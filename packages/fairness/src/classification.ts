/** Evaluates a classifier from its sufficient statistics, with one class or one-versus-rest, with or without scores. */
import { assemble, reportEstimates } from "./assemble.ts";
import type { Assembly, DescribedSlice } from "./assemble.ts";
import { CLASSIFICATION_DISPARITIES, SCORE_DISPARITIES } from "./disparities.ts";
import { FairnessError } from "./error.ts";
import type { Estimate } from "./estimate.ts";
import {
  betweenGroupTheilIndex,
  estimateErrorOdds,
  estimateRate,
  RATE_METRICS,
  reportBalancedAccuracy,
  theilIndex,
} from "./rates.ts";
import type { LabelKnowledge } from "./rates.ts";
import type { BiasReport, GroupReport } from "./report.ts";
import { resampler } from "./resample.ts";
import { scoresOf } from "./scores.ts";
import type { ScoreTable } from "./scores.ts";
import { exclusion, settingsOf } from "./settings.ts";
import type { EvaluateOptions, Settings } from "./settings.ts";
import { sliceTable } from "./slices.ts";
import type { Slice, SliceSelection } from "./slices.ts";
import { canonicalTable, checkTable, isWeighted, rowCount, tally } from "./table.ts";
import type { ClassificationTable, Tally } from "./table.ts";
import { versusReference } from "./reference.ts";

/**
 * Bias of a binary classifier, or of a multiclass one given as one table per class. Several tables without a class are
 * figures that were tabulated apart (one attribute each), as other tools export them.
 * @throws FairnessError `bad_table` for impossible counts or a table that cannot be compared, `bad_option`
 */
export function evaluateClassification(
  tables: ClassificationTable | readonly ClassificationTable[],
  options: EvaluateOptions = {},
  scores?: ScoreTable,
): BiasReport {
  const given = Array.isArray(tables) ? (tables as readonly ClassificationTable[]) : [tables as ClassificationTable];
  const settings = settingsOf(options);
  for (const table of given) checkTable(table);
  const list = given.map(canonicalTable);
  const first = list[0];
  if (first === undefined) throw new FairnessError("bad_table", "There is no table to evaluate.");
  const sliced = sliceAll(list, settings.slices);
  const scored = scores === undefined ? undefined : scoresOf(scores, settings);
  const described = sliced.flatMap(({ table, slices, labels }) =>
    slices.map((slice, i) => describeSlice(table, slice, labels, settings, scored?.slice(i))),
  );
  const hasClasses = list.some((table) => table.class !== undefined);
  const whole = tally(first.cells, [...first.cells.keys()]);
  const assembly: Assembly = {
    task: hasClasses ? "multiclass" : "classification",
    rows: rowCount(first.cells),
    attributes: [...new Set(list.flatMap((table) => table.attributes))],
    ...(first.control === undefined ? {} : { control: first.control }),
    weighted: list.some((table) => isWeighted(table.cells)),
    overall: describeOverall(
      whole,
      (sliced[0] as (typeof sliced)[number]).labels,
      settings,
      hasClasses,
      scored?.overall,
    ),
    slices: described,
    definitions:
      scores === undefined ? CLASSIFICATION_DISPARITIES : [...CLASSIFICATION_DISPARITIES, ...SCORE_DISPARITIES],
    warnings: [
      ...warningsOf(
        sliced.map(({ labels }) => labels),
        list,
      ),
      ...(scored?.warnings ?? []),
    ],
  };
  return assemble(assembly, settings, resampler(sliced, settings));
}

interface SlicedTable {
  readonly table: ClassificationTable;
  readonly cells: ClassificationTable["cells"];
  readonly slices: readonly Slice[];
  readonly labels: LabelKnowledge;
}

/** Each table gives the slices that it can and that none before it gave; classes are told apart, tables are not. */
function sliceAll(tables: readonly ClassificationTable[], selection: SliceSelection): SlicedTable[] {
  const known = new Set(tables.flatMap((table) => table.attributes));
  const seen = new Set<string>();
  const wanted = "ways" in selection ? [] : selection.attributes;
  for (const set of wanted) {
    const apart = set.every((name) => known.has(name));
    if (apart && !tables.some((table) => set.every((name) => table.attributes.includes(name)))) {
      throw new FairnessError("bad_option", `No table has ${set.join(" and ")} together: they were tabulated apart.`);
    }
  }
  return tables.map((table) => {
    // With several tables an attribute set need not be in this one, but it must be in one of them.
    const able =
      "ways" in selection
        ? selection
        : {
            attributes: selection.attributes.filter((set) =>
              set.every((name) => table.attributes.includes(name) || !known.has(name)),
            ),
          };
    const slices = sliceTable(table, able).filter((slice) => {
      const id = JSON.stringify([table.class ?? null, [...slice.attributes].sort(), slice.control ?? null]);
      if (seen.has(id)) return false;
      seen.add(id);
      return true;
    });
    return { table, cells: table.cells, slices, labels: labelKnowledge(table) };
  });
}

/**
 * What is known of the labels: of all rows, of none, or only where the prediction was positive (a refused loan has no
 * outcome). Labels that are missing here and there count as known: the metrics then rest on the labelled rows.
 */
export function labelKnowledge(table: ClassificationTable): LabelKnowledge {
  const { n } = tally(table.cells, [...table.cells.keys()]);
  const [tp, fp, tn, fn, selectedUnlabelled, rejectedUnlabelled] = n as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (tp + fp + tn + fn === 0) return "none";
  if (tn + fn === 0 && rejectedUnlabelled > 0) return "selected";
  return tp + fp === 0 && selectedUnlabelled > 0 ? "rejected" : "all";
}

function warningsOf(labels: readonly LabelKnowledge[], tables: readonly ClassificationTable[]): string[] {
  const warnings: string[] = [];
  for (const known of ["selected", "rejected"] as const) {
    if (!labels.includes(known)) continue;
    const [whose, remaining] =
      known === "selected"
        ? [
            "a positive prediction (whoever was refused has no outcome)",
            "positive predictive value and false discovery rate",
          ]
        : ["a negative prediction", "negative predictive value and false omission rate"];
    warnings.push(
      `Labels are known only for rows with ${whose}, so rates that need the other rows (true and false positive and ` +
        `negative rates, accuracy, base rate) are undefined. Selection rate, ${remaining} remain.`,
    );
  }
  for (const table of tables) {
    const { n } = tally(table.cells, [...table.cells.keys()]);
    const unlabelled = (n[4] as number) + (n[5] as number);
    const rows = rowCount(table.cells);
    if (labelKnowledge(table) === "all" && unlabelled > 0) {
      warnings.push(
        `${unlabelled} of ${rows} rows have no label yet; metrics that need one rest on the other ${rows - unlabelled}.`,
      );
    }
  }
  return [...new Set(warnings)];
}

type Extra = (group: number) => { estimates: Record<string, Estimate>; report: Partial<GroupReport> };

function describeSlice(
  table: ClassificationTable,
  slice: Slice,
  labels: LabelKnowledge,
  settings: Settings,
  scored: Extra | undefined,
): DescribedSlice {
  const tallies = slice.groups.map((group) => tally(table.cells, group.places));
  const sizes = tallies.map((group) => sum(group.n));
  const rows = sum(sizes);
  const groups = slice.groups.map((group, i) => {
    const n = sizes[i] as number;
    const estimates = { ...estimatesOf(tallies[i] as Tally, labels), ...scored?.(i).estimates };
    return { key: group.key, n, estimates, ...exclusion(settings.policy, group.key, n, rows) };
  });
  const reference = versusReference(slice, groups, settings.reference);
  return {
    attributes: slice.attributes,
    ...(slice.control === undefined ? {} : { control: slice.control }),
    ...(table.class === undefined ? {} : { class: table.class }),
    groups,
    describe: (i) => ({
      ...describeGroup(tallies[i] as Tally, labels, settings, isWeighted(table.cells)),
      ...reference?.(i),
      ...scored?.(i).report,
    }),
    ...(labels === "all" ? { extra: { betweenGroupTheilIndex: betweenGroupTheilIndex(tallies) } } : {}),
  };
}

function estimatesOf(group: Tally, labels: LabelKnowledge): Record<string, Estimate> {
  const rates = RATE_METRICS.map((metric) => [metric, estimateRate(metric, group, labels)] as const);
  return { ...Object.fromEntries(rates), errorOdds: estimateErrorOdds(group, labels) };
}

function describeGroup(
  group: Tally,
  labels: LabelKnowledge,
  settings: Settings,
  weighted: boolean,
): Partial<GroupReport> {
  const [tp, fp, tn, fn, selectedUnlabelled] = group.n as [number, number, number, number, number, number];
  const balancedAccuracy = reportBalancedAccuracy(
    estimateRate("tpr", group, labels),
    estimateRate("tnr", group, labels),
    settings.pointwise,
  );
  return {
    ...(weighted ? { weight: sum(group.weight) } : {}),
    selected: tp + fp + selectedUnlabelled,
    tp: labels === "all" || labels === "selected" ? tp : null,
    fp: labels === "all" || labels === "selected" ? fp : null,
    tn: labels === "all" || labels === "rejected" ? tn : null,
    fn: labels === "all" || labels === "rejected" ? fn : null,
    metrics: { balancedAccuracy },
    theilIndex: labels === "all" ? theilIndex(group) : null,
  };
}

function describeOverall(
  whole: Tally,
  labels: LabelKnowledge,
  settings: Settings,
  hasClasses: boolean,
  scored: { estimates: Record<string, Estimate>; report: Partial<GroupReport> } | undefined,
): Assembly["overall"] {
  const n = sum(whole.n);
  // With one table per class there is no single outcome that a rate over all rows would speak of.
  if (hasClasses) return { n, metrics: {} };
  const { metrics, ...rest } = describeGroup(whole, labels, settings, sum(whole.weight) !== n);
  const estimates = { ...estimatesOf(whole, labels), ...scored?.estimates };
  return { n, ...rest, ...scored?.report, metrics: { ...reportEstimates(estimates, settings.pointwise), ...metrics } };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
