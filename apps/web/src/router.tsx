import type { QueryClient } from "@tanstack/react-query";
import { createRouter } from "@tanstack/react-router";

import { accessRoutes } from "./pages/access/access.routes.ts";
import { activityRoutes } from "./pages/activity/activity.routes.ts";
import { decisionRoutes } from "./pages/decisions/decisions.routes.ts";
import { evaluationRoutes } from "./pages/evaluations/evaluations.routes.ts";
import { inventoryRoutes } from "./pages/inventory/inventory.routes.ts";
import { ledgerRoutes } from "./pages/ledger/ledger.routes.ts";
import { monitoringRoutes } from "./pages/monitoring/monitoring.routes.ts";
import { overviewRoutes } from "./pages/overview/overview.routes.ts";
import { registerRoutes } from "./pages/registers/registers.routes.ts";
import { requirementRoutes } from "./pages/requirements/requirements.routes.ts";
import { settingsRoutes } from "./pages/settings/settings.routes.ts";
import { subjectRoutes } from "./pages/subjects/subjects.routes.ts";
import { taskRoutes } from "./pages/tasks/tasks.routes.ts";
import { appRoute, rootRoute, unknownRoute } from "./routes.tsx";
import { NotFound } from "./shell/not-found.tsx";
import { PageError } from "./shell/page-error.tsx";
import { PagePending } from "./shell/page-pending.tsx";

const routeTree = rootRoute.addChildren([
  ...accessRoutes,
  appRoute.addChildren([
    ...overviewRoutes,
    ...requirementRoutes,
    ...ledgerRoutes,
    ...activityRoutes,
    ...decisionRoutes,
    ...evaluationRoutes,
    ...inventoryRoutes,
    ...monitoringRoutes,
    ...registerRoutes,
    ...settingsRoutes,
    ...subjectRoutes,
    ...taskRoutes,
    unknownRoute,
  ]),
]);

/** A page that is there this soon shows no skeleton at all. */
const PENDING_AFTER_MS = 150;

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    // Addresses hold plain text: what looks like a number or JSON stays the text that it is.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const entries = Object.entries(search).flatMap(([name, value]) =>
        typeof value === "string" && value !== "" ? [[name, value]] : [],
      );
      return entries.length === 0 ? "" : `?${new URLSearchParams(entries).toString()}`;
    },
    defaultPendingMs: PENDING_AFTER_MS,
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
