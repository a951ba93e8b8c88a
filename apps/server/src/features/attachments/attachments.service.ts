/** Evidence files: taken in, held, removed. What is known of each is a record; what it holds lies in the store. */
import type { Catalogue } from "@steward/catalogue";
import type { UploadQuery } from "@steward/contract";
import { type Clock, dayIn, newId, type Uuid } from "@steward/kernel";
import { attachment, type Register, registerOf } from "@steward/registers";
import { type Kysely, sql, type Transaction } from "kysely";
import type { Logger } from "pino";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { EvidenceFiles } from "../../platform/files/evidence-files.ts";
import { receive, type Received } from "../../platform/files/incoming.ts";
import { FileError } from "../../platform/files/store.ts";
import { scanFile, ScanError } from "../../platform/files/virus-scan.ts";
import { type Caller, INSTALLATION_ID } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { expectRecord } from "../records/records.read.ts";
import { createInTransaction, withdrawInTransaction, type Writer, writerOf } from "../records/records.service.ts";
import { lockCurrent, type Values } from "../records/records.store.ts";
import { announce, claim, release, sweep } from "./attachments.store.ts";
import { sniff } from "./attachments.types.ts";

export interface AttachmentDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly catalogue: Catalogue;
  readonly files: EvidenceFiles;
}

const ATTACHMENT = attachment as unknown as Register;
const SECONDS_UNTIL_RETRY = "30";

/**
 * Takes a file in and attaches it; answers the record's id when file and record are durable.
 * @throws HttpProblem `not_found`, `too_large`, `invalid`, `unavailable`; nothing is kept then.
 */
export async function upload(
  deps: AttachmentDeps,
  caller: Caller,
  query: UploadQuery,
  content: AsyncIterable<Uint8Array>,
): Promise<Uuid> {
  await expectSubject(deps.db, caller.orgId, query);
  const received = await take(deps, content);
  try {
    const mediaType = await judge(received, query.name);
    const virusScan = await scan(deps, received);
    return await keep(deps, caller, query, { ...received, mediaType, virusScan });
  } finally {
    await received.discard();
  }
}

/** Any record of a register, but no evidence file itself. */
async function expectSubject(db: Kysely<Tables>, orgId: Uuid, { subjectKind, subjectId }: UploadQuery): Promise<void> {
  const register = subjectKind === ATTACHMENT.kind ? undefined : registerOf(subjectKind);
  if (register === undefined) throw invalidQuery("subjectKind", "There is no register of this kind.");
  await expectRecord(db, orgId, register.kind, subjectId);
}

async function take({ files }: AttachmentDeps, content: AsyncIterable<Uint8Array>): Promise<Received> {
  try {
    return await receive(files.incoming, content, files.maxBytes);
  } catch (error) {
    if (error instanceof FileError && error.code === "too_large") {
      const megabytes = Math.floor(files.maxBytes / 1024 / 1024);
      throw new HttpProblem("too_large", `A file may have ${megabytes} MB at most.`, {
        headers: { connection: "close" },
        cause: error,
      });
    }
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") {
      throw unavailable("There is no room for the file; nothing was kept.", error);
    }
    throw error;
  }
}

async function judge(received: Received, name: string): Promise<string> {
  if (received.sizeBytes === 0) throw invalidBody("The file is empty.");
  const sniffed = await sniff(received.path, name);
  if ("refused" in sniffed) throw invalidBody(sniffed.refused);
  return sniffed.mediaType;
}

async function scan({ files, log }: AttachmentDeps, received: Received): Promise<"clean" | "not_scanned"> {
  if (files.virusScan === undefined) return "not_scanned";
  try {
    const verdict = await scanFile(files.virusScan, received.path);
    if (verdict.clean) return "clean";
    log.warn({ digest: received.digest, found: verdict.found }, "an uploaded file was refused by the virus scanner");
    throw invalidBody(`The virus scanner refused it: ${verdict.found}.`);
  } catch (error) {
    if (error instanceof ScanError) throw unavailable("The virus scanner does not answer; nothing was kept.", error);
    throw error;
  }
}

interface Judged extends Received {
  readonly mediaType: string;
  readonly virusScan: "clean" | "not_scanned";
}

