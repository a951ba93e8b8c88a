import { describe, expect, it } from "vitest";

import { biasDocument, evaluateClassification, parsePolicy } from "../src/index.ts";
import type { OutcomeCell } from "../src/index.ts";

const cell = (race: string | null, sex: string, selected: number, rejected: number): OutcomeCell[] => [
  { key: [race, sex], outcome: "selectedUnlabelled", n: selected },
  { key: [race, sex], outcome: "rejectedUnlabelled", n: rejected },
];

const policy = parsePolicy({ schema: "steward/bias-policy/v1", name: "p", version: 1, profile: "four-fifths" });
const cells = [
  ...cell("A", "F", 50, 50),
  ...cell("A", "M", 90, 10),
  ...cell("B", "F", 5, 5),
  ...cell(null, "M", 40, 60),
];
const document = biasDocument(
  evaluateClassification({ attributes: ["race", "sex"], cells }, { policy, replicates: 0 }),
);

describe("a report as what people read", () => {
  it("has a slice for each of the report's, with the worst pair under every rule", () => {
    expect(document.slices.map(({ title }) => title)).toEqual(["By race", "By sex", "By race × sex"]);
    const [comparison] = document.slices[1]?.comparisons ?? [];
    expect(comparison).toMatchObject({
      of: "demographicParityRatio",
      rows: [{ label: "F and M", value: 55 / 110 / (130 / 200) }],
      threshold: { at: 0.8, missed: "below" },
    });
  });

  it("reads the same where a store has put keys into another order", () => {
    const report = evaluateClassification({ attributes: ["race", "sex"], cells }, { policy, replicates: 0 });
    const reversed = JSON.parse(JSON.stringify(report), (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    ) as typeof report;
    const [one, other] = [biasDocument(report), biasDocument(reversed)].map(({ slices }) =>
      slices.map(({ main, heatMaps, comparisons }) => ({ main, heatMaps, comparisons })),
    );
    expect(other).toEqual(one);
  });

  it("marks groups that are too small, and says each row in words too", () => {
    const [rate] = document.slices[2]?.main ?? [];
    expect(rate?.rows.map(({ label, thin }) => [label, thin])).toEqual([
      ["A, F", false],
      ["A, M", false],
      ["B, F", true],
      ["(unknown), M", false],
    ]);
    expect(rate?.rows[0]?.text).toMatch(/^0\.500 \[0\.\d{3}, 0\.\d{3}\]$/);
  });

  it("has a grid where two attributes meet, with holes where nobody is", () => {
    const [grid] = document.slices[2]?.heatMaps ?? [];
    expect(grid).toMatchObject({ rows: ["A", "B", "(unknown)"], columns: ["F", "M"], from: 0.4, to: 0.9 });
    expect(grid?.cells.map((row) => row.map((found) => found?.text ?? null))).toEqual([
      ["0.500", "0.900"],
      ["0.500", null],
      [null, "0.400"],
    ]);
    expect(grid?.table.rows[1]).toEqual(["B", "0.500 (n = 10, too few to judge)", "nobody"]);
    expect(document.slices[0]?.heatMaps).toEqual([]);
  });
});
