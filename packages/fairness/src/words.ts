/** The findings in words that an engineer and a lawyer both understand. */
import type { Disparity } from "./model.ts";
import { disparityKind } from "./disparities.ts";
import type { SliceName, SliceReport, ThinCell, Verdict } from "./report.ts";
import { groupName } from "./slices.ts";

/** What each metric is, in a few words and in a sentence. */
export const METRIC_WORDS: Readonly<Record<string, readonly [name: string, meaning: string]>> = {
  selectionRate: ["selection rate", "Of all rows in the group, the share with a positive prediction."],
  baseRate: ["base rate", "Of the rows with a known outcome, the share whose outcome is positive."],
  tpr: ["true positive rate", "Of those whose outcome is positive, the share that was predicted positive."],
  fpr: ["false positive rate", "Of those whose outcome is negative, the share that was predicted positive."],
  fnr: ["false negative rate", "Of those whose outcome is positive, the share that was predicted negative."],
  tnr: ["true negative rate", "Of those whose outcome is negative, the share that was predicted negative."],
  ppv: ["positive predictive value", "Of those predicted positive, the share whose outcome is positive."],
  npv: ["negative predictive value", "Of those predicted negative, the share whose outcome is negative."],
  fdr: ["false discovery rate", "Of those predicted positive, the share whose outcome is negative."],
  for: ["false omission rate", "Of those predicted negative, the share whose outcome is positive."],
  accuracy: ["accuracy", "The share of predictions that agree with the outcome."],
  balancedAccuracy: ["balanced accuracy", "The mean of the true positive and the true negative rate."],
  errorOdds: ["false negatives per false positive", "How many false negatives there are for each false positive."],
  scoringRate: ["scoring rate", "The share of the group that scores above the median of all rows."],
  meanScore: ["mean score", "The average score of the group."],
  auc: ["AUC", "How often a random positive row of the group scores above a random negative one of it."],
  meanError: ["mean error", "The average of prediction less outcome: above 0 the group is overestimated."],
  mae: ["mean absolute error", "The average distance between prediction and outcome."],
  overestimateRate: ["overestimate rate", "The share of rows whose prediction is above the outcome."],
  underestimateRate: ["underestimate rate", "The share of rows whose prediction is below the outcome."],
  exposure: ["exposure", "The average attention that a position gets, 1 / log2(1 + position)."],
  representationAtK: ["representation at k", "The share of the group's items that are among the first k."],
  ndcg: ["nDCG", "How good the lists are that the group is shown, from 0 to 1."],
  outcome: ["outcome rate", "The share of the variant's answers that have the outcome."],
};

/** What a reader wants to see first of a classifier; everything else is one step away. */
const MAIN_METRICS: ReadonlySet<string> = new Set(["selectionRate", "tpr", "fpr", "ppv", "accuracy"]);

/** Metrics that any group of a slice has a value of, the main ones apart from the others. */
export function splitMetrics(slice: SliceReport): { main: string[]; other: string[] } {
  // In the order of the words: a report that was stored may have lost its own.
  const measured = slice.groups[0]?.metrics ?? {};
  const names = [...new Set([...Object.keys(METRIC_WORDS), ...Object.keys(measured)])].filter(
    (name) => name in measured,
  );
  const known = names.filter((name) => slice.groups.some((group) => (group.metrics[name]?.value ?? null) !== null));
  if (!known.includes("selectionRate")) return { main: known, other: [] };
  return {
    main: known.filter((name) => MAIN_METRICS.has(name)),
    other: known.filter((name) => !MAIN_METRICS.has(name)),
  };
}

