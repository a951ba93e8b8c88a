/** Bills of materials of releases, and vulnerability data about what they are made of. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { idParams } from "./common.ts";
import { endpoint, IMPORT_BODY_MAX_BYTES } from "./endpoint.ts";

const documentSchema = z.record(z.string(), z.unknown());

export const releaseBomSchema = z.object({
  id: idSchema,
  releaseId: idSchema,
  format: z.string().meta({ description: "As the document says: CycloneDX 1.6." }),
  hasModelCard: z.boolean(),
  digest: z.string().meta({ description: "SHA-256 of the document as canonical JSON (RFC 8785)." }),
  recordedAt: instantSchema,
  ledgerIndex: z.number().int(),
});
export type ReleaseBom = z.infer<typeof releaseBomSchema>;

const bomComponent = z.object({
  kind: z.string().meta({ description: "Type of component in the words of CycloneDX, or service." }),
  name: z.string().meta({ description: "With its group, where it has one." }),
  version: z.string().nullable(),
  provider: z.string().nullable().meta({ description: "Supplier, manufacturer or publisher." }),
  digest: z.string().nullable().meta({ description: "The strongest that the document gives, as sha256:…" }),
  licence: z.string().nullable(),
});
export type BomComponent = z.infer<typeof bomComponent>;

export const bomChangesSchema = z.object({
  from: releaseBomSchema,
  to: releaseBomSchema,
  added: z.array(bomComponent),
  removed: z.array(bomComponent),
  changed: z.array(z.object({ before: bomComponent, after: bomComponent })),
  unchanged: z.number().int(),
});
export type BomChanges = z.infer<typeof bomChangesSchema>;

export const VULNERABILITY_SEVERITIES = ["critical", "high", "medium", "low", "unknown"] as const;
export const VULNERABILITY_STATES = ["affected", "under_investigation", "fixed", "not_affected"] as const;

const vulnerabilitySchema = z.object({
  id: z.string().meta({ description: "As its database calls it: CVE-2026-1234, GHSA-…" }),
  component: z.string(),
  version: z.string().nullable().meta({ description: "The affected version; null where the data names none." }),
  severity: z.enum(VULNERABILITY_SEVERITIES),
  state: z.enum(VULNERABILITY_STATES).meta({ description: "What the newest import says of it." }),
  knownSince: instantSchema.meta({ description: "When it was first imported." }),
  fixBy: instantSchema
    .nullable()
    .meta({ description: "From then on it counts against T-A.4.4-1; null where it does not wait or is not critical." }),
  overdue: z.boolean(),
  systems: z
    .array(z.object({ id: idSchema, name: z.string() }))
    .meta({ description: "Systems that use the component." }),
  ledgerIndex: z.number().int(),
});
export type Vulnerability = z.infer<typeof vulnerabilitySchema>;

export const vulnerabilitiesSchema = z.object({
  feeds: z
    .array(
      z.object({
        id: idSchema,
        source: z.string(),
        format: z.string(),
        statements: z.number().int(),
        recordedAt: instantSchema,
        ledgerIndex: z.number().int(),
      }),
    )
    .meta({ description: "The newest import of each source, newest first." }),
  items: z.array(vulnerabilitySchema),
  more: z.number().int().meta({ description: "How many there are behind the last one." }),
  elsewhere: z.number().int().meta({ description: "Statements about what no registered system uses." }),
});
export type Vulnerabilities = z.infer<typeof vulnerabilitiesSchema>;

const tag = "Inventory";
export const bomEndpoints = {
  publishReleaseBom: endpoint({
    operationId: "publishReleaseBom",
    method: "POST",
    path: "/releases/:id/ai-bom",
    tag,
    summary: "Store the AI-BOM of a release (CycloneDX JSON); the newest one holds",
    access: "inventory.write",
    systems: "checked",
    params: idParams,
    body: z.strictObject({ document: documentSchema }),
    response: releaseBomSchema,
    status: 201,
    bodyMaxBytes: IMPORT_BODY_MAX_BYTES,
  }),
  getReleaseBom: endpoint({
    operationId: "getReleaseBom",
    method: "GET",
    path: "/releases/:id/ai-bom",
    tag,
    summary: "The newest AI-BOM of a release, with what it lists",
    access: "records.read",
    params: idParams,
    response: releaseBomSchema.extend({ components: z.array(bomComponent), document: documentSchema }),
  }),
  diffReleaseBoms: endpoint({
    operationId: "diffReleaseBoms",
    method: "GET",
    path: "/releases/:id/ai-bom/changes",
    tag,
    summary: "What changed in the AI-BOM since another release",
    access: "records.read",
    params: idParams,
    query: z.strictObject({ from: idSchema.meta({ description: "The release to compare with." }) }),
    response: bomChangesSchema,
  }),
  listVulnerabilities: endpoint({
    operationId: "listVulnerabilities",
    method: "GET",
    path: "/vulnerabilities",
    tag,
    summary: "Known vulnerabilities of what registered AI systems use, those that wait and are worst first",
    access: "records.read",
    query: z.strictObject({ systemId: idSchema.optional() }),
    response: vulnerabilitiesSchema,
  }),
  importVulnerabilities: endpoint({
    operationId: "importVulnerabilities",
    method: "POST",
    path: "/vulnerability-feeds",
    tag,
    summary: "Import vulnerability data: CycloneDX VEX, OSV records, or the JSON output of osv-scanner",
    access: "inventory.write",
    body: z.strictObject({
      source: lineSchema(300).meta({ description: "Where it comes from: osv-scanner, the supplier's VEX." }),
      document: z.union([documentSchema, z.array(documentSchema)]),
    }),
    response: z.object({
      id: idSchema,
      format: z.string(),
      statements: z.number().int(),
      digest: z.string(),
      recordedAt: instantSchema,
      ledgerIndex: z.number().int(),
    }),
    status: 201,
    bodyMaxBytes: IMPORT_BODY_MAX_BYTES,
  }),
};
