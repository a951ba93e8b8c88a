/** Evaluates what another tool exported: with intervals and a verdict where counts can be recovered, as figures where not. */
import { evaluateClassification } from "../classification.ts";
import { compareSlices } from "../compare.ts";
import { assembleCompared } from "../assemble.ts";
import type { DescribedSlice } from "../assemble.ts";
import { CLASSIFICATION_DISPARITIES } from "../disparities.ts";
import { FairnessError } from "../error.ts";
import type { Estimate } from "../estimate.ts";
import { RATE_METRICS } from "../rates.ts";
import type { BiasReport } from "../report.ts";
import { settingsOf } from "../settings.ts";
import type { EvaluateOptions } from "../settings.ts";
import type { ClassificationTable, OutcomeCell } from "../table.ts";
import type { FigureGroup } from "./figures.ts";
import { recoverCounts } from "./reconstruct.ts";
import { readFigures } from "./tools.ts";
import type { ImportInput, ImportTool } from "./tools.ts";

/** Rounding that no reader would notice; more than this is said. */
const UNNOTICED = 0.01;

/**
 * @throws FairnessError `bad_import` for a file that is not of that tool, `bad_table`, `bad_option`
 */
export function evaluateImport(tool: ImportTool, input: ImportInput, options: EvaluateOptions = {}): BiasReport {
  const sets = bySets(readFigures(tool, input));
  const recovered = sets.map(({ attributes, groups }) => ({
    attributes,
    parts: groups.map((group) => ({ group, found: recoverCounts(group) })),
  }));
  if (!recovered.every(({ parts }) => parts.every(({ found }) => found !== undefined)))
    return figuresOnly(tool, sets, options);
  const tables = recovered.map(({ attributes, parts }): ClassificationTable => ({
    attributes,
    cells: parts.flatMap(({ group, found }) =>
      (found?.counts ?? []).map((count): OutcomeCell =>
        Object.assign({ key: attributes.map((name) => group.key[name] ?? null) }, count),
      ),
    ),
  }));
  const rounded = Math.max(...recovered.flatMap(({ parts }) => parts.map(({ found }) => found?.rounded ?? 0)));
  const report = evaluateClassification(withoutMargins(tables), options);
  const warnings = [...report.warnings];
  if (rounded > UNNOTICED) {
    warnings.unshift(
      `Counts were recovered from the rates that ${tool} reports; rounded rates moved a count by up to ${rounded.toFixed(2)} rows.`,
    );
  }
  if (tables.length > 1 && tables.every((table) => table.attributes.length === 1)) {
    warnings.unshift(`${tool} tabulated each attribute apart, so nothing is known of groups where they meet.`);
  }
  return { ...report, task: "imported", warnings };
}

interface FigureSet {
  readonly attributes: readonly string[];
  readonly groups: readonly FigureGroup[];
}

/** Groups of the same attributes belong to one slice. */
function bySets(groups: readonly FigureGroup[]): FigureSet[] {
  const sets = new Map<string, { attributes: string[]; groups: FigureGroup[] }>();
  for (const group of groups) {
    const attributes = Object.keys(group.key);
    const id = JSON.stringify(attributes);
    const set = sets.get(id) ?? { attributes, groups: [] };
    set.groups.push(group);
    sets.set(id, set);
  }
  return [...sets.values()];
}

/** A table over more attributes contains those over fewer of them: counting both would show a slice twice. */
function withoutMargins(tables: readonly ClassificationTable[]): ClassificationTable[] {
  return tables.filter(
    (table) =>
      !tables.some(
        (other) =>
          other.attributes.length > table.attributes.length &&
          table.attributes.every((name) => other.attributes.includes(name)),
      ),
  );
}

/** Without counts nothing is known of chance: figures are shown as they came, and a policy finds them insufficient. */
function figuresOnly(tool: ImportTool, sets: readonly FigureSet[], options: EvaluateOptions): BiasReport {
  const settings = settingsOf({ ...options, replicates: 0 });
  const slices = sets.map(({ attributes, groups }): DescribedSlice => ({
    attributes,
    groups: groups.map(({ key, figures }) => ({
      key,
      n: figures["count"]?.value ?? 0,
      estimates: Object.fromEntries(RATE_METRICS.map((metric) => [metric, pointOnly(figures[metric]?.value)])),
    })),
    describe: (i) => ({ metrics: reported(groups[i] as FigureGroup) }),
  }));
  if (slices.every((slice) => slice.groups.length < 2)) {
    throw new FairnessError(
      "bad_import",
      `The ${tool} file has figures of one group only: there is nothing to compare.`,
    );
  }
  const definitions = CLASSIFICATION_DISPARITIES.filter(({ metrics }) => !metrics.includes("errorOdds"));
  const compared = compareSlices(slices, definitions, settings);
  const rows = slices[0]?.groups.reduce((sum, group) => sum + group.n, 0) ?? 0;
  const note = `${tool} reports rates without the counts behind them, so nothing can be said about chance: these are figures only.`;
  return assembleCompared(
    {
      task: "imported",
      rows,
      attributes: [...new Set(sets.flatMap(({ attributes }) => attributes))],
      weighted: false,
      overall: { n: rows, metrics: {} },
      slices,
      definitions,
      warnings: [note],
    },
    settings,
    compared.slices,
    compared.critical,
  );
}

/** A value on no rows at all: it can be shown, and never be adequate. */
function pointOnly(value: number | undefined): Estimate {
  if (value === undefined) return { kind: "undefined", denominator: 0, reason: "not reported" };
  return { kind: "proportion", value, denominator: 0, effective: 0, approximate: true };
}

function reported({ figures }: FigureGroup): NonNullable<BiasReport["overall"]["metrics"]> {
  return Object.fromEntries(
    RATE_METRICS.flatMap((metric) => {
      const figure = figures[metric];
      if (figure === undefined) return [];
      return [
        [metric, { value: figure.value, low: figure.low ?? null, high: figure.high ?? null, denominator: 0 }] as const,
      ];
    }),
  );
}
