/** Binds the endpoints that carry evidence files; what is known of them is read and changed as any record is. */
import type { Readable } from "node:stream";

import { attachmentEndpoints } from "@steward/contract";
import { attachment, type Register } from "@steward/registers";
import type { FastifyReply } from "fastify";

import type { Router } from "../../platform/http/bind.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { readRecord } from "../records/records.read.ts";
import { etagOf, readIfMatch } from "../records/records.routes.ts";
import { findFile, openFile, preview } from "./attachments.read.ts";
import { type AttachmentDeps, remove, upload } from "./attachments.service.ts";
import { IMAGES } from "./attachments.types.ts";

export function attachmentRoutes(router: Router, deps: AttachmentDeps): void {
  const { db, files } = deps;
  router.bind(attachmentEndpoints.uploadAttachment, async ({ caller, query, request, reply }) => {
    const content = request.body as Readable | undefined;
    if (typeof content?.[Symbol.asyncIterator] !== "function") {
      throw new HttpProblem("unsupported_media_type", "Send the file itself, as application/octet-stream.");
    }
    return answer(deps, caller, await upload(deps, caller, query, content), reply);
  });
  router.bind(attachmentEndpoints.removeAttachment, async ({ caller, params, body, request, reply }) => {
    await remove(deps, caller, { id: params.id, expectedVersion: readIfMatch(request), ...body });
    return answer(deps, caller, params.id, reply);
  });
  router.bind(attachmentEndpoints.getAttachmentPreview, async ({ caller, params }) =>
    preview(files.store, await findFile(db, caller.orgId, params.id)),
  );
  router.bind(attachmentEndpoints.getAttachmentContent, async ({ caller, params, reply }) => {
    const file = await findFile(db, caller.orgId, params.id);
    const content = await openFile(files.store, file);
    return reply.headers(contentHeaders(file)).send(content);
  });
}

async function answer(deps: AttachmentDeps, caller: Caller, id: string, reply: FastifyReply) {
  const record = await readRecord(deps.db, caller, attachment as unknown as Register, id);
  if (!record) throw notFound("This evidence file");
  void reply.header("etag", etagOf(record.version));
  return record as never;
}

/**
 * A file of somebody must never act as a page of ours: only pictures keep their type, everything is a download, and
 * whoever opens it as a page gets one in which nothing runs and nothing is loaded.
 */
function contentHeaders({ name, mediaType, sizeBytes, digest }: Awaited<ReturnType<typeof findFile>>) {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  return {
    "content-type": IMAGES.has(mediaType) ? mediaType : "application/octet-stream",
    "content-length": String(sizeBytes),
    "content-disposition": `attachment; filename="${ascii}"; filename*=UTF-8''${encodeRfc8187(name)}`,
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "repr-digest": `sha-256=:${Buffer.from(digest, "hex").toString("base64")}:`,
  };
}

/** RFC 8187: what encodeURIComponent leaves and the grammar does not allow is encoded as well. */
function encodeRfc8187(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
