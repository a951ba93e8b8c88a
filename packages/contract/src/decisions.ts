/** Decisions of AI systems, the counts of what they served, and reconstruction drills. */
import { idSchema, instantSchema, LIST_MAX_ITEMS, lineSchema, paragraphsSchema } from "@steward/registers";
import { z } from "zod";

import { idParams, pageOf, pageQuery } from "./common.ts";
import { aiSchema, callEvaluationSchema, runSchema } from "./decision-ai.ts";
import { DECISIONS_BODY_MAX_BYTES, endpoint } from "./endpoint.ts";
import { decisionOutcomeSchema } from "./outcomes.ts";
import { withheldSchema } from "./subjects.ts";

/** Decisions in one request; more gains nothing (measured), and a failed request is cheaper to repeat. */
export const DECISIONS_MAX_PER_REQUEST = 1000;
/** Attributes by which decisions can be cut into slices. */
export const ATTRIBUTES_MAX = 40;
/** Reason codes, tools or context items of one decision. */
const PARTS_MAX = 100;

const scalar = z.union([lineSchema(200), z.number(), z.boolean(), z.null()]);
const key = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, "Start with a letter; then letters, digits, _ . -");

const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "Write sha256: and 64 lower-case hex digits.")
  .nullable()
  .optional();
/** A long conversation; more than that belongs where the sender keeps it, with a digest here. */
export const CONTENT_MAX_CHARS = 50_000;
const contentSchema = z
  .string()
  .max(CONTENT_MAX_CHARS, `Use at most ${CONTENT_MAX_CHARS} characters.`)
  .refine((text) => text.isWellFormed(), "Send well-formed text.")
  .nullable()
  .optional();

/** One decision as a system sends it. Personal content stays with the sender: send digests and references. */
export const decisionInputSchema = z.strictObject({
  id: lineSchema(100).meta({
    description: "Your id of the decision, unique within the system. Sending it twice stores it once.",
  }),
  system: lineSchema(200).meta({ description: "Id or name of the registered AI system." }),
  release: lineSchema(200)
    .nullable()
    .optional()
    .meta({
      description:
        "Id, version or digest of the release that decided. An unknown one is accepted and flagged. Left out, it is the " +
        "one release that was deployed to production then.",
    }),
  occurredAt: instantSchema,
  outcome: lineSchema(200).meta({ description: "What was decided: a label, a class, an action." }),
  score: z.number().min(-1e9).max(1e9).nullable().optional(),
  attributes: z
    .record(key, scalar)
    .refine((record) => Object.keys(record).length <= ATTRIBUTES_MAX, `Send at most ${ATTRIBUTES_MAX} attributes.`)
    .optional()
    .meta({ description: "Group attributes for slices (age band, region); never a name or an id of a person." }),
  subject: lineSchema(200)
    .nullable()
    .optional()
    .meta({ description: "Your pseudonym of the person concerned; stored only as a keyed hash." }),
  inputDigest: digestSchema,
  outputDigest: digestSchema.meta({ description: "Digest of what came out, where the outcome does not say it all." }),
  content: z.strictObject({ input: contentSchema, output: contentSchema }).nullable().optional().meta({
    description: "What went in and came out, where you choose to keep it here; it can be erased for a person.",
  }),
  inputReference: lineSchema(500).nullable().optional().meta({ description: "Where you keep the input." }),
  promptVersion: lineSchema(200).nullable().optional().meta({
    description: "Version of the prompt, policy or configuration that was used; say “not used” where there is none.",
  }),
  toolsCalled: z
    .array(lineSchema(200))
    .max(PARTS_MAX)
    .nullable()
    .optional()
    .meta({ description: "Tools that were called, in order; an empty list says that there were none." }),
  explanation: z
    .strictObject({
      method: lineSchema(200)
        .optional()
        .meta({ description: "How it was computed, for example exact Shapley values." }),
      summary: paragraphsSchema(2000).optional(),
      reasons: z
        .array(
          z.strictObject({ code: lineSchema(100), text: lineSchema(300).optional(), weight: z.number().optional() }),
        )
        .max(PARTS_MAX)
        .optional(),
    })
    .nullable()
    .optional(),
  oversight: z
    .enum(["none", "review_before_effect", "review_after_effect"])
    .optional()
    .meta({ description: "Whether a person must look at it." }),
  sandbox: z.boolean().optional().meta({ description: "A test call; kept apart from what counts for the status." }),
  ai: aiSchema
    .nullable()
    .optional()
    .meta({ description: "Which model, tool or agent was called, and out of what its context was made." }),
});
export type DecisionInput = z.infer<typeof decisionInputSchema>;

