/** What watches AI systems in operation: runs of monitors, readings of other tools, feedback of users. */
import { idSchema, instantSchema, lineSchema, paragraphsSchema } from "@steward/registers";
import { z } from "zod";

import { idParams, pageOf, pageQuery } from "./common.ts";
import { endpoint } from "./endpoint.ts";

/** Feedback in one request. */
export const FEEDBACK_MAX_PER_REQUEST = 200;

export const JUDGEMENTS = {
  within: "Inside its limit",
  beyond: "Beyond its limit",
  insufficient: "Too little to tell",
} as const;
export type Judgement = keyof typeof JUDGEMENTS;
const judgementSchema = z.enum(Object.keys(JUDGEMENTS) as [Judgement, ...Judgement[]]);

export const monitorRunSchema = z.object({
  id: idSchema,
  monitorId: idSchema,
  systemId: idSchema,
  ranAt: instantSchema,
  origin: z.enum(["steward", "reported"]).meta({ description: "Computed here, or sent by another tool." }),
  judgement: judgementSchema,
  value: z.number().nullable(),
  threshold: z.number(),
  chance: z
    .number()
    .nullable()
    .meta({ description: "How far an unchanged system strays by chance at such a look; null where nobody can say." }),
  n: z.number().int().nullable().meta({ description: "Cases that were looked at." }),
  neededN: z.number().int().nullable().meta({ description: "Cases that a sure answer would need." }),
  from: instantSchema.nullable(),
  to: instantSchema.nullable(),
  message: z.string(),
  alertId: idSchema.nullable().meta({ description: "The alert that this run opened." }),
  ledgerIndex: z.number().int(),
});
export type MonitorRun = z.infer<typeof monitorRunSchema>;

export const monitorViewSchema = z.object({
  id: idSchema,
  name: z.string(),
  kind: z.string(),
  measure: z.string(),
  threshold: z.number(),
  alarmWhen: z.string(),
  severity: z.string(),
  heartbeatHours: z.number().int(),
  state: z.string(),
  alive: z.boolean().meta({ description: "Active, and its newest run is younger than its heartbeat." }),
  lastRun: monitorRunSchema.nullable(),
  openAlertId: idSchema.nullable(),
  series: z
    .array(
      z.object({
        at: instantSchema,
        value: z.number().nullable(),
        threshold: z.number(),
        chance: z.number().nullable(),
        judgement: judgementSchema,
      }),
    )
    .meta({ description: "The newest runs, oldest first." }),
});
export type MonitorView = z.infer<typeof monitorViewSchema>;

export const monitoredSystemSchema = z.object({
  id: idSchema,
  name: z.string(),
  lifecycle: z.string(),
  missingKinds: z.array(z.string()).meta({ description: "Kinds of monitor that are not alive." }),
  openAlerts: z.number().int(),
  monitors: z.array(monitorViewSchema),
});
export type MonitoredSystem = z.infer<typeof monitoredSystemSchema>;

export const readingInputSchema = z.strictObject({
  value: z.number().min(-1e15).max(1e15),
  n: z.number().int().min(0).max(1e12).nullable().optional().meta({ description: "Cases that the value rests on." }),
  from: instantSchema.optional().meta({ description: "Start of what was looked at." }),
  to: instantSchema.optional().meta({ description: "End of what was looked at." }),
  note: lineSchema(500).optional(),
});
export type ReadingInput = z.infer<typeof readingInputSchema>;

export const FEEDBACK_KINDS = {
  praise: "It helped",
  complaint: "It did not help, or harmed",
  correction: "The answer was corrected",
  misuse: "It was used, or tricked, against its purpose",
} as const;
export type FeedbackKind = keyof typeof FEEDBACK_KINDS;

export const feedbackInputSchema = z.strictObject({
  id: lineSchema(100).meta({ description: "Your id, unique within the system. Sending it twice stores it once." }),
  system: lineSchema(200).meta({ description: "Id or name of the registered AI system." }),
  kind: z.enum(Object.keys(FEEDBACK_KINDS) as [FeedbackKind, ...FeedbackKind[]]),
  occurredAt: instantSchema,
  decision: lineSchema(100).optional().meta({ description: "Your id of the decision that it is about." }),
  channel: lineSchema(100).optional().meta({ description: "Where it came from: thumbs, support desk, abuse filter." }),
  text: paragraphsSchema(2000)
    .optional()
    .meta({ description: "What was said; kept beside the ledger only, so that it can be erased." }),
});
export type FeedbackInput = z.infer<typeof feedbackInputSchema>;

export const feedbackSchema = z.object({
  id: idSchema,
  externalId: z.string(),
  systemId: idSchema,
  kind: z.string(),
  occurredAt: instantSchema,
  recordedAt: instantSchema,
  decisionExternalId: z.string().nullable(),
  channel: z.string().nullable(),
  ledgerIndex: z.number().int(),
});
export type Feedback = z.infer<typeof feedbackSchema>;

const tag = "Monitoring";
export const monitorEndpoints = {
  getMonitoring: endpoint({
    operationId: "getMonitoring",
    method: "GET",
    path: "/monitoring",
    tag,
    summary: "Systems that are not retired, with their monitors and newest runs",
    access: "records.read",
    query: z.strictObject({ systemId: idSchema.optional() }),
    response: z.object({ systems: z.array(monitoredSystemSchema) }),
  }),
  runMonitor: endpoint({
    operationId: "runMonitor",
    method: "POST",
    path: "/monitors/:id/runs",
    tag,
    summary: "Look now; every look counts against the year's chance of a false alarm",
    access: "monitors.write",
    systems: "checked",
    params: idParams,
    response: monitorRunSchema,
    status: 201,
  }),
  listMonitorRuns: endpoint({
    operationId: "listMonitorRuns",
    method: "GET",
    path: "/monitors/:id/runs",
    tag,
    summary: "What a monitor saw, newest first",
    access: "records.read",
    params: idParams,
    query: pageQuery,
    response: pageOf(monitorRunSchema),
  }),
  reportReading: endpoint({
    operationId: "reportReading",
    method: "POST",
    path: "/monitors/:id/readings",
    tag,
    summary: "Report the value that your own tool read; it is also the monitor's heartbeat",
    access: "readings.write",
    systems: "checked",
    params: idParams,
    body: readingInputSchema,
    response: monitorRunSchema,
    status: 201,
  }),
  recordFeedback: endpoint({
    operationId: "recordFeedback",
    method: "POST",
    path: "/feedback",
    tag,
    summary: "Record what users say of a system, or how it was misused; all or none",
    access: "feedback.write",
    systems: "checked",
    body: z.union([feedbackInputSchema, z.array(feedbackInputSchema).min(1).max(FEEDBACK_MAX_PER_REQUEST)]),
    response: z.object({
      accepted: z.number().int(),
      duplicates: z.number().int(),
      items: z.array(z.object({ id: z.string(), feedbackId: idSchema, ledgerIndex: z.number().int() })),
    }),
  }),
  listFeedback: endpoint({
    operationId: "listFeedback",
    method: "GET",
    path: "/feedback",
    tag,
    summary: "Feedback and reports of misuse, newest first",
    access: "records.read",
    query: z.strictObject({ ...pageQuery.shape, systemId: idSchema.optional() }),
    response: pageOf(feedbackSchema),
  }),
};
