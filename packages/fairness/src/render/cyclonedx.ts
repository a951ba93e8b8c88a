/** A report as the model card of a CycloneDX 1.6 bill of materials: its performance metrics, slice by slice. */
import type { Reported } from "../rates.ts";
import type { BiasReport, Finding, GroupReport, SliceReport } from "../report.ts";
import { sliceWords } from "../words.ts";

interface PerformanceMetric {
  readonly type: string;
  readonly value: string;
  readonly slice?: string;
  readonly confidenceInterval?: { readonly lowerBound?: string; readonly upperBound?: string };
}

export interface CycloneDxOptions {
  /** What the model is called in the bill of materials. */
  readonly model: string;
  /** RFC 4122 UUID of this document. */
  readonly serialNumber: string;
  /** RFC 3339. */
  readonly timestamp: string;
}

/** The bill of materials as JSON text. Counts go with the rates, so that whoever reads it can compute intervals again. */
export function renderCycloneDx(report: BiasReport, options: CycloneDxOptions): string {
  const metrics = [
    ...groupMetrics(report.overall),
    ...report.slices.flatMap((slice) => slice.groups.flatMap((group) => groupMetrics(group, sliceName(slice, group)))),
    ...report.slices.flatMap((slice) => disparityMetrics(slice)),
  ];
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${options.serialNumber}`,
    version: 1,
    metadata: { timestamp: options.timestamp, tools: { components: [{ type: "application", name: "steward" }] } },
    components: [
      {
        type: "machine-learning-model",
        "bom-ref": "model",
        name: options.model,
        modelCard: {
          modelParameters: { task: report.task },
          quantitativeAnalysis: { performanceMetrics: metrics },
          ...(report.findings.length === 0
            ? {}
            : { considerations: { fairnessAssessments: report.findings.map((finding) => assessment(finding)) } }),
        },
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** "race=Black, sex=F": commas, equals signs and backslashes in a value are escaped with a backslash. */
function sliceName(slice: SliceReport, group: GroupReport): string {
  const pairs = [...Object.entries(group.key), ...Object.entries(slice.control ?? {})];
  if (slice.class !== undefined) pairs.push(["class", slice.class]);
  return pairs.map(([name, value]) => `${escapeSlice(name)}=${escapeSlice(value ?? "")}`).join(", ");
}

function escapeSlice(text: string): string {
  return text.replaceAll(/[\\,=]/g, "\\$&");
}

function groupMetrics(
  group: Pick<GroupReport, "n" | "tp" | "fp" | "tn" | "fn" | "metrics">,
  slice?: string,
): PerformanceMetric[] {
  const counts = { count: group.n, tp: group.tp, fp: group.fp, tn: group.tn, fn: group.fn };
  const where = slice === undefined ? {} : { slice };
  return [
    ...Object.entries(counts).flatMap(([type, value]) =>
      typeof value === "number" ? [{ type, value: String(value), ...where }] : [],
    ),
    ...Object.entries(group.metrics).flatMap(([type, metric]) => metricOf(type, metric, where)),
  ];
}

function metricOf(
  type: string,
  metric: Pick<Reported, "value" | "low" | "high">,
  where: { slice?: string },
): PerformanceMetric[] {
  // A value that is undefined is left out: the format has no null, and 0 would be a lie.
  if (metric.value === null) return [];
  const confidenceInterval = {
    ...(metric.low === null ? {} : { lowerBound: String(metric.low) }),
    ...(metric.high === null ? {} : { upperBound: String(metric.high) }),
  };
  return [{ type, value: String(metric.value), ...where, confidenceInterval }];
}

function disparityMetrics(slice: SliceReport): PerformanceMetric[] {
  return Object.entries(slice.disparities).flatMap(([type, found]) =>
    metricOf(type, found, { slice: sliceWords(slice) }),
  );
}

function assessment(finding: Finding): { groupAtRisk: string; harms: string } {
  return {
    groupAtRisk: finding.slice.attributes.length === 0 ? "all groups" : sliceWords(finding.slice),
    harms: `${finding.verdict}: ${finding.reading}`,
  };
}
