/** Reads of the calendar for its screen. */
import type { Catalogue } from "@steward/catalogue";
import { CALENDAR_AHEAD_DAYS, type OrganisationCalendar } from "@steward/contract";
import { addDays, dayIn, deadlineAfter, formatInstant, isWorkingDay, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { readCalendar } from "./calendar.ts";

/** Parameters that say how far to look back or ahead: nothing is due by them. */
const NO_DEADLINE = /_(WINDOW|WARN)$/;
/** Units of parameters that a calendar counts. */
const DAY_UNITS: ReadonlySet<string> = new Set(["days", "working days"]);

export async function readCalendarView(
  db: Kysely<Tables>,
  catalogue: Catalogue,
  orgId: Uuid,
  now: Micros,
): Promise<OrganisationCalendar> {
  const calendar = await readCalendar(db, orgId);
  const today = dayIn(now, calendar.timeZone);
  const until = dayIn(addDays(now, CALENDAR_AHEAD_DAYS, calendar.timeZone), calendar.timeZone);
  const [holidays, own] = await Promise.all([
    sql<{ id: Uuid; name: string; firstDay: string; lastDay: string }>`
      SELECT id, name, first_day::text AS "firstDay", last_day::text AS "lastDay" FROM holiday
      WHERE org_id = ${orgId} AND NOT withdrawn AND last_day >= ${today}::date AND first_day <= ${until}::date
      ORDER BY first_day, last_day, id`.execute(db),
    sql<{ name: string; value: number }>`
      SELECT name, value FROM parameter WHERE org_id = ${orgId} AND NOT withdrawn`.execute(db),
  ]);
  const valueOf = new Map(own.rows.map(({ name, value }) => [name, value]));
  return {
    timeZone: calendar.timeZone,
    workingDays: [...calendar.workingDays],
    today,
    worksToday: isWorkingDay(today, calendar),
    holidays: holidays.rows,
    deadlines: catalogue.parameters
      .filter(({ name, unit }) => DAY_UNITS.has(unit) && !NO_DEADLINE.test(name))
      .map(({ name, unit, meaning, value: standard }) => {
        const value = valueOf.get(name) ?? standard;
        const endsAt = formatInstant(deadlineAfter(now, { value, unit }, calendar));
        return { parameter: name, meaning, value, unit, endsAt };
      }),
  };
}
