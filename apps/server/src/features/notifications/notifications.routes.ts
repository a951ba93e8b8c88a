/** Binds the endpoints of notifications. */
import { notificationEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { isMailConfigured } from "../../platform/mail/outbox.ts";
import type { DigestDeps } from "./digest.ts";
import { changePreferences, listNotifications, readNotifications, readPreferences } from "./notifications.service.ts";

export function notificationRoutes(router: Router, deps: DigestDeps): void {
  const { db } = deps;
  router.bind(notificationEndpoints.listNotifications, async ({ caller, query }) =>
    listNotifications(db, caller, query),
  );
  router.bind(notificationEndpoints.readNotifications, async ({ caller, body }) =>
    readNotifications(deps, caller, body.ids),
  );
  router.bind(notificationEndpoints.getNotificationPreferences, async ({ caller }) =>
    readPreferences(db, caller, isMailConfigured(deps)),
  );
  router.bind(notificationEndpoints.changeNotificationPreferences, async ({ caller, body }) => {
    await changePreferences(db, caller, body);
    return readPreferences(db, caller, isMailConfigured(deps));
  });
}
