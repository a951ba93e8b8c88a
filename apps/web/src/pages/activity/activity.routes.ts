import { ACTIVITY_ACTORS, ACTIVITY_GROUPS } from "@steward/client";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { appRoute, textOf } from "../../routes.tsx";

export interface ActivityFilter {
  /** People, where nothing else is asked for: what Steward does by itself would drown them. */
  actor?: keyof typeof ACTIVITY_ACTORS | "anybody" | undefined;
  actorId?: string | undefined;
  group?: keyof typeof ACTIVITY_GROUPS | undefined;
  systemId?: string | undefined;
  /** Days of the organisation's time zone, both included. */
  from?: string | undefined;
  to?: string | undefined;
}

function nameIn<K extends string>(names: Readonly<Record<K, string>>, value: unknown): K | undefined {
  return typeof value === "string" && Object.hasOwn(names, value) ? (value as K) : undefined;
}

function dayOf(value: unknown): string | undefined {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
}

export const activityRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/activity",
  validateSearch: (search: Record<string, unknown>): ActivityFilter => ({
    actor: nameIn({ ...ACTIVITY_ACTORS, anybody: "" }, search.actor),
    actorId: textOf(search.actorId),
    group: nameIn(ACTIVITY_GROUPS, search.group),
    systemId: textOf(search.systemId),
    from: dayOf(search.from),
    to: dayOf(search.to),
  }),
  component: lazyRouteComponent(async () => import("./activity-page.tsx"), "ActivityPage"),
});

export const activityRoutes = [activityRoute];
