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
