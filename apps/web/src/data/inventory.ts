/** Questions about the inventory: drift, what belongs together, and documents of releases. */
import type { MapSystem } from "@steward/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

export const DRIFT_WORDS = {
  shadow: "Shadow",
  undeclared: "Undeclared",
  version_drift: "Version drift",
  silent: "Silent",
  retired_alive: "Retired but alive",
} as const;
export type DriftKindName = keyof typeof DRIFT_WORDS;

export const DRIFT_STATES = { open: "Open", settled: "Settled", closed: "Closed" } as const;
export type DriftStateName = keyof typeof DRIFT_STATES;

export interface DriftFilter {
  state?: DriftStateName | undefined;
  kind?: DriftKindName | undefined;
  systemId?: string | undefined;
}

export function driftQuery(filter: DriftFilter) {
  return infiniteQueryOptions({
    queryKey: ["drift", "list", filter],
    queryFn: ({ pageParam, signal }) => api.listDrift({ query: { ...filter, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function driftItemQuery(id: string) {
  return queryOptions({
    queryKey: ["drift", "one", id],
    queryFn: ({ signal }) => api.getDrift({ params: { id }, signal }),
  });
}

/** How a system stands, by its register and what is seen of it. */
export const PRESENCE_WORDS: Readonly<Record<MapSystem["presence"], string>> = {
  live: "registered and live",
  unseen: "in operation, not seen yet",
  silent: "registered but silent",
  retired_alive: "retired but alive",
  retired: "retired",
  planned: "not in operation",
};

export function systemPresenceQuery(systemId: string) {
  return queryOptions({
    queryKey: ["drift", "map", systemId],
    queryFn: ({ signal }) => api.getInventoryMap({ query: { systemId }, signal }),
  });
}

export function vulnerabilitiesQuery(systemId: string | undefined) {
  return queryOptions({
    queryKey: ["drift", "vulnerabilities", systemId],
    queryFn: ({ signal }) => api.listVulnerabilities({ query: { systemId }, signal }),
  });
}

export const inventoryMapQuery = queryOptions({
  queryKey: ["drift", "map"],
  queryFn: ({ signal }) => api.getInventoryMap({ signal }),
});
