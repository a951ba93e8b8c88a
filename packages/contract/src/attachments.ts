/**
 * Evidence files: uploaded to a record, looked at, downloaded, removed. What is known of a file is a record of the
 * register of evidence files (`/attachments`), with its history; these endpoints carry what it holds.
 */
import { attachment, dateSchema, idSchema } from "@steward/registers";
import { z } from "zod";

import { idParams, reasonSchema } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { recordTypeOf } from "./registers.ts";

/** Columns and rows of a table that are shown; who needs more downloads it. */
export const PREVIEW_MAX_ROWS = 100;
export const PREVIEW_MAX_COLUMNS = 50;
/** Characters of a text that are shown. */
export const PREVIEW_MAX_CHARS = 100_000;

const fields = attachment.fields;

const uploadQuery = z.strictObject({
  subjectKind: z.string().max(64).meta({ description: "Kind of the record: `system`, `risk` …" }),
  subjectId: idSchema.meta({ description: "Id of the record." }),
  name: fields.name.schema,
  source: fields.source.schema.optional(),
  description: fields.description.schema.optional(),
  effectiveOn: dateSchema.optional(),
  expiresOn: dateSchema.optional(),
  keepUntil: dateSchema.optional(),
});
export type UploadQuery = z.infer<typeof uploadQuery>;

export const previewSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["text", "markdown"]), text: z.string(), truncated: z.boolean() }),
  z.object({ kind: z.literal("table"), rows: z.array(z.array(z.string())), truncated: z.boolean() }),
  z
    .object({ kind: z.enum(["image", "pdf", "none"]) })
    .meta({ description: "`image` and `pdf` are shown from the content itself." }),
]);
export type AttachmentPreview = z.infer<typeof previewSchema>;

const tag = attachment.plural;
export const attachmentEndpoints = {
  uploadAttachment: endpoint({
    operationId: "uploadAttachment",
    method: "POST",
    path: "/attachments",
    tag,
    summary: "Add a file to a record: the body is the file itself, whatever its type",
    access: "attachments.write",
    query: uploadQuery,
    consumes: "file",
    response: recordTypeOf(attachment as never),
    status: 201,
    etag: "answers",
  }),
  removeAttachment: endpoint({
    operationId: "removeAttachment",
    method: "POST",
    path: "/attachments/:id/removal",
    tag,
    summary: "Remove a file that is neither held nor to be kept; that it was there stays in the ledger",
    access: "attachments.write",
    params: idParams,
    body: z.strictObject({ changeReason: reasonSchema }),
    response: recordTypeOf(attachment as never),
    etag: "required",
  }),
  getAttachmentPreview: endpoint({
    operationId: "getAttachmentPreview",
    method: "GET",
    path: "/attachments/:id/preview",
    tag,
    summary: "What a file holds, as far as it can be shown: text, the first rows of a table, or which kind it is",
    access: "records.read",
    params: idParams,
    response: previewSchema,
  }),
  getAttachmentContent: endpoint({
    operationId: "getAttachmentContent",
    method: "GET",
    path: "/attachments/:id/content",
    tag,
    summary: "The file itself",
    access: "records.read",
    params: idParams,
    response: z.string(),
    produces: "application/octet-stream",
  }),
};