export const DECISION_FLAGS = {
  unknown_system: "No registered system has this id or name.",
  unknown_release: "No release of the system has this id, version or digest.",
  not_deployed: "The release was not deployed to production at that time.",
  out_of_scope: "The system is out of scope.",
  retired_system: "The system is registered as retired.",
  clock_ahead: "The sender's clock is ahead of the server's.",
  late: "It arrived more than a day after it happened.",
  no_explanation: "It carries no explanation.",
  model_changed: "Another model answered than the release declares, or than answered under it before.",
} as const;
export type DecisionFlag = keyof typeof DECISION_FLAGS;
const flagSchema = z.enum(Object.keys(DECISION_FLAGS) as [DecisionFlag, ...DecisionFlag[]]);

export const intakeItemSchema = z.object({
  id: z.string(),
  result: z.enum(["accepted", "duplicate", "rejected"]),
  decisionId: idSchema.nullable(),
  ledgerIndex: z.number().int().nullable(),
  flags: z.array(flagSchema),
  errors: z.array(z.object({ field: z.string(), message: z.string() })),
});

export const intakeResultSchema = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  rejected: z.number().int(),
  items: z.array(intakeItemSchema),
});

export const decisionSummarySchema = z.object({
  id: idSchema,
  externalId: z.string(),
  systemId: idSchema.nullable(),
  systemName: z.string(),
  releaseId: idSchema.nullable(),
  releaseVersion: z.string(),
  occurredAt: instantSchema,
  recordedAt: instantSchema,
  outcome: z.string(),
  score: z.number().nullable(),
  flags: z.array(flagSchema),
  trueOutcome: z.string().nullable().meta({ description: "What turned out to be true; null while it is not known." }),
  ledgerIndex: z.number().int(),
});
export type DecisionSummary = z.infer<typeof decisionSummarySchema>;

/** What was sent under the same id and says something else. */
export const decisionConflictSchema = z.object({
  id: idSchema,
  recordedAt: instantSchema,
  ledgerIndex: z.number().int(),
  sender: z.object({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
  body: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: "What it said, as the ledger proves it; null where it was erased." }),
});
export type DecisionConflict = z.infer<typeof decisionConflictSchema>;

export const decisionSchema = decisionSummarySchema.extend({
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  subjectHash: z.string().nullable(),
  inputDigest: z.string().nullable(),
  inputReference: z.string().nullable(),
  outputDigest: z.string().nullable(),
  withheld: withheldSchema.nullable().meta({ description: "Why personal content is not there any more." }),
  content: z.object({ input: z.string().nullable(), output: z.string().nullable() }).nullable(),
  promptVersion: z.string().nullable(),
  toolsCalled: z.array(z.string()).nullable(),
  explanation: z.record(z.string(), z.unknown()).nullable(),
  oversight: z.string(),
  sandbox: z.boolean(),
  sender: z.object({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
  release: z
    .object({ id: idSchema, version: z.string(), digest: z.string(), components: z.array(z.string()) })
    .nullable()
    .meta({ description: "The release as it was when the decision was made." }),
  deployment: z
    .object({ id: idSchema, environment: z.string(), startedAt: instantSchema, endedAt: instantSchema.nullable() })
    .nullable(),
  ai: aiSchema.nullable(),
  evaluations: z.array(callEvaluationSchema).meta({ description: "Results that were sent for this call." }),
  run: runSchema.nullable().meta({ description: "Null where the sender named no run." }),
  outcomes: z
    .array(decisionOutcomeSchema)
    .meta({ description: "What was held to be true of it, the version recorded last first." }),
  conflicts: z
    .array(decisionConflictSchema)
    .meta({ description: "What was refused because this decision has its id already, the oldest first." }),
});
export type Decision = z.infer<typeof decisionSchema>;

export const servedInputSchema = z.strictObject({
  system: lineSchema(200),
  source: lineSchema(100)
    .default("default")
    .meta({ description: "Which counter reports (an instance, a gateway); counts of all sources are added up." }),
  hour: instantSchema.meta({ description: "Start of the hour that was counted, in UTC." }),
  served: z.number().int().min(0).max(1e12),
});

export const drillSchema = z.object({
  id: idSchema,
  systemId: idSchema,
  ranAt: instantSchema,
  seed: z.string(),
  from: instantSchema,
  to: instantSchema,
  population: z.number().int(),
  sampled: z.number().int(),
  reconstructed: z.number().int(),
  missing: z.array(z.object({ decisionId: idSchema, elements: z.array(z.string()) })),
  ledgerIndex: z.number().int(),
});
export type Drill = z.infer<typeof drillSchema>;

/** Which decisions are meant: by all of what is given. */
export const decisionFilter = {
  systemId: idSchema.optional(),
  releaseId: idSchema.optional(),
  flag: flagSchema.optional(),
  externalId: z.string().max(100).optional(),
  subject: lineSchema(200).optional().meta({
    description: "Your pseudonym of the person concerned, as you sent it; it is looked for by its keyed hash.",
  }),
  outcome: lineSchema(200).optional(),
  attribute: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}=.{1,200}$/, "Write name=value.")
    .optional()
    .meta({ description: "A group attribute as name=value, for example region=EU." }),
  from: instantSchema.optional().meta({ description: "Recorded at this moment or later." }),
  to: instantSchema.optional().meta({ description: "Recorded before this moment." }),
};

