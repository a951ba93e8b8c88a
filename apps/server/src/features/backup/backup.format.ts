/**
 * What an archive holds (format steward-backup/1), in this order:
 *
 *     steward-backup.json          Header: what it is, of which schema, which logs, which keys belong to it
 *     tables/<table>/<part>.copy   rows in PostgreSQL's COPY text format, which every version reads, in parts
 *     files/<sha256>               evidence files
 *     steward-backup-end.json      Ending: rows and digests to compare with; without it the archive is not complete
 */
import { z } from "zod";

export const BACKUP_FORMAT = "steward-backup/1";
export const HEADER_NAME = "steward-backup.json";
export const ENDING_NAME = "steward-backup-end.json";

/** Bytes of one part of a table: what a reader and a writer hold in memory at once. */
export const PART_BYTES = 4 * 1024 * 1024;

const table = z.object({
  name: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/),
  columns: z.array(z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/)).min(1),
  /** Of a partition: its parent and its bounds, as PostgreSQL writes them. */
  partition: z.object({ parent: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/), bounds: z.string().max(500) }).nullable(),
});
export type BackupTable = z.infer<typeof table>;

const headerSchema = z.object({
  format: z.literal(BACKUP_FORMAT),
  createdAt: z.string(),
  serverVersion: z.string(),
  migrations: z.array(z.object({ number: z.number().int(), name: z.string(), checksum: z.string() })).min(1),
  /** Every log with its size in the snapshot. */
  logs: z.array(z.object({ orgId: z.uuid(), origin: z.string(), size: z.number().int() })),
  /** Names of the secret keys that the data need, with a digest of each; the keys themselves are not in here. */
  keys: z.array(z.object({ name: z.string(), sha256: z.string() })),
  tables: z.array(table),
});
export type BackupHeader = z.infer<typeof headerSchema>;

const endingSchema = z.object({
  tables: z.record(z.string(), z.object({ rows: z.number().int(), bytes: z.number().int(), sha256: z.string() })),
  files: z.object({ count: z.number().int(), bytes: z.number().int() }),
});
export type BackupEnding = z.infer<typeof endingSchema>;
export type TableSum = BackupEnding["tables"][string];

/** Undefined for what is no header of this format. */
export function readHeader(bytes: Uint8Array): BackupHeader | undefined {
  return read(headerSchema, bytes);
}

export function readEnding(bytes: Uint8Array): BackupEnding | undefined {
  return read(endingSchema, bytes);
}

function read<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | undefined {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch {
    return undefined;
  }
}

export function encodeJson(value: BackupHeader | BackupEnding): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

export function partName(tableName: string, part: number): string {
  return `tables/${tableName}/${String(part).padStart(6, "0")}.copy`;
}

/** The table of a part; undefined for any other name. */
export function tableOfPart(name: string): string | undefined {
  return /^tables\/([a-z0-9_]+)\/\d{6,}\.copy$/.exec(name)?.[1];
}

export function fileName(digest: string): string {
  return `files/${digest}`;
}

/** The digest of a file's name; undefined for any other name. */
export function digestOfFile(name: string): string | undefined {
  return /^files\/([0-9a-f]{64})$/.exec(name)?.[1];
}
