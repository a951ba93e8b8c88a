/** Questions about decisions. */
import type { DecisionFlag } from "@steward/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

export interface DecisionFilter {
  systemId?: string | undefined;
  releaseId?: string | undefined;
  flag?: DecisionFlag | undefined;
  externalId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export function decisionsQuery(filter: DecisionFilter) {
  return infiniteQueryOptions({
    queryKey: ["decisions", "list", filter],
    queryFn: ({ pageParam, signal }) => api.listDecisions({ query: { ...filter, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function decisionQuery(id: string) {
  return queryOptions({
    queryKey: ["decisions", "one", id],
    queryFn: ({ signal }) => api.getDecision({ params: { id }, signal }),
  });
}

/** Enough systems or releases to choose from in a filter. */
const CHOICES_MAX = 200;

export const systemChoicesQuery = queryOptions({
  queryKey: ["records", "systems", "choices"],
  queryFn: ({ signal }) => api.records("systems").list({ limit: CHOICES_MAX, sort: "name" }, { signal }),
});

export function releaseChoicesQuery(systemId: string | undefined) {
  return queryOptions({
    queryKey: ["records", "releases", "choices", systemId],
    queryFn: ({ signal }) =>
      api
        .records("releases")
        .list({ limit: CHOICES_MAX, ...(systemId === undefined ? {} : { where: { systemId } }) }, { signal }),
    enabled: systemId !== undefined,
  });
}
