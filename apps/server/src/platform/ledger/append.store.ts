/** Stores what was appended to a log: entries, bodies, tiles and the moved head, in one statement. */
import type { Micros, Uuid } from "@steward/kernel";
import type { Entry, Tile } from "@steward/ledger";
import { sql, type Transaction } from "kysely";

import { moment, type Tables } from "../database/schema.ts";
import { plainArray } from "../database/values.ts";

export interface Append {
  readonly orgId: Uuid;
  readonly at: Micros;
  /** The index of the first new entry: the size of the log before. */
  readonly first: number;
  readonly entries: readonly {
    readonly entry: Entry;
    readonly leaf: Uint8Array;
    readonly seed: Uint8Array;
    readonly body: Uint8Array;
  }[];
  readonly size: number;
  readonly root: Uint8Array;
  readonly tiles: readonly Tile[];
}

/**
 * Writes it all, and moves the head from the size that was locked.
 * Byte strings travel in one binary parameter for each column and are cut on the server: as an array they would be
 * written, sent and parsed as hexadecimal text, which costs more than all the rest.
 */
export async function insertAppend(tx: Transaction<Tables>, append: Append): Promise<void> {
  const { orgId, at, first, entries, tiles } = append;
  const columns = entries.map(({ entry }) => entry);
  const leaves = pack(entries.map(({ leaf }) => leaf));
  const bodies = pack(entries.map(({ body }) => body));
  const seeds = pack(entries.map(({ seed }) => seed));
  const hashes = pack(tiles.map((tile) => tile.hashes));
  const { rows } = await sql<{ moved: number }>`
    WITH appended AS (
      INSERT INTO ledger_entry (org_id, index, leaf, entry_id, kind, recorded_at, actor_kind, actor_id,
        subject_kind, subject_id, subject_version)
      SELECT ${orgId}::uuid, ${first}::bigint + n - 1, ${cut(leaves)}, entry_id, kind,
        ${moment(at)}::timestamptz, actor_kind, actor_id, subject_kind, subject_id, subject_version
      FROM unnest(${plainArray(leaves.starts)}::int[], ${plainArray(leaves.lengths)}::int[], ${plainArray(columns.map(({ id }) => id))}::uuid[],
        ${plainArray(columns.map(({ kind }) => kind))}::text[], ${plainArray(columns.map(({ actor }) => actor.kind))}::text[],
        ${plainArray(columns.map(({ actor }) => actor.id))}::text[], ${plainArray(columns.map(({ subject }) => subject.kind))}::text[],
        ${plainArray(columns.map(({ subject }) => subject.id))}::text[],
        ${plainArray(columns.map(({ subject }) => subject.version ?? null))}::bigint[]
      ) WITH ORDINALITY AS t (start, length, entry_id, kind, actor_kind, actor_id, subject_kind, subject_id,
        subject_version, n)
    ), committed AS (
      INSERT INTO ledger_body (org_id, index, seed, body)
      SELECT ${orgId}::uuid, ${first}::bigint + n - 1,
        substring(${seeds.bytes}::bytea FROM seed_start FOR seed_length), ${cut(bodies)}
      FROM unnest(${plainArray(bodies.starts)}::int[], ${plainArray(bodies.lengths)}::int[], ${plainArray(seeds.starts)}::int[], ${plainArray(seeds.lengths)}::int[])
        WITH ORDINALITY AS t (start, length, seed_start, seed_length, n)
    ), tiled AS (
      INSERT INTO ledger_tile (org_id, level, index, hashes)
      SELECT ${orgId}::uuid, level, index, ${cut(hashes)}
      FROM unnest(${plainArray(hashes.starts)}::int[], ${plainArray(hashes.lengths)}::int[],
        ${plainArray(tiles.map(({ level }) => level))}::smallint[], ${plainArray(tiles.map(({ index }) => index))}::bigint[]
      ) AS t (start, length, level, index)
      ON CONFLICT (org_id, level, index) DO UPDATE SET hashes = excluded.hashes
    ), moved AS (
      UPDATE ledger_log SET size = ${append.size}, root = ${Buffer.from(append.root)}, last_at = ${moment(at)}
      WHERE org_id = ${orgId} AND size = ${first} RETURNING size
    )
    SELECT count(*)::int AS moved FROM moved`.execute(tx);
  if (rows[0]?.moved !== 1) throw new Error("The head of the log moved while it was locked.");
}

interface Packed {
  readonly bytes: Buffer;
  /** Where each string begins, counted from one as SQL does. */
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
}

function pack(parts: readonly Uint8Array[]): Packed {
  let end = 1;
  const starts = parts.map((part) => (end += part.length) - part.length);
  return { bytes: Buffer.concat(parts), starts, lengths: parts.map((part) => part.length) };
}

function cut({ bytes }: Packed) {
  return sql`substring(${bytes}::bytea FROM start FOR length)`;
}
