import { describe, expect, it } from "vitest";

import { seededRandom } from "../../src/index.ts";
import { ALPHA, alarmedShare, DAYS, MONITORS, simulateYear } from "../simulation.ts";
import type { Monitor } from "../simulation.ts";

/** A share of 5 % is then known to about ± 2 %. */
const YEARS = 500;
const CHANGE_DAY = 100;

describe(`a stable system, looked at daily for ${DAYS} days, ${YEARS} times`, () => {
  it("wakes somebody in at most one year of twenty", () => {
    const lines: string[] = [];
    for (const [i, name] of Object.keys(MONITORS).entries()) {
      for (const perDay of [10, 100, 1000]) {
        const controlled = alarmedShare(name, perDay, YEARS, 1000 + i);
        const naive = alarmedShare(name, perDay, YEARS / 5, 2000 + i, ALPHA);
        lines.push(`| ${name} | ${perDay} | ${(controlled * 100).toFixed(1)} % | ${(naive * 100).toFixed(1)} % |`);
        expect(controlled, `${name} at ${perDay} a day`).toBeLessThanOrEqual(ALPHA + 0.02);
      }
    }
    process.stdout.write(
      `\nYears with a false alarm\n\n| monitor | cases a day | controlled | 5 % at each look |\n|---|---|---|---|\n${lines.join("\n")}\n`,
    );
  });

  it("and notices a real change within two weeks", () => {
    const random = seededRandom(7);
    const monitor = MONITORS["PSI over 0.02"] as Monitor;
    const delays = Array.from({ length: 100 }, () => {
      const { firstAlarm } = simulateYear(monitor, 300, 9000, random, { changeDay: CHANGE_DAY });
      return firstAlarm === null ? Infinity : firstAlarm - CHANGE_DAY;
    }).toSorted((a, b) => a - b);
    process.stdout.write(
      `\nHalf of the cases move one bin up: noticed after ${delays[50]} days (median), ${delays[94]} (95 %)\n`,
    );
    expect(delays[94]).toBeLessThanOrEqual(14);
  });
});
