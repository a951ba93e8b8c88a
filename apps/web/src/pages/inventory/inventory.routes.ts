import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import {
  DRIFT_STATES,
  DRIFT_WORDS,
  type DriftFilter,
  type DriftKindName,
  type DriftStateName,
} from "../../data/inventory.ts";
import { appRoute, textOf } from "../../routes.tsx";

function nameIn<K extends string>(names: Readonly<Record<K, string>>, value: unknown): K | undefined {
  return typeof value === "string" && Object.hasOwn(names, value) ? (value as K) : undefined;
}

export const driftRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/drift",
  validateSearch: (search: Record<string, unknown>): DriftFilter => ({
    state: nameIn<DriftStateName>(DRIFT_STATES, search.state),
    kind: nameIn<DriftKindName>(DRIFT_WORDS, search.kind),
    systemId: textOf(search.systemId),
  }),
  component: lazyRouteComponent(async () => import("./drift-page.tsx"), "DriftPage"),
});

export const driftItemRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/drift/$id",
  component: lazyRouteComponent(async () => import("./drift-item-page.tsx"), "DriftItemPage"),
});

export const VIEWS = ["graph", "table", "suppliers"] as const;
export type MapView = (typeof VIEWS)[number];

export const mapRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/map",
  validateSearch: (search: Record<string, unknown>): { view?: MapView | undefined } => ({
    view: VIEWS.find((view) => view === search.view),
  }),
  component: lazyRouteComponent(async () => import("./map-page.tsx"), "MapPage"),
});

export const vulnerabilitiesRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/vulnerabilities",
  validateSearch: (search: Record<string, unknown>): { systemId?: string | undefined } => ({
    systemId: textOf(search.systemId),
  }),
  component: lazyRouteComponent(async () => import("./vulnerabilities-page.tsx"), "VulnerabilitiesPage"),
});

export const inventoryRoutes = [driftRoute, driftItemRoute, mapRoute, vulnerabilitiesRoute];
