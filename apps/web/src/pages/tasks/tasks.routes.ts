import { TASK_KINDS, TASK_VIEWS } from "@steward/client";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import type { TaskFilter, TaskKindName, TaskViewName } from "../../data/tasks.ts";
import { appRoute, textOf } from "../../routes.tsx";

function nameIn<K extends string>(names: Readonly<Record<K, string>>, value: unknown): K | undefined {
  return typeof value === "string" && Object.hasOwn(names, value) ? (value as K) : undefined;
}

export const workRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/work",
  validateSearch: (search: Record<string, unknown>): TaskFilter => ({
    view: nameIn<TaskViewName>(TASK_VIEWS, search.view),
    state: search.state === "closed" ? "closed" : undefined,
    kind: nameIn<TaskKindName>(TASK_KINDS, search.kind),
    systemId: textOf(search.systemId),
  }),
  component: lazyRouteComponent(async () => import("./work-page.tsx"), "WorkPage"),
});

export const taskRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/work/$id",
  component: lazyRouteComponent(async () => import("./task-page.tsx"), "TaskPage"),
});

export const taskRoutes = [workRoute, taskRoute];
