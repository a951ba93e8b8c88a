/** What other tools export: rates of groups, from which counts can often be recovered. */
import type { AttributeValue } from "../table.ts";

export interface Figure {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** One group with whatever was said of it, under this package's names of metrics. */
export interface FigureGroup {
  /** In the order of the attributes. */
  readonly key: Readonly<Record<string, AttributeValue>>;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** Other names of the same things, lower case and without separators. */
const ALIASES: Readonly<Record<string, string>> = {
  count: "count",
  n: "count",
  groupsize: "count",
  support: "count",
  rowcount: "count",
  tp: "tp",
  truepositives: "tp",
  fp: "fp",
  falsepositives: "fp",
  tn: "tn",
  truenegatives: "tn",
  fn: "fn",
  falsenegatives: "fn",
  selectionrate: "selectionRate",
  baserate: "baseRate",
  prev: "baseRate",
  meantrue: "baseRate",
  truepositiverate: "tpr",
  tpr: "tpr",
  recall: "tpr",
  recallscore: "tpr",
  sensitivity: "tpr",
  falsepositiverate: "fpr",
  fpr: "fpr",
  falsenegativerate: "fnr",
  fnr: "fnr",
  truenegativerate: "tnr",
  tnr: "tnr",
  specificity: "tnr",
  precision: "ppv",
  precisionscore: "ppv",
  ppv: "ppv",
  npv: "npv",
  fdr: "fdr",
  for: "for",
  accuracy: "accuracy",
  accuracyscore: "accuracy",
};

/** This package's name for a metric of another tool; undefined for what it does not know. */
export function metricName(name: string): string | undefined {
  return ALIASES[name.toLowerCase().replaceAll(/[^a-z]/g, "")];
}

/** A number from JSON or text; undefined for anything else, NaN and empty text included. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
