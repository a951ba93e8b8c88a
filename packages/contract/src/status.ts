/** The computed status of every requirement, its tests, its history, and what to do next. */
import { idSchema, instantSchema } from "@steward/registers";
import { z } from "zod";

import { asOfQuery, pageOf, pageQuery } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const STATUSES = ["evidenced", "failing", "stale", "insufficient", "excepted", "not_applicable"] as const;
export const VERDICTS = ["pass", "fail", "stale", "insufficient", "not_applicable"] as const;
const statusSchema = z.enum(STATUSES);
const verdictSchema = z.enum(VERDICTS);

export const evidenceSchema = z
  .object({
    kind: z.string(),
    id: z.string(),
    version: z.number().int().nullable(),
    title: z.string().nullable(),
    ledgerIndex: z.number().int().nullable(),
    at: instantSchema,
  })
  .meta({ id: "Evidence" });
export type EvidenceView = z.infer<typeof evidenceSchema>;

export const nextStepSchema = z.object({
  text: z.string(),
  action: z.string(),
  subjectKind: z.string().nullable(),
  subjectId: z.string().nullable(),
});

export const testResultSchema = z
  .object({
    testId: z.string(),
    name: z.string().nullable(),
    passesWhen: z.string().meta({ description: "Our own words, from the catalogue." }),
    automation: z.string(),
    live: z.boolean().meta({ description: "Whether its inputs have a source in this installation." }),
    verdict: verdictSchema,
    reason: z.string(),
    population: z
      .object({ n: z.number().int(), description: z.string() })
      .nullable()
      .meta({ description: "Null for callers who may see some AI systems only." }),
    exceptions: z.array(
      z.object({
        subjectKind: z.string(),
        subjectId: z.string(),
        subjectTitle: z.string().nullable(),
        message: z.string(),
        evidence: z.array(evidenceSchema),
      }),
    ),
    exceptionsTotal: z.number().int(),
    evidence: z.array(evidenceSchema),
    evidenceTotal: z.number().int(),
    window: z.object({ from: instantSchema, to: instantSchema }).nullable(),
    validUntil: instantSchema.nullable(),
    parameters: z.array(z.object({ name: z.string(), value: z.number(), unit: z.string() })),
    missingSources: z.array(z.string()),
    nextStep: nextStepSchema.nullable(),
    codeVersion: z.string(),
  })
  .meta({ id: "TestResult" });
export type TestResultView = z.infer<typeof testResultSchema>;

export const requirementStatusSchema = z
  .object({
    requirementId: z.string(),
    ref: z.string(),
    title: z.string(),
    kind: z.enum(["clause", "control"]),
    group: z.string(),
    status: statusSchema,
    sentence: z.string().meta({
      description: "Why. For callers who may see some AI systems only: the verdicts of its tests alone.",
    }),
    since: instantSchema,
    validUntil: instantSchema.nullable(),
    tests: z.array(z.object({ testId: z.string(), verdict: verdictSchema })),
    evidenceCount: z.number().int().nullable().meta({
      description: "Null for callers who may see some AI systems only.",
    }),
  })
  .meta({ id: "RequirementStatus" });
export type RequirementStatusView = z.infer<typeof requirementStatusSchema>;

const computationShape = {
  asOf: instantSchema,
  evaluatedAt: instantSchema.nullable(),
  mode: z.enum(["recorded", "recomputed"]).meta({
    description: "recorded: as it was computed then. recomputed: today's tests over the facts of then.",
  }),
  catalogueDigest: z.string(),
  codeVersion: z.string(),
};

export const statusSummarySchema = z
  .object({
    ...computationShape,
    counts: z.record(statusSchema, z.number().int()),
    groups: z.array(
      z.object({ id: z.string(), ref: z.string(), title: z.string(), kind: z.enum(["clause", "control"]) }),
    ),
    requirements: z.array(requirementStatusSchema),
  })
  .meta({ id: "StatusSummary" });
export type StatusSummary = z.infer<typeof statusSummarySchema>;

export const statusChangeSchema = z
  .object({
    at: instantSchema,
    requirementId: z.string(),
    ref: z.string(),
    title: z.string(),
    from: statusSchema.nullable(),
    to: statusSchema,
    because: z.string().meta({ description: "For callers who may see some AI systems only: that it is left out." }),
    ledgerIndex: z.number().int().nullable(),
  })
  .meta({ id: "StatusChange" });
export type StatusChange = z.infer<typeof statusChangeSchema>;

export const nextActionSchema = z.object({
  ...nextStepSchema.shape,
  unlocks: z.array(z.string()).meta({ description: "Requirements that it moves forward." }),
  testIds: z.array(z.string()),
});
export type NextAction = z.infer<typeof nextActionSchema>;

