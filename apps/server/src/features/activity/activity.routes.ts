/** Binds the endpoint of activity. */
import { activityEndpoints } from "@steward/contract";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Router } from "../../platform/http/bind.ts";
import { listActivity } from "./activity.read.ts";

export function activityRoutes(router: Router, { db }: { readonly db: Kysely<Tables> }): void {
  router.bind(activityEndpoints.listActivity, async ({ caller, query }) => listActivity(db, caller.orgId, query));
}
