/** An organisation's log as an audit pack, file by file, made from the database when it is asked for. */
import type { Micros, Uuid } from "@steward/kernel";
import {
  addSignatureLines,
  CHECKPOINT_PATH,
  CHECKPOINTS_PER_FILE,
  checkpointsPath,
  disclosuresPath,
  type EarlierEpoch,
  encodeBundle,
  encodeCheckpoints,
  encodeManifest,
  formatDisclosure,
  LedgerError,
  MANIFEST_PATH,
  type PackReader,
  parseTilePath,
  parseVkey,
  TILE_WIDTH,
  tileWidth,
  type VerifierKey,
} from "@steward/ledger";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { tileReader } from "../../platform/ledger/tiles.ts";

export interface PackOptions {
  readonly orgId: Uuid;
  /** The key of the present epoch. */
  readonly logKey: VerifierKey;
  /** The epochs before it, the first one first. */
  readonly epochs: readonly EarlierEpoch[];
  readonly size: number;
  /** The checkpoint of this size, without cosignatures. */
  readonly note: string;
  readonly exportedAt: Micros;
  /**
   * The log as it stands, for a self-check: with tiles as they are stored, and all checkpoints, also those of larger
   * trees that should not be there. Otherwise the log as it was at this size.
   */
  readonly asItStands: boolean;
}

/** Finds the checkpoint of a size, or the newest one; undefined where there is none. */
export async function findCheckpoint(db: Kysely<Tables>, orgId: Uuid, size?: number) {
  let query = db.selectFrom("ledger_checkpoint").selectAll().where("org_id", "=", orgId);
  if (size !== undefined) query = query.where("size", "=", size);
  return query.orderBy("size", "desc").limit(1).executeTakeFirst();
}

/** Adds to checkpoints, given by size, the lines of the witnesses who cosigned them. */
export async function withCosignatures(
  db: Kysely<Tables>,
  orgId: Uuid,
  notes: readonly { readonly size: number; readonly note: string }[],
): Promise<string[]> {
  const { rows } = await sql<{ size: number; signature_line: string }>`
    SELECT size, signature_line FROM ledger_cosignature
    WHERE org_id = ${orgId} AND size = ANY(${notes.map(({ size }) => size)}::bigint[])
    ORDER BY size, verification_key`.execute(db);
  return notes.map(({ size, note }) => {
    const lines = rows.filter((row) => row.size === size).map((row) => row.signature_line);
    return lines.length === 0 ? note : addLines(note, lines);
  });
}

/** A note that can't be read any more stays as it is: the verification of the pack will say so. */
function addLines(note: string, lines: readonly string[]): string {
  try {
    return addSignatureLines(note, lines.join("\n"));
  } catch (error) {
    if (error instanceof LedgerError) return note;
    throw error;
  }
}

const NUMBERED_PATH = /^(checkpoints|disclosures)\/((?:x\d{3}\/)*\d{3})\.jsonl$/;

export function databasePack(db: Kysely<Tables>, options: PackOptions): PackReader {
  const { orgId, size } = options;
  const readTile = tileReader(db, orgId, { cut: !options.asItStands });
  return {
    async read(path) {
      if (path === MANIFEST_PATH) return readManifest(db, options);
      if (path === CHECKPOINT_PATH) {
        const [note] = await withCosignatures(db, orgId, [options]);
        return Buffer.from(note as string);
      }
      const numbered = NUMBERED_PATH.exec(path);
      if (numbered) {
        const index = Number((numbered[2] as string).replaceAll(/[x/]/g, ""));
        // Leading zeroes and superfluous elements do not read back.
        if (path === checkpointsPath(index)) return readCheckpoints(db, options, index);
        if (path === disclosuresPath(index)) return readDisclosures(db, options, index);
        return undefined;
      }
      const tile = parseTilePath(path);
      if (!tile) return undefined;
      const level = tile.level === "entries" ? 0 : tile.level;
      if (tile.width > tileWidth(size, level, tile.index)) return undefined;
      return tile.level === "entries" ? readBundle(db, options, tile) : readTile({ ...tile, level });
    },
  };
}

function earlierCheckpoints({ orgId, size, asItStands }: PackOptions) {
  const others = asItStands ? sql`size <> ${size}` : sql`size < ${size}`;
  return sql`ledger_checkpoint WHERE org_id = ${orgId} AND ${others}`;
}

