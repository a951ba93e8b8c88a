/** Binds the endpoints about the organisation beside its record. */
import type { Catalogue } from "@steward/catalogue";
import { calendarEndpoints } from "@steward/contract";
import type { Clock } from "@steward/kernel";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Router } from "../../platform/http/bind.ts";
import { readCalendarView } from "./calendar.read.ts";

export function organisationRoutes(
  router: Router,
  deps: { readonly db: Kysely<Tables>; readonly clock: Clock; readonly catalogue: Catalogue },
): void {
  const { db, clock, catalogue } = deps;
  router.bind(calendarEndpoints.getCalendar, async ({ caller }) =>
    readCalendarView(db, catalogue, caller.orgId, clock.now()),
  );
}
