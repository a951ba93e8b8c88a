/** Times as people read them: relative at a glance, absolute with the zone when asked. */

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;
/** Below this a difference is noise: clocks of two machines differ by more. */
const NOW_S = 45;
/** Beyond this many days "47 days ago" says less than the date does. */
const RELATIVE_MAX_DAYS = 45;

const LOCALE = "en-GB";

/** Milliseconds since the epoch of an RFC 3339 text; NaN where it is none. */
export function parseTime(instant: string): number {
  return Date.parse(instant);
}

/** `just now`, `5 minutes ago`, `in 3 days`; a date beyond 45 days. */
export function relativeTime(instant: string, nowMs: number, timeZone?: string): string {
  const ms = parseTime(instant);
  if (Number.isNaN(ms)) return instant;
  const seconds = (ms - nowMs) / 1000;
  const distance = Math.abs(seconds);
  if (distance < NOW_S) return "just now";
  const format = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
  if (distance < HOUR_S) return format.format(roundAway(seconds / MINUTE_S), "minute");
  if (distance < DAY_S) return format.format(Math.round(seconds / HOUR_S), "hour");
  if (distance < RELATIVE_MAX_DAYS * DAY_S) return format.format(Math.round(seconds / DAY_S), "day");
  return dateText(instant, timeZone);
}

/** Rounds to the nearest minute, and never to none: 50 seconds are a minute, not "this minute". */
function roundAway(minutes: number): number {
  const rounded = Math.round(minutes);
  return rounded === 0 ? Math.sign(minutes) : rounded;
}

/** `24 November 2026 at 03:35:04 CET`. */
export function absoluteTime(instant: string, timeZone?: string): string {
  const ms = parseTime(instant);
  if (Number.isNaN(ms)) return instant;
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "long", timeStyle: "long", timeZone }).format(ms);
}

/** `24 Nov 2026`. */
export function dateText(instant: string, timeZone?: string): string {
  const ms = parseTime(instant);
  if (Number.isNaN(ms)) return instant;
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone }).format(ms);
}

/** `24 Nov 2026, 03:35`. */
export function dateTimeText(instant: string, timeZone?: string): string {
  const ms = parseTime(instant);
  if (Number.isNaN(ms)) return instant;
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short", timeZone }).format(ms);
}

/** IANA name of the zone of this browser. */
export function browserTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

interface DateParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

function partsIn(ms: number, timeZone: string | undefined): DateParts {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  const found = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = found;
  return { year, month, day, hour, minute };
}

/** The value of a `datetime-local` field that shows the moment in the zone. */
export function localFieldOf(instant: string, timeZone?: string): string {
  const ms = parseTime(instant);
  if (Number.isNaN(ms)) return "";
  const { year, month, day, hour, minute } = partsIn(ms, timeZone);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

/** The calendar day of a moment in the zone, as a `date` field takes it. */
export function dayOf(instant: string, timeZone?: string): string {
  return localFieldOf(instant, timeZone).slice(0, 10);
}

/** Until when: a moment at which a day begins in the zone is the end of the day before. */
export function deadlineText(instant: string, timeZone?: string): string {
  if (!localFieldOf(instant, timeZone).endsWith("T00:00")) return dateTimeText(instant, timeZone);
  return `end of ${dateText(new Date(Date.parse(instant) - 1).toISOString(), timeZone)}`;
}

/** The last second of a calendar day in the zone (RFC 3339, UTC); undefined for no date. */
export function endOfDay(day: string, timeZone?: string): string | undefined {
  return instantOfLocalField(`${day}T23:59:59`, timeZone);
}

/**
 * The moment (RFC 3339, UTC) that a `datetime-local` value means in the zone; undefined for no date.
 * A local time that occurs twice (end of summer time) means the first, one that never occurs the moment after the gap.
 */
export function instantOfLocalField(field: string, timeZone?: string): string | undefined {
  const asUtc = Date.parse(`${field}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const offsetAt = (ms: number) => {
    const { year, month, day, hour, minute } = partsIn(ms, timeZone);
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(ms / 60_000) * 60_000;
  };
  const offsets = [offsetAt(asUtc - DAY_S * 1000), offsetAt(asUtc + DAY_S * 1000)];
  const candidates = offsets.map((offset) => asUtc - offset).toSorted((a, b) => a - b);
  const fitting = candidates.find((ms) => localFieldOf(new Date(ms).toISOString(), timeZone) === field.slice(0, 16));
  return new Date(fitting ?? candidates.at(-1) ?? asUtc).toISOString();
}
