/** Days and working days in a place: borders, daylight saving, and the laws of deadlines. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  addDays,
  addWorkingDays,
  dayIn,
  deadlineAfter,
  endOfDay,
  formatInstant,
  hourIn,
  isTimeZone,
  isWorkingDay,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MONDAY_TO_FRIDAY,
  parseInstant,
  startOfDay,
  WEEKDAYS,
  weekdayOfDay,
  type WorkingCalendar,
  workingDaysUntil,
} from "../src/index.ts";

const at = (text: string) => parseInstant(text) as bigint;
const berlin: WorkingCalendar = { timeZone: "Europe/Berlin", workingDays: MONDAY_TO_FRIDAY, holidays: [] };

/** With daylight saving by an hour and by half of one, at midnight, on either hemisphere, and without any. */
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago",
  "Africa/Cairo",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "Australia/Lord_Howe",
];
const zones = fc.constantFrom(...ZONES);
const dayText = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10);
/** 2010 to 2034. */
const days = fc.integer({ min: 14_610, max: 23_376 }).map(dayText);
const moments = fc.bigInt({ min: at("2010-01-01T00:00:00Z"), max: at("2034-01-01T00:00:00Z") });
const calendars: fc.Arbitrary<WorkingCalendar> = fc.record({
  timeZone: zones,
  workingDays: fc.subarray([...WEEKDAYS], { minLength: 1 }),
  holidays: fc.oneof(
    fc.array(days, { maxLength: 20 }),
    // Closures, which are what deadlines stumble over.
    fc
      .integer({ min: 14_610, max: 23_000 })
      .chain((first) =>
        fc.integer({ min: 1, max: 60 }).map((length) => Array.from({ length }, (_, i) => dayText(first + i))),
      ),
  ),
});
const counts = fc.integer({ min: 0, max: 60 });
// Apia skipped 30 December 2011 altogether when it crossed the date line.
const isSkipped = (day: string, zone: string) => zone === "Pacific/Apia" && day === "2011-12-30";

describe("days in a time zone", () => {
  it("begin at local midnight, over daylight-saving changes too", () => {
    expect(formatInstant(startOfDay("2026-03-29", "Europe/Berlin"))).toBe("2026-03-28T23:00:00.000000Z");
    expect(formatInstant(endOfDay("2026-03-29", "Europe/Berlin"))).toBe("2026-03-29T22:00:00.000000Z");
    expect(formatInstant(startOfDay("2026-10-26", "Europe/Berlin"))).toBe("2026-10-25T23:00:00.000000Z");
    // In Santiago the clocks jump from 24:00 to 01:00, so the day has no midnight.
    expect(formatInstant(startOfDay("2026-09-06", "America/Santiago"))).toBe("2026-09-06T04:00:00.000000Z");
  });

  it("contain their own first moment and not the one before", () => {
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 20_000 }), (zone, number) => {
        const day = dayText(number);
        const start = startOfDay(day, zone);
        if (isSkipped(day, zone)) return;
        expect(dayIn(start, zone)).toBe(day);
        expect(dayIn(start - 1n, zone) < day).toBe(true);
      }),
    );
  });

  it("are added at the same time of day, over daylight-saving changes too", () => {
    const added = (from: string, count: number, zone = "Europe/Berlin") =>
      formatInstant(addDays(at(from), count, zone)).slice(0, 16);
    // 09:00 in Berlin on either side of both changes of 2026.
    expect(added("2026-03-27T08:00:00Z", 10)).toBe("2026-04-06T07:00");
    expect(added("2026-10-20T07:00:00Z", 10)).toBe("2026-10-30T08:00");
    // 02:30 does not exist on 29 March; on 25 October it comes twice, and the first counts.
    expect(added("2026-03-28T01:30:00Z", 1)).toBe("2026-03-29T01:30");
    expect(added("2026-10-24T00:30:00Z", 1)).toBe("2026-10-25T00:30");
    expect(added("2026-03-27T08:00:00Z", 0.5)).toBe("2026-03-27T20:00");
    expect(added("2026-04-04T13:00:00Z", 1, "Australia/Lord_Howe")).toBe("2026-04-05T13:30");
  });

  it("move a moment to the day that many days later, and by days of 23 to 25 hours", () => {
    fc.assert(
      fc.property(moments, counts, zones, (from, count, zone) => {
        if (zone === "Pacific/Apia" && from < at("2012-01-02T00:00:00Z")) return;
        const to = addDays(from, count, zone);
        const shift = to - from - BigInt(count) * MICROS_PER_DAY;
        expect(shift >= -MICROS_PER_HOUR && shift <= MICROS_PER_HOUR).toBe(true);
        const expected = dayText(Date.parse(dayIn(from, zone)) / 86_400_000 + count);
        const reached = dayIn(to, zone);
        // A time of day that the clocks skip at midnight is that much later, never on another day but that one.
        expect(reached).toBe(expected);
      }),
    );
  });

  it("have an hour and a day of the week, where somebody is", () => {
    const midnight = at("2026-03-10T23:30:00Z");
    expect([hourIn(midnight, "UTC"), hourIn(midnight, "Asia/Kathmandu")]).toEqual([23, 5]);
    expect(weekdayOfDay(dayIn(midnight, "UTC"))).toBe("tuesday");
    expect(weekdayOfDay(dayIn(midnight, "Asia/Kathmandu"))).toBe("wednesday");
  });

  it("knows IANA names", () => {
    expect(isTimeZone("Europe/Berlin")).toBe(true);
    expect(isTimeZone("Mars/Base")).toBe(false);
    expect(isTimeZone("")).toBe(false);
  });
});

