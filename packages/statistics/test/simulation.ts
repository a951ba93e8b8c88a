/** A stable system, watched every day for a year: how often does anybody get woken for nothing? */
import { judgeShare, kolmogorovSmirnov, lookAlpha, populationStability, seededRandom } from "../src/index.ts";
import type { Look, Random } from "../src/index.ts";

export const DAYS = 365;
/** Chance of a false alarm in a year that a monitor may spend. */
export const ALPHA = 0.05;
/** Scores of a plausible classifier: many low, few high, ten bins. */
const SHARES = [0.22, 0.18, 0.14, 0.11, 0.09, 0.08, 0.07, 0.05, 0.04, 0.02];
export const WINDOW_DAYS = 7;

export interface Year {
  /** Whether any look of the year said beyond. */
  readonly alarmed: boolean;
  /** First day on which it did. */
  readonly firstAlarm: number | null;
  /** Share of the looks that were sure of the system. */
  readonly within: number;
}

export type Monitor = (reference: readonly number[], window: readonly number[], alpha: number) => Look;

export const MONITORS: Readonly<Record<string, Monitor>> = {
  "PSI over 0.2": (reference, window, alpha) =>
    populationStability(reference, window, { limit: 0.2, alpha, ordered: true }),
  "PSI over 0.02": (reference, window, alpha) =>
    populationStability(reference, window, { limit: 0.02, alpha, ordered: true }),
  "PSI of labels over 0.02": (reference, window, alpha) =>
    populationStability(reference, window, { limit: 0.02, alpha, ordered: false }),
  "KS over 0.05": (reference, window, alpha) => kolmogorovSmirnov(reference, window, { limit: 0.05, alpha }),
  "top bin over 2 %": (_reference, window, alpha) =>
    judgeShare(
      window.at(-1) ?? 0,
      window.reduce((a, b) => a + b, 0),
      { limit: 0.02, alpha },
    ),
};

/** One year of daily looks, each at the last seven days; from `changeDay` on half of the cases move one bin up. */
export function simulateYear(
  monitor: Monitor,
  perDay: number,
  referenceN: number,
  random: Random,
  options: { alpha?: number; changeDay?: number } = {},
): Year {
  const { alpha = lookAlpha(ALPHA, DAYS), changeDay = Infinity } = options;
  const reference = draw(referenceN, SHARES, random);
  const moved = SHARES.map(
    (share, i) => share / 2 + (SHARES[i - 1] ?? 0) / 2 + (i === SHARES.length - 1 ? share / 2 : 0),
  );
  const days: number[][] = [];
  let firstAlarm: number | null = null;
  let within = 0;
  for (let day = 0; day < DAYS; day++) {
    days.push(draw(perDay, day >= changeDay ? moved : SHARES, random));
    if (days.length > WINDOW_DAYS) days.shift();
    const window = SHARES.map((_, i) => days.reduce((total, counts) => total + (counts[i] ?? 0), 0));
    const { judgement } = monitor(reference, window, alpha);
    if (judgement === "beyond") firstAlarm ??= day;
    if (judgement === "within") within++;
  }
  return { alarmed: firstAlarm !== null, firstAlarm, within: within / DAYS };
}

function draw(n: number, shares: readonly number[], random: Random): number[] {
  let left = n;
  let mass = 1;
  return shares.map((share, i) => {
    const count = i === shares.length - 1 ? left : random.binomial(left, Math.min(1, share / mass));
    left -= count;
    mass -= share;
    return count;
  });
}

/** Of so many years, the share with an alarm. */
export function alarmedShare(name: string, perDay: number, years: number, seed: number, alpha?: number): number {
  const random = seededRandom(seed);
  const monitor = MONITORS[name] as Monitor;
  let alarmed = 0;
  for (let year = 0; year < years; year++) {
    if (simulateYear(monitor, perDay, perDay * 30, random, alpha === undefined ? {} : { alpha }).alarmed) alarmed++;
  }
  return alarmed / years;
}
