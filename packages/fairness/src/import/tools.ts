/** The files that other tools write. Each reader takes parsed data and gives groups with their figures. */
import { FairnessError } from "../error.ts";
import type { AttributeValue } from "../table.ts";
import { metricName, toNumber } from "./figures.ts";
import type { Figure, FigureGroup } from "./figures.ts";

export const IMPORT_TOOLS = ["fairlearn", "aequitas", "evidently", "cyclonedx"] as const;
export type ImportTool = (typeof IMPORT_TOOLS)[number];

type Data = Readonly<Record<string, unknown>>;

/** Rows of a CSV file by column, or parsed JSON. */
export interface ImportInput {
  readonly rows?: readonly Readonly<Record<string, string | null>>[];
  readonly json?: unknown;
  /** Names of the attributes, where the file does not say them. */
  readonly attributes?: readonly string[];
}

/** @throws FairnessError `bad_import`, saying what the file of that tool looks like */
export function readFigures(tool: ImportTool, input: ImportInput): FigureGroup[] {
  const groups = READERS[tool](input);
  if (groups.length === 0) throw new FairnessError("bad_import", `The ${tool} file names no group with figures.`);
  return groups;
}

const READERS: Readonly<Record<ImportTool, (input: ImportInput) => FigureGroup[]>> = {
  fairlearn,
  aequitas,
  evidently,
  cyclonedx,
};

/** MetricFrame.by_group as CSV, or as JSON in pandas' orient records, split or columns. */
function fairlearn({ rows, json, attributes }: ImportInput): FigureGroup[] {
  if (rows !== undefined) return rows.map((row) => splitRow(row, attributes));
  if (Array.isArray(json)) return json.map((row) => splitRow(asData(row, "a row of by_group"), attributes));
  const data = asData(json, "by_group as JSON (orient records, split or columns)");
  if (Array.isArray(data["columns"]) && Array.isArray(data["index"]) && Array.isArray(data["data"])) {
    const [columns, index, values] = [data["columns"], data["index"], data["data"]] as [
      unknown[],
      unknown[],
      unknown[][],
    ];
    return index.map((label, i) => ({
      key: keyOf(label, attributes),
      figures: figuresOf(Object.fromEntries(columns.map((name, c) => [String(name), values[i]?.[c]]))),
    }));
  }
  // Orient columns, pandas' default: { metric: { group: value } }.
  const groups = new Map<string, Record<string, unknown>>();
  for (const [metric, values] of Object.entries(data)) {
    for (const [label, value] of Object.entries(asData(values, `the metric ${metric} by group`))) {
      const group = groups.get(label) ?? {};
      group[metric] = value;
      groups.set(label, group);
    }
  }
  return [...groups].map(([label, values]) => ({ key: keyOf(label, attributes), figures: figuresOf(values) }));
}

/** Columns that name a metric hold figures; the others are attributes. */
function splitRow(row: Data, attributes: readonly string[] | undefined): FigureGroup {
  const names =
    attributes ??
    Object.keys(row).filter((name) => metricName(name) === undefined && toNumber(row[name]) === undefined);
  if (names.length === 0) {
    throw new FairnessError("bad_import", "No column looks like an attribute: name them with --attributes.");
  }
  const key = Object.fromEntries(names.map((name) => [name, textOrNull(row[name])]));
  return { key, figures: figuresOf(row) };
}

/** A label of pandas' index: one value, an array of them, or a tuple printed as text: ('Black', 'F') or ["Black","F"]. */
function keyOf(label: unknown, attributes: readonly string[] | undefined): Record<string, AttributeValue> {
  const values = Array.isArray(label) ? label.map(textOrNull) : splitTuple(String(label));
  if (attributes === undefined || attributes.length !== values.length) {
    throw new FairnessError(
      "bad_import",
      `The group ${String(label)} has ${values.length} value${values.length === 1 ? "" : "s"} but no attribute names: give as many with --attributes.`,
    );
  }
  return Object.fromEntries(attributes.map((name, i) => [name, values[i] as AttributeValue]));
}

