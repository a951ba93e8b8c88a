/** Time is an argument: whoever needs the present asks a Clock, so that tests can move it. */

/** A moment as integer microseconds since the Unix epoch: PostgreSQL's resolution, so nothing is lost when it is stored. */
export type Micros = bigint;

export interface Clock {
  now(): Micros;
}

export const MICROS_PER_MS = 1000n;
export const MICROS_PER_SECOND = 1_000_000n;
export const MICROS_PER_MINUTE = 60n * MICROS_PER_SECOND;
export const MICROS_PER_HOUR = 60n * MICROS_PER_MINUTE;
export const MICROS_PER_DAY = 24n * MICROS_PER_HOUR;

/** The machine's clock; strictly increasing within a process, so that two records never share a moment. */
export function systemClock(): Clock {
  let last = 0n;
  return {
    now() {
      const wall = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
      const skew = BigInt(Date.now()) * MICROS_PER_MS - wall;
      // performance.now() does not follow a corrected wall clock; a second of difference means that it was corrected.
      const present = skew > MICROS_PER_SECOND || skew < -MICROS_PER_SECOND ? wall + skew : wall;
      last = present > last ? present : last + 1n;
      return last;
    },
  };
}

/** A clock that a test moves: it stands still (advancing one microsecond a reading) until told otherwise. */
export class ManualClock implements Clock {
  #now: Micros;
  constructor(start: Micros) {
    this.#now = start;
  }
  now(): Micros {
    this.#now += 1n;
    return this.#now;
  }
  advance(micros: Micros): void {
    this.#now += micros;
  }
  set(moment: Micros): void {
    this.#now = moment;
  }
}

/** The machine's clock plus an offset that can be moved while it runs: for journeys that need weeks to pass. */
export class OffsetClock implements Clock {
  #base = systemClock();
  #offset: Micros = 0n;
  now(): Micros {
    return this.#base.now() + this.#offset;
  }
  advance(micros: Micros): void {
    this.#offset += micros;
  }
}

const ISO_PATTERN = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads an RFC 3339 date-time with up to six fractional digits.
 * Returns undefined where the text is not one or names no real moment (30 February, hour 24).
 */
export function parseInstant(text: string): Micros | undefined {
  const match = ISO_PATTERN.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  const offsetHour = Number(match[9] ?? 0);
  const offsetMinute = Number(match[10] ?? 0);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return undefined;
  const offsetMs = (offsetHour * 60 + offsetMinute) * 60_000 * (match[8] === "-" ? -1 : 1);
  const ms = utcMs(year, month, day, hour, minute, second) - offsetMs;
  return BigInt(ms) * MICROS_PER_MS + BigInt((match[7] ?? "").padEnd(6, "0"));
}

function daysIn(year: number, month: number): number {
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return isLeap ? 29 : (DAYS_IN_MONTH[month - 1] as number);
}

/** Milliseconds since 1970 of a moment in UTC. Date.UTC takes a year under 100 for one of the last century. */
function utcMs(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (year >= 100) return Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.setUTCHours(hour, minute, second, 0);
}

/** RFC 3339 in UTC with exactly six fractional digits: sorts as text in the order of time. */
export function formatInstant(micros: Micros): string {
  const ms = micros / MICROS_PER_MS - (micros % MICROS_PER_MS < 0n ? 1n : 0n);
  const rest = micros - ms * MICROS_PER_MS;
  const iso = new Date(Number(ms)).toISOString();
  return `${iso.slice(0, -1)}${rest.toString().padStart(3, "0")}Z`;
}

export function microsToDate(micros: Micros): Date {
  return new Date(Number(micros / MICROS_PER_MS));
}

export function dateToMicros(date: Date): Micros {
  return BigInt(date.getTime()) * MICROS_PER_MS;
}
