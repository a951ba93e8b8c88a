/** Questions about evaluations. */
import type { EvaluationSummary } from "@steward/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

export interface EvaluationFilter {
  systemId?: string | undefined;
  kind?: EvaluationSummary["kind"] | undefined;
  verdict?: EvaluationSummary["verdict"] | undefined;
}

export function evaluationsQuery(filter: EvaluationFilter) {
  return infiniteQueryOptions({
    queryKey: ["evaluations", "list", filter],
    queryFn: ({ pageParam, signal }) => api.listEvaluations({ query: { ...filter, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function evaluationQuery(id: string) {
  return queryOptions({
    queryKey: ["evaluations", "one", id],
    queryFn: ({ signal }) => api.getEvaluation({ params: { id }, signal }),
  });
}

/** Only evaluations of bias have a document. */
export function documentQuery(id: string) {
  return queryOptions({
    queryKey: ["evaluations", "document", id],
    queryFn: ({ signal }) => api.getEvaluationDocument({ params: { id }, signal }),
  });
}

export function seriesQuery(systemId: string, kind: EvaluationSummary["kind"], suite?: string) {
  return queryOptions({
    queryKey: ["evaluations", "series", systemId, kind, suite],
    queryFn: ({ signal }) => api.listEvaluationSeries({ query: { systemId, kind, suite }, signal }),
  });
}

/** Enough evaluations of a system to choose one from for a comparison. */
const CHOICES_MAX = 50;

export function evaluationChoicesQuery(systemId: string) {
  return queryOptions({
    queryKey: ["evaluations", "choices", systemId],
    queryFn: ({ signal }) => api.listEvaluations({ query: { systemId, kind: "bias", limit: CHOICES_MAX }, signal }),
  });
}

/** The newest evaluation of each suite, on test data and on live decisions apart. */
export function newestEvaluationsQuery(systemId: string) {
  return queryOptions({
    queryKey: ["evaluations", "newest", systemId],
    queryFn: async ({ signal }) => {
      const { items } = await api.listEvaluations({ query: { systemId, limit: CHOICES_MAX }, signal });
      const suites = Map.groupBy(items, ({ suite, basis }) => `${basis} ${suite}`);
      return [...suites.values()].flatMap(([newest]) => newest ?? []);
    },
  });
}
