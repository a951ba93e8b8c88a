import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { evaluateClassification, evaluateImport, parsePolicy, renderCycloneDx } from "../src/index.ts";
import type { BiasReport, ImportInput, ImportTool } from "../src/index.ts";
import { recoverCounts } from "../src/import/reconstruct.ts";
import { expectNear, oneWay, people, tableOf } from "./rows.ts";

const HOLM = { replicates: 0 } as const;
const counts = { a: [40, 10, 30, 20], b: [15, 5, 60, 20] } as const;
const direct = evaluateClassification(oneWay(counts), HOLM);

function rates([tp, fp, tn, fn]: readonly [number, number, number, number]): Record<string, number> {
  const n = tp + fp + tn + fn;
  return {
    count: n,
    selection_rate: (tp + fp) / n,
    true_positive_rate: tp / (tp + fn),
    false_positive_rate: fp / (fp + tn),
    accuracy: (tp + tn) / n,
  };
}

/** What was imported must say the same as what was counted. */
function expectSame(imported: BiasReport, counted: BiasReport = direct): void {
  for (const [i, slice] of counted.slices.entries()) {
    const other = imported.slices[i];
    expect(other?.attributes).toEqual(slice.attributes);
    expect(other?.groups.map(({ key, tp, fp, tn, fn }) => ({ key, tp, fp, tn, fn }))).toEqual(
      slice.groups.map(({ key, tp, fp, tn, fn }) => ({ key, tp, fp, tn, fn })),
    );
    for (const [name, found] of Object.entries(slice.disparities))
      expectNear(other?.disparities[name]?.low, found.low, 9);
  }
}

describe("counts from rates", () => {
  it("are recovered from the number of rows and three rates that determine them", () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(500), fc.nat(500), fc.nat(500), fc.nat(500)), ([tp, fp, tn, fn]) => {
        fc.pre(tp + fn > 0 && fp + tn > 0 && tp / (tp + fn) !== fp / (fp + tn));
        const figures = Object.fromEntries(
          Object.entries({
            count: tp + fp + tn + fn,
            selectionRate: (tp + fp) / (tp + fp + tn + fn),
            tpr: tp / (tp + fn),
            fpr: fp / (fp + tn),
          }).map(([name, value]) => [name, { value }]),
        );
        const found = recoverCounts({ key: {}, figures });
        // Where both rates are nearly the same, the equations nearly are; then counts may stay open, but never be wrong.
        if (found !== undefined && found.counts.length === 4)
          expect(found.counts.map(({ n }) => n)).toEqual([tp, fp, tn, fn]);
      }),
    );
  });

  it("stay open where the figures contradict a whole number of rows", () => {
    expect(recoverCounts({ key: {}, figures: { count: { value: 7 }, selectionRate: { value: 0.5 } } })).toBeUndefined();
    expect(recoverCounts({ key: {}, figures: { selectionRate: { value: 0.5 } } })).toBeUndefined();
    expect(recoverCounts({ key: {}, figures: { count: { value: 8 }, selectionRate: { value: 0.5 } } })?.counts).toEqual(
      [
        { outcome: "selectedUnlabelled", n: 4 },
        { outcome: "rejectedUnlabelled", n: 4 },
      ],
    );
  });
});

describe("Fairlearn", () => {
  const [a, b] = [rates(counts.a), rates(counts.b)];
  const columns = Object.fromEntries(Object.keys(a).map((name) => [name, { a: a[name], b: b[name] }]));
  const split = { columns: Object.keys(a), index: ["a", "b"], data: [Object.values(a), Object.values(b)] };
  it.each<[string, ImportInput]>([
    [
      "CSV",
      {
        rows: [a, b].map((values, i) =>
          Object.fromEntries([["group", "ab"[i] as string], ...Object.entries(values).map(([k, v]) => [k, String(v)])]),
        ),
      },
    ],
    [
      "records",
      {
        json: [
          { group: "a", ...a },
          { group: "b", ...b },
        ],
      },
    ],
    ["columns", { json: columns, attributes: ["group"] }],
    ["split", { json: split, attributes: ["group"] }],
  ])("by_group as %s gives the report that the rows give", (_, input) => {
    const report = evaluateImport("fairlearn", input, HOLM);
    expect(report.task).toBe("imported");
    expectSame(report);
  });

  it.each([
    ["('A', 'F')", "('A', 'M')"],
    ['["A","F"]', '["A","M"]'],
  ])("reads groups of several attributes: %s", (first, second) => {
    const json = { count: { [first]: 100, [second]: 100 }, selection_rate: { [first]: 0.5, [second]: 0.25 } };
    const report = evaluateImport(
      "fairlearn",
      { json, attributes: ["race", "sex"] },
      { ...HOLM, slices: { attributes: [["race", "sex"]] } },
    );
    expect(report.slices[0]?.groups.map(({ key }) => key)).toEqual([
      { race: "A", sex: "F" },
      { race: "A", sex: "M" },
    ]);
    expect(report.slices[0]?.disparities["demographicParityRatio"]?.value).toBe(0.5);
  });

  it("without counts gives figures, and a policy finds them insufficient", () => {
    const json = { selection_rate: { a: 0.5, b: 0.25 } };
    const policy = parsePolicy({ schema: "steward/bias-policy/v1", name: "p", version: 1, profile: "four-fifths" });
    const report = evaluateImport("fairlearn", { json, attributes: ["group"] }, { policy });
    expect(report.verdict).toBe("insufficient");
    expect(report.slices[0]?.disparities["demographicParityRatio"]).toMatchObject({ value: null, allGroups: 0.5 });
    expect(report.slices[0]?.groups[0]?.metrics["selectionRate"]).toEqual({
      value: 0.5,
      low: null,
      high: null,
      denominator: 0,
    });
    expect(report.warnings[0]).toContain("without the counts");
  });
});

