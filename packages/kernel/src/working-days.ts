/** Working days of an organisation: which days count towards a deadline, and when one ends. */
import { formatInstant, type Micros, MICROS_PER_DAY, parseInstant } from "./clock.ts";
import { addDays, dayIn, endOfDay } from "./time-zone.ts";

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** The working week of an organisation that has not said otherwise. */
export const MONDAY_TO_FRIDAY: readonly Weekday[] = WEEKDAYS.slice(0, 5);

/** Plain data, so that it can be a fact. */
export interface WorkingCalendar {
  /** IANA name: a day is a day of this zone. */
  readonly timeZone: string;
  /** At least one. */
  readonly workingDays: readonly Weekday[];
  /** Calendar days (YYYY-MM-DD) on which nobody works, in any order. */
  readonly holidays: readonly string[];
}

/** A number of days that a parameter allows, in the units that the catalogue has for days. */
export interface TimeAllowed {
  readonly value: number;
  readonly unit: string;
}

/** Days since 1970-01-01, which was a Thursday. */
type DayNumber = number;
const EPOCH_WEEKDAY = 3;

interface Index {
  readonly works: readonly boolean[];
  readonly perWeek: number;
  /** Holidays that fall on a day of the working week, in the order of time. */
  readonly holidays: readonly DayNumber[];
  readonly isHoliday: ReadonlySet<DayNumber>;
}

const indexes = new WeakMap<WorkingCalendar, Index>();

function indexOf(calendar: WorkingCalendar): Index {
  const known = indexes.get(calendar);
  if (known) return known;
  const works = WEEKDAYS.map((name) => calendar.workingDays.includes(name));
  const perWeek = works.filter(Boolean).length;
  if (perWeek === 0) throw new RangeError("A working week has at least one day.");
  const holidays = [...new Set(calendar.holidays.map(dayNumber))]
    .filter((day) => works[weekdayOf(day)])
    .toSorted((a, b) => a - b);
  const index = { works, perWeek, holidays, isHoliday: new Set(holidays) };
  indexes.set(calendar, index);
  return index;
}

/** Whether a calendar day (YYYY-MM-DD) is one on which the organisation works. */
export function isWorkingDay(day: string, calendar: WorkingCalendar): boolean {
  return works(dayNumber(day), indexOf(calendar));
}

/** The day of the week of a calendar day (YYYY-MM-DD). */
export function weekdayOfDay(day: string): Weekday {
  return WEEKDAYS[weekdayOf(dayNumber(day))] as Weekday;
}

/** The end of the last of so many working days after the day of a moment; of that day itself where it is none. */
export function addWorkingDays(from: Micros, count: number, calendar: WorkingCalendar): Micros {
  const { timeZone } = calendar;
  const index = indexOf(calendar);
  const today = dayIn(from, timeZone);
  let left = Math.ceil(count);
  if (left <= 0) return endOfDay(today, timeZone);
  let day = dayNumber(today);
  // Whole weeks at a stride, and then the holidays that were stepped over: a thousand days cost no more than ten.
  while (left >= index.perWeek) {
    const weeks = Math.floor(left / index.perWeek);
    const reached = day + weeks * 7;
    left -= weeks * index.perWeek;
    left += index.holidays.filter((holiday) => holiday > day && holiday <= reached).length;
    day = reached;
  }
  while (left > 0) {
    day++;
    if (works(day, index)) left--;
  }
  // A stride may end on a day off: the last working day is then the one before it.
  while (!works(day, index)) day--;
  return endOfDay(dayText(day), timeZone);
}

/**
 * Working days that are left until a moment: days after the day of `from` up to the last day that has begun before `to`.
 * Negative where `to` has passed: the working days since.
 */
export function workingDaysUntil(from: Micros, to: Micros, calendar: WorkingCalendar): number {
  const index = indexOf(calendar);
  const today = dayNumber(dayIn(from, calendar.timeZone));
  const last = dayNumber(dayIn(to - 1n, calendar.timeZone));
  return last >= today ? countBetween(today, last, index) : 0 - countBetween(last, today, index);
}

/** Working days after one day, up to and with another. */
function countBetween(after: DayNumber, last: DayNumber, index: Index): number {
  const weeks = Math.floor((last - after) / 7);
  let count = weeks * index.perWeek;
  for (let day = after + weeks * 7 + 1; day <= last; day++) if (index.works[weekdayOf(day)]) count++;
  return count - index.holidays.filter((holiday) => holiday > after && holiday <= last).length;
}

/**
 * When a time that is counted in days ends: working days end with their last day, other days at the same time of day.
 * @throws RangeError for a unit that does not count days.
 */
export function deadlineAfter(from: Micros, { value, unit }: TimeAllowed, calendar: WorkingCalendar): Micros {
  if (unit === "working days") return addWorkingDays(from, value, calendar);
  if (unit === "days") return addDays(from, value, calendar.timeZone);
  throw new RangeError(`${unit} is not a unit of days.`);
}

function works(day: DayNumber, index: Index): boolean {
  return index.works[weekdayOf(day)] === true && !index.isHoliday.has(day);
}

function weekdayOf(day: DayNumber): number {
  return (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
}

function dayNumber(day: string): DayNumber {
  const start = parseInstant(`${day}T00:00:00Z`);
  if (start === undefined) throw new RangeError(`Not a calendar day: ${day}`);
  return Number(start / MICROS_PER_DAY);
}

function dayText(day: DayNumber): string {
  return formatInstant(BigInt(day) * MICROS_PER_DAY).slice(0, 10);
}
