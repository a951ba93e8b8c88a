/** Access in an emergency, and what auditors were shown. */
import { idSchema, instantSchema } from "@steward/registers";
import { z } from "zod";

import { idParams, pageOf, pageQuery, reasonSchema } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { accessRoleSchema } from "./session.ts";

/** An emergency is over by then, or somebody decides about lasting access. */
export const BREAK_GLASS_MAX_HOURS = 8;

export const breakGlassSchema = z.object({
  id: idSchema,
  memberId: idSchema,
  name: z.string(),
  roles: z.array(accessRoleSchema),
  reason: z.string(),
  openedAt: instantSchema,
  expiresAt: instantSchema,
  closedAt: instantSchema.nullable(),
  open: z.boolean(),
  mine: z.boolean(),
});
export type BreakGlass = z.infer<typeof breakGlassSchema>;

export const auditorReadSchema = z.object({
  id: idSchema,
  memberId: idSchema,
  name: z.string(),
  operationId: z.string(),
  path: z.string().meta({ description: "Without its query, which may hold what was searched for." }),
  readAt: instantSchema,
  ledgerIndex: z
    .number()
    .int()
    .nullable()
    .meta({ description: "The entry with the digest of that day's reads; null until the day is over." }),
});
export type AuditorRead = z.infer<typeof auditorReadSchema>;

const tag = "Access";

export const emergencyEndpoints = {
  listBreakGlass: endpoint({
    operationId: "listBreakGlass",
    method: "GET",
    path: "/break-glass",
    tag,
    summary: "Roles that were taken on in emergencies, newest first",
    access: "access.read",
    query: pageQuery,
    response: pageOf(breakGlassSchema),
  }),
  openBreakGlass: endpoint({
    operationId: "openBreakGlass",
    method: "POST",
    path: "/break-glass",
    tag,
    summary: "Take on access roles for some hours, with a reason; administrators and top management are told",
    access: "access.break_glass",
    body: z.strictObject({
      roles: z
        .array(accessRoleSchema.exclude(["auditor", "reader", "top_management"]))
        .min(1)
        .max(4),
      reason: reasonSchema,
      hours: z.number().int().min(1).max(BREAK_GLASS_MAX_HOURS).default(1),
    }),
    response: breakGlassSchema,
    status: 201,
  }),
  closeBreakGlass: endpoint({
    operationId: "closeBreakGlass",
    method: "POST",
    path: "/break-glass/:id/closing",
    tag,
    summary: "Give the roles back before the time is over; an administrator may do so for others",
    access: "access.break_glass",
    params: idParams,
    response: breakGlassSchema,
  }),
  listAuditorReads: endpoint({
    operationId: "listAuditorReads",
    method: "GET",
    path: "/auditor-reads",
    tag,
    summary: "What auditors read, newest first",
    access: "access.read",
    query: pageQuery.extend({ memberId: idSchema.optional() }),
    response: pageOf(auditorReadSchema),
  }),
};