function splitTuple(label: string): AttributeValue[] {
  if (label.startsWith("[")) {
    try {
      const values: unknown = JSON.parse(label);
      if (Array.isArray(values)) return values.map(textOrNull);
    } catch {
      return [label];
    }
  }
  if (!(label.startsWith("(") && label.endsWith(")"))) return [label];
  const parts = label.slice(1, -1).match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,\s][^,]*/g) ?? [];
  return parts.map((part) => part.trim().replace(/^(['"])(.*)\1$/, "$2"));
}

/** Group().get_crosstabs(): one line per attribute and value, with counts. */
function aequitas({ rows, json }: ImportInput): FigureGroup[] {
  const lines: readonly Data[] =
    rows ?? (Array.isArray(json) ? json.map((row) => asData(row, "a line of the crosstabs")) : []);
  if (
    lines.length === 0 ||
    lines.some((line) => line["attribute_name"] === undefined || line["attribute_value"] === undefined)
  ) {
    throw new FairnessError(
      "bad_import",
      "An Aequitas crosstab has the columns attribute_name and attribute_value; this file has not.",
    );
  }
  const models = new Set(
    lines.map((line) => `${textOrNull(line["model_id"]) ?? ""} ${textOrNull(line["score_threshold"]) ?? ""}`),
  );
  if (models.size > 1) {
    throw new FairnessError(
      "bad_import",
      `The crosstabs hold ${models.size} models or thresholds: keep the lines of one of them.`,
    );
  }
  return lines.map((line) => ({
    key: { [String(line["attribute_name"])]: textOrNull(line["attribute_value"]) },
    figures: figuresOf(Object.fromEntries(Object.entries(line).filter(([name]) => !name.startsWith("attribute_")))),
  }));
}

/** A report saved with save_json(): metrics wrapped in GroupBy(metric, column). */
function evidently({ json }: ImportInput): FigureGroup[] {
  const metrics = asData(json, "an Evidently report")["metrics"];
  if (!Array.isArray(metrics))
    throw new FairnessError("bad_import", "An Evidently report has a list of metrics; this file has not.");
  const groups = new Map<string, { key: Record<string, AttributeValue>; values: Record<string, unknown> }>();
  for (const entry of metrics) {
    const config = asOptional(asOptional(entry)?.["config"]);
    const inner = asOptional(config?.["metric"]);
    const column = textOrNull(config?.["column_name"]);
    const type = textOrNull(inner?.["type"])?.split(":").at(-1);
    if (column === null || type === undefined) continue;
    const label = textOrNull(config?.["label"]);
    const id = JSON.stringify([column, label]);
    const group = groups.get(id) ?? { key: { [column]: label }, values: {} };
    const value = asOptional(entry)?.["value"];
    group.values[type] = asOptional(value)?.["value"] ?? value;
    groups.set(id, group);
  }
  if (groups.size === 0) {
    throw new FairnessError(
      "bad_import",
      "The Evidently report has no metric by group: run it with GroupBy(metric, column_name), RowCount among them.",
    );
  }
  return [...groups.values()].map(({ key, values }) => ({ key, figures: figuresOf(values) }));
}

/** Performance metrics of model cards, by slices that read "race=Black, sex=F". */
function cyclonedx({ json }: ImportInput): FigureGroup[] {
  const components = asData(json, "a CycloneDX document")["components"];
  const groups = new Map<string, { key: Record<string, AttributeValue>; figures: Record<string, Figure> }>();
  for (const component of Array.isArray(components) ? components : []) {
    const analysis = asOptional(asOptional(asOptional(component)?.["modelCard"])?.["quantitativeAnalysis"]);
    const metrics = analysis?.["performanceMetrics"];
    for (const metric of Array.isArray(metrics) ? metrics : []) addMetric(groups, asOptional(metric));
  }
  if (groups.size === 0) {
    throw new FairnessError(
      "bad_import",
      "No model card has performance metrics of a slice that reads attribute=value.",
    );
  }
  return [...groups.values()];
}

function addMetric(
  groups: Map<string, { key: Record<string, AttributeValue>; figures: Record<string, Figure> }>,
  metric: Data | undefined,
): void {
  const [slice, type] = [textOrNull(metric?.["slice"]), textOrNull(metric?.["type"])];
  const [name, value] = [metricName(type ?? ""), toNumber(metric?.["value"])];
  const key = slice === null ? undefined : parseSlice(slice);
  if (slice === null || name === undefined || value === undefined || key === undefined) return;
  const interval = asOptional(metric?.["confidenceInterval"]);
  const [low, high] = [toNumber(interval?.["lowerBound"]), toNumber(interval?.["upperBound"])];
  const group = groups.get(slice) ?? { key, figures: {} };
  group.figures[name] = { value, ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
  groups.set(slice, group);
}

/** "race=Black, sex=F" with \ before a comma, an equals sign or a backslash of a value; undefined for other texts. */
function parseSlice(slice: string): Record<string, AttributeValue> | undefined {
  const key: Record<string, AttributeValue> = {};
  for (const part of slice.match(/(?:[^\\,]|\\.)+/g) ?? []) {
    const match = /^((?:[^\\=]|\\.)+)=((?:[^\\=]|\\.)*)$/.exec(part.trim());
    if (match === null) return undefined;
    const [name, value] = [match[1], match[2]].map((text) => (text as string).replaceAll(/\\(.)/g, "$1")) as [
      string,
      string,
    ];
    key[name] = value === "" ? null : value;
  }
  return Object.keys(key).length === 0 ? undefined : key;
}

function figuresOf(values: Data): Record<string, Figure> {
  const figures: Record<string, Figure> = {};
  for (const [name, value] of Object.entries(values)) {
    const known = metricName(name);
    const number = toNumber(value);
    if (known !== undefined && number !== undefined) figures[known] = { value: number };
  }
  return figures;
}

function asData(value: unknown, what: string): Data {
  const data = asOptional(value);
  if (data === undefined) throw new FairnessError("bad_import", `The file does not hold ${what}.`);
  return data;
}

function asOptional(value: unknown): Data | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Data) : undefined;
}

function textOrNull(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}
