import { DECISION_FLAGS, type DecisionFlag } from "@steward/client";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { type DecisionFilter, decisionQuery } from "../../data/decisions.ts";
import { appRoute, textOf } from "../../routes.tsx";

function flagOf(value: unknown): DecisionFlag | undefined {
  return typeof value === "string" && Object.hasOwn(DECISION_FLAGS, value) ? (value as DecisionFlag) : undefined;
}

const filterOf = (search: Record<string, unknown>): DecisionFilter => ({
  systemId: textOf(search.systemId),
  releaseId: textOf(search.releaseId),
  flag: flagOf(search.flag),
  externalId: textOf(search.externalId),
  outcome: textOf(search.outcome),
  attribute: textOf(search.attribute),
  from: textOf(search.from),
  to: textOf(search.to),
});

export const decisionsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/decisions",
  validateSearch: filterOf,
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

export const affectedRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/decisions/affected",
  validateSearch: filterOf,
  component: lazyRouteComponent(async () => import("./affected-page.tsx"), "AffectedPage"),
});

export const decisionRoutes = [decisionsRoute, decisionRoute, affectedRoute];