async function readManifest(db: Kysely<Tables>, options: PackOptions): Promise<Uint8Array> {
  const counted = await sql<{ n: number }>`SELECT count(*) AS n FROM ${earlierCheckpoints(options)}`.execute(db);
  // At the size of an earlier epoch, the log is what it was then.
  const epochs = options.epochs.filter((epoch) => options.asItStands || epoch.size < options.size);
  const key = options.epochs[epochs.length]?.key ?? options.logKey;
  const witnesses = await sql<{ verification_key: string }>`
    SELECT DISTINCT verification_key FROM ledger_cosignature
    WHERE org_id = ${options.orgId} AND size <= ${options.size} ORDER BY 1`.execute(db);
  return encodeManifest({
    orgId: options.orgId,
    origin: key.name,
    size: options.size,
    exportedAt: options.exportedAt,
    keys: [key],
    epochs,
    witnesses: witnesses.rows.flatMap((row) => readableVkey(row.verification_key)),
    earlierCheckpoints: counted.rows[0]?.n ?? 0,
  });
}

/** The key, or none where its text was damaged: then its signatures are those of an unknown key. */
export function readableVkey(text: string): VerifierKey[] {
  try {
    return [parseVkey(text)];
  } catch (error) {
    if (error instanceof LedgerError) return [];
    throw error;
  }
}

async function readCheckpoints(
  db: Kysely<Tables>,
  options: PackOptions,
  file: number,
): Promise<Uint8Array | undefined> {
  const { rows } = await sql<{ size: number; note: string }>`
    SELECT size, note FROM ${earlierCheckpoints(options)}
    ORDER BY size LIMIT ${CHECKPOINTS_PER_FILE} OFFSET ${file * CHECKPOINTS_PER_FILE}`.execute(db);
  if (rows.length === 0) return undefined;
  return encodeCheckpoints(await withCosignatures(db, options.orgId, rows));
}

async function readBundle(
  db: Kysely<Tables>,
  { orgId }: PackOptions,
  { index, width }: { index: number; width: number },
): Promise<Uint8Array | undefined> {
  const first = index * TILE_WIDTH;
  const { rows } = await sql<{ leaf: Buffer }>`
    SELECT leaf FROM ledger_entry
    WHERE org_id = ${orgId} AND index >= ${first} AND index < ${first + width} ORDER BY index`.execute(db);
  if (rows.length === 0) return undefined;
  try {
    return encodeBundle(rows.map(({ leaf }) => leaf));
  } catch (error) {
    // A leaf that was made too long for a bundle is no leaf of this log.
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

const NO_BODY = Buffer.from("{}");

interface BodyRow {
  readonly index: number;
  readonly seed: Buffer | null;
  readonly body: Buffer | null;
  readonly erased_by: number | null;
}

/** The bodies of a bundle's entries, exactly as they are stored, and the erasures of those that are not. */
async function readDisclosures(
  db: Kysely<Tables>,
  { orgId, size }: PackOptions,
  bundle: number,
): Promise<Uint8Array | undefined> {
  const first = bundle * TILE_WIDTH;
  const end = Math.min(size, first + TILE_WIDTH);
  const { rows } = await sql<BodyRow>`
    SELECT e.index, b.seed, b.body, r.erased_by FROM ledger_entry e
    LEFT JOIN ledger_body b ON b.org_id = e.org_id AND b.index = e.index
    LEFT JOIN LATERAL (
      SELECT last_index, erased_by FROM ledger_erasure
      WHERE b.index IS NULL AND org_id = e.org_id AND first_index <= e.index ORDER BY first_index DESC LIMIT 1
    ) r ON r.last_index >= e.index
    WHERE e.org_id = ${orgId} AND e.index >= ${first} AND e.index < ${end} ORDER BY e.index`.execute(db);
  const lines = rows.flatMap(disclosureLine);
  return lines.length === 0 ? undefined : Buffer.concat(lines);
}

/** The line that formatDisclosure would write, made of the stored bytes themselves, so that a changed one is seen. */
function disclosureLine({ index, seed, body, erased_by: erasedBy }: BodyRow): Buffer[] {
  if (body !== null && seed !== null) {
    if (body.equals(NO_BODY)) return [];
    return [Buffer.from('{"body":'), body, Buffer.from(`,"index":${index},"seed":"${seed.toString("hex")}"}\n`)];
  }
  return erasedBy === null ? [] : [Buffer.from(`${formatDisclosure({ index, erasedBy })}\n`)];
}
