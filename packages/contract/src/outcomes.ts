/** Late outcomes: what turned out to be true of a decision, once it is known. */
import { idSchema, instantSchema, lineSchema, paragraphsSchema } from "@steward/registers";
import { z } from "zod";

import { DECISIONS_BODY_MAX_BYTES, endpoint } from "./endpoint.ts";

/** Outcomes in one request. */
export const OUTCOMES_MAX_PER_REQUEST = 1000;

const outcomeFields = {
  system: lineSchema(200).optional().meta({
    description: "Id or name of the AI system; needed where several systems use the same id of yours.",
  }),
  outcome: lineSchema(200).meta({
    description: "What turned out to be true, in the same labels as the outcomes of decisions.",
  }),
  observedAt: instantSchema.meta({
    description: "When it became known to you. The outcome observed last holds; an earlier one is kept beside it.",
  }),
  source: lineSchema(200).nullable().optional().meta({ description: "Where it is known from." }),
  note: paragraphsSchema(2000).nullable().optional().meta({ description: "Why it was corrected, for example." }),
};

const decisionRef = lineSchema(100).meta({ description: "Id of the decision here, or your own id of it." });

export const outcomeInputSchema = z.strictObject(outcomeFields);
export const outcomeOfDecisionSchema = z.strictObject({ decision: decisionRef, ...outcomeFields });
export type OutcomeInput = z.infer<typeof outcomeOfDecisionSchema>;

/** One version of what is held to be true of a decision. */
export const decisionOutcomeSchema = z.object({
  version: z.number().int(),
  outcome: z.string(),
  observedAt: instantSchema,
  recordedAt: instantSchema,
  source: z.string().nullable(),
  note: z.string().nullable(),
  holds: z.boolean().meta({ description: "Whether this version is the one that holds now." }),
  ledgerIndex: z.number().int(),
});
export type DecisionOutcome = z.infer<typeof decisionOutcomeSchema>;

export const outcomeReceiptSchema = z.object({
  decision: z.string(),
  result: z.enum(["accepted", "duplicate", "rejected"]),
  decisionId: idSchema.nullable(),
  version: z.number().int().nullable(),
  ledgerIndex: z.number().int().nullable(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })),
});
export type OutcomeReceipt = z.infer<typeof outcomeReceiptSchema>;

const tag = "Decisions";
export const outcomeEndpoints = {
  recordOutcome: endpoint({
    operationId: "recordOutcome",
    method: "POST",
    path: "/decisions/:id/outcome",
    tag,
    summary: "Say what turned out to be true of a decision; another outcome later is a correction",
    access: "decisions.write",
    systems: "checked",
    params: z.object({ id: decisionRef }),
    body: outcomeInputSchema,
    response: outcomeReceiptSchema,
  }),
  recordOutcomes: endpoint({
    operationId: "recordOutcomes",
    method: "POST",
    path: "/outcomes",
    tag,
    summary: "Say what turned out to be true of many decisions, judged one by one",
    access: "decisions.write",
    systems: "checked",
    body: z
      .array(z.unknown())
      .min(1)
      .max(OUTCOMES_MAX_PER_REQUEST)
      .meta({ description: "Outcomes, each with the decision that it belongs to." }),
    response: z.object({
      accepted: z.number().int(),
      duplicates: z.number().int(),
      rejected: z.number().int(),
      items: z.array(outcomeReceiptSchema),
    }),
    lines: "list",
    bodyMaxBytes: DECISIONS_BODY_MAX_BYTES,
  }),
};
