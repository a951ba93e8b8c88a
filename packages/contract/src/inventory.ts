/** What was found in code and seen at run time: scans of repositories, and observations of AI in use. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { actorSchema, idParams, pageOf, pageQuery } from "./common.ts";
import { endpoint, IMPORT_BODY_MAX_BYTES } from "./endpoint.ts";

/** Components of one scan; the largest monorepo measured has a tenth of it. */
export const SCAN_MAX_COMPONENTS = 20_000;
/** Places of one component, and files left out of one scan. */
export const SCAN_MAX_PLACES = 100_000;
/** Sightings in one request. */
export const SIGHTINGS_MAX_PER_REQUEST = 1000;

/** The words of `steward/scan/v1`, which the scanner of packages/discovery writes. */
export const SCAN_KINDS = [
  "package",
  "provider",
  "service",
  "model",
  "model_file",
  "dataset",
  "embedding",
  "vector_store",
  "agent",
  "tool",
  "prompt",
  "endpoint",
  "credential",
  "image",
  "ci",
] as const;
export type ScanKind = (typeof SCAN_KINDS)[number];
export const SCAN_CONFIDENCES = ["used", "declared", "inferred"] as const;

const pathSchema = lineSchema(4096);

export const scanComponentSchema = z.strictObject({
  kind: z.enum(SCAN_KINDS),
  name: lineSchema(500),
  version: lineSchema(200).optional(),
  ecosystem: lineSchema(60).optional(),
  provider: lineSchema(100).optional(),
  confidence: z.enum(SCAN_CONFIDENCES),
  evidence: z
    .array(z.strictObject({ file: pathSchema, line: z.number().int().min(1), detector: lineSchema(200) }))
    .min(1)
    .max(SCAN_MAX_PLACES),
});

/** The document that `steward scan --format json` prints. */
export const scanReportSchema = z.strictObject({
  schema: z.literal("steward/scan/v1"),
  root: pathSchema,
  filesScanned: z.number().int().min(0),
  filesSkipped: z.array(z.strictObject({ file: pathSchema, reason: lineSchema(500) })).max(SCAN_MAX_PLACES),
  components: z.array(scanComponentSchema).max(SCAN_MAX_COMPONENTS),
});
export type ScanDocument = z.infer<typeof scanReportSchema>;

export const scanInputSchema = z.strictObject({
  system: lineSchema(200).nullable().optional().meta({
    description: "Id or name of the registered AI system that the code belongs to; leave it out where none does yet.",
  }),
  source: lineSchema(300).meta({
    description: "What was scanned, the same each time (a repository's address or name): a later scan replaces it.",
    examples: ["github.com/acme/loan-triage"],
  }),
  revision: lineSchema(200).nullable().optional().meta({ description: "Commit that was scanned." }),
  report: scanReportSchema,
});

export const scanSchema = z.object({
  id: idSchema,
  source: z.string(),
  systemId: idSchema.nullable().meta({ description: "The system it was published for." }),
  revision: z.string().nullable(),
  recordedAt: instantSchema,
  sender: actorSchema,
  filesScanned: z.number().int(),
  filesSkipped: z.number().int(),
  components: z.number().int(),
  digest: z.string().meta({ description: "SHA-256 of the document as canonical JSON (RFC 8785)." }),
  ledgerIndex: z.number().int(),
});
export type Scan = z.infer<typeof scanSchema>;

/** Where something was seen; `decision_log` is read from the flags of decisions and cannot be sent. */
export const SIGHTING_SOURCES = ["otlp", "kubernetes", "cloudtrail", "mlflow"] as const;
export const OBSERVATION_SOURCES = [...SIGHTING_SOURCES, "decision_log"] as const;
export type SightingSource = (typeof SIGHTING_SOURCES)[number];
export type ObservationSource = (typeof OBSERVATION_SOURCES)[number];

export const sightingInputSchema = z.strictObject({
  provider: lineSchema(100).meta({ description: "Supplier, as a scan names it: openai, aws." }),
  model: lineSchema(300).nullable().optional().meta({ description: "Model, as its supplier names it." }),
  version: lineSchema(200).nullable().optional(),
  digest: lineSchema(140).nullable().optional().meta({ description: "Digest of what runs, such as an image." }),
  service: lineSchema(300).meta({ description: "What used it: service name, workload, account and role." }),
  count: z.number().int().min(1).max(1e12),
  firstAt: instantSchema,
  lastAt: instantSchema,
});
export type SightingInput = z.infer<typeof sightingInputSchema>;

export const observationInputSchema = z.strictObject({
  source: z.enum(SIGHTING_SOURCES),
  sightings: z
    .array(sightingInputSchema)
    .max(SIGHTINGS_MAX_PER_REQUEST)
    .meta({ description: "An empty list says that somebody looked and found nothing." }),
});

export const observationSchema = z.object({
  id: idSchema,
  source: z.enum(OBSERVATION_SOURCES),
  provider: z.string(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  digest: z.string().nullable(),
  service: z.string(),
  systemId: idSchema.nullable().meta({ description: "The system that its sender named." }),
  count: z.number().int(),
  firstSeenAt: instantSchema,
  lastSeenAt: instantSchema,
  ledgerIndex: z.number().int().meta({ description: "Newest entry of the ledger about it." }),
});
export type Observation = z.infer<typeof observationSchema>;

const tag = "Inventory";
export const inventoryEndpoints = {
  publishScan: endpoint({
    operationId: "publishScan",
    method: "POST",
    path: "/scans",
    tag,
    summary: "Publish what a scan of a repository found, for an AI system or for none yet",
    access: "inventory.write",
    systems: "checked",
    body: scanInputSchema,
    response: scanSchema,
    status: 201,
    bodyMaxBytes: IMPORT_BODY_MAX_BYTES,
  }),
  listScans: endpoint({
    operationId: "listScans",
    method: "GET",
    path: "/scans",
    tag,
    summary: "Scans, newest first",
    access: "records.read",
    query: z.strictObject({
      ...pageQuery.shape,
      systemId: idSchema.optional(),
      source: z.string().max(300).optional(),
    }),
    response: pageOf(scanSchema),
  }),
  getScan: endpoint({
    operationId: "getScan",
    method: "GET",
    path: "/scans/:id",
    tag,
    summary: "One scan with its document",
    access: "records.read",
    params: idParams,
    response: scanSchema.extend({ report: scanReportSchema }),
  }),
  listUnregistered: endpoint({
    operationId: "listUnregistered",
    method: "GET",
    path: "/scans/:id/unregistered",
    tag,
    summary: "Components of a scan that no register names and no decision covers",
    access: "records.read",
    params: idParams,
    response: z.object({
      items: z.array(z.object({ kind: z.enum(SCAN_KINDS), name: z.string() })),
    }),
  }),
  publishObservations: endpoint({
    operationId: "publishObservations",
    method: "POST",
    path: "/observations",
    tag,
    summary: "Publish what was seen running or being called: AI services, models and workloads",
    access: "inventory.write",
    body: observationInputSchema,
    response: z.object({ accepted: z.number().int(), ledgerIndexes: z.array(z.number().int()) }),
    bodyMaxBytes: IMPORT_BODY_MAX_BYTES,
  }),
  listObservations: endpoint({
    operationId: "listObservations",
    method: "GET",
    path: "/observations",
    tag,
    summary: "What was seen at run time, last seen first",
    access: "records.read",
    query: z.strictObject({
      ...pageQuery.shape,
      source: z.enum(OBSERVATION_SOURCES).optional(),
      systemId: idSchema.optional(),
    }),
    response: pageOf(observationSchema),
  }),
};
