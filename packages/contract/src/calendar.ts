/** The calendar by which deadlines are counted, and what it makes of each of them today. */
import { WEEKDAYS } from "@steward/kernel";
import { dateSchema, idSchema, instantSchema } from "@steward/registers";
import { z } from "zod";

import { endpoint } from "./endpoint.ts";

/** How far ahead holidays are listed. */
export const CALENDAR_AHEAD_DAYS = 366;

export const calendarSchema = z.object({
  timeZone: z.string(),
  workingDays: z.array(z.enum(WEEKDAYS)),
  today: dateSchema.meta({ description: "The calendar day that it is where the organisation is." }),
  worksToday: z.boolean(),
  holidays: z
    .array(z.object({ id: idSchema, name: z.string(), firstDay: dateSchema, lastDay: dateSchema }))
    .meta({ description: "Of today and the year to come, in the order of time." }),
  deadlines: z
    .array(
      z.object({
        parameter: z.string(),
        meaning: z.string(),
        value: z.number(),
        unit: z.string(),
        endsAt: instantSchema.meta({ description: "When it ends for what happens now." }),
      }),
    )
    .meta({ description: "Every parameter by which something is due after a number of days." }),
});
export type OrganisationCalendar = z.infer<typeof calendarSchema>;

export const calendarEndpoints = {
  getCalendar: endpoint({
    operationId: "getCalendar",
    method: "GET",
    path: "/calendar",
    tag: "Organisation",
    summary: "Working week, holidays, and when each time that is counted in days would end from now",
    access: "records.read",
    systems: "free",
    response: calendarSchema,
  }),
};
