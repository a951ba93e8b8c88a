import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { overviewQuery } from "../../data/status.ts";
import { appRoute } from "../../routes.tsx";

const overviewRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/",
  staticData: { movesInTime: true },
  loaderDeps: ({ search: { asOf, mode } }) => ({ asOf, mode }),
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchQuery(overviewQuery(deps));
  },
  component: lazyRouteComponent(async () => import("./overview-page.tsx"), "OverviewPage"),
});

export const overviewRoutes = [overviewRoute];