describe("working days", () => {
  it("leave out weekends and holidays, and end with the day where the organisation is", () => {
    const easter = { ...berlin, holidays: ["2026-04-06", "2026-04-03"] };
    const due = (from: string, count: number, calendar: WorkingCalendar) =>
      formatInstant(addWorkingDays(at(from), count, calendar)).slice(0, 16);
    expect(due("2026-03-31T10:00:00Z", 5, berlin)).toBe("2026-04-07T22:00");
    expect(due("2026-03-31T10:00:00Z", 5, easter)).toBe("2026-04-09T22:00");
    // The clocks change in the night of 29 March and 25 October: the day ends an hour earlier or later in UTC.
    expect(due("2026-03-27T10:00:00Z", 0, berlin)).toBe("2026-03-27T23:00");
    expect(due("2026-03-27T10:00:00Z", 1, berlin)).toBe("2026-03-30T22:00");
    expect(due("2026-10-23T10:00:00Z", 1, berlin)).toBe("2026-10-26T23:00");
    // 23:30 in UTC is the next day in Berlin, and still the same afternoon in New York.
    expect(due("2026-06-01T23:30:00Z", 1, berlin)).toBe("2026-06-03T22:00");
    expect(due("2026-06-01T23:30:00Z", 1, { ...berlin, timeZone: "America/New_York" })).toBe("2026-06-03T04:00");
    const cairo: WorkingCalendar = {
      timeZone: "Africa/Cairo",
      workingDays: ["sunday", "monday", "tuesday", "wednesday", "thursday"],
      holidays: [],
    };
    // Cairo's clocks jump over the midnight before Friday 24 April 2026: Thursday ends at 00:00, which is 01:00.
    expect(due("2026-04-22T10:00:00Z", 1, cairo)).toBe("2026-04-23T22:00");
    expect(due("2026-04-23T10:00:00Z", 1, cairo)).toBe("2026-04-26T21:00");
  });

  it("end with a working day, and as many lie between as were allowed", () => {
    fc.assert(
      fc.property(moments, counts, calendars, (from, count, calendar) => {
        const due = addWorkingDays(from, count, calendar);
        const first = dayIn(from, calendar.timeZone);
        const last = dayIn(due - 1n, calendar.timeZone);
        expect(due).toBe(endOfDay(last, calendar.timeZone));
        if (isSkipped(last, calendar.timeZone)) return;
        let seen = 0;
        for (let day = first; day < last;) {
          day = dayText(Date.parse(day) / 86_400_000 + 1);
          if (isWorkingDay(day, calendar)) seen++;
        }
        expect(seen).toBe(count);
        expect(count === 0 ? last === first : isWorkingDay(last, calendar)).toBe(true);
        expect(workingDaysUntil(from, due, calendar)).toBe(count);
      }),
    );
  });

  it("never end earlier for a later start, for more days, or for another holiday", () => {
    fc.assert(
      fc.property(moments, counts, calendars, days, counts, (from, count, calendar, holiday, more) => {
        const due = addWorkingDays(from, count, calendar);
        expect(addWorkingDays(from + BigInt(more) * MICROS_PER_HOUR, count, calendar) >= due).toBe(true);
        expect(addWorkingDays(from, count + more, calendar) >= due).toBe(true);
        const closed = { ...calendar, holidays: [...calendar.holidays, holiday] };
        expect(addWorkingDays(from, count, closed) >= due).toBe(true);
        expect(addWorkingDays(from, count, { ...calendar, holidays: calendar.holidays.toReversed() })).toBe(due);
      }),
    );
  });

  it("are counted over thousands of days at once", () => {
    const holidays = Array.from({ length: 500 }, (_, i) => dayText(20_000 + i * 9));
    const due = addWorkingDays(at("2026-01-01T12:00:00Z"), 1_000_000, { ...berlin, holidays });
    expect(workingDaysUntil(at("2026-01-01T12:00:00Z"), due, { ...berlin, holidays })).toBe(1_000_000);
  });

  it("that are past count as negative, and today as none", () => {
    const now = at("2026-04-08T10:00:00Z");
    const left = (due: string) => workingDaysUntil(now, at(due), berlin);
    expect(left("2026-04-10T22:00:00Z")).toBe(2);
    expect(left("2026-04-08T22:00:00Z")).toBe(0);
    expect(left("2026-04-08T09:00:00Z")).toBe(0);
    expect(left("2026-04-07T22:00:00Z")).toBe(-1);
    expect(left("2026-04-03T22:00:00Z")).toBe(-3);
  });

  it("and days are told apart by the unit", () => {
    const from = at("2026-04-02T10:00:00Z");
    expect(formatInstant(deadlineAfter(from, { value: 2, unit: "days" }, berlin))).toBe("2026-04-04T10:00:00.000000Z");
    expect(formatInstant(deadlineAfter(from, { value: 2, unit: "working days" }, berlin)).slice(0, 13)).toBe(
      "2026-04-06T22",
    );
    expect(() => deadlineAfter(from, { value: 2, unit: "months" }, berlin)).toThrow(RangeError);
    expect(() => addWorkingDays(from, 1, { ...berlin, workingDays: [] })).toThrow(RangeError);
  });
});
