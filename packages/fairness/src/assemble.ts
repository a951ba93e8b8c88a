/** From estimates to a report: the part that is the same for every family of metrics. */
import { compareSlices } from "./compare.ts";
import type { CriticalValues, Resample } from "./critical.ts";
import type { Estimate } from "./estimate.ts";
import type { ComparedSlice, Definition, EstimatedGroup, EstimatedSlice } from "./model.ts";
import { reportEstimate } from "./rates.ts";
import type { Reported } from "./rates.ts";
import { BIAS_SCHEMA } from "./report.ts";
import type { BiasReport, GroupReport, InferenceReport, SliceReport, Task } from "./report.ts";
import type { Settings } from "./settings.ts";
import { judge, nameOf } from "./verdict.ts";

/** An estimated slice, with what a family of metrics adds to the report of a group or of the slice. */
export interface DescribedSlice extends EstimatedSlice {
  readonly describe: (group: number) => Partial<GroupReport>;
  readonly extra?: Partial<SliceReport>;
}

export interface Assembly {
  readonly task: Task;
  readonly rows: number;
  readonly attributes: readonly string[];
  readonly control?: string;
  readonly weighted: boolean;
  readonly overall: Omit<GroupReport, "key" | "share">;
  readonly slices: readonly DescribedSlice[];
  readonly definitions: readonly Definition[];
  readonly warnings: readonly string[];
}

/** Compares, judges and reports. */
export function assemble(assembly: Assembly, settings: Settings, resample?: Resample): BiasReport {
  const { slices, definitions } = assembly;
  const compared = compareSlices(slices, definitions, settings, resample);
  return assembleCompared(assembly, settings, compared.slices, compared.critical);
}

/** The same for comparisons that were made elsewhere (paired ones). */
export function assembleCompared(
  assembly: Assembly,
  settings: Settings,
  compared: readonly ComparedSlice[],
  critical: Readonly<Record<string, CriticalValues>>,
): BiasReport {
  const { policy } = settings;
  const judgement = policy === null ? null : judge(policy, assembly.slices, compared, assembly.definitions, critical);
  return {
    schema: BIAS_SCHEMA,
    task: assembly.task,
    rows: assembly.rows,
    attributes: assembly.attributes,
    ...(assembly.control === undefined ? {} : { control: assembly.control }),
    ...(settings.reference === undefined ? {} : { reference: settings.reference }),
    weighted: assembly.weighted,
    minimumDenominator: settings.minimumDenominator,
    confidence: settings.confidence,
    seed: settings.seed,
    overall: assembly.overall,
    slices: assembly.slices.map((slice, i) => reportSlice(slice, compared[i] as ComparedSlice, settings.pointwise)),
    inference: Object.fromEntries(Object.entries(critical).map(([name, values]) => [name, reportInference(values)])),
    policy,
    verdict: judgement?.verdict ?? null,
    reasons: judgement?.reasons ?? [],
    findings: judgement?.findings ?? [],
    thinCells: judgement?.thinCells ?? [],
    warnings: assembly.warnings,
  };
}

function reportSlice(slice: DescribedSlice, compared: ComparedSlice, pointwise: number): SliceReport {
  const rows = slice.groups.reduce((sum, group) => sum + group.n, 0);
  return {
    ...nameOf(slice),
    groups: slice.groups.map((group, i) => reportGroup(group, rows, pointwise, slice.describe(i))),
    disparities: compared.disparities,
    ...slice.extra,
  };
}

function reportGroup(group: EstimatedGroup, rows: number, pointwise: number, extra: Partial<GroupReport>): GroupReport {
  const { metrics, ...rest } = extra;
  return {
    key: group.key,
    n: group.n,
    share: rows === 0 ? 0 : group.n / rows,
    ...rest,
    metrics: { ...reportEstimates(group.estimates, pointwise), ...metrics },
    ...(group.excluded === undefined ? {} : { excluded: group.excluded }),
  };
}

export function reportEstimates(
  estimates: Readonly<Record<string, Estimate>>,
  pointwise: number,
): Record<string, Reported> {
  return Object.fromEntries(
    Object.entries(estimates).map(([metric, estimate]) => [metric, reportEstimate(estimate, pointwise)]),
  );
}

function reportInference(values: CriticalValues): InferenceReport {
  const { of: _, ...rest } = values;
  return rest;
}
