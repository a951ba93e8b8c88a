/** The evidence ledger: entries, proofs, checkpoints, self-checks and the audit pack. */
import { idSchema, instantSchema } from "@steward/registers";
import { z } from "zod";

import { actorSchema, pageOf, pageQuery } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const ledgerCheckSchema = z.object({
  id: idSchema,
  ranAt: instantSchema,
  size: z.number().int(),
  ok: z.boolean(),
  findings: z.array(z.object({ code: z.string(), entry: z.number().int().nullable(), message: z.string() })),
  durationMs: z.number(),
  ledgerIndex: z.number().int().nullable(),
});

export const ledgerEntrySummarySchema = z.object({
  index: z.number().int(),
  kind: z.string(),
  at: instantSchema,
  actor: actorSchema,
  subject: z.object({
    kind: z.string(),
    id: z.string(),
    version: z.number().int().nullable(),
    title: z.string().nullable(),
  }),
  leafHash: z.string(),
});
export type LedgerEntrySummary = z.infer<typeof ledgerEntrySummarySchema>;

/** All that a browser needs to verify one entry without trusting the server. */
export const ledgerEntrySchema = ledgerEntrySummarySchema.extend({
  leaf: z.string().meta({ description: "The exact bytes of the entry, base64." }),
  disclosure: z
    .object({ seed: z.string(), body: z.string() })
    .nullable()
    .meta({ description: "Seed (hex) and canonical body that the entry commits to; null when erased or withheld." }),
  receipt: z.string().nullable().meta({ description: "C2SP tlog-proof; null until the next checkpoint." }),
  verificationKey: z.string(),
});
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

export const ledgerSummarySchema = z.object({
  origin: z.string(),
  verificationKey: z.string(),
  size: z.number().int(),
  epochs: z.array(z.object({ verificationKey: z.string(), size: z.number().int() })).meta({
    description: "The epochs before the present one, each ended by a restore, with the entries kept; oldest first.",
  }),
  checkpoint: z.object({ size: z.number().int(), root: z.string(), at: instantSchema, note: z.string() }).nullable(),
  witnesses: z.array(z.object({ name: z.string(), size: z.number().int(), at: instantSchema })),
  lastCheck: ledgerCheckSchema.nullable(),
});

const tag = "Ledger";
export const ledgerEndpoints = {
  getLedger: endpoint({
    operationId: "getLedger",
    method: "GET",
    path: "/ledger",
    tag,
    summary: "Size, key, newest checkpoint, witnesses and self-check",
    access: "records.read",
    response: ledgerSummarySchema,
  }),
  listEntries: endpoint({
    operationId: "listLedgerEntries",
    method: "GET",
    path: "/ledger/entries",
    tag,
    summary: "Entries, newest first",
    access: "records.read",
    query: z.strictObject({
      ...pageQuery.shape,
      kind: z.string().max(64).optional(),
      subjectId: z.string().max(100).optional(),
    }),
    response: pageOf(ledgerEntrySummarySchema),
  }),
  getEntry: endpoint({
    operationId: "getLedgerEntry",
    method: "GET",
    path: "/ledger/entries/:index",
    tag,
    summary: "One entry with its exact bytes, disclosure and receipt",
    access: "records.read",
    params: z.object({ index: z.coerce.number().int().min(0) }),
    response: ledgerEntrySchema,
  }),
  getConsistency: endpoint({
    operationId: "getLedgerConsistency",
    method: "GET",
    path: "/ledger/consistency",
    tag,
    summary: "Proof that the log of one size is a prefix of the log of another",
    access: "records.read",
    query: z.strictObject({ from: z.coerce.number().int().min(0), to: z.coerce.number().int().min(0).optional() }),
    response: z.object({ from: z.number().int(), to: z.number().int(), proof: z.array(z.string()), note: z.string() }),
  }),
  addCosignature: endpoint({
    operationId: "addLedgerCosignature",
    method: "POST",
    path: "/ledger/cosignatures",
    tag,
    summary: "Keep a witness's cosignature (C2SP tlog-cosignature) of a checkpoint",
    access: "ledger.cosign",
    body: z.strictObject({
      size: z.number().int().min(1),
      verificationKey: z.string().max(500),
      cosignature: z.string().max(2000).meta({ description: "The signature line of the signed note." }),
    }),
    response: z.object({ size: z.number().int() }),
    status: 201,
  }),
  listChecks: endpoint({
    operationId: "listLedgerChecks",
    method: "GET",
    path: "/ledger/checks",
    tag,
    summary: "Self-checks of the ledger, newest first",
    access: "records.read",
    query: pageQuery,
    response: pageOf(ledgerCheckSchema),
  }),
  runCheck: endpoint({
    operationId: "runLedgerCheck",
    method: "POST",
    path: "/ledger/checks",
    tag,
    summary: "Verify the whole ledger, its bodies and their projections now; the result becomes evidence",
    access: "drills.run",
    response: ledgerCheckSchema,
    status: 201,
    slow: true,
  }),
  getPackFile: endpoint({
    operationId: "getAuditPackFile",
    method: "GET",
    path: "/ledger/pack/*",
    tag,
    summary: "A file of the audit pack (C2SP tlog-tiles layout, checkpoints, disclosures)",
    access: "records.export",
    query: z.strictObject({
      size: z.coerce.number().int().min(1).optional().meta({
        description:
          "Pack of the checkpoint of this size, so that all files of a download fit together. Newest if left out.",
      }),
    }),
    response: z.string(),
    produces: "application/octet-stream",
  }),
};
