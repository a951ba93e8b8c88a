/** The calendar by which an organisation counts days. */
import { MONDAY_TO_FRIDAY, type Uuid, type WorkingCalendar } from "@steward/kernel";
import type { holiday, organisation, RecordValues } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

const MS_PER_DAY = 86_400_000;

type OrganisationValues = Pick<RecordValues<typeof organisation>, "timeZone" | "workingDays">;
type HolidayValues = Pick<RecordValues<typeof holiday>, "firstDay" | "lastDay">;

/** An organisation that is not known, as in facts of before its set-up, counts in UTC. */
export function calendarOf(
  organisation: OrganisationValues | undefined,
  holidays: readonly HolidayValues[],
): WorkingCalendar {
  return {
    timeZone: organisation?.timeZone ?? "UTC",
    workingDays: organisation?.workingDays ?? MONDAY_TO_FRIDAY,
    holidays: holidays.flatMap(({ firstDay, lastDay }) => daysFrom(firstDay, lastDay)),
  };
}

/** The calendar as it stands now. */
export async function readCalendar(db: Kysely<Tables>, orgId: Uuid): Promise<WorkingCalendar> {
  const [organisations, holidays] = await Promise.all([
    sql<OrganisationValues>`SELECT time_zone AS "timeZone", working_days AS "workingDays"
      FROM organisation WHERE org_id = ${orgId}`.execute(db),
    sql<HolidayValues>`SELECT first_day::text AS "firstDay", last_day::text AS "lastDay"
      FROM holiday WHERE org_id = ${orgId} AND NOT withdrawn ORDER BY first_day, id`.execute(db),
  ]);
  return calendarOf(organisations.rows[0], holidays.rows);
}

function daysFrom(firstDay: string, lastDay: string): string[] {
  const noon = (day: string) => Date.parse(`${day}T12:00:00Z`);
  const count = (noon(lastDay) - noon(firstDay)) / MS_PER_DAY + 1;
  return Array.from({ length: count }, (_, i) => new Date(noon(firstDay) + i * MS_PER_DAY).toISOString().slice(0, 10));
}
