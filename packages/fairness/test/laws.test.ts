import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { evaluateClassification } from "../src/index.ts";
import type { ClassificationTable } from "../src/index.ts";
import { expectNear, oneWay, people, tableOf } from "./rows.ts";

const HOLM = { replicates: 0 } as const;

describe("laws", () => {
  const counts = fc.tuple(fc.nat(200), fc.nat(200), fc.nat(200), fc.nat(200));
  const tables = fc.array(counts, { minLength: 2, maxLength: 6 }).map((groups) => {
    const table = oneWay(Object.fromEntries(groups.map((values, i) => [`g${i}`, values])));
    // One row more, so that no table is empty.
    return { attributes: table.attributes, cells: table.cells.concat({ key: ["g0"], outcome: "tp", n: 1 }) };
  });

  it("the order of cells changes nothing, with resampling too", () => {
    fc.assert(
      fc.property(tables, fc.integer(), (table, seed) => {
        const shuffled = { ...table, cells: shuffle(table.cells, seed) };
        expect(evaluateClassification(shuffled, { replicates: 20 })).toEqual(
          evaluateClassification(table, { replicates: 20 }),
        );
      }),
      { numRuns: 30 },
    );
  });

  it("the names of groups change nothing but names", () => {
    fc.assert(
      fc.property(tables, (table) => {
        const renamed = {
          ...table,
          cells: table.cells.map((cell) => ({ ...cell, key: [`z${9 - Number(cell.key[0]?.slice(1))}`] })),
        };
        const [before, after] = [evaluateClassification(table, HOLM), evaluateClassification(renamed, HOLM)];
        for (const [name, found] of Object.entries(before.slices[0]?.disparities ?? {})) {
          const other = after.slices[0]?.disparities[name];
          for (const field of ["value", "low", "high", "allGroups"] as const)
            expectNear(other?.[field], found[field], 9);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("a cell split in two says the same as the whole", () => {
    fc.assert(
      fc.property(tables, (table) => {
        const split = table.cells.flatMap((cell) => [
          { ...cell, n: Math.floor(cell.n / 2) },
          { ...cell, n: Math.ceil(cell.n / 2) },
        ]);
        expect(evaluateClassification({ ...table, cells: split }, { replicates: 20 })).toEqual(
          evaluateClassification(table, { replicates: 20 }),
        );
      }),
      { numRuns: 30 },
    );
  });

  it("the scale of weights changes nothing but the sum of weights", () => {
    const table = tableOf(people(600, 8), ["race", "sex"], true);
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (factor) => {
        const scaled = {
          ...table,
          cells: table.cells.map((cell) => ({
            ...cell,
            weight: (cell.weight as number) * factor,
            weightSquares: (cell.weightSquares as number) * factor ** 2,
          })),
        };
        const [before, after] = [evaluateClassification(table, HOLM), evaluateClassification(scaled, HOLM)];
        for (const [i, s] of before.slices.entries()) {
          for (const [name, found] of Object.entries(s.disparities)) {
            const other = after.slices[i]?.disparities[name];
            for (const field of ["value", "low", "high"] as const) expectNear(other?.[field], found[field], 9);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it("weights of 1 say the same as no weights, and unequal ones say that they are approximate", () => {
    const rows = people(500, 4);
    const ones = tableOf(
      rows.map((row) => ({ ...row, weight: 1 })),
      ["sex"],
      true,
    );
    const plain = evaluateClassification(tableOf(rows, ["sex"]), HOLM);
    expect(evaluateClassification(ones, HOLM).slices[0]?.disparities).toEqual(plain.slices[0]?.disparities);
    const weighted = evaluateClassification(tableOf(rows, ["sex"], true), HOLM);
    const metric = weighted.slices[0]?.groups[0]?.metrics["selectionRate"];
    expect(metric?.approximate).toBe(true);
    expect(metric?.effective).toBeLessThan(metric?.denominator as number);
    expect(plain.slices[0]?.groups[0]?.metrics["selectionRate"]?.approximate).toBeUndefined();
  });

  it("one more group never hides the worst pair of the others", () => {
    fc.assert(
      fc.property(tables, counts, (table, more) => {
        const larger = { ...table, cells: [...table.cells, ...oneWay({ z: more }).cells] };
        const ratio = (t: ClassificationTable): number | null =>
          evaluateClassification(t, HOLM).slices[0]?.disparities["demographicParityRatio"]?.allGroups ?? null;
        const before = ratio(table);
        const after = ratio(larger);
        if (before !== null) expect(after).toBeLessThanOrEqual(before + 1e-12);
      }),
    );
  });
});

describe("resampling", () => {
  const table = tableOf(people(3000, 12), ["race", "sex"]);

  it("gives the same verdict for the same seed, and about the same width for another", () => {
    const one = evaluateClassification(table, { replicates: 500, seed: 1 });
    expect(evaluateClassification(table, { replicates: 500, seed: 1 })).toEqual(one);
    const other = evaluateClassification(table, { replicates: 500, seed: 2 });
    const [a, b] = [one.inference["demographicParityRatio"], other.inference["demographicParityRatio"]];
    expect(a?.critical).not.toBe(b?.critical);
    expect(Math.abs((a?.critical ?? 0) / (b?.critical ?? 1) - 1)).toBeLessThan(0.1);
  });

  it("is never wider than Holm, and narrower where slices share rows", () => {
    const resampled = evaluateClassification(table, { replicates: 2000 });
    const holm = evaluateClassification(table, HOLM);
    for (const [name, inference] of Object.entries(resampled.inference)) {
      expect(inference.critical).toBeLessThanOrEqual(holm.inference[name]?.critical as number);
    }
    expect(resampled.inference["demographicParityRatio"]).toMatchObject({ correction: "max-t", replicates: 2000 });
    expect(resampled.inference["demographicParityRatio"]?.critical).toBeLessThan(
      holm.inference["demographicParityRatio"]?.critical as number,
    );
  });

  it("counts replicates in which a comparison was 0/0", () => {
    const rare = oneWay({ a: [2, 30, 400, 2], b: [2, 60, 400, 1], c: [200, 60, 400, 100] });
    const report = evaluateClassification(rare, { replicates: 400, minimumDenominator: 1 });
    expect(report.inference["equalOpportunityDifference"]?.undefinedReplicates).toBeGreaterThan(0);
    expect(report.inference["demographicParityDifference"]?.undefinedReplicates).toBe(0);
  });
});

function shuffle<T>(values: readonly T[], seed: number): T[] {
  return values
    .map((value, i) => ({ value, rank: Math.sin(seed + i * 12.9898) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}
