import { describe, expect, it } from "vitest";

import {
  biasStatisticsSchema,
  evaluateClassification,
  evaluateStatistics,
  parsePolicy,
  STATISTICS_SCHEMA,
} from "../src/index.ts";
import type { BiasStatistics } from "../src/index.ts";
import { people, tableOf } from "./rows.ts";

const table = tableOf(people(600, 7), ["race", "sex"]);
const policy = parsePolicy({ schema: "steward/bias-policy/v1", name: "p", version: 1, profile: "four-fifths" });
const options = { policy, replicates: 200, seed: 3 };
const classification: BiasStatistics = { schema: STATISTICS_SCHEMA, task: "classification", tables: [table] };

const OTHERS: readonly BiasStatistics[] = [
  {
    schema: STATISTICS_SCHEMA,
    task: "regression",
    table: {
      attributes: ["sex"],
      cells: ["F", "M"].map((sex) => ({
        key: [sex],
        n: 50,
        sum: 10,
        sumSquares: 60,
        sumAbsolute: 40,
        over: 30,
        under: 20,
      })),
    },
  },
  {
    schema: STATISTICS_SCHEMA,
    task: "counterfactual",
    table: {
      attribute: "name",
      pairs: [{ a: "Ana", b: "Bob", both: 40, onlyA: 5, onlyB: 15, neither: 40 }],
      variants: [
        { value: "Ana", n: 100, sum: 45, sumSquares: 45 },
        { value: "Bob", n: 100, sum: 55, sumSquares: 55 },
      ],
    },
  },
  {
    schema: STATISTICS_SCHEMA,
    task: "imported",
    tool: "fairlearn",
    input: {
      rows: [
        { race: "A", count: "100", selection_rate: "0.5" },
        { race: "B", count: "80", selection_rate: "0.25" },
      ],
      attributes: ["race"],
    },
  },
];

const sent = (statistics: BiasStatistics): BiasStatistics =>
  biasStatisticsSchema.parse(JSON.parse(JSON.stringify(statistics)));

describe("statistics of a bias evaluation", () => {
  it("lead to the same report wherever they are judged", () => {
    expect(evaluateStatistics(sent(classification), options)).toEqual(evaluateClassification(table, options));
    for (const statistics of OTHERS) {
      expect(evaluateStatistics(sent(statistics), { seed: 3 }), statistics.task).toEqual(
        evaluateStatistics(statistics, { seed: 3 }),
      );
    }
  });

  it("say what whoever counted them wants the reader to know", () => {
    const report = evaluateStatistics({ ...classification, notes: ["Counted by hand."] }, options);
    expect(report.warnings[0]).toBe("Counted by hand.");
  });

  it("are refused where they are no counts", () => {
    const cells = [{ key: ["A", "F"], outcome: "tp", n: -1 }];
    for (const tables of [[], [{ ...table, cells }], [{ ...table, cells: [{ ...table.cells[0], rows: 3 }] }]]) {
      expect(biasStatisticsSchema.safeParse({ ...classification, tables }).success).toBe(false);
    }
  });
});
