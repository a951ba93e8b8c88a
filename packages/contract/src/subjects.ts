/** People whom decisions concern: what is held about one, and its erasure on request. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { actorSchema, idParams, pageOf, pageQuery, reasonSchema } from "./common.ts";
import { endpoint } from "./endpoint.ts";

/** Stands in the body, so that it gets into no log of addresses. */
const subjectSchema = lineSchema(200).meta({
  description: "Your pseudonym of the person, as it was sent with decisions.",
});

const holdReasonSchema = z.object({ id: idSchema, reason: z.string(), placedAt: instantSchema });

export const subjectSummarySchema = z.object({
  decisions: z.number().int(),
  outcomes: z.number().int(),
  refused: z.number().int().meta({ description: "Refused because their ids were taken, and kept as evidence." }),
  firstAt: instantSchema.nullable(),
  lastAt: instantSchema.nullable(),
  systems: z.array(z.object({ name: z.string(), decisions: z.number().int() })),
  hold: holdReasonSchema.nullable().meta({ description: "Why nothing of it may be erased at present." }),
});
export type SubjectSummary = z.infer<typeof subjectSummarySchema>;

/** One line of an export: first the access itself, then what is held, then the end. */
export type SubjectExportLine =
  | {
      readonly kind: "access";
      readonly exportedAt: string;
      /** The ledger entry that says that this was exported, by whom and why. */
      readonly accessEntry: number;
      readonly summary: SubjectSummary;
    }
  | {
      readonly kind: "decision" | "outcome" | "call_events" | "feedback" | "refused";
      readonly id: string;
      /** The decision that it belongs to; null for a decision. */
      readonly decisionId: string | null;
      readonly recordedAt: string;
      readonly ledgerIndex: number;
      /** Exactly what was recorded; null where it is gone. */
      readonly body: Readonly<Record<string, unknown>> | null;
    }
  | { readonly kind: "end"; readonly lines: number };

export const legalHoldSchema = z.object({
  id: idSchema,
  reason: z.string(),
  placedAt: instantSchema,
  placedBy: actorSchema,
  liftedAt: instantSchema.nullable(),
  liftedBy: actorSchema.nullable(),
  liftReason: z.string().nullable(),
  ledgerIndex: z.number().int().meta({ description: "The entry of its present state." }),
});
export type LegalHold = z.infer<typeof legalHoldSchema>;

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
  hold: holdReasonSchema.nullable().meta({ description: "The legal hold because of which it cannot be approved." }),
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
    summary: "All that is held about a person, as lines of JSON; the access is an entry of the ledger",
    access: "subjects.read",
    body: z.strictObject({ subject: subjectSchema, reason: reasonSchema }),
    response: z.string(),
    produces: "application/x-ndjson",
  }),
  listLegalHolds: endpoint({
    operationId: "listLegalHolds",
    method: "GET",
    path: "/legal-holds",
    tag,
    summary: "Legal holds, newest first",
    access: "records.read",
    query: pageQuery,
    response: pageOf(legalHoldSchema),
  }),
  placeLegalHold: endpoint({
    operationId: "placeLegalHold",
    method: "POST",
    path: "/legal-holds",
    tag,
    summary: "Keep what is held about a person, whoever asks for its erasure and whatever retention says",
    access: "erasures.approve",
    body: z.strictObject({ subject: subjectSchema, reason: reasonSchema }),
    response: legalHoldSchema,
    status: 201,
  }),
  liftLegalHold: endpoint({
    operationId: "liftLegalHold",
    method: "POST",
    path: "/legal-holds/:id/lift",
    tag,
    summary: "Lift a legal hold, with the reason",
    access: "erasures.approve",
    params: idParams,
    body: z.strictObject({ reason: reasonSchema }),
    response: legalHoldSchema,
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
