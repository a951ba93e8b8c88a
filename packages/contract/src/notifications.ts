/** What people are told of, in the application and by mail, as each of them wants it. */
import { isTimeZone, WEEKDAYS } from "@steward/kernel";
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { actorSchema, PAGE_MAX_ITEMS, pageOf, pageQuery } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const NOTIFICATION_KINDS = {
  assigned: "A task became yours.",
  asked: "A decision is asked for that you may take.",
  escalated: "A task of somebody else is late, and comes to you.",
  mentioned: "Somebody mentioned you.",
  commented: "Somebody commented on a task of yours.",
} as const;
export type NotificationKind = keyof typeof NOTIFICATION_KINDS;
const kindSchema = z.enum(Object.keys(NOTIFICATION_KINDS) as [NotificationKind, ...NotificationKind[]]);

export const notificationSchema = z.object({
  id: idSchema,
  kind: kindSchema,
  at: instantSchema,
  readAt: instantSchema.nullable(),
  actor: actorSchema,
  task: z.object({ id: idSchema, title: z.string(), state: z.enum(["open", "closed"]) }),
});
export type Notification = z.infer<typeof notificationSchema>;

export const DIGESTS = {
  never: "Never",
  daily: "Each working day",
  weekly: "Once a week",
} as const;
export type Digest = keyof typeof DIGESTS;

const preferenceFields = {
  kinds: z
    .array(kindSchema)
    .refine((kinds) => new Set(kinds).size === kinds.length, "List each kind once.")
    .meta({ description: "What you are told of." }),
  digest: z.enum(Object.keys(DIGESTS) as [Digest, ...Digest[]]).meta({ description: "How often by mail." }),
  hour: z.number().int().min(0).max(23).meta({ description: "From which hour of your day." }),
  weekday: z.enum(WEEKDAYS).meta({ description: "On which day, where it is once a week." }),
  timeZone: lineSchema(64)
    .refine(isTimeZone, "Give an IANA time zone, for example Europe/Berlin.")
    .nullable()
    .meta({ description: "Where your day is; null for the organisation's." }),
};

export const notificationPreferencesSchema = z.object({
  ...preferenceFields,
  mail: z
    .object({ configured: z.boolean(), address: z.string() })
    .meta({ description: "Whether this installation sends mail, and where to." }),
});
export type NotificationPreferences = z.infer<typeof notificationPreferencesSchema>;

const tag = "Notifications";
export const notificationEndpoints = {
  listNotifications: endpoint({
    operationId: "listNotifications",
    method: "GET",
    path: "/notifications",
    tag,
    summary: "What you were told of, newest first; the total counts what you have not read",
    access: "signed_in",
    query: pageQuery,
    response: pageOf(notificationSchema),
  }),
  readNotifications: endpoint({
    operationId: "readNotifications",
    method: "POST",
    path: "/notifications/read",
    tag,
    summary: "Mark as read: those of the ids, or all",
    access: "signed_in",
    body: z.strictObject({ ids: z.union([z.literal("all"), z.array(idSchema).max(PAGE_MAX_ITEMS)]) }),
    response: z.object({ unread: z.number().int() }),
  }),
  getNotificationPreferences: endpoint({
    operationId: "getNotificationPreferences",
    method: "GET",
    path: "/notification-preferences",
    tag,
    summary: "What you are told of, and when by mail",
    access: "signed_in",
    response: notificationPreferencesSchema,
  }),
  changeNotificationPreferences: endpoint({
    operationId: "changeNotificationPreferences",
    method: "PUT",
    path: "/notification-preferences",
    tag,
    summary: "Choose what you are told of, and when by mail",
    access: "signed_in",
    body: z.strictObject(preferenceFields),
    response: notificationPreferencesSchema,
  }),
};
