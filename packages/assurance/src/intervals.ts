/** Half-open intervals of time, [from, to); `to` null is without end. */
import type { Micros } from "@steward/kernel";

export interface Interval {
  readonly from: Micros;
  readonly to: Micros | null;
}

/** The common part, or undefined where there is none. */
export function intersect(a: Interval, b: Interval): Interval | undefined {
  const from = a.from > b.from ? a.from : b.from;
  const to = earliest([a.to, b.to]);
  return to !== null && to <= from ? undefined : { from, to };
}

/** The union as disjoint intervals in order; those that touch become one. */
export function merge(intervals: readonly Interval[]): Interval[] {
  const merged: { from: Micros; to: Micros | null }[] = [];
  for (const { from, to } of intervals.toSorted((a, b) => compare(a.from, b.from))) {
    if (to !== null && to <= from) continue;
    const last = merged.at(-1);
    if (last === undefined || (last.to !== null && last.to < from)) merged.push({ from, to });
    else last.to = latest(last.to, to);
  }
  return merged;
}

export function contains({ from, to }: Interval, moment: Micros): boolean {
  return from <= moment && (to === null || moment < to);
}

/** The first start or end after the moment: when membership may change by time alone. */
export function nextBoundary(intervals: readonly Interval[], moment: Micros): Micros | null {
  return earliest(intervals.flatMap(({ from, to }) => [from, to]).filter((edge) => edge !== null && edge > moment));
}

/** The earliest moment of a list in which null means never. */
export function earliest(moments: readonly (Micros | null)[]): Micros | null {
  let first: Micros | null = null;
  for (const moment of moments) {
    if (moment !== null && (first === null || moment < first)) first = moment;
  }
  return first;
}

/** The later of two moments in which null means never. */
function latest(a: Micros | null, b: Micros | null): Micros | null {
  if (a === null || b === null) return null;
  return a > b ? a : b;
}

/** Ascending order for whatever `<` compares. */
export function compare<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}
