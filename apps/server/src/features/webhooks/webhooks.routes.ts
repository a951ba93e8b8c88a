/** Binds the endpoints of webhooks. */
import { webhookEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { expectWebhook, listDeliveries, replay, sendTest } from "./deliveries.ts";
import type { WebhookDeps } from "./webhooks.jobs.ts";
import { changeWebhook, createWebhook, listWebhooks, rotateSecret } from "./webhooks.service.ts";

export function webhookRoutes(router: Router, deps: WebhookDeps): void {
  const { db } = deps;
  router.bind(webhookEndpoints.listWebhooks, async ({ caller }) => ({
    webhooks: await listWebhooks(db, caller.orgId),
  }));
  router.bind(webhookEndpoints.createWebhook, async ({ caller, body }) => createWebhook(deps, caller, body));
  router.bind(webhookEndpoints.changeWebhook, async ({ caller, params, body }) =>
    changeWebhook(deps, caller, params.id, body),
  );
  router.bind(webhookEndpoints.rotateWebhookSecret, async ({ caller, params }) =>
    rotateSecret(deps, caller, params.id),
  );
  router.bind(webhookEndpoints.testWebhook, async ({ caller, params }) => sendTest(deps, caller.orgId, params.id));
  router.bind(webhookEndpoints.listWebhookDeliveries, async ({ caller, params, query }) => {
    await expectWebhook(db, caller.orgId, params.id);
    return listDeliveries(db, caller.orgId, params.id, query);
  });
  router.bind(webhookEndpoints.replayWebhookDelivery, async ({ caller, params }) =>
    replay(deps, caller.orgId, params.id),
  );
}
