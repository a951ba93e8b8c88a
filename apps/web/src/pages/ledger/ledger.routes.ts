import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { entryQuery, ledgerQuery } from "../../data/ledger.ts";
import { appRoute, textOf } from "../../routes.tsx";

export interface LedgerSearch {
  kind?: string | undefined;
  subjectId?: string | undefined;
}

export const ledgerRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/ledger",
  validateSearch: (search: Record<string, unknown>): LedgerSearch => ({
    kind: textOf(search.kind),
    subjectId: textOf(search.subjectId),
  }),
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(ledgerQuery);
  },
  component: lazyRouteComponent(async () => import("./ledger-page.tsx"), "LedgerPage"),
});

export const entryRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/ledger/$index",
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(entryQuery(params.index));
  },
  component: lazyRouteComponent(async () => import("./entry-page.tsx"), "EntryPage"),
});

export const ledgerRoutes = [ledgerRoute, entryRoute];