describe("Aequitas", () => {
  const line = (attribute: string, value: string, [tp, fp, tn, fn]: readonly number[]): Record<string, string> => ({
    model_id: "1",
    score_threshold: "binary 0/1",
    attribute_name: attribute,
    attribute_value: value,
    ...Object.fromEntries(Object.entries({ tp, fp, tn, fn }).map(([name, count]) => [name, String(count)])),
    group_size: String((tp ?? 0) + (fp ?? 0) + (tn ?? 0) + (fn ?? 0)),
  });
  const rows = [line("group", "a", counts.a), line("group", "b", counts.b)];

  it("crosstabs give the report that the rows give, one slice per attribute", () => {
    expectSame(evaluateImport("aequitas", { rows }, HOLM));
    const two = evaluateImport(
      "aequitas",
      { rows: [...rows, line("sex", "F", counts.a), line("sex", "M", counts.b)] },
      HOLM,
    );
    expect(two.slices.map(({ attributes }) => attributes)).toEqual([["group"], ["sex"]]);
    expect(two.warnings[0]).toContain("tabulated each attribute apart");
  });

  it("of several models are refused", () => {
    const other = { ...line("group", "a", counts.a), model_id: "2" };
    expect(() => evaluateImport("aequitas", { rows: [...rows, other] }, HOLM)).toThrow(/2 models or thresholds/);
  });

  it("cannot be asked for groups where attributes meet", () => {
    const all = [...rows, line("sex", "F", counts.a), line("sex", "M", counts.b)];
    const slices = { attributes: [["group", "sex"]] };
    expect(() => evaluateImport("aequitas", { rows: all }, { ...HOLM, slices })).toThrow(/tabulated apart/);
  });
});

describe("Evidently", () => {
  const entry = (type: string, label: string, value: unknown): object => ({
    metric_name: `GroupByMetric(column_name=group,label=${label})`,
    config: {
      type: "evidently:metric_v2:GroupByMetric",
      metric: { type: `evidently:metric_v2:${type}` },
      column_name: "group",
      label,
    },
    value,
  });
  const metrics = (["a", "b"] as const).flatMap((label) => {
    const [tp, fp, tn, fn] = counts[label];
    return [
      entry("RowCount", label, tp + fp + tn + fn),
      entry("TPR", label, tp / (tp + fn)),
      entry("FPR", label, fp / (fp + tn)),
      entry("Accuracy", label, { value: (tp + tn) / (tp + fp + tn + fn) }),
    ];
  });

  it("reports with GroupBy give the report that the rows give", () => {
    expectSame(evaluateImport("evidently", { json: { metrics, tests: [] } }, HOLM));
  });

  it("reports without GroupBy are refused with what to do", () => {
    const json = {
      metrics: [{ metric_name: "Accuracy()", config: { type: "evidently:metric_v2:Accuracy" }, value: 0.8 }],
    };
    expect(() => evaluateImport("evidently", { json }, HOLM)).toThrow(/GroupBy\(metric, column_name\)/);
  });
});

describe("CycloneDX", () => {
  it("written here comes back as it was, names with commas and all", () => {
    const rows = people(800, 2).map(({ label, predicted, attributes: known }) => {
      const attributes = Object.assign({}, known, { race: `${known["race"] ?? "?"}, a=b\\` });
      return { label, predicted, attributes, weight: 1 };
    });
    const counted = evaluateClassification(tableOf(rows, ["race", "sex"]), HOLM);
    const json: unknown = JSON.parse(renderCycloneDx(counted, { model: "m", serialNumber: "", timestamp: "" }));
    expectSame(evaluateImport("cyclonedx", { json }, HOLM), counted);
  });

  it("of others gives the intervals that they state", () => {
    const metric = (value: string, slice: string): object => ({
      type: "recall",
      value,
      slice,
      confidenceInterval: { lowerBound: "0.7", upperBound: "0.9" },
    });
    const json = {
      components: [
        {
          modelCard: {
            quantitativeAnalysis: {
              performanceMetrics: [metric("0.8", "sex=F"), metric("0.75", "sex=M"), { type: "f1", value: "x" }],
            },
          },
        },
      ],
    };
    const report = evaluateImport("cyclonedx", { json }, HOLM);
    expect(report.slices[0]?.groups[0]?.metrics["tpr"]).toMatchObject({ value: 0.8, low: 0.7, high: 0.9 });
    expect(report.slices[0]?.disparities["equalOpportunityDifference"]?.allGroups).toBeCloseTo(0.05, 12);
  });
});

describe("a file of another kind", () => {
  it.each<[ImportTool, ImportInput, RegExp]>([
    ["fairlearn", { json: 7 }, /does not hold by_group/],
    ["fairlearn", { json: { a: 1 } }, /by group/],
    ["fairlearn", { json: { count: { a: 1 } } }, /attribute names/],
    ["fairlearn", { rows: [{ count: "1" }] }, /No column looks like an attribute/],
    ["aequitas", { json: {} }, /attribute_name/],
    ["evidently", { json: {} }, /list of metrics/],
    ["cyclonedx", { json: { components: [] } }, /No model card/],
    ["cyclonedx", { json: null }, /CycloneDX document/],
    ["fairlearn", { json: [] }, /names no group/],
  ])("is refused: %s %#", (tool, input, message) => {
    expect(() => evaluateImport(tool, input)).toThrow(message);
  });
});
