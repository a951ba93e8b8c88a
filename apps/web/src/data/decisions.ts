/** Questions about decisions. */
import type { DecisionFlag } from "@steward/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

export interface DecisionFilter {
  systemId?: string | undefined;
  releaseId?: string | undefined;
  flag?: DecisionFlag | undefined;
  externalId?: string | undefined;
  outcome?: string | undefined;
  /** A group as name=value. */
  attribute?: string | undefined;
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

/** What an incident would have touched. */
export function affectedQuery(filter: DecisionFilter) {
  return queryOptions({
    queryKey: ["decisions", "affected", filter],
    queryFn: ({ signal }) => api.countAffected({ query: filter, signal }),
  });
}

/** What of a system ran in production at a moment. */
export function runningQuery(systemId: string, at: string) {
  return queryOptions({
    queryKey: ["decisions", "running", systemId, at],
    queryFn: ({ signal }) => api.getRunningAt({ params: { id: systemId }, query: { at }, signal }),
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
