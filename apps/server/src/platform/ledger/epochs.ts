/** The epochs of a log: a restored log goes on under another name and key (see the ledger package's epoch.ts). */
import { randomBytes } from "node:crypto";

import type { Clock, Json, Uuid } from "@steward/kernel";
import { type Actor, type EarlierEpoch, EPOCH_KIND, epochBody, parseVkey } from "@steward/ledger";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../database/schema.ts";
import { appendEvidence } from "./append.ts";
import { type KeyStore, vkeyOf } from "./keys.ts";
import { originOf } from "./log.ts";

/** The epochs before the present one, the first one first. */
export async function readEpochs(db: Kysely<Tables>, orgId: Uuid): Promise<EarlierEpoch[]> {
  const { rows } = await sql<{ verification_key: string; size: number }>`
    SELECT verification_key, size FROM ledger_epoch WHERE org_id = ${orgId} ORDER BY number`.execute(db);
  return rows.map((row) => ({ key: parseVkey(row.verification_key), size: row.size }));
}

/** The name of the log as its entries have it, which whoever changes the row of its head does not change. */
export async function recordedOrigin(db: Kysely<Tables>, orgId: Uuid): Promise<string> {
  const { rows } = await sql<{ body: Buffer }>`
    SELECT b.body FROM ledger_entry e JOIN ledger_body b USING (org_id, index)
    WHERE e.org_id = ${orgId} AND e.kind = ${EPOCH_KIND} ORDER BY e.index DESC LIMIT 1`.execute(db);
  const body = rows[0]?.body.toString("utf8");
  return body === undefined ? originOf(orgId) : (JSON.parse(body) as { origin: string }).origin;
}

export interface NewEpoch {
  readonly orgId: Uuid;
  readonly actor: Actor;
  /** The last checkpoint known of the present epoch; null where none was ever signed. */
  readonly lastCheckpoint: string | null;
  /** What else the entry is to say. */
  readonly details: Readonly<Record<string, Json>>;
}

/** Lets the log go on in a new epoch: new name, new key, and the entry that says so. Answers the entry's index. */
export async function openEpoch(
  tx: Transaction<Tables>,
  clock: Clock,
  keys: KeyStore,
  { orgId, actor, lastCheckpoint, details }: NewEpoch,
): Promise<number> {
  const { rows } = await sql<{ verification_key: string; size: number; epochs: number }>`
    SELECT verification_key, size, (SELECT count(*) FROM ledger_epoch e WHERE e.org_id = l.org_id) AS epochs
    FROM ledger_log l WHERE org_id = ${orgId} FOR UPDATE`.execute(tx);
  const [log] = rows;
  if (log === undefined) throw new RangeError(`There is no log of ${orgId}.`);
  const epoch = log.epochs + 2;
  // The same backup may be restored twice, in two places: each goes on under a name of its own.
  const origin = `${originOf(orgId)}/${epoch}-${randomBytes(4).toString("hex")}`;
  const signer = await keys.createSigner(orgId, origin);
  await sql`
    INSERT INTO ledger_epoch (org_id, number, verification_key, size)
    VALUES (${orgId}, ${epoch - 1}, ${log.verification_key}, ${log.size})`.execute(tx);
  await sql`
    UPDATE ledger_log SET origin = ${origin}, verification_key = ${vkeyOf(signer)} WHERE org_id = ${orgId}`.execute(tx);
  const previousKey = parseVkey(log.verification_key);
  const opening = epochBody({ epoch, previousKey, keptEntries: log.size, lastCheckpoint });
  await appendEvidence(tx, clock, orgId, [
    {
      kind: EPOCH_KIND,
      actor,
      subject: { kind: "ledger", id: orgId },
      body: { ...details, ...opening, origin },
    },
  ]);
  return log.size;
}
