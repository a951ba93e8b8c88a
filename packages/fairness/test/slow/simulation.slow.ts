import { describe, expect, it } from "vitest";

import { bootstrapCoverage, monitor, SCENARIOS, simulate, wilsonCoverage } from "../simulation.ts";
import type { Outcomes, Scenario } from "../simulation.ts";

/** Runs of each scenario; a share of 5 % is then known to about ± 0.7 %. */
const RUNS = 4000;
const REPLICATES = 500;
const MINUTES = 60_000;

const lines: string[] = [];

function run(scenario: Scenario, seed: number): Outcomes {
  const outcomes = simulate(scenario, RUNS, REPLICATES, seed);
  const share = (count: number): string => `${((100 * count) / RUNS).toFixed(1)} %`;
  const { verdicts } = outcomes;
  const missed = `${(100 * outcomes.missed).toFixed(1)} %`;
  const naive = `${(100 * outcomes.naive).toFixed(1)} %`;
  lines.push(
    `| ${scenario.name} | ${share(verdicts.fail)} | ${share(verdicts.pass)} | ${share(verdicts.insufficient)} | ${missed} | ${naive} |`,
  );
  return outcomes;
}

function print(title: string, header: readonly string[], rows: readonly string[]): void {
  const rule = header.map(() => "---").join(" | ");
  process.stdout.write(`\n${title}\n\n| ${header.join(" | ")} |\n| ${rule} |\n${rows.join("\n")}\n`);
}

describe(`verdicts over ${RUNS} simulated data sets`, () => {
  it(
    "keep what they promise",
    () => {
      const fair = ["parity", "boundary", "boundaryHalf", "unequal", "lopsided", "twoWay", "weighted"] as const;
      for (const [i, name] of fair.entries()) {
        const outcomes = run(SCENARIOS[name], 100 + i);
        expect(outcomes.verdicts.fail / RUNS, name).toBeLessThanOrEqual(0.05);
        expect(outcomes.missed, name).toBeLessThanOrEqual(0.057);
      }
      const power = run(SCENARIOS.power, 201);
      expect(power.verdicts.fail / RUNS).toBeGreaterThanOrEqual(0.8);
      const thin = run(SCENARIOS.thin, 202);
      expect(thin.planned).toBe(thin.verdicts.insufficient / RUNS);
      const pass = run(SCENARIOS.pass, 203);
      expect(pass.verdicts.pass / RUNS).toBeGreaterThanOrEqual(0.8);
      const falsePass = run(SCENARIOS.falsePass, 204);
      expect(falsePass.verdicts.pass / RUNS).toBeLessThanOrEqual(0.05);
      print(
        `Four-fifths policy, ${RUNS} data sets each, ${REPLICATES} replicates`,
        ["truth", "fail", "pass", "insufficient", "interval missed the truth", "point ratio under 0.8"],
        lines,
      );
    },
    20 * MINUTES,
  );

  it(
    "are not those of a percentile bootstrap of the minimum",
    () => {
      const coverage = bootstrapCoverage(SCENARIOS.parity, RUNS, REPLICATES, 301);
      expect(coverage).toBeLessThan(0.01);
      print(
        "Percentile bootstrap of the worst ratio",
        ["truth", "interval holds the true ratio 1"],
        [`| ${SCENARIOS.parity.name} | ${(100 * coverage).toFixed(1)} % |`],
      );
    },
    10 * MINUTES,
  );

  it(
    "hold at every look",
    () => {
      const watched = monitor(RUNS, 100, 100, 302);
      expect(watched.sequence).toBeLessThanOrEqual(0.05);
      print(
        `Any alarm within ${watched.looks} looks at parity, three groups, 100 rows more per group and look`,
        ["confidence sequence", "plain 95 % intervals"],
        [`| ${(100 * watched.sequence).toFixed(1)} % | ${(100 * watched.plain).toFixed(1)} % |`],
      );
    },
    60 * MINUTES,
  );

  it(
    "rest on intervals that cover",
    () => {
      const coverage = wilsonCoverage(RUNS, 20, 303);
      expect(coverage).toBeGreaterThanOrEqual(0.94);
      print(
        "Wilson 95 % interval, n = 20, rates 0.05 to 0.95",
        ["average coverage"],
        [`| ${(100 * coverage).toFixed(1)} % |`],
      );
    },
    MINUTES,
  );
});
