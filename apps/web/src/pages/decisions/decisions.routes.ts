import { DECISION_FLAGS, type DecisionFlag } from "@steward/client";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { type DecisionFilter, decisionQuery } from "../../data/decisions.ts";
import { appRoute, textOf } from "../../routes.tsx";

function flagOf(value: unknown): DecisionFlag | undefined {
  return typeof value === "string" && Object.hasOwn(DECISION_FLAGS, value) ? (value as DecisionFlag) : undefined;
}

export const decisionsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/decisions",
  validateSearch: (search: Record<string, unknown>): DecisionFilter => ({
    systemId: textOf(search.systemId),
    releaseId: textOf(search.releaseId),
    flag: flagOf(search.flag),
    externalId: textOf(search.externalId),
    from: textOf(search.from),
    to: textOf(search.to),
  }),
  component: lazyRouteComponent(async () => import("./decisions-page.tsx"), "DecisionsPage"),
});

export const decisionRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/decisions/$id",
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(decisionQuery(params.id));
  },
  component: lazyRouteComponent(async () => import("./decision-page.tsx"), "DecisionPage"),
});

export const decisionRoutes = [decisionsRoute, decisionRoute];
