/** Questions about the evidence ledger. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

/** The ledger grows while it is looked at. */
const FOLLOW_MS = 10_000;

export const ledgerQuery = queryOptions({
  queryKey: ["ledger"],
  queryFn: ({ signal }) => api.getLedger({ signal }),
  refetchInterval: FOLLOW_MS,
});

export const checksQuery = queryOptions({
  queryKey: ["ledger", "checks"],
  queryFn: ({ signal }) => api.listChecks({ query: { limit: 10 }, signal }),
});

/** An entry never changes; only its receipt follows with the next checkpoint. */
export function entryQuery(index: string | number) {
  return queryOptions({
    queryKey: ["ledger", "entry", String(index)],
    queryFn: ({ signal }) => api.getEntry({ params: { index: Number(index) }, signal }),
    refetchInterval: (query) => (query.state.data?.receipt === null ? 1500 : false),
  });
}

export interface EntryFilter {
  kind: string | undefined;
  subjectId: string | undefined;
}

export function entriesQuery(filter: EntryFilter) {
  return infiniteQueryOptions({
    queryKey: ["ledger", "entries", filter],
    queryFn: ({ pageParam, signal }) => api.listEntries({ query: { ...filter, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}
