import type { EvaluationSummary } from "@steward/client";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { documentQuery, type EvaluationFilter, evaluationQuery } from "../../data/evaluations.ts";
import { appRoute, textOf } from "../../routes.tsx";

export const KINDS: Readonly<Record<EvaluationSummary["kind"], string>> = {
  bias: "Bias",
  accuracy: "Accuracy",
  robustness: "Robustness",
  red_team: "Red team",
  other: "Other",
};

const VERDICTS = ["pass", "fail", "insufficient", "none"] as const;

export const evaluationsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/evaluations",
  validateSearch: (search: Record<string, unknown>): EvaluationFilter => ({
    systemId: textOf(search.systemId),
    kind: (Object.keys(KINDS) as EvaluationSummary["kind"][]).find((kind) => kind === search.kind),
    verdict: VERDICTS.find((verdict) => verdict === search.verdict),
  }),
  component: lazyRouteComponent(async () => import("./evaluations-page.tsx"), "EvaluationsPage"),
});

export const evaluationRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/evaluations/$id",
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(evaluationQuery(params.id));
  },
  component: lazyRouteComponent(async () => import("./evaluation-page.tsx"), "EvaluationPage"),
});

export const compareRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/evaluations/$id/compared-with/$otherId",
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(documentQuery(params.id));
    void context.queryClient.prefetchQuery(documentQuery(params.otherId));
  },
  component: lazyRouteComponent(async () => import("./compare-page.tsx"), "ComparePage"),
});

export const evaluationRoutes = [evaluationsRoute, evaluationRoute, compareRoute];
