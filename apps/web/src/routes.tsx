/**
 * The two routes that all others hang on.
 *
 * How a page is added: `src/pages/<feature>/<feature>.routes.ts` makes its routes below `appRoute` (or below
 * `rootRoute`, for pages that need no session), with `lazyRouteComponent` so that its code loads when it is opened;
 * `router.tsx` lists them; `paths.ts` gets their addresses; `shell/navigation.ts` gets their entry, and
 * `data/links.ts` the record kinds that they show.
 */
import type { Session } from "@steward/contract";
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, redirect } from "@tanstack/react-router";

import { isUnauthenticated } from "./data/query-client.ts";
import { sessionQuery } from "./data/session.ts";
import { paths, type Sticky } from "./paths.ts";
import { NotFound } from "./shell/not-found.tsx";
import { BarePageError } from "./shell/page-error.tsx";
import { Shell } from "./shell/shell.tsx";

export interface RouterContext {
  queryClient: QueryClient;
}

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** The page can show a past moment (`?asOf=`); others say that they show the present. */
    movesInTime?: boolean;
  }
}

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  errorComponent: BarePageError,
});

/** Pages for people who are signed in, inside the shell. */
export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  validateSearch: (search: Record<string, unknown>): Sticky => ({
    asOf: momentOf(search.asOf),
    mode: search.mode === "recomputed" ? "recomputed" : undefined,
  }),
  beforeLoad: async ({ context, location }) => {
    try {
      const session = await context.queryClient.ensureQueryData(sessionQuery);
      const open = openPages(session);
      if (open !== undefined && !open.includes(location.pathname)) throw redirect({ href: open[0] as string });
    } catch (error) {
      if (!isUnauthenticated(error)) throw error;
      throw redirect({ href: paths.signIn(location.href === "/" ? undefined : location.href), replace: true });
    }
  },
  component: Shell,
  errorComponent: BarePageError,
});

/** All that may be opened where something is missing that a role demands; the first says what. */
function openPages({ secondFactor, singleSignOnNeeded, permissions }: Session): string[] | undefined {
  const account = paths.settings("account");
  if (secondFactor === "required") return [account];
  if (singleSignOnNeeded === null) return undefined;
  return permissions.includes("access.break_glass") ? [account, paths.settings("emergency")] : [account];
}

/** Any other address: the page that says so stands inside the shell, from where one can go on. */
export const unknownRoute = createRoute({ getParentRoute: () => appRoute, path: "$", component: NotFound });

/** A moment of an address; what is none counts as now. */
function momentOf(value: unknown): string | undefined {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

/** Text of an address, or nothing. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
