/** Questions about registers, of every kind alike: what a register holds is described by the server. */
import type { RegisterPath } from "@steward/client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

export interface FieldInfo {
  name: string;
  type:
    | "line"
    | "paragraphs"
    | "choice"
    | "choices"
    | "lines"
    | "flag"
    | "integer"
    | "number"
    | "date"
    | "instant"
    | "ref"
    | "refs";
  label: string;
  help: string;
  example: string | null;
  section: string | null;
  required: boolean;
  choices: { value: string; label: string; help: string | null }[] | null;
  target: string | null;
  maxChars: number | null;
  minimum: number | null;
  maximum: number | null;
  defaultValue: unknown;
  sortable: boolean;
  filterable: boolean;
}

export interface RegisterInfo {
  kind: string;
  path: RegisterPath;
  singular: string;
  plural: string;
  description: string;
  emptyHint: string;
  title: string;
  listed: string[];
  singleton: boolean;
  systemCreated: boolean;
  writePermission: string;
  lifecycle: {
    field: string;
    initial: string[];
    transitions: Record<string, string[]>;
    decisions: Record<string, string>;
  } | null;
  fields: FieldInfo[];
}

export const registersQuery = queryOptions({
  queryKey: ["registers"],
  queryFn: async ({ signal }) =>
    (await api.describeRegisters({ signal })).registers as unknown as readonly RegisterInfo[],
  staleTime: Number.POSITIVE_INFINITY,
});

export interface RegisterFilter {
  q?: string | undefined;
  sort?: string | undefined;
  withdrawn?: "include" | undefined;
  asOf?: string | undefined;
  /** `field:value`, several joined by commas; values are percent-encoded. */
  where?: string | undefined;
}

export function recordsQuery(path: RegisterPath, filter: RegisterFilter) {
  const { q, sort, withdrawn, asOf, where } = filter;
  return infiniteQueryOptions({
    queryKey: ["records", path, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      api.records(path).list(
        {
          ...(q === undefined ? {} : { q }),
          ...(sort === undefined ? {} : { sort }),
          ...(withdrawn === undefined ? {} : { withdrawn }),
          ...(asOf === undefined ? {} : { asOf }),
          ...(where === undefined ? {} : { where: readWhere(where) }),
          ...(pageParam === undefined ? {} : { cursor: pageParam }),
        },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** The filters that stand in an address; what cannot be read filters nothing. */
export function readWhere(text: string): Record<string, string> {
  const filters: Record<string, string> = {};
  for (const part of text.split(",")) {
    const at = part.indexOf(":");
    if (at <= 0) continue;
    try {
      filters[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
    } catch {
      // A hand-written address with a stray percent sign.
    }
  }
  return filters;
}

/** The filters as they stand in an address; undefined where there is none. */
export function writeWhere(filters: Readonly<Record<string, string>>): string | undefined {
  const parts = Object.entries(filters).map(([field, value]) => `${field}:${encodeURIComponent(value)}`);
  return parts.length === 0 ? undefined : parts.join(",");
}

export function recordQuery(path: RegisterPath, id: string, asOf: string | undefined) {
  return queryOptions({
    queryKey: ["records", path, "one", id, asOf],
    queryFn: ({ signal }) => api.records(path).get(id, asOf === undefined ? {} : { asOf }, { signal }),
  });
}

export function historyQuery(path: RegisterPath, id: string) {
  return infiniteQueryOptions({
    queryKey: ["records", path, "history", id],
    queryFn: ({ pageParam, signal }) =>
      api.records(path).history(id, pageParam === undefined ? {} : { cursor: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** Records to choose from for a reference: enough for a list; beyond it the search narrows. */
const CHOICES_MAX = 100;

export function choicesQuery(path: RegisterPath, words: string) {
  return queryOptions({
    queryKey: ["records", path, "choices", words],
    queryFn: ({ signal }) =>
      api.records(path).list({ limit: CHOICES_MAX, ...(words === "" ? {} : { q: words }) }, { signal }),
  });
}
