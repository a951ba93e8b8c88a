/** Events sent to other systems, signed as Standard Webhooks describes. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { idParams, nameSchema, pageOf, pageQuery } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const WEBHOOK_EVENTS = {
  "alert.opened": "A monitor found something beyond its limit.",
  "alert.closed": "Nothing more is to do about an alert.",
  "status.changed": "The computed status of a requirement changed.",
  "evaluation.failed": "An evaluation of a release failed.",
  "task.opened": "Something is to do.",
  "task.assigned": "A task was handed over.",
  "task.escalated": "A task is late.",
  "task.closed": "What a task was about is settled.",
} as const;
export type WebhookEvent = keyof typeof WEBHOOK_EVENTS;
const eventSchema = z.enum(Object.keys(WEBHOOK_EVENTS) as [WebhookEvent, ...WebhookEvent[]]);
const eventsSchema = z
  .array(eventSchema)
  .min(1, "Choose at least one event.")
  .max(Object.keys(WEBHOOK_EVENTS).length)
  .refine((events) => new Set(events).size === events.length, "List each event once.");

/** Webhooks of one organisation. */
export const WEBHOOKS_MAX = 50;

export const webhookSchema = z.object({
  id: idSchema,
  name: z.string(),
  url: z.string(),
  events: z.array(eventSchema),
  enabled: z.boolean(),
  disabledReason: z.string().nullable().meta({ description: "Why it does not send, where it does not." }),
  secretVersion: z.number().int(),
  createdAt: instantSchema,
  pending: z.number().int().meta({ description: "Deliveries that still wait." }),
  failed: z.number().int().meta({ description: "Deliveries that were given up." }),
});
export type Webhook = z.infer<typeof webhookSchema>;

export const webhookDeliverySchema = z.object({
  id: idSchema,
  webhookId: idSchema,
  event: z.string(),
  ledgerIndex: z.number().int().nullable().meta({ description: "The entry that it tells of; null for a test." }),
  createdAt: instantSchema,
  state: z.enum(["pending", "delivered", "failed"]),
  nextAttemptAt: instantSchema.nullable(),
  payload: z.string().meta({ description: "Exactly as it is sent." }),
  attempts: z.array(
    z.object({
      at: instantSchema,
      status: z.number().int().nullable().meta({ description: "HTTP status; null where there was no answer." }),
      error: z.string().nullable(),
      durationMs: z.number(),
    }),
  ),
});
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;

const tag = "Webhooks";
const withSecret = z.object({
  webhook: webhookSchema,
  secret: z.string().meta({ description: "Shown this once; the receiver verifies signatures with it." }),
});

export const webhookEndpoints = {
  listWebhooks: endpoint({
    operationId: "listWebhooks",
    method: "GET",
    path: "/webhooks",
    tag,
    summary: "Where events are sent",
    access: "webhooks.write",
    response: z.object({ webhooks: z.array(webhookSchema) }),
  }),
  createWebhook: endpoint({
    operationId: "createWebhook",
    method: "POST",
    path: "/webhooks",
    tag,
    summary: "Send events to an address from now on",
    access: "webhooks.write",
    body: z.strictObject({ name: nameSchema, url: lineSchema(500), events: eventsSchema }),
    response: withSecret,
    status: 201,
  }),
  changeWebhook: endpoint({
    operationId: "changeWebhook",
    method: "PATCH",
    path: "/webhooks/:id",
    tag,
    summary: "Change what is sent, or stop and start sending",
    access: "webhooks.write",
    params: idParams,
    body: z.strictObject({
      name: nameSchema.optional(),
      events: eventsSchema.optional(),
      enabled: z.boolean().optional(),
    }),
    response: webhookSchema,
  }),
  rotateWebhookSecret: endpoint({
    operationId: "rotateWebhookSecret",
    method: "POST",
    path: "/webhooks/:id/secret",
    tag,
    summary: "Make a new secret; the one before it stops at once",
    access: "webhooks.write",
    params: idParams,
    response: withSecret,
  }),
  testWebhook: endpoint({
    operationId: "testWebhook",
    method: "POST",
    path: "/webhooks/:id/test",
    tag,
    summary: "Send a test event",
    access: "webhooks.write",
    params: idParams,
    response: webhookDeliverySchema,
    status: 202,
  }),
  listWebhookDeliveries: endpoint({
    operationId: "listWebhookDeliveries",
    method: "GET",
    path: "/webhooks/:id/deliveries",
    tag,
    summary: "What was sent, newest first, with every attempt",
    access: "webhooks.write",
    params: idParams,
    query: pageQuery,
    response: pageOf(webhookDeliverySchema),
  }),
  replayWebhookDelivery: endpoint({
    operationId: "replayWebhookDelivery",
    method: "POST",
    path: "/webhook-deliveries/:id/replay",
    tag,
    summary: "Send it again, under the same message id",
    access: "webhooks.write",
    params: idParams,
    response: webhookDeliverySchema,
    status: 202,
  }),
};
