/** Questions about tasks. */
import { TASK_KINDS, TASK_VIEWS } from "@steward/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

export type TaskKindName = keyof typeof TASK_KINDS;
export type TaskViewName = keyof typeof TASK_VIEWS;

export interface TaskFilter {
  view?: TaskViewName | undefined;
  state?: "closed" | undefined;
  kind?: TaskKindName | undefined;
  systemId?: string | undefined;
}

/** Tasks come and go by what others do: a list that stands open follows. */
const TASKS_EVERY_MS = 15_000;

export function tasksQuery({ view = "mine", state, kind, systemId }: TaskFilter) {
  return infiniteQueryOptions({
    queryKey: ["tasks", "list", { view, state, kind, systemId }],
    queryFn: ({ pageParam, signal }) =>
      api.listTasks({ query: { view, state: state ?? "open", kind, systemId, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: TASKS_EVERY_MS,
  });
}

export const taskCountsQuery = queryOptions({
  queryKey: ["tasks", "counts"],
  queryFn: ({ signal }) => api.countTasks({ signal }),
  refetchInterval: TASKS_EVERY_MS,
});

export function taskQuery(id: string) {
  return queryOptions({
    queryKey: ["tasks", "one", id],
    queryFn: ({ signal }) => api.getTask({ params: { id }, signal }),
  });
}
