import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { appRoute } from "../../routes.tsx";

const membersRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/members",
  component: lazyRouteComponent(async () => import("./members-page.tsx"), "MembersPage"),
});

const singleSignOnRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/single-sign-on",
  component: lazyRouteComponent(async () => import("./single-sign-on-page.tsx"), "SingleSignOnPage"),
});

const permissionsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/permissions",
  component: lazyRouteComponent(async () => import("./permissions-page.tsx"), "PermissionsPage"),
});

const emergencyRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/emergency",
  component: lazyRouteComponent(async () => import("./emergency-page.tsx"), "EmergencyPage"),
});

const keysRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/keys",
  component: lazyRouteComponent(async () => import("./keys-page.tsx"), "KeysPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/account",
  component: lazyRouteComponent(async () => import("./account-page.tsx"), "AccountPage"),
});

const webhooksRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/webhooks",
  component: lazyRouteComponent(async () => import("./webhooks-page.tsx"), "WebhooksPage"),
});

const calendarRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/calendar",
  component: lazyRouteComponent(async () => import("./calendar-page.tsx"), "CalendarPage"),
});

const notificationsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/notifications",
  component: lazyRouteComponent(async () => import("./notifications-page.tsx"), "NotificationsPage"),
});

export const settingsRoutes = [
  notificationsRoute,
  calendarRoute,
  membersRoute,
  singleSignOnRoute,
  permissionsRoute,
  emergencyRoute,
  keysRoute,
  webhooksRoute,
  accountRoute,
];