const DISPARITY_WORDS: Readonly<Record<string, string>> = {
  demographicParity: "selection rates",
  equalOpportunity: "true positive rates",
  falsePositiveRate: "false positive rates",
  falseNegativeRate: "false negative rates",
  trueNegativeRate: "true negative rates",
  equalizedOdds: "true and false positive rates, whichever is worse",
  equalizedOddsMean: "true and false positive rates, on average",
  predictiveParity: "positive predictive values",
  negativePredictiveValue: "negative predictive values",
  falseDiscoveryRate: "false discovery rates",
  falseOmissionRate: "false omission rates",
  accuracy: "accuracy",
  treatmentEquality: "false negatives per false positive",
  scoringRate: "scoring rates",
  auc: "AUC",
  meanScore: "mean scores",
  meanError: "mean errors",
  mae: "mean absolute errors",
  overestimateRate: "overestimate rates",
  underestimateRate: "underestimate rates",
  exposure: "exposure",
  representationAtK: "representation at k",
  ndcg: "nDCG",
  counterfactual: "outcomes when only the attribute is swapped",
};

/** "Ratio of selection rates". */
export function disparityWords(name: string): string {
  const kind = disparityKind(name);
  const of = DISPARITY_WORDS[name.replace(/(Difference|Ratio)$/, "")] ?? name;
  return `${kind === "ratio" ? "Ratio" : "Difference"} of ${of}`;
}

/** "race × sex, within region = north". */
export function sliceWords(slice: SliceName): string {
  const control = Object.entries(slice.control ?? {}).map(
    ([name, value]) => `, within ${name} = ${value ?? "(unknown)"}`,
  );
  const ofClass = slice.class === undefined ? "" : `, class ${slice.class}`;
  return `${slice.attributes.join(" × ")}${control.join("")}${ofClass}`;
}

/** Three significant places after the point, and no more than there is. */
export function figure(value: number | null): string {
  if (value === null) return "–";
  return Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(3);
}

/** What a rule says about a slice, in one or two sentences. */
export function findingWords(
  slice: SliceName,
  name: string,
  threshold: number,
  verdict: Verdict,
  disparity: Disparity,
  confidence: number,
  thin: readonly ThinCell[],
): string {
  const subject = `${disparityWords(name)} by ${sliceWords(slice)}`;
  const limit = `${disparityKind(name) === "ratio" ? "at least" : "at most"} ${threshold}`;
  if (disparity.value === null && disparity.low === null) {
    return `${subject}: no comparison is possible (${disparity.reason ?? "no groups"}). The policy asks for ${limit}.`;
  }
  const between =
    disparity.worst === null || disparity.best === null
      ? ""
      : ` between ${groupName(disparity.worst)} (lower) and ${groupName(disparity.best)} (higher)`;
  const observed = `${subject}: ${figure(disparity.value)} in this sample${between}`;
  const sure = `with ${percent(confidence)} confidence in all comparisons together the true value lies between ${figure(disparity.low)} and ${figure(disparity.high)}`;
  return `${observed}; ${sure}. ${conclusion(verdict, limit, thin)}`;
}

/** As many thin groups as a sentence holds. */
const MAX_NAMED = 3;

function conclusion(verdict: Verdict, limit: string, thin: readonly ThinCell[]): string {
  if (verdict === "pass") return `All of that range meets the policy's ${limit}.`;
  if (verdict === "fail") return `None of that range meets the policy's ${limit}.`;
  const named = thin.slice(0, MAX_NAMED).map(thinWords);
  const more = thin.length > MAX_NAMED ? `; and ${thin.length - MAX_NAMED} more` : "";
  return `The data cannot tell whether the policy's ${limit} is met. Too few rows: ${named.join("; ")}${more}.`;
}

/** "Black, Female has 45, would need about 1,200". */
export function thinWords(cell: ThinCell): string {
  const has = `${groupName(cell.key)} has ${count(Math.floor(cell.denominator))}`;
  if (cell.needed !== null) return `${has}, would need about ${count(cell.needed)}`;
  if (cell.neededAtParity === null) return `${has}, and no realistic number would decide it`;
  return `${has}, too near the threshold to call; ${count(cell.neededAtParity)} would show a pass if the groups are truly alike`;
}

/** A whole number with its thousands marked. */
export function count(n: number): string {
  return n.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
