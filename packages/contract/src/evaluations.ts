/** Evaluations of releases as evidence, and the policies whose thresholds were committed before them. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { actorSchema, idParams, pageOf, pageQuery } from "./common.ts";
import { endpoint, IMPORT_BODY_MAX_BYTES } from "./endpoint.ts";

/** Figures of one evaluation: a suite of thousands of cases is told by its groups. */
export const EVALUATION_MAX_RESULTS = 2000;
/** A policy is a page of text. */
export const POLICY_MAX_BYTES = 100_000;
/** Draws of the max-T method that the server repeats. */
export const EVALUATION_MAX_REPLICATES = 10_000;

export const EVALUATION_KINDS = ["bias", "accuracy", "robustness", "red_team", "other"] as const;
export type EvaluationKind = (typeof EVALUATION_KINDS)[number];
export const EVALUATION_VERDICTS = ["pass", "fail", "insufficient", "none"] as const;
export type EvaluationVerdict = (typeof EVALUATION_VERDICTS)[number];
export const EVALUATION_BASES = ["test_data", "live_decisions"] as const;
export const ACTION_STATES = ["open", "overdue", "withheld", "excepted", "mitigated", "rolled_back"] as const;
export type ActionState = (typeof ACTION_STATES)[number];

const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "Write sha256: and 64 lower-case hex digits.")
  .meta({ description: "SHA-256, as sha256: and lower-case hex." });

export const evaluationPolicyInputSchema = z.strictObject({
  system: lineSchema(200).meta({ description: "Id or name of the registered AI system." }),
  policy: z.record(z.string(), z.unknown()).meta({
    description: "The policy file as data: steward/bias-policy/v1, or steward/evaluation-policy/v1 for other suites.",
  }),
  release: lineSchema(200).optional().meta({
    description:
      "Id, version or digest of the release that is evaluated next: where there is none, nothing is committed.",
  }),
  source: z
    .strictObject({
      repository: lineSchema(500).optional(),
      path: lineSchema(500).optional(),
      revision: lineSchema(100).optional(),
    })
    .optional()
    .meta({ description: "Where the policy file is kept. Its time is the ledger's, whatever a commit says." }),
});

export const thresholdSchema = z.object({
  metric: z.string(),
  direction: z.enum(["at_least", "at_most"]),
  limit: z.number(),
});

export const evaluationPolicySchema = z.object({
  id: idSchema,
  systemId: idSchema,
  systemName: z.string(),
  kind: z.enum(EVALUATION_KINDS),
  name: z.string(),
  version: z.string(),
  digest: digestSchema,
  thresholds: z.array(thresholdSchema),
  requiredFor: z
    .array(z.enum(["major", "minor", "patch"]))
    .meta({ description: "Changes after which a release must pass before it is deployed." }),
  continuous: z.boolean().meta({ description: "Whether live decisions are watched under it." }),
  policy: z.record(z.string(), z.unknown()).meta({ description: "The policy as it was sent." }),
  source: z.object({
    repository: z.string().nullable(),
    path: z.string().nullable(),
    revision: z.string().nullable(),
  }),
  committedAt: instantSchema.meta({ description: "When it entered the ledger: from then on it can be shown to hold." }),
  actor: actorSchema,
  ledgerIndex: z.number().int(),
});
export type EvaluationPolicyView = z.infer<typeof evaluationPolicySchema>;

export const evaluationResultInputSchema = z.strictObject({
  name: lineSchema(300).meta({ description: "What was measured: a suite, a prompt, a probe." }),
  metric: lineSchema(200),
  value: z.number().nullable(),
  low: z.number().nullable().optional(),
  high: z.number().nullable().optional(),
  n: z.number().int().min(0).max(1e12).nullable().optional().meta({ description: "Cases that the value rests on." }),
});

const biasInputSchema = z.strictObject({
  statistics: z.record(z.string(), z.unknown()).meta({
    description: "steward/bias-statistics/v1: the counts that the report rests on. The server evaluates them itself.",
  }),
  replicates: z.number().int().min(0).max(EVALUATION_MAX_REPLICATES).default(2000),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
  reference: z
    .record(lineSchema(200), lineSchema(200))
    .optional()
    .meta({ description: "Compare with this group only." }),
  ways: z.number().int().min(1).max(3).default(2).meta({ description: "Without a policy: attributes at a time." }),
  minimumDenominator: z.number().int().min(1).max(1e9).default(30).meta({ description: "Without a policy." }),
  verdict: z
    .enum(EVALUATION_VERDICTS)
    .optional()
    .meta({ description: "What the sender found; another verdict than the server's is refused." }),
});

export const evaluationInputSchema = z.strictObject({
  runId: lineSchema(100)
    .optional()
    .meta({ description: "Your id of the run, unique within the system. Sending it twice stores it once." }),
  system: lineSchema(200).meta({ description: "Id or name of the registered AI system." }),
  release: lineSchema(200).meta({ description: "Id, version or digest of the release that was evaluated." }),
  kind: z.enum(EVALUATION_KINDS),
  dataset: z.strictObject({
    name: lineSchema(300),
    version: lineSchema(200).nullable().optional(),
    digest: digestSchema.nullable().optional(),
  }),
  policyDigest: digestSchema
    .nullable()
    .optional()
    .meta({ description: "A policy that was committed before. Without one there are figures but no verdict." }),
  tool: z.strictObject({ name: lineSchema(200), version: lineSchema(100).nullable().optional() }),
  startedAt: instantSchema.nullable().optional().meta({
    description: "When the run began. Without it nothing shows that the thresholds were there first.",
  }),
  bias: biasInputSchema.optional().meta({ description: "For the kind bias." }),
  results: z
    .array(evaluationResultInputSchema)
    .min(1)
    .max(EVALUATION_MAX_RESULTS)
    .optional()
    .meta({ description: "For every other kind." }),
});

