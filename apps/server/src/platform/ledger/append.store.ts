/** Stores what was appended to a log: entries, bodies, tiles and the moved head. */
import type { Micros, Uuid } from "@steward/kernel";
import type { Entry, Tile } from "@steward/ledger";
import { sql, type Transaction } from "kysely";

import { copyRows, rowsOf, type TableRows } from "../database/copy.ts";
import { PREPARED } from "../database/prepared.ts";
import { moment, type Tables } from "../database/schema.ts";
import { plainArray } from "../database/values.ts";

interface AppendedEntry {
  readonly entry: Entry;
  readonly leaf: Uint8Array;
  readonly seed: Uint8Array;
  readonly body: Uint8Array;
}

export interface Append {
  readonly orgId: Uuid;
  readonly at: Micros;
  /** The index of the first new entry: the size of the log before. */
  readonly first: number;
  readonly entries: readonly AppendedEntry[];
  readonly size: number;
  readonly root: Uint8Array;
  readonly tiles: readonly Tile[];
}

/** Writes it all, with the rows of other tables that belong to it, and moves the head from the size that was locked. */
export async function insertAppend(
  tx: Transaction<Tables>,
  append: Append,
  beside: readonly TableRows[],
): Promise<void> {
  await copyRows(tx, [entryRows(append), bodyRows(append), ...beside]);
  await moveHead(tx, append);
}

function entryRows({ orgId, at, first, entries }: Append): TableRows {
  return rowsOf("ledger_entry", ENTRY_COLUMNS, entries.length, (row, i) => {
    const { entry, leaf } = entries[i] as AppendedEntry;
    row.uuid(orgId);
    row.int8(first + i);
    row.bytea(leaf);
    row.uuid(entry.id);
    row.text(entry.kind);
    row.timestamptz(at);
    row.text(entry.actor.kind);
    row.text(entry.actor.id);
    row.text(entry.subject.kind);
    row.text(entry.subject.id);
    row.int8(entry.subject.version ?? null);
  });
}

function bodyRows({ orgId, first, entries }: Append): TableRows {
  return rowsOf("ledger_body", BODY_COLUMNS, entries.length, (row, i) => {
    const { seed, body } = entries[i] as AppendedEntry;
    row.uuid(orgId);
    row.int8(first + i);
    row.bytea(seed);
    row.bytea(body);
  });
}

const ENTRY_COLUMNS = [
  "org_id",
  "index",
  "leaf",
  "entry_id",
  "kind",
  "recorded_at",
  "actor_kind",
  "actor_id",
  "subject_kind",
  "subject_id",
  "subject_version",
];
const BODY_COLUMNS = ["org_id", "index", "seed", "body"];

/** The tiles travel in one binary parameter, cut on the server: as an array they would be hexadecimal text. */
async function moveHead(tx: Transaction<Tables>, { orgId, at, first, size, root, tiles }: Append): Promise<void> {
  let end = 1;
  const starts = tiles.map(({ hashes }) => (end += hashes.length) - hashes.length);
  const bytes = Buffer.concat(tiles.map(({ hashes }) => hashes));
  const { rows } = await sql<{ moved: number }>`${PREPARED}
    WITH tiled AS (
      INSERT INTO ledger_tile (org_id, level, index, hashes)
      SELECT ${orgId}::uuid, level, index, substring(${bytes}::bytea FROM start FOR length)
      FROM unnest(${plainArray(tiles.map(({ level }) => level))}::smallint[],
        ${plainArray(tiles.map(({ index }) => index))}::bigint[], ${plainArray(starts)}::int[],
        ${plainArray(tiles.map(({ hashes }) => hashes.length))}::int[]) AS t (level, index, start, length)
      ON CONFLICT (org_id, level, index) DO UPDATE SET hashes = excluded.hashes
    ), moved AS (
      UPDATE ledger_log SET size = ${size}, root = ${Buffer.from(root)}, last_at = ${moment(at)}
      WHERE org_id = ${orgId} AND size = ${first} RETURNING size
    )
    SELECT count(*)::int AS moved FROM moved`.execute(tx);
  if (rows[0]?.moved !== 1) throw new Error("The head of the log moved while it was locked.");
}
