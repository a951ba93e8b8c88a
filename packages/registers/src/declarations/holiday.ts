import { MICROS_PER_DAY, parseInstant } from "@steward/kernel";

import { defineRegister } from "../define.ts";
import { date, line } from "../fields.ts";

/** A closure that lasts longer is a change of the working week. */
export const HOLIDAY_MAX_DAYS = 62;

export const holiday = defineRegister({
  kind: "holiday",
  path: "holidays",
  singular: "Holiday",
  plural: "Holidays",
  description: "Public holidays and closures: days that do not count towards a deadline in working days.",
  emptyHint: "Enter this year's public holidays, or import them as CSV. Until then only weekends are left out.",
  schemaVersion: 1,
  title: "name",
  listed: ["name", "firstDay", "lastDay"],
  unique: [["firstDay", "name"]],
  writePermission: "organisation.write",
  rules: [
    {
      check: ({ firstDay, lastDay }) => {
        if (lastDay < firstDay) return { field: "lastDay", message: "The last day comes before the first." };
        if (daysOf(firstDay, lastDay) <= HOLIDAY_MAX_DAYS) return undefined;
        return {
          field: "lastDay",
          message: `It lasts ${HOLIDAY_MAX_DAYS} days at most; change the working week instead.`,
        };
      },
    },
  ],
  fields: {
    name: line({ label: "Name", help: "What the day is called.", example: "Labour Day", maxChars: 200 }),
    firstDay: date({ label: "First day", help: "A day of the organisation's time zone.", example: "2026-05-01" }),
    lastDay: date({ label: "Last day", help: "The same day, where it is one day.", example: "2026-05-01" }),
  },
});

function daysOf(firstDay: string, lastDay: string): number {
  const start = (day: string) => parseInstant(`${day}T00:00:00Z`) ?? 0n;
  return Number((start(lastDay) - start(firstDay)) / MICROS_PER_DAY) + 1;
}
