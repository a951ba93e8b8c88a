/** Writes a backup: all tables in one snapshot of the database, and the evidence files that they name. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";

import { formatInstant, type Micros } from "@steward/kernel";
import pg from "pg";
import { to } from "pg-copy-streams";

import { toDatabaseError } from "../../platform/database/errors.ts";
import type { Connection } from "../../platform/database/pool.ts";
import { type ArchiveOptions, type ArchiveWriter, writeArchive, type WrittenArchive } from "./backup.archive.ts";
import {
  BACKUP_FORMAT,
  type BackupHeader,
  type BackupTable,
  ENDING_NAME,
  encodeJson,
  fileName,
  HEADER_NAME,
  PART_BYTES,
  partName,
  type TableSum,
} from "./backup.format.ts";
import { listTables } from "./backup.tables.ts";

/** The evidence files that the rows of a snapshot name. */
export interface BackupFiles {
  list(client: pg.ClientBase): Promise<readonly { readonly digest: string; readonly sizeBytes: number }[]>;
  open(digest: string): Promise<Readable>;
}

export interface DumpInput {
  readonly connection: Connection;
  readonly keyDirectory: string;
  readonly files: BackupFiles;
  readonly now: Micros;
  /** Told after each table and now and then between files. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

export interface Dumped extends WrittenArchive {
  readonly rows: number;
  readonly files: number;
  readonly logs: BackupHeader["logs"];
}

/** Settings under which values are written the same way on every server. */
const SESSION = `SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0;
  SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 1;
  SET bytea_output = 'hex'; SET client_encoding = 'UTF8'`;

/** @throws BackupError, DatabaseError; nothing is left under the file's name then. */
export async function dump(file: string, archive: ArchiveOptions, input: DumpInput): Promise<Dumped> {
  const client = new pg.Client({ ...input.connection, application_name: "steward backup" });
  client.on("error", () => undefined);
  await connect(client);
  try {
    await client.query(SESSION);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const header = await makeHeader(client, input);
    const sums: Record<string, TableSum> = {};
    let files = { count: 0, bytes: 0 };
    const written = await writeArchive(file, archive, async (writer) => {
      await writer.add(HEADER_NAME, encodeJson(header));
      for (const table of header.tables) {
        sums[table.name] = await dumpTable(client, writer, table);
        input.onProgress?.(table.name);
      }
      files = await dumpFiles(client, writer, input);
      await writer.add(ENDING_NAME, encodeJson({ tables: sums, files }));
    });
    const rows = Object.values(sums).reduce((sum, table) => sum + table.rows, 0);
    return { ...written, rows, files: files.count, logs: header.logs };
  } finally {
    await client.end();
  }
}

async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw toDatabaseError(error);
  }
}

async function makeHeader(client: pg.Client, { keyDirectory, now }: DumpInput): Promise<BackupHeader> {
  const version = await client.query<{ v: string }>("SELECT current_setting('server_version') AS v");
  const migrations = await client.query<{ number: number; name: string; checksum: string }>(
    "SELECT number, name, checksum FROM schema_migration ORDER BY number",
  );
  const logs = await client.query<{ org_id: string; origin: string; size: string }>(
    "SELECT org_id, origin, size FROM ledger_log ORDER BY org_id",
  );
  return {
    format: BACKUP_FORMAT,
    createdAt: formatInstant(now),
    serverVersion: version.rows[0]?.v ?? "",
    migrations: migrations.rows,
    logs: logs.rows.map(({ org_id, origin, size }) => ({ orgId: org_id, origin, size: Number(size) })),
    keys: await keyDigests(keyDirectory),
    tables: await listTables(client),
  };
}

/** The secret keys of a directory, by name and digest: 32 random bytes can't be found from their SHA-256. */
export async function keyDigests(directory: string): Promise<BackupHeader["keys"]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(".key")).sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      sha256: createHash("sha256")
        .update(await readFile(path.join(directory, name)))
        .digest("hex"),
    })),
  );
}

async function dumpTable(client: pg.Client, writer: ArchiveWriter, table: BackupTable): Promise<TableSum> {
  const columns = table.columns.map((column) => client.escapeIdentifier(column)).join(", ");
  const copy = client.query(to(`COPY ${client.escapeIdentifier(table.name)} (${columns}) TO STDOUT`));
  const hash = createHash("sha256");
  let bytes = 0;
  let rows = 0;
  let parts = 0;
  for await (const part of inParts(copy)) {
    hash.update(part);
    bytes += part.length;
    rows += countLines(part);
    await writer.add(partName(table.name, parts++), part);
  }
  return { rows, bytes, sha256: hash.digest("hex") };
}

/**
 * Rows in the text format of COPY, which ends each with a line feed and escapes those of values. The stream ends before
 * the server has said how many there were, so its own count may not be there yet.
 */
function countLines(part: Buffer): number {
  let lines = 0;
  for (let at = part.indexOf(LINE_FEED); at !== -1; at = part.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}

const LINE_FEED = 0x0a;

async function* inParts(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    if (size < PART_BYTES) continue;
    yield Buffer.concat(held, size);
    held = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(held, size);
}

/** Told again after so many files. */
const PROGRESS_FILES = 100;

async function dumpFiles(client: pg.Client, writer: ArchiveWriter, { files, onProgress }: DumpInput) {
  let bytes = 0;
  const listed = await files.list(client);
  for (const [i, { digest, sizeBytes }] of listed.entries()) {
    await writer.addStream(fileName(digest), sizeBytes, await files.open(digest));
    bytes += sizeBytes;
    if ((i + 1) % PROGRESS_FILES === 0) onProgress?.(`${i + 1} of ${listed.length} files`);
  }
  return { count: listed.length, bytes };
}
