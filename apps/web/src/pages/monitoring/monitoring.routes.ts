import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { appRoute, textOf } from "../../routes.tsx";

const monitoringRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/monitoring",
  component: lazyRouteComponent(async () => import("./monitoring-page.tsx"), "MonitoringPage"),
});

export const alertsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/alerts",
  validateSearch: (search: Record<string, unknown>): { systemId?: string | undefined } => ({
    systemId: textOf(search.systemId),
  }),
  component: lazyRouteComponent(async () => import("./alerts-page.tsx"), "AlertsPage"),
});

export const monitoringRoutes = [monitoringRoute, alertsRoute];
