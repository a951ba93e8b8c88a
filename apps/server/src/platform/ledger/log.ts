/** Opens an organisation's log, and signs its checkpoints in the background. */
import type { Clock, Uuid } from "@steward/kernel";
import { emptyRoot, signCheckpoint } from "@steward/ledger";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../database/schema.ts";
import { type KeyStore, vkeyOf } from "./keys.ts";

/** A log's name in its checkpoints: a schema-less URL, as C2SP asks for, that no other installation uses. */
export function originOf(orgId: Uuid): string {
  return `steward.invalid/log/${orgId}`;
}

/** Makes the empty log of a new organisation. */
export async function openLog(tx: Transaction<Tables>, clock: Clock, keys: KeyStore, orgId: Uuid): Promise<void> {
  const origin = originOf(orgId);
  const signer = await keys.createSigner(orgId, origin);
  const now = moment(clock.now());
  await tx
    .insertInto("ledger_log")
    .values({
      org_id: orgId,
      origin,
      verification_key: vkeyOf(signer),
      root: emptyRoot(),
      last_at: now,
      created_at: now,
    })
    .execute();
}

/**
 * Signs a checkpoint for each log that grew since its last one; answers how many.
 * A second node that does the same at the same moment finds the row there and leaves it.
 */
export async function publishCheckpoints(db: Kysely<Tables>, clock: Clock, keys: KeyStore): Promise<number> {
  const grown = await sql<{ org_id: Uuid; origin: string; size: number; root: Buffer }>`
    SELECT l.org_id, l.origin, l.size, l.root FROM ledger_log l
    WHERE l.size > 0 AND NOT EXISTS (
      SELECT FROM ledger_checkpoint c WHERE c.org_id = l.org_id AND c.size = l.size
    )`.execute(db);
  for (const { org_id, origin, size, root } of grown.rows) {
    const note = await signCheckpoint({ origin, size, root }, await keys.signer(org_id, origin));
    await db
      .insertInto("ledger_checkpoint")
      .values({ org_id, size, root, note, created_at: moment(clock.now()) })
      .onConflict((conflict) => conflict.columns(["org_id", "size"]).doNothing())
      .execute();
  }
  return grown.rows.length;
}
