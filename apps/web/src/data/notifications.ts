/** Questions about what the signed-in person was told of. */
import { queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

/** Shown at a glance; more stands in My work. */
const SHOWN_MAX = 20;
/** Soon enough to be news, and no load on the server. */
const NEWS_EVERY_MS = 20_000;

export const notificationsQuery = queryOptions({
  queryKey: ["notifications"],
  queryFn: ({ signal }) => api.listNotifications({ query: { limit: SHOWN_MAX }, signal }),
  refetchInterval: NEWS_EVERY_MS,
});
