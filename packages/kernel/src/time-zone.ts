/** Calendar days in a place: the moment at which a day begins there, and the same time of day some days later. */
import { formatInstant, type Micros, MICROS_PER_DAY, MICROS_PER_MS, parseInstant } from "./clock.ts";

/** True where the platform knows the IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/**
 * The first moment of a calendar day (YYYY-MM-DD) in a time zone.
 * Where the clocks jump over midnight the day begins at the jump.
 */
export function startOfDay(day: string, timeZone: string): Micros {
  const asUtc = parseInstant(`${day}T00:00:00Z`);
  if (asUtc === undefined) throw new RangeError(`Not a calendar day: ${day}`);
  // The offset depends on the moment and the moment on the offset: two readings settle it, a third confirms a jump.
  let guess = asUtc - offsetAt(asUtc, timeZone);
  guess = asUtc - offsetAt(guess, timeZone);
  const reading = dayIn(guess, timeZone);
  return reading < day ? asUtc - offsetAt(guess - MICROS_PER_DAY / 8n, timeZone) : guess;
}

/** The first moment after a calendar day in a time zone. */
export function endOfDay(day: string, timeZone: string): Micros {
  const asUtc = parseInstant(`${day}T00:00:00Z`);
  if (asUtc === undefined) throw new RangeError(`Not a calendar day: ${day}`);
  return startOfDay(formatInstant(asUtc + MICROS_PER_DAY).slice(0, 10), timeZone);
}

/** The calendar day (YYYY-MM-DD) that it is in a time zone at a moment. */
export function dayIn(moment: Micros, timeZone: string): string {
  return formatInstant(moment + offsetAt(moment, timeZone)).slice(0, 10);
}

/** The hour of the day, 0 to 23, that it is in a time zone at a moment. */
export function hourIn(moment: Micros, timeZone: string): number {
  return Number(formatInstant(moment + offsetAt(moment, timeZone)).slice(11, 13));
}

/**
 * The moment so many calendar days later at the same time of day in a time zone; a part of a day counts in hours.
 * A time of day that the clocks skip is read with the offset before the jump, one that they repeat is its first.
 */
export function addDays(from: Micros, days: number, timeZone: string): Micros {
  const whole = Math.floor(days);
  const local = from + offsetAt(from, timeZone) + BigInt(whole) * MICROS_PER_DAY;
  // No zone changes its clocks twice within two days.
  const before = local - offsetAt(local - MICROS_PER_DAY, timeZone);
  const after = local - offsetAt(local + MICROS_PER_DAY, timeZone);
  const fits = (moment: Micros) => moment + offsetAt(moment, timeZone) === local;
  const moment = fits(before) || !fits(after) ? before : after;
  return moment + BigInt(Math.round((days - whole) * Number(MICROS_PER_DAY)));
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function offsetAt(moment: Micros, timeZone: string): Micros {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formatters.set(timeZone, formatter);
  }
  const ms = Number(moment / MICROS_PER_MS);
  const parts: Record<string, string> = {};
  for (const { type, value } of formatter.formatToParts(ms)) parts[type] = value;
  const local = Date.UTC(
    Number(parts["year"]),
    Number(parts["month"]) - 1,
    Number(parts["day"]),
    Number(parts["hour"]),
    Number(parts["minute"]),
    Number(parts["second"]),
  );
  return BigInt(local - Math.floor(ms / 1000) * 1000) * MICROS_PER_MS;
}
