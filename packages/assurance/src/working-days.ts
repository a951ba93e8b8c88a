/** Working days: Monday to Friday in the organisation's time zone; public holidays are not known here. */
import { MICROS_PER_DAY, parseInstant } from "@steward/kernel";
import type { Micros } from "@steward/kernel";
import { dayIn, endOfDay } from "@steward/registers";

/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 4;
const SATURDAY = 6;

/** The end of the last of so many working days after the day of a moment. */
export function workingDeadline(from: Micros, workingDays: number, timeZone: string): Micros {
  let day = parseInstant(`${dayIn(from, timeZone)}T00:00:00Z`) as Micros;
  for (let left = workingDays; left > 0;) {
    day += MICROS_PER_DAY;
    const weekday = (Number(day / MICROS_PER_DAY) + EPOCH_WEEKDAY) % 7;
    if (weekday !== 0 && weekday !== SATURDAY) left--;
  }
  return endOfDay(dayIn(day, "UTC"), timeZone);
}
