import { describe, expect, it } from "vitest";

import { bootstrapCoverage, monitor, SCENARIOS, simulate, wilsonCoverage } from "./simulation.ts";
import type { Scenario } from "./simulation.ts";

// A reduced version of slow/simulation.slow.ts: few runs with fixed seeds, so bounds leave room for chance.
const share = (count: number, of: { runs: number }): number => count / of.runs;

describe("verdicts on simulated data", () => {
  it.each<[string, Scenario]>([
    ["at parity", SCENARIOS.parity],
    ["at the threshold, one cell", SCENARIOS.boundary],
    ["at the threshold, half the cells", SCENARIOS.boundaryHalf],
    ["with cells of very unequal size", SCENARIOS.unequal],
    ["over several slices", SCENARIOS.twoWay],
    ["with weights", SCENARIOS.weighted],
  ])("hardly ever fail a system that keeps the threshold: %s", (_, scenario) => {
    const holm = simulate(scenario, 150, 0, 1);
    expect(share(holm.verdicts.fail, holm)).toBeLessThan(0.05);
    expect(holm.missed).toBeLessThan(0.09);
    const resampled = simulate(scenario, 40, 200, 2);
    expect(share(resampled.verdicts.fail, resampled)).toBeLessThan(0.09);
    expect(resampled.missed).toBeLessThan(0.15);
  });

  it("are what a naive gate is not: at parity the point ratio alarms nearly always", () => {
    const outcomes = simulate(SCENARIOS.parity, 150, 0, 3);
    expect(outcomes.naive).toBeGreaterThan(0.8);
    expect(bootstrapCoverage(SCENARIOS.parity, 100, 200, 4)).toBeLessThan(0.05);
  });

  it("fail what is unfair and pass what is fair, where there are rows enough", () => {
    const power = simulate(SCENARIOS.power, 50, 200, 5);
    expect(share(power.verdicts.fail, power)).toBeGreaterThan(0.8);
    const pass = simulate(SCENARIOS.pass, 50, 200, 6);
    expect(share(pass.verdicts.pass, pass)).toBeGreaterThan(0.8);
    expect(share(simulate(SCENARIOS.falsePass, 300, 0, 7).verdicts.pass, { runs: 300 })).toBeLessThan(0.05);
  });

  it("say that rows are lacking, and how many, where there are too few", () => {
    const thin = simulate(SCENARIOS.thin, 100, 0, 8);
    expect(thin.verdicts.insufficient).toBeGreaterThan(50);
    expect(thin.planned).toBe(share(thin.verdicts.insufficient, thin));
  });

  it("need hold at every look of a monitor, which plain intervals do not", () => {
    const watched = monitor(40, 25, 100, 9);
    expect(watched.sequence).toBeLessThan(0.09);
    expect(watched.plain).toBeGreaterThan(watched.sequence);
  });

  it("rest on intervals that cover", () => {
    expect(wilsonCoverage(200, 20, 10)).toBeGreaterThan(0.93);
  });
});
