import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { rootRoute, textOf } from "../../routes.tsx";

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined; provider?: string | undefined } => ({
    next: textOf(search.next),
    provider: textOf(search.provider),
  }),
  component: lazyRouteComponent(async () => import("./sign-in-page.tsx"), "SignInPage"),
});

const setUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(async () => import("./set-up-page.tsx"), "SetUpPage"),
});

const linkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/link",
  component: lazyRouteComponent(async () => import("./link-page.tsx"), "LinkPage"),
});

/** Where whoever has to sign in first comes back to, the link's token kept in the browser. */
const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/join",
  component: lazyRouteComponent(async () => import("./link-page.tsx"), "LinkPage"),
});

const recoveryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/recovery",
  component: lazyRouteComponent(async () => import("./recovery-page.tsx"), "RecoveryPage"),
});

const ssoRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sso",
  component: lazyRouteComponent(async () => import("./sso-page.tsx"), "SsoPage"),
});

export const accessRoutes = [signInRoute, setUpRoute, linkRoute, joinRoute, recoveryRoute, ssoRoute];
