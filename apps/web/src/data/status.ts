/** Questions about the computed status. Each is asked as of a moment, or now. */
import { queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";
import type { Sticky } from "../paths.ts";

/** The server recomputes within seconds of a change; a page of the present follows at this pace. */
const FOLLOW_MS = 10_000;

/** The past does not move; the present does. */
function following(moment: Sticky) {
  return moment.asOf === undefined ? FOLLOW_MS : false;
}

function momentQuery({ asOf, mode }: Sticky) {
  return asOf === undefined
    ? {}
    : { asOf, mode: mode === "recomputed" ? ("recomputed" as const) : ("recorded" as const) };
}

export function overviewQuery(moment: Sticky) {
  return queryOptions({
    queryKey: ["status", "overview", moment],
    queryFn: ({ signal }) => api.getOverview({ query: momentQuery(moment), signal }),
    refetchInterval: following(moment),
  });
}

export function statusQuery(moment: Sticky) {
  return queryOptions({
    queryKey: ["status", "summary", moment],
    queryFn: ({ signal }) => api.getStatus({ query: momentQuery(moment), signal }),
    refetchInterval: following(moment),
  });
}

export function requirementQuery(ref: string, moment: Sticky) {
  return queryOptions({
    queryKey: ["status", "requirement", ref, moment],
    queryFn: ({ signal }) => api.getRequirement({ params: { id: ref }, query: momentQuery(moment), signal }),
    refetchInterval: following(moment),
  });
}