export const evaluationActionSchema = z.object({
  state: z.enum(ACTION_STATES),
  due: instantSchema.nullable().meta({ description: "Until when the policy wants it acted upon." }),
  sentence: z.string(),
  by: z
    .object({ kind: z.string(), id: z.string() })
    .nullable()
    .meta({ description: "The later evaluation, deployment or exception that settles it." }),
});

export const evaluationSummarySchema = z.object({
  id: idSchema,
  systemId: idSchema,
  systemName: z.string(),
  releaseId: idSchema,
  releaseVersion: z.string(),
  releaseDigest: z.string(),
  kind: z.enum(EVALUATION_KINDS),
  suite: z.string().meta({ description: "Name of the policy, or of the tool where there is none." }),
  basis: z.enum(EVALUATION_BASES),
  dataset: z.object({ name: z.string(), version: z.string().nullable(), digest: z.string().nullable() }),
  cases: z.number().int().nullable(),
  tool: z.object({ name: z.string(), version: z.string().nullable() }),
  policy: z
    .object({
      id: idSchema,
      name: z.string(),
      version: z.string(),
      digest: digestSchema,
      committedAt: instantSchema,
    })
    .nullable(),
  verdict: z.enum(EVALUATION_VERDICTS),
  thresholdsFirst: z
    .boolean()
    .nullable()
    .meta({ description: "Whether the policy was in the ledger before the run began; null where nothing shows it." }),
  startedAt: instantSchema.nullable(),
  recordedAt: instantSchema,
  action: evaluationActionSchema
    .nullable()
    .meta({ description: "What a failed evaluation asks for; null for others." }),
  ledgerIndex: z.number().int(),
});
export type EvaluationSummary = z.infer<typeof evaluationSummarySchema>;

export const evaluationSchema = evaluationSummarySchema.extend({
  actor: actorSchema,
  runId: z.string().nullable(),
  reasons: z.array(z.string()).meta({ description: "In plain words what keeps it from passing." }),
  thresholds: z.array(thresholdSchema),
  report: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: "steward/bias/v1, as the server evaluated it; null for other kinds." }),
  results: z.array(
    z.object({
      name: z.string(),
      metric: z.string(),
      value: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      n: z.number().nullable(),
      direction: z.enum(["at_least", "at_most"]).nullable(),
      threshold: z.number().nullable(),
      verdict: z.enum(["pass", "fail", "insufficient"]).nullable(),
      reading: z.string(),
    }),
  ),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

const tag = "Evaluations";
export const evaluationEndpoints = {
  commitEvaluationPolicy: endpoint({
    operationId: "commitEvaluationPolicy",
    method: "POST",
    path: "/evaluation-policies",
    tag,
    summary: "Commit a policy to the ledger; the same policy again answers when it was first committed",
    access: "evaluations.write",
    systems: "checked",
    body: evaluationPolicyInputSchema,
    response: z.object({
      policy: evaluationPolicySchema,
      isNew: z.boolean(),
      answeredAt: instantSchema.meta({ description: "The server's time: date the start of a run by it." }),
    }),
    status: 201,
  }),
  listEvaluationPolicies: endpoint({
    operationId: "listEvaluationPolicies",
    method: "GET",
    path: "/evaluation-policies",
    tag,
    summary: "Policies, newest first",
    access: "records.read",
    query: z.strictObject({ ...pageQuery.shape, systemId: idSchema.optional(), name: z.string().max(300).optional() }),
    response: pageOf(evaluationPolicySchema),
  }),
  getEvaluationPolicy: endpoint({
    operationId: "getEvaluationPolicy",
    method: "GET",
    path: "/evaluation-policies/:id",
    tag,
    summary: "One version of a policy",
    access: "records.read",
    params: idParams,
    response: evaluationPolicySchema,
  }),
  publishEvaluation: endpoint({
    operationId: "publishEvaluation",
    method: "POST",
    path: "/evaluations",
    tag,
    summary: "Publish an evaluation of a release; the server judges it itself",
    access: "evaluations.write",
    systems: "checked",
    body: evaluationInputSchema,
    response: evaluationSchema,
    status: 201,
    bodyMaxBytes: IMPORT_BODY_MAX_BYTES,
  }),
  listEvaluations: endpoint({
    operationId: "listEvaluations",
    method: "GET",
    path: "/evaluations",
    tag,
    summary: "Evaluations, newest first",
    access: "records.read",
    systems: "checked",
    query: z.strictObject({
      ...pageQuery.shape,
      systemId: idSchema.optional(),
      releaseId: idSchema.optional(),
      kind: z.enum(EVALUATION_KINDS).optional(),
      basis: z.enum(EVALUATION_BASES).optional(),
      verdict: z.enum(EVALUATION_VERDICTS).optional(),
      suite: z.string().max(300).optional(),
    }),
    response: pageOf(evaluationSummarySchema),
  }),
  getEvaluation: endpoint({
    operationId: "getEvaluation",
    method: "GET",
    path: "/evaluations/:id",
    tag,
    summary: "One evaluation with its report",
    access: "records.read",
    systems: "checked",
    params: idParams,
    response: evaluationSchema,
  }),
};
