import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  absoluteTime,
  dateTimeText,
  dayOf,
  deadlineText,
  endOfDay,
  instantOfLocalField,
  localFieldOf,
  relativeTime,
} from "./time-text.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");

describe("relative times", () => {
  it.each([
    ["2026-11-24T11:59:30.123456Z", "just now"],
    ["2026-11-24T11:59:10Z", "1 minute ago"],
    ["2026-11-24T11:55:00Z", "5 minutes ago"],
    ["2026-11-24T09:00:00Z", "3 hours ago"],
    ["2026-11-23T11:00:00Z", "yesterday"],
    ["2026-11-27T12:00:00Z", "in 3 days"],
    ["2026-11-24T12:20:00Z", "in 20 minutes"],
    ["2026-03-03T12:00:00Z", "3 Mar 2026"],
    ["2027-06-01T12:00:00Z", "1 Jun 2027"],
  ])("%s is %s", (instant, words) => {
    expect(relativeTime(instant, NOW, "UTC")).toBe(words);
  });

  it("show what is no time as it is", () => {
    expect(relativeTime("soon", NOW)).toBe("soon");
  });
});

describe("absolute times", () => {
  it("name their zone", () => {
    expect(absoluteTime("2026-11-24T03:35:04.123456Z", "UTC")).toBe("24 November 2026 at 03:35:04 UTC");
    expect(absoluteTime("2026-11-24T03:35:04Z", "Asia/Tokyo")).toBe("24 November 2026 at 12:35:04 GMT+9");
    expect(dateTimeText("2026-11-24T23:30:00Z", "Asia/Tokyo")).toBe("25 Nov 2026, 08:30");
  });
});

describe("the field of a local time", () => {
  it("shows a moment in the organisation's zone, and gives it back", () => {
    expect(localFieldOf("2026-03-31T07:00:00Z", "Europe/Berlin")).toBe("2026-03-31T09:00");
    expect(instantOfLocalField("2026-03-31T09:00", "Europe/Berlin")).toBe("2026-03-31T07:00:00.000Z");
  });

  it("takes the first of a time that occurs twice, and steps over one that never occurs", () => {
    expect(instantOfLocalField("2026-10-25T02:30", "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
    expect(instantOfLocalField("2026-03-29T02:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
  });

  it("takes the end of a day", () => {
    expect(endOfDay("2027-01-31", "Europe/Berlin")).toBe("2027-01-31T22:59:59.000Z");
    expect(endOfDay("2027-01-31", "America/New_York")).toBe("2027-02-01T04:59:59.000Z");
    expect(dayOf("2027-02-01T04:59:59Z", "America/New_York")).toBe("2027-01-31");
    expect(endOfDay("", "Europe/Berlin")).toBeUndefined();
  });

  it("calls the beginning of a day, as the time until something is due, the end of the day before", () => {
    expect(deadlineText("2026-12-11T23:00:00Z", "Europe/Berlin")).toBe("end of 11 Dec 2026");
    expect(deadlineText("2026-12-11T23:00:00Z", "UTC")).toBe("11 Dec 2026, 23:00");
    expect(deadlineText("2026-10-25T22:00:00Z", "Europe/Berlin")).toBe("25 Oct 2026, 23:00");
  });

  it("knows what is no time", () => {
    expect(instantOfLocalField("", "UTC")).toBeUndefined();
    expect(localFieldOf("never", "UTC")).toBe("");
  });

  it("comes back to the same minute in every zone", () => {
    const minute = fc.integer({ min: 0, max: 60 * 24 * 366 * 80 });
    const zone = fc.constantFrom("UTC", "Asia/Kolkata", "America/New_York", "Pacific/Chatham", "Europe/London");
    fc.assert(
      fc.property(minute, zone, (minutes, timeZone) => {
        const field = localFieldOf(new Date(minutes * 60_000).toISOString(), timeZone);
        const back = instantOfLocalField(field, timeZone);
        expect(localFieldOf(back ?? "", timeZone)).toBe(field);
      }),
    );
  });
});