export const crosswalkRowSchema = z.object({
  standard: z.string(),
  standardTitle: z.string(),
  id: z.string(),
  ref: z.string(),
  title: z.string().nullable(),
  strength: z.string(),
  reason: z.string(),
  supported: z.boolean().meta({ description: "Whether a source outside the project supports the pair." }),
});

const modeQuery = asOfQuery.extend({ mode: z.enum(["recorded", "recomputed"]).default("recorded") });
const requirementParams = z.object({
  id: z.string().max(40).meta({ description: "Number of a clause or control: 6.1.3, A.6.2.8." }),
});
const tag = "Status";

export const statusEndpoints = {
  getStatus: endpoint({
    operationId: "getStatus",
    method: "GET",
    path: "/status",
    tag,
    summary: "Status of the 32 clauses and 38 controls, now or as of a moment",
    access: "records.read",
    systems: "checked",
    query: modeQuery,
    response: statusSummarySchema,
  }),
  getOverview: endpoint({
    operationId: "getOverview",
    method: "GET",
    path: "/overview",
    tag,
    summary: "Where we stand, what changed in seven days, what to do next, clocks and live figures",
    access: "records.read",
    systems: "checked",
    query: modeQuery,
    response: z.object({
      scope: z
        .array(z.object({ id: idSchema, name: z.string() }))
        .nullable()
        .meta({
          description:
            "AI systems that the caller may see: figures and next actions are of these, and changes, which name others, " +
            "are left out. Null where nothing is left out.",
        }),
      status: statusSummarySchema,
      sentence: z.string(),
      changes: z.array(statusChangeSchema),
      nextActions: z.array(nextActionSchema),
      clocks: z.array(z.object({ at: instantSchema, text: z.string(), requirementIds: z.array(z.string()) })),
      figures: z.object({
        systems: z.number().int(),
        systemsInOperation: z.number().int(),
        decisions24h: z.number().int(),
        decisionsTotal: z.number().int(),
        flagged24h: z.number().int(),
        ledgerSize: z.number().int().nullable().meta({
          description: "Null for callers who may see some AI systems only.",
        }),
      }),
    }),
  }),
  getRequirement: endpoint({
    operationId: "getRequirement",
    method: "GET",
    path: "/status/requirements/:id",
    tag,
    summary: "One requirement: our summary, status, tests with population, exceptions and evidence, crosswalk",
    access: "records.read",
    systems: "checked",
    params: requirementParams,
    query: modeQuery,
    response: z.object({
      ...computationShape,
      requirement: z.object({
        id: z.string(),
        ref: z.string(),
        title: z.string(),
        kind: z.enum(["clause", "control"]),
        groupTitle: z.string(),
        summary: z.string(),
        auditorAsks: z.array(z.string()),
      }),
      status: requirementStatusSchema,
      tests: z.array(testResultSchema),
      crosswalk: z.array(crosswalkRowSchema),
      previous: z.string().nullable(),
      next: z.string().nullable(),
    }),
  }),
  getRequirementHistory: endpoint({
    operationId: "getRequirementHistory",
    method: "GET",
    path: "/status/requirements/:id/history",
    tag,
    summary: "How the status of a requirement moved, newest first",
    access: "records.read",
    systems: "checked",
    params: requirementParams,
    query: pageQuery,
    response: pageOf(statusChangeSchema),
  }),
  listTests: endpoint({
    operationId: "listTests",
    method: "GET",
    path: "/status/tests",
    tag,
    summary: "Every test of the catalogue with its result",
    access: "records.read",
    query: modeQuery,
    response: z.object({ ...computationShape, tests: z.array(testResultSchema) }),
  }),
  listSystemTests: endpoint({
    operationId: "listSystemTests",
    method: "GET",
    path: "/systems/:id/tests",
    tag,
    summary: "Tests that look at one AI system, with what they say of it",
    access: "records.read",
    systems: "path",
    params: z.object({ id: idSchema }),
    response: z.object({
      tests: z.array(
        z.object({
          testId: z.string(),
          requirementRefs: z.array(z.string()),
          passesWhen: z.string(),
          verdict: verdictSchema,
          message: z.string(),
          nextStep: nextStepSchema.nullable(),
        }),
      ),
    }),
  }),
  listStatusChanges: endpoint({
    operationId: "listStatusChanges",
    method: "GET",
    path: "/status/changes",
    tag,
    summary: "What moved, newest first, and because of what",
    access: "records.read",
    query: pageQuery.extend({ since: instantSchema.optional() }),
    response: pageOf(statusChangeSchema),
  }),
};
