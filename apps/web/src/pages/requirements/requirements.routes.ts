import { isStatus, type Status } from "@steward/ui";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { requirementQuery, statusQuery } from "../../data/status.ts";
import { appRoute, textOf } from "../../routes.tsx";

export interface RequirementsSearch {
  status?: Status | undefined;
  q?: string | undefined;
}

export const requirementsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/requirements",
  staticData: { movesInTime: true },
  validateSearch: (search: Record<string, unknown>): RequirementsSearch => ({
    status: isStatus(search.status) ? search.status : undefined,
    q: textOf(search.q),
  }),
  loaderDeps: ({ search: { asOf, mode } }) => ({ asOf, mode }),
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchQuery(statusQuery(deps));
  },
  component: lazyRouteComponent(async () => import("./requirements-page.tsx"), "RequirementsPage"),
});

export const requirementRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/requirements/$ref",
  staticData: { movesInTime: true },
  loaderDeps: ({ search: { asOf, mode } }) => ({ asOf, mode }),
  loader: ({ context, deps, params }) => {
    void context.queryClient.prefetchQuery(requirementQuery(params.ref, deps));
  },
  component: lazyRouteComponent(async () => import("./requirement-page.tsx"), "RequirementPage"),
});

export const requirementRoutes = [requirementsRoute, requirementRoute];