const tag = "Decisions";
export const decisionEndpoints = {
  recordDecisions: endpoint({
    operationId: "recordDecisions",
    method: "POST",
    path: "/decisions",
    tag,
    summary: "Record one decision or a batch; answered after it is durable and in the ledger",
    access: "decisions.write",
    body: z.union([
      decisionInputSchema,
      z.array(z.unknown()).min(1).max(DECISIONS_MAX_PER_REQUEST).meta({ description: "Decisions, judged one by one." }),
    ]),
    response: intakeResultSchema,
    lines: "list",
    bodyMaxBytes: DECISIONS_BODY_MAX_BYTES,
  }),
  streamDecisions: endpoint({
    operationId: "streamDecisions",
    method: "POST",
    path: "/decisions/stream",
    tag,
    summary: "Record decisions line by line; each is answered by a line once it is durable, while more arrive",
    access: "decisions.write",
    response: z.string(),
    lines: "stream",
    produces: "application/x-ndjson",
  }),
  listDecisions: endpoint({
    operationId: "listDecisions",
    method: "GET",
    path: "/decisions",
    tag,
    summary: "Decisions, newest first",
    access: "records.read",
    systems: "checked",
    query: z.strictObject({ ...pageQuery.shape, ...decisionFilter }),
    response: pageOf(decisionSummarySchema),
  }),
  getDecision: endpoint({
    operationId: "getDecision",
    method: "GET",
    path: "/decisions/:id",
    tag,
    summary: "One decision, with the release that made it",
    access: "records.read",
    systems: "checked",
    params: idParams,
    response: decisionSchema,
  }),
  reportServed: endpoint({
    operationId: "reportServed",
    method: "POST",
    path: "/served",
    tag,
    summary: "Report how many requests a system served in an hour; a later report for the same hour replaces it",
    access: "decisions.write",
    systems: "checked",
    body: z.union([servedInputSchema, z.array(servedInputSchema).min(1).max(LIST_MAX_ITEMS)]),
    response: z.object({ accepted: z.number().int(), ledgerIndexes: z.array(z.number().int()) }),
  }),
  getLogCompleteness: endpoint({
    operationId: "getLogCompleteness",
    method: "GET",
    path: "/systems/:id/log-completeness",
    tag,
    summary: "Decisions logged and requests served, day by day (UTC)",
    access: "records.read",
    systems: "path",
    params: idParams,
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(400).default(30) }),
    response: z.object({
      days: z.array(z.object({ day: z.string(), logged: z.number().int(), served: z.number().int().nullable() })),
    }),
  }),
  runDrill: endpoint({
    operationId: "runReconstructionDrill",
    method: "POST",
    path: "/systems/:id/reconstruction-drills",
    tag,
    summary: "Draw a random sample of decisions now and reconstruct each",
    access: "drills.run",
    systems: "path",
    params: idParams,
    response: drillSchema,
    status: 201,
  }),
  listDrills: endpoint({
    operationId: "listReconstructionDrills",
    method: "GET",
    path: "/systems/:id/reconstruction-drills",
    tag,
    summary: "Past drills, newest first",
    access: "records.read",
    systems: "path",
    params: idParams,
    query: pageQuery,
    response: pageOf(drillSchema),
  }),
};
