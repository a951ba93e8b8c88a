import type { EvaluationPlot } from "@steward/client";
import { expect, it } from "vitest";

import { changeWords, joinPlots } from "./comparison.ts";

const row = (label: string, value: number | null, spread = 0.05) => ({
  label,
  note: "",
  value,
  low: value === null ? null : value - spread,
  high: value === null ? null : value + spread,
  thin: false,
  text: String(value),
});

const plot = (of: string, rows: EvaluationPlot["rows"], to = 1): EvaluationPlot => ({
  of,
  title: of,
  meaning: "",
  rows,
  from: 0,
  to,
});

const documentOf = (title: string, main: EvaluationPlot[], comparisons: EvaluationPlot[] = []) => ({
  verdict: { verdict: null, shape: "–", word: "No verdict", meaning: "" },
  notes: [],
  facts: [],
  findings: [],
  thin: null,
  slices: [{ title, comparisons, main, other: [], heatMaps: [], tables: [] }],
  explanation: [],
  glossary: [],
});

it("puts groups of the same slice and metric side by side on one scale", () => {
  const before = documentOf("By sex", [plot("selectionRate", [row("F", 0.2), row("X", 0.1)], 0.5)]);
  const after = documentOf("By sex", [plot("selectionRate", [row("F", 0.3), row("M", 0.4)], 1), plot("tpr", [])]);
  const [slice] = joinPlots(before, after);
  expect(slice?.plots.map((joined) => joined.plot.of)).toEqual(["selectionRate"]);
  expect(slice?.plots[0]?.plot.to).toBe(1);
  expect(slice?.plots[0]?.rows.map(({ label, before: b, after: a }) => [label, b?.value, a?.value])).toEqual([
    ["F", 0.2, 0.3],
    ["M", undefined, 0.4],
    ["X", 0.1, undefined],
  ]);
  expect(joinPlots(documentOf("By race", []), after)).toEqual([]);
});

it("compares the worst pair with the worst pair, whichever groups they are", () => {
  const before = documentOf("By race", [], [plot("demographicParityRatio", [row("A and B", 0.6)])]);
  const after = documentOf("By race", [], [plot("demographicParityRatio", [row("A and C", 0.9)])]);
  expect(joinPlots(before, after)[0]?.plots[0]?.rows).toMatchObject([
    { before: { value: 0.6 }, after: { value: 0.9 } },
  ]);
});

it("says whether chance alone may explain a change", () => {
  expect(changeWords(row("F", 0.2), row("F", 0.25))).toBe("+0.050, the intervals overlap");
  expect(changeWords(row("F", 0.5), row("F", 0.2))).toBe("−0.300, beyond both intervals");
  expect(changeWords(row("F", 0.5), undefined)).toBe("");
});
