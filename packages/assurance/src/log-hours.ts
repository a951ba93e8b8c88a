/** Arithmetic of the decision log: hours and days of UTC as whole numbers since 1970, and holes in what was counted. */
import { type Micros, MICROS_PER_DAY, MICROS_PER_HOUR } from "@steward/kernel";

import type { LogDayFact } from "./facts.ts";
import type { Interval } from "./intervals.ts";

export const HOURS_PER_DAY = 24;

/** The hour that a moment lies in. */
export function hourOf(moment: Micros): number {
  return Number(moment / MICROS_PER_HOUR);
}

export function startOfHour(hour: number): Micros {
  return BigInt(hour) * MICROS_PER_HOUR;
}

export function startOfDay(day: number): Micros {
  return BigInt(day) * MICROS_PER_DAY;
}

/** 2026-03-31 */
export function formatDay(day: number): string {
  return new Date(Number(startOfDay(day) / 1000n)).toISOString().slice(0, 10);
}

/** The hours that lie wholly inside an interval, from `first` up to but not including `end`. */
export function wholeHours({ from, to }: Interval): { first: number; end: number } {
  return { first: hourOf(from + MICROS_PER_HOUR - 1n), end: to === null ? Infinity : hourOf(to) };
}

/** Which hours have a count of served requests. */
export class CountedHours {
  readonly #bitsByDay: ReadonlyMap<number, number>;

  /** @param until hours that start after this moment have no count: nothing was served before it happened. */
  constructor(days: readonly LogDayFact[], until: Micros) {
    const lastHour = hourOf(until);
    this.#bitsByDay = new Map(
      days.map(({ day, servedHours }) => [day, servedHours & hoursBelow(lastHour + 1 - day * HOURS_PER_DAY)]),
    );
  }

  get some(): boolean {
    return this.newestDay !== undefined;
  }

  /** The newest day with at least one count. */
  get newestDay(): number | undefined {
    let newest: number | undefined;
    for (const [day, bits] of this.#bitsByDay) if (bits !== 0 && (newest === undefined || day > newest)) newest = day;
    return newest;
  }

  /** The first hour of [first, end) without a count, and how many there are; `end` is finite. */
  holes(first: number, end: number): { readonly first: number | undefined; readonly count: number } {
    let firstHole: number | undefined;
    let count = 0;
    for (let day = Math.floor(first / HOURS_PER_DAY); day * HOURS_PER_DAY < end; day++) {
      const missing = this.#missing(day, first, end);
      if (missing === 0) continue;
      firstHole ??= day * HOURS_PER_DAY + lowestBit(missing);
      count += bitCount(missing);
    }
    return { first: firstHole, count };
  }

  /** The first hour of [first, end) without a count; undefined where all have one. */
  firstHole(first: number, end: number): number | undefined {
    for (let day = Math.floor(first / HOURS_PER_DAY); day * HOURS_PER_DAY < end; day++) {
      const missing = this.#missing(day, first, end);
      if (missing !== 0) return day * HOURS_PER_DAY + lowestBit(missing);
    }
    return undefined;
  }

  /** The hours of a day that lie in [first, end) and have no count, as bits. */
  #missing(day: number, first: number, end: number): number {
    const start = day * HOURS_PER_DAY;
    const asked = hoursBelow(end - start) & ~hoursBelow(first - start);
    return asked & ~(this.#bitsByDay.get(day) ?? 0);
  }
}

/** Bits of the first n hours of a day. */
function hoursBelow(n: number): number {
  return 2 ** Math.max(0, Math.min(n, HOURS_PER_DAY)) - 1;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
