/** Opens an organisation's log, and signs its checkpoints in the background. */
import type { Clock, Uuid } from "@steward/kernel";
import {
  consistencyProof,
  emptyRoot,
  LedgerError,
  openCheckpoint,
  signCheckpoint,
  treeRoot,
  type VerifierKey,
  verifyConsistency,
} from "@steward/ledger";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../database/schema.ts";
import { type KeyStore, vkeyOf } from "./keys.ts";
import { tileReader } from "./tiles.ts";

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

interface Head {
  readonly org_id: Uuid;
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/**
 * Signs a checkpoint for each log that grew since its last one; answers how many.
 * A second node that does the same at the same moment finds the row there and leaves it.
 * @throws AggregateError for logs that are not what was signed before; the others are signed.
 */
export async function publishCheckpoints(db: Kysely<Tables>, clock: Clock, keys: KeyStore): Promise<number> {
  const grown = await sql<Head>`
    SELECT l.org_id, l.origin, l.size, l.root FROM ledger_log l
    WHERE l.size > 0 AND NOT EXISTS (
      SELECT FROM ledger_checkpoint c WHERE c.org_id = l.org_id AND c.size = l.size
    )`.execute(db);
  const refusals: Error[] = [];
  for (const head of grown.rows) {
    try {
      await publish(db, clock, keys, head);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      refusals.push(error);
    }
  }
  if (refusals.length > 0) throw new AggregateError(refusals, "Some logs are not what was signed before.");
  return grown.rows.length;
}

async function publish(db: Kysely<Tables>, clock: Clock, keys: KeyStore, head: Head): Promise<void> {
  const { org_id: orgId, origin, size, root } = head;
  const signer = await keys.signer(orgId, origin);
  await checkContinues(db, head, await keys.lastCheckpoint(orgId, origin), signer.key);
  const note = await signCheckpoint({ origin, size, root }, signer);
  await db
    .insertInto("ledger_checkpoint")
    .values({ org_id: orgId, size, root, note, created_at: moment(clock.now()) })
    .onConflict((conflict) => conflict.columns(["org_id", "size"]).doNothing())
    .execute();
  await keys.keepCheckpoint(orgId, note);
}

/**
 * The rule of a witness, kept by the signer itself: what is signed continues what was signed last, which stands beside
 * the key and not in the database. So whoever can only write to the database gets no signature under another history.
 * @throws LedgerError where it does not.
 */
async function checkContinues(
  db: Kysely<Tables>,
  { org_id: orgId, origin, size, root }: Head,
  lastNote: string | undefined,
  key: VerifierKey,
): Promise<void> {
  const readTile = tileReader(db, orgId);
  if (!root.equals(await treeRoot(readTile, size))) {
    throw new LedgerError("tree_invalid", `The tiles of ${origin} do not make the root of its head.`);
  }
  if (lastNote === undefined) return;
  const last = openCheckpoint(lastNote, [key]);
  if (last.size > size)
    throw new LedgerError("tree_invalid", `${origin} was signed with ${last.size} entries already.`);
  const proof = await consistencyProof(readTile, last.size, size);
  const claim = { firstSize: last.size, firstRoot: last.root, secondSize: size, secondRoot: root };
  if (verifyConsistency(claim, proof)) return;
  throw new LedgerError("tree_invalid", `${origin} does not continue what was signed with ${last.size} entries.`);
}
