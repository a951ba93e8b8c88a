/** What an evidence file holds: streamed with its digest checked, or shown in part. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";

import { type AttachmentPreview, PREVIEW_MAX_CHARS, PREVIEW_MAX_COLUMNS, PREVIEW_MAX_ROWS } from "@steward/contract";
import type { Uuid } from "@steward/kernel";
import { parse } from "csv-parse/sync";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { FileError, type FileStore } from "../../platform/files/store.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { IMAGES } from "./attachments.types.ts";

export interface StoredFile {
  readonly name: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/** @throws HttpProblem `not_found`, also where it was removed. */
export async function findFile(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<StoredFile> {
  const { rows } = await sql<{
    name: string;
    digest: string;
    media_type: string;
    size_bytes: number;
    withdrawn: boolean;
  }>`
    SELECT name, digest, media_type, size_bytes, withdrawn FROM attachment
    WHERE org_id = ${orgId} AND id = ${id}`.execute(db);
  const [row] = rows;
  if (row === undefined || row.withdrawn) throw notFound("This evidence file");
  return { name: row.name, digest: row.digest, mediaType: row.media_type, sizeBytes: row.size_bytes };
}

/** @throws HttpProblem `not_found`, `unavailable` */
export async function openFile(store: FileStore, file: StoredFile): Promise<Readable> {
  try {
    return Readable.from(checked(await store.open(file.digest), file));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new HttpProblem("unavailable", "The store of evidence files cannot give it just now.", {
      headers: { "retry-after": "30" },
      cause: error,
    });
  }
}

/** Ends in an error where what the store gave is not what was uploaded, so that nobody takes it for the evidence. */
async function* checked(content: Readable, { digest, sizeBytes }: StoredFile): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let size = 0;
  let last: Uint8Array | undefined;
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.length;
    // The last piece is held back until the digest is known: a browser must not show an altered file as complete.
    if (last !== undefined) yield last;
    last = chunk;
  }
  if (size !== sizeBytes || hash.digest("hex") !== digest) {
    throw new FileError("altered", `The evidence file ${digest} in the store is not what was uploaded.`);
  }
  if (last !== undefined) yield last;
}

export async function preview(store: FileStore, file: StoredFile): Promise<AttachmentPreview> {
  const { mediaType } = file;
  if (IMAGES.has(mediaType)) return { kind: "image" };
  if (mediaType === "application/pdf") return { kind: "pdf" };
  if (!mediaType.startsWith("text/") && mediaType !== "application/json") return { kind: "none" };
  const { text, truncated } = await readBeginning(store, file);
  if (mediaType === "text/csv") return { kind: "table", ...tableOf(text, truncated) };
  return { kind: mediaType === "text/markdown" ? "markdown" : "text", text, truncated };
}

async function readBeginning(store: FileStore, file: StoredFile): Promise<{ text: string; truncated: boolean }> {
  const decoder = new TextDecoder("utf-8");
  let text = "";
  let read = 0;
  for await (const chunk of (await openFile(store, file)) as AsyncIterable<Uint8Array>) {
    read += chunk.length;
    text += decoder.decode(chunk, { stream: true });
    if (text.length > PREVIEW_MAX_CHARS) break;
  }
  return {
    text: text.slice(0, PREVIEW_MAX_CHARS),
    truncated: read < file.sizeBytes || text.length > PREVIEW_MAX_CHARS,
  };
}

/** The first rows; a text that is no table is shown as one column. */
function tableOf(text: string, truncated: boolean): { rows: string[][]; truncated: boolean } {
  const delimiter = [",", ";", "\t"].toSorted((a, b) => countIn(text, b) - countIn(text, a))[0] as string;
  const records = parse(text, {
    delimiter,
    bom: true,
    to: PREVIEW_MAX_ROWS + 1,
    relax_column_count: true,
    relax_quotes: true,
    skip_records_with_error: true,
  }) as string[][];
  return {
    rows: records.slice(0, PREVIEW_MAX_ROWS).map((row) => row.slice(0, PREVIEW_MAX_COLUMNS)),
    truncated: truncated || records.length > PREVIEW_MAX_ROWS,
  };
}

function countIn(text: string, delimiter: string): number {
  const [first = ""] = text.split("\n", 1);
  return first.split(delimiter).length;
}

/** Every file that a snapshot of the database needs, for a backup. */
export const NEEDED_FILES = `SELECT digest, max(size_bytes) AS size_bytes FROM evidence_content
  WHERE removed_at IS NULL GROUP BY digest ORDER BY digest`;
