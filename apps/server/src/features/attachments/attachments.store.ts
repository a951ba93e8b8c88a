/**
 * The rows that tie what the store of files holds to records. The order keeps both from being lost:
 *
 * 1. `announce`: it is written down that a file will come. Committed.
 * 2. The file goes into the store and is on its disk.
 * 3. `claim`, in the transaction that writes the record: the file is needed, and the note of step 1 goes.
 *
 * Killed after 1 or 2, the note stays; `sweep` finds it a day later and removes a file that nobody needs. A record is
 * never there before its file. When the last record of a file goes, `release` writes such a note again.
 */
import { formatInstant, type Micros, MICROS_PER_HOUR, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { FileStore } from "../../platform/files/store.ts";

/** Longer than any upload or backup takes: both may still need what is noted. */
export const KEPT_FOR: Micros = 24n * MICROS_PER_HOUR;
/** Files looked at in one round. */
const SWEEP_MAX = 1000;

export async function announce(db: Kysely<Tables>, digest: string, now: Micros): Promise<void> {
  await sql`
    INSERT INTO content_intent (digest, since) VALUES (${digest}, ${moment(now)})
    ON CONFLICT (digest) DO UPDATE SET since = excluded.since`.execute(db);
}

export async function claim(
  tx: Transaction<Tables>,
  orgId: Uuid,
  { digest, sizeBytes, now }: { digest: string; sizeBytes: number; now: Micros },
): Promise<void> {
  await sql`
    INSERT INTO evidence_content (org_id, digest, size_bytes, stored_at)
    VALUES (${orgId}, ${digest}, ${sizeBytes}, ${moment(now)})
    ON CONFLICT (org_id, digest) DO UPDATE SET removed_at = NULL`.execute(tx);
  await sql`DELETE FROM content_intent WHERE digest = ${digest}`.execute(tx);
}

/** Called after a record of the file was withdrawn. */
export async function release(tx: Transaction<Tables>, orgId: Uuid, digest: string, now: Micros): Promise<void> {
  const { rows } = await sql`
    UPDATE evidence_content SET removed_at = ${moment(now)}
    WHERE org_id = ${orgId} AND digest = ${digest} AND NOT EXISTS (
      SELECT FROM attachment WHERE org_id = ${orgId} AND digest = ${digest} AND NOT withdrawn
    ) RETURNING digest`.execute(tx);
  if (rows.length > 0) {
    await sql`
      INSERT INTO content_intent (digest, since) VALUES (${digest}, ${moment(now)})
      ON CONFLICT (digest) DO UPDATE SET since = excluded.since`.execute(tx);
  }
}

/** Removes files that were noted long ago and that no organisation needs; answers how many. */
export async function sweep(db: Kysely<Tables>, store: FileStore, now: Micros, keptFor = KEPT_FOR): Promise<number> {
  const before = formatInstant(now - keptFor);
  // Of all organisations: unscoped, because a file may be needed by several.
  const { rows } = await sql<{ digest: string }>`
    SELECT digest FROM content_intent WHERE since <= ${before} ORDER BY since LIMIT ${SWEEP_MAX}`.execute(db);
  let removed = 0;
  for (const { digest } of rows) {
    removed += await db.transaction().execute(async (tx) => {
      // Whoever announces the same file meanwhile waits, and then brings it again.
      const locked = await sql`
        SELECT digest FROM content_intent WHERE digest = ${digest} AND since <= ${before} FOR UPDATE SKIP LOCKED
      `.execute(tx);
      if (locked.rows.length === 0) return 0;
      const needed = await sql`
        SELECT digest FROM evidence_content WHERE digest = ${digest} AND removed_at IS NULL LIMIT 1`.execute(tx);
      if (needed.rows.length === 0) await store.remove(digest);
      await sql`DELETE FROM content_intent WHERE digest = ${digest}`.execute(tx);
      return needed.rows.length === 0 ? 1 : 0;
    });
  }
  return removed;
}
