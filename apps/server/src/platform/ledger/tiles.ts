/** Reads the stored tiles of a log. */
import type { Uuid } from "@steward/kernel";
import { HASH_BYTES, TILE_WIDTH, type TileRef } from "@steward/ledger";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../database/schema.ts";

/**
 * Reads tiles; with `cut` (the default) their first `width` hashes only, because a stored tile may have grown beyond the
 * tree that is asked about. A full tile is never cut: whatever stands behind it does not belong there.
 */
export function tileReader(db: Kysely<Tables>, orgId: Uuid, { cut }: { cut: boolean } = { cut: true }) {
  return async ({ level, index, width }: TileRef): Promise<Buffer | undefined> => {
    const { rows } = await sql<{ hashes: Buffer }>`
      SELECT hashes FROM ledger_tile WHERE org_id = ${orgId} AND level = ${level} AND index = ${index}`.execute(db);
    const hashes = rows[0]?.hashes;
    return cut && width < TILE_WIDTH ? hashes?.subarray(0, width * HASH_BYTES) : hashes;
  };
}
