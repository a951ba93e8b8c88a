/** People whom decisions concern: what is held about one, and its erasure on request. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { actorSchema, idParams, pageOf, pageQuery, reasonSchema } from "./common.ts";
import { endpoint } from "./endpoint.ts";

/** Decisions of one person in one export. */
export const SUBJECT_EXPORT_MAX_DECISIONS = 10_000;

/** Stands in the body, so that it gets into no log of addresses. */
const subjectSchema = lineSchema(200).meta({
  description: "Your pseudonym of the person, as it was sent with decisions.",
});

export const subjectSummarySchema = z.object({
  decisions: z.number().int(),
  outcomes: z.number().int(),
  refused: z.number().int().meta({ description: "Refused because their ids were taken, and kept as evidence." }),
  firstAt: instantSchema.nullable(),
  lastAt: instantSchema.nullable(),
  systems: z.array(z.object({ name: z.string(), decisions: z.number().int() })),
});
export type SubjectSummary = z.infer<typeof subjectSummarySchema>;

const heldSchema = z.object({
  id: idSchema,
  recordedAt: instantSchema,
  ledgerIndex: z.number().int(),
  body: z.record(z.string(), z.unknown()).nullable().meta({ description: "What was recorded; null where it is gone." }),
});

export const subjectExportSchema = z.object({
  exportedAt: instantSchema,
  accessEntry: z
    .number()
    .int()
    .meta({ description: "The ledger entry that says that this was exported, by whom and why." }),
  decisions: z.array(heldSchema),
  outcomes: z.array(heldSchema.extend({ decisionId: idSchema })),
  truncated: z.boolean(),
});
export type SubjectExport = z.infer<typeof subjectExportSchema>;

export const erasureRequestSchema = z.object({
  id: idSchema,
  state: z.enum(["requested", "rejected", "erased"]),
  reason: z.string(),
  requestedAt: instantSchema,
  requestedBy: actorSchema,
  decisions: z
    .number()
    .int()
    .meta({ description: "Decisions about the person: when it was asked for, then those erased." }),
  decidedAt: instantSchema.nullable(),
  decidedBy: actorSchema.nullable(),
  decisionReason: z.string().nullable(),
  ledgerIndex: z.number().int().meta({ description: "The entry of its present state." }),
});
export type ErasureRequest = z.infer<typeof erasureRequestSchema>;

/** Why what an entry committed to is not there any more. */
export const withheldSchema = z.object({
  erasedAt: instantSchema,
  erasedBy: z.number().int().meta({ description: "Ledger index of the erasure." }),
  by: actorSchema,
  reason: z.string().nullable(),
});
export type Withheld = z.infer<typeof withheldSchema>;

const tag = "People concerned";
export const subjectEndpoints = {
  findSubject: endpoint({
    operationId: "findSubject",
    method: "POST",
    path: "/subjects/find",
    tag,
    summary: "How much is held about a person",
    access: "subjects.read",
    body: z.strictObject({ subject: subjectSchema }),
    response: subjectSummarySchema,
  }),
  exportSubject: endpoint({
    operationId: "exportSubject",
    method: "POST",
    path: "/subjects/export",
    tag,
    summary: "All that is held about a person; the access is an entry of the ledger",
    access: "subjects.read",
    body: z.strictObject({ subject: subjectSchema, reason: reasonSchema }),
    response: subjectExportSchema,
  }),
  listErasureRequests: endpoint({
    operationId: "listErasureRequests",
    method: "GET",
    path: "/erasure-requests",
    tag,
    summary: "Requests for erasure, newest first",
    access: "records.read",
    query: pageQuery,
    response: pageOf(erasureRequestSchema),
  }),
  requestErasure: endpoint({
    operationId: "requestErasure",
    method: "POST",
    path: "/erasure-requests",
    tag,
    summary: "Ask for the personal content of a person's decisions to be erased; somebody else approves",
    access: "erasures.request",
    body: z.strictObject({ subject: subjectSchema, reason: reasonSchema }),
    response: erasureRequestSchema,
    status: 201,
  }),
  approveErasure: endpoint({
    operationId: "approveErasure",
    method: "POST",
    path: "/erasure-requests/:id/approve",
    tag,
    summary: "Approve, which erases at once and for good",
    access: "erasures.approve",
    params: idParams,
    body: z.strictObject({ reason: reasonSchema }),
    response: erasureRequestSchema,
  }),
  rejectErasure: endpoint({
    operationId: "rejectErasure",
    method: "POST",
    path: "/erasure-requests/:id/reject",
    tag,
    summary: "Reject, with the reason that the person is told",
    access: "erasures.approve",
    params: idParams,
    body: z.strictObject({ reason: reasonSchema }),
    response: erasureRequestSchema,
  }),
};
