/** Reads a backup into an empty database, in one transaction: all of it comes in, or nothing. */
import { createHash, type Hash } from "node:crypto";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";

import type pg from "pg";
import { type CopyStreamQuery, from } from "pg-copy-streams";

import { UNFINISHED_RESTORE } from "../../platform/database/database.ts";
import type { ArchivePart } from "./backup.archive.ts";
import { BackupError } from "./backup.error.ts";
import {
  type BackupEnding,
  type BackupHeader,
  digestOfFile,
  ENDING_NAME,
  readEnding,
  tableOfPart,
  type TableSum,
} from "./backup.format.ts";
import { addForeignKeys, dropForeignKeys, isEmpty, prepareTables } from "./backup.tables.ts";

/** Where evidence files go. Writing one that is there already is no error: its name is what it holds. */
export interface RestoreFiles {
  /** Stores a file and answers its digest. */
  put(content: Readable): Promise<{ readonly digest: string }>;
}

export interface Loaded {
  readonly rows: number;
  readonly tables: number;
  readonly files: number;
}

/**
 * Loads the parts that follow the header. The database must have the backup's schema and no rows.
 * @throws BackupError `not_empty`, `damaged`.
 */
export async function load(
  client: pg.ClientBase,
  header: BackupHeader,
  parts: AsyncIterable<ArchivePart>,
  files: RestoreFiles,
  onProgress?: (what: string) => void,
): Promise<Loaded> {
  await client.query("BEGIN");
  try {
    await requireEmpty(client);
    await client.query(`CREATE TABLE ${UNFINISHED_RESTORE} (backup_created_at text NOT NULL)`);
    await client.query(`INSERT INTO ${UNFINISHED_RESTORE} VALUES ($1)`, [header.createdAt]);
    const keys = await dropForeignKeys(client);
    await prepareTables(client, header.tables);
    const loader = new Loader(client, header, files, onProgress);
    for await (const part of parts) await loader.take(part);
    const loaded = await loader.finish();
    onProgress?.("checking references");
    await addForeignKeys(client, keys);
    await client.query("COMMIT");
    await client.query("ANALYZE");
    return loaded;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** @throws BackupError `not_empty`. */
export async function requireEmpty(client: pg.ClientBase): Promise<void> {
  if (await isEmpty(client)) return;
  throw new BackupError(
    "not_empty",
    "The database holds data already; a backup is restored into an empty database only. Name another one, or another data directory.",
  );
}

interface OpenTable {
  readonly name: string;
  readonly copy: CopyStreamQuery;
  readonly hash: Hash;
  bytes: number;
}

class Loader {
  readonly #client: pg.ClientBase;
  readonly #header: BackupHeader;
  readonly #files: RestoreFiles;
  readonly #onProgress: ((what: string) => void) | undefined;
  readonly #sums: Record<string, TableSum> = {};
  #open: OpenTable | undefined;
  #ending: BackupEnding | undefined;
  #fileCount = 0;

  constructor(
    client: pg.ClientBase,
    header: BackupHeader,
    files: RestoreFiles,
    onProgress: ((what: string) => void) | undefined,
  ) {
    this.#client = client;
    this.#header = header;
    this.#files = files;
    this.#onProgress = onProgress;
  }

  async take({ name, content }: ArchivePart): Promise<void> {
    const table = tableOfPart(name);
    if (table !== undefined) return this.#takeRows(table, content);
    await this.#close();
    const digest = digestOfFile(name);
    if (digest !== undefined) return this.#takeFile(digest, content);
    if (name !== ENDING_NAME) throw damaged(`it holds ${JSON.stringify(name)}, which does not belong there`);
    this.#ending = readEnding(await collect(content));
    return undefined;
  }

  /** What came in is what the ending says was written. */
  async finish(): Promise<Loaded> {
    await this.#close();
    if (this.#ending === undefined) throw damaged("its end is missing");
    const { tables, files } = this.#ending;
    let rows = 0;
    for (const { name } of this.#header.tables) {
      const [wanted, found] = [tables[name], this.#sums[name] ?? NO_ROWS];
      if (wanted?.rows !== found.rows || wanted.sha256 !== found.sha256) throw damaged(`table ${name} is not complete`);
      rows += found.rows;
    }
    if (files.count !== this.#fileCount) throw damaged("evidence files are missing");
    return { rows, tables: this.#header.tables.length, files: this.#fileCount };
  }

  async #takeRows(name: string, content: Readable): Promise<void> {
    if (this.#open?.name !== name) {
      await this.#close();
      this.#open = this.#start(name);
    }
    const { copy, hash } = this.#open;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      hash.update(chunk);
      this.#open.bytes += chunk.length;
      if (!copy.write(chunk)) await drained(copy);
    }
  }

  #start(name: string): OpenTable {
    const table = this.#header.tables.find((one) => one.name === name);
    if (table === undefined) throw damaged(`table ${name} is not in its list`);
    const columns = table.columns.map((column) => this.#client.escapeIdentifier(column)).join(", ");
    const copy = this.#client.query(from(`COPY ${this.#client.escapeIdentifier(name)} (${columns}) FROM STDIN`));
    // It is told where it is waited for.
    copy.on("error", () => undefined);
    return { name, copy, hash: createHash("sha256"), bytes: 0 };
  }

  async #close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.copy.end();
    await finished(open.copy);
    this.#sums[open.name] = { rows: open.copy.rowCount, bytes: open.bytes, sha256: open.hash.digest("hex") };
    this.#onProgress?.(open.name);
  }

  async #takeFile(digest: string, content: Readable): Promise<void> {
    const stored = await this.#files.put(content);
    if (stored.digest !== digest) throw damaged(`file ${digest} holds something else`);
    this.#fileCount++;
  }
}

const NO_ROWS: TableSum = { rows: 0, bytes: 0, sha256: createHash("sha256").digest("hex") };

/** Until the database takes more; its refusal of a row ends the wait. */
async function drained(copy: CopyStreamQuery): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      copy.off("drain", onDrain).off("error", onError);
    };
    const onDrain = () => {
      stop();
      resolve();
    };
    const onError = (error: Error) => {
      stop();
      reject(error);
    };
    copy.on("drain", onDrain).on("error", onError);
  });
}

/** A header or an ending is small; a part that is not is none of ours. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;

export async function collect(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await pipeline(content, async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > MAX_JSON_BYTES) throw damaged("its header is too large");
      chunks.push(chunk);
    }
  });
  return Buffer.concat(chunks);
}

export function damaged(why: string): BackupError {
  return new BackupError("damaged", `The backup is damaged: ${why}.`);
}