async function keep(deps: AttachmentDeps, caller: Caller, query: UploadQuery, file: Judged): Promise<Uuid> {
  const { db, clock, files } = deps;
  const { digest, sizeBytes, mediaType, virusScan } = file;
  await announce(db, digest, clock.now());
  try {
    await files.store.put(digest, file.path, sizeBytes);
  } catch (error) {
    if (error instanceof FileError || (error as NodeJS.ErrnoException).code === "ENOSPC") {
      throw unavailable("The store of evidence files does not take it; nothing was kept.", error);
    }
    throw error;
  }
  const values = ATTACHMENT.createSchema.parse({ ...query, digest, sizeBytes, mediaType, virusScan }) as Values;
  const id = newId(clock);
  await withTransaction(db, async (tx) => {
    await claim(tx, caller.orgId, { digest, sizeBytes, now: clock.now() });
    await createInTransaction(deps, tx, writerOf(caller), ATTACHMENT, { id, values });
  });
  return id;
}

export interface Removal {
  readonly id: Uuid;
  readonly expectedVersion: number;
  readonly changeReason: string;
}

/** @throws HttpProblem `conflict` while it is held or to be kept. */
export async function remove(deps: AttachmentDeps, caller: Caller, removal: Removal): Promise<void> {
  const today = dayIn(deps.clock.now(), await timeZoneOf(deps.db, caller.orgId));
  await withTransaction(deps.db, (tx) => removeInTransaction(deps, tx, writerOf(caller), removal, today));
}

async function removeInTransaction(
  deps: AttachmentDeps,
  tx: Transaction<Tables>,
  writer: Writer,
  removal: Removal,
  today: string,
): Promise<void> {
  const current = await lockCurrent(tx, writer.orgId, ATTACHMENT, removal.id);
  if (current === undefined) throw notFound("This evidence file");
  const { legalHold, keepUntil, digest } = current.values as {
    legalHold: boolean;
    keepUntil: string | null;
    digest: string;
  };
  if (legalHold)
    throw new HttpProblem("conflict", "It is under legal hold; nobody can remove it until that is lifted.");
  if (keepUntil !== null && keepUntil >= today) {
    throw new HttpProblem("conflict", `It is to be kept until ${keepUntil}.`);
  }
  await withdrawInTransaction(deps, tx, writer, ATTACHMENT, removal);
  await release(tx, writer.orgId, digest, deps.clock.now());
}

async function timeZoneOf(db: Kysely<Tables>, orgId: Uuid): Promise<string> {
  const { rows } = await sql<{ time_zone: string }>`
    SELECT time_zone FROM organisation WHERE org_id = ${orgId}`.execute(db);
  return rows[0]?.time_zone ?? "UTC";
}

/** Removed at once; the next ones follow in the next round. */
const DUE_MAX = 500;

/** Removes files whose term has ended, and afterwards what the store holds for nobody; answers how many terms ended. */
export async function applyFileRetention(deps: AttachmentDeps): Promise<number> {
  const removed = await exclusively(deps.db, "file retention", async () => {
    // Every organisation's files: unscoped, because it is the scheduler that asks.
    const { rows } = await sql<{
      org_id: Uuid;
      id: Uuid;
      current_version: number;
      keep_until: string;
      time_zone: string;
    }>`
      SELECT a.org_id, a.id, a.current_version, a.keep_until::text, o.time_zone FROM attachment a
      JOIN organisation o USING (org_id)
      WHERE NOT a.withdrawn AND NOT a.legal_hold AND a.keep_until < current_date + 1
      ORDER BY a.keep_until LIMIT ${DUE_MAX}`.execute(deps.db);
    let count = 0;
    for (const row of rows) {
      const today = dayIn(deps.clock.now(), row.time_zone);
      if (row.keep_until >= today) continue;
      const writer: Writer = { orgId: row.org_id, actor: { kind: "system", id: INSTALLATION_ID }, caller: undefined };
      const removal = {
        id: row.id,
        expectedVersion: row.current_version,
        changeReason: `Kept until ${row.keep_until}.`,
      };
      await withTransaction(deps.db, (tx) => removeInTransaction(deps, tx, writer, removal, today));
      count++;
    }
    await sweep(deps.db, deps.files.store, deps.clock.now());
    return count;
  });
  return removed ?? 0;
}

function invalidQuery(field: string, message: string): HttpProblem {
  return new HttpProblem("invalid", message, { errors: [{ pointer: `/${field}`, message, in: "query" }] });
}

function invalidBody(message: string): HttpProblem {
  return new HttpProblem("invalid", message, { errors: [{ pointer: "", message, in: "body" }] });
}

function unavailable(message: string, cause: unknown): HttpProblem {
  return new HttpProblem("unavailable", message, { headers: { "retry-after": SECONDS_UNTIL_RETRY }, cause });
}
