import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { appRoute } from "../../routes.tsx";

const subjectsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/subjects",
  component: lazyRouteComponent(async () => import("./subjects-page.tsx"), "SubjectsPage"),
});

export const subjectRoutes = [subjectsRoute];
