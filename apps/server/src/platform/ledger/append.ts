/** Writes evidence into an organisation's log, inside the transaction that changes the data. */
import { randomBytes } from "node:crypto";

import { type Clock, type Micros, type Uuid, uuidv7 } from "@steward/kernel";
import {
  type Actor,
  appendLeaves,
  type BodyTexts,
  commitBodyText,
  edgeFromTiles,
  encodeEntry,
  type Entry,
  HASH_BYTES,
  leafHash,
  LedgerError,
  rightEdge,
  rootOfEdge,
  SEED_BYTES,
  type TreeEdge,
} from "@steward/ledger";
import { sql, type Transaction } from "kysely";

import type { TableRows } from "../database/copy.ts";
import type { Tables } from "../database/schema.ts";
import { mapInTurns } from "../jobs/turns.ts";
import { type Append, insertAppend } from "./append.store.ts";

/** Something that happened, as it will be proven: names and values stand in the body, digests of them in the leaf. */
export interface Evidence {
  readonly kind: string;
  readonly actor: Actor;
  /** Without an id the subject begins with this entry, and gets an id (UUIDv7) of the entry's time. */
  readonly subject: { readonly kind: string; readonly id?: Uuid; readonly version?: number };
  readonly body: BodyTexts;
  readonly digests?: Readonly<Record<string, string>>;
}

export interface Appended {
  readonly index: number;
  readonly at: Micros;
  readonly subjectId: Uuid;
}

/** The largest group that one transaction appends: more gains nothing (measured) and makes others wait. */
export const APPEND_MAX_ENTRIES = 1000;

/** Some milliseconds: whoever holds the head of the log meanwhile is to notice soon when it may go on. */
const PREPARED_PER_TURN = 100;

/** What needs no lock to be computed. */
interface Prepared {
  readonly evidence: Evidence;
  readonly seed: Uint8Array;
  readonly body: Uint8Array;
  readonly fields: Record<string, string>;
}

/**
 * Appends evidence and answers each entry's index, time and subject, in the order given.
 * Locks the head of the log until the transaction ends, so call it as late as the transaction allows, and lock records
 * (FOR NO KEY UPDATE) before it, never after: that order keeps transactions from waiting for each other in a circle.
 * What many rows of other tables say of the entries is given as `beside`: they go to the database with them, because
 * whoever appends next waits for each exchange.
 */
export async function appendEvidence(
  tx: Transaction<Tables>,
  clock: Clock,
  orgId: Uuid,
  evidence: readonly Evidence[],
  beside: (appended: readonly Appended[]) => readonly TableRows[] = () => [],
): Promise<Appended[]> {
  if (evidence.length === 0) return [];
  const prepared = await prepare(evidence);
  const head = await lockHead(tx, orgId);
  const now = clock.now();
  // Each append has a moment of its own, later than all before, whatever the clocks of several nodes say.
  const at = now > head.last_at ? now : head.last_at + 1n;
  const edge = await readEdge(tx, orgId, head.size, head.root);
  const append = grow(prepared, orgId, at, edge);
  const appended = append.entries.map(({ entry }, offset) => ({
    index: append.first + offset,
    at,
    subjectId: entry.subject.id,
  }));
  await insertAppend(tx, append, beside(appended));
  edges.set(orgId, { root: Buffer.from(append.root), edge: append.edge });
  return appended;
}

/**
 * Locks the head of a log until the transaction ends: nobody else appends meanwhile, and what others appended is visible.
 * Its key stays, so that whoever refers to the log (a checkpoint, the mark of the cells) neither waits nor is waited for.
 */
export async function lockHead(tx: Transaction<Tables>, orgId: Uuid) {
  return tx
    .selectFrom("ledger_log")
    .select(["size", "root", "last_at"])
    .where("org_id", "=", orgId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
}

async function prepare(evidence: readonly Evidence[]): Promise<Prepared[]> {
  const seeds = randomBytes(evidence.length * SEED_BYTES);
  return mapInTurns(evidence, PREPARED_PER_TURN, (item, i) => {
    const seed = seeds.subarray(i * SEED_BYTES, (i + 1) * SEED_BYTES);
    const { fields, text } = commitBodyText(seed, item.body);
    return { evidence: item, seed, body: Buffer.from(text), fields };
  });
}

/** The entries with their place in the log, and the tree that holds them. */
function grow(prepared: readonly Prepared[], orgId: Uuid, at: Micros, edge: TreeEdge): Append & { edge: TreeEdge } {
  const entryIds = idsOf(at, prepared.length);
  const subjectIds = idsOf(at, prepared.length);
  const entries = prepared.map((item, i) => {
    const entry = entryOf(item, at, entryIds[i] as Uuid, subjectIds[i] as Uuid);
    return { entry, leaf: encodeEntry(entry), seed: item.seed, body: item.body };
  });
  const {
    size,
    root,
    tiles,
    edge: next,
  } = appendLeaves(
    edge,
    entries.map(({ leaf }) => leafHash(leaf)),
  );
  return { orgId, at, first: edge.size, entries, size, root, tiles, edge: next };
}

function entryOf({ evidence, fields }: Prepared, at: Micros, id: Uuid, subjectId: Uuid): Entry {
  const { kind, actor, subject, digests } = evidence;
  return {
    v: 1,
    kind,
    time: at.toString(),
    id,
    actor,
    subject: { ...subject, id: subject.id ?? subjectId },
    ...(digests && Object.keys(digests).length > 0 ? { digests } : {}),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  };
}

const ID_RANDOM_BYTES = 10;
const COUNTER_LIMIT = 1 << 14;

/**
 * UUIDv7s that sort in the order of the log: behind the millisecond the fraction of it in 12 bits, then a counter in 14
 * (RFC 9562 section 6.2, methods 3 and 1); 48 bits stay random.
 */
function idsOf(at: Micros, count: number): Uuid[] {
  const unixMs = Number(at / 1000n);
  const fraction = Math.floor((Number(at % 1000n) * 4096) / 1000);
  const random = randomBytes(count * ID_RANDOM_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const bytes = random.subarray(i * ID_RANDOM_BYTES, (i + 1) * ID_RANDOM_BYTES);
    bytes.writeUInt16BE(fraction, 0);
    bytes.writeUInt16BE(i % COUNTER_LIMIT, 2);
    return uuidv7(unixMs, bytes);
  });
}

// The right edge of each log as this process last wrote it. Another node may have moved on, or our transaction may have
// been rolled back: it is used only where size and root are those of the locked head.
const edges = new Map<Uuid, { root: Buffer; edge: TreeEdge }>();

async function readEdge(tx: Transaction<Tables>, orgId: Uuid, size: number, root: Buffer): Promise<TreeEdge> {
  const known = edges.get(orgId);
  if (known && known.edge.size === size && known.root.equals(root)) return known.edge;
  const wanted = rightEdge(size);
  if (wanted.length === 0) return edgeFromTiles(size, []);
  const { rows } = await sql<{ level: number; index: number; hashes: Buffer }>`
    SELECT t.level, t.index, t.hashes FROM ledger_tile t
    JOIN unnest(${wanted.map(({ level }) => level)}::smallint[], ${wanted.map(({ index }) => index)}::bigint[])
      AS w (level, index) USING (level, index)
    WHERE t.org_id = ${orgId}`.execute(tx);
  const edge = edgeFromTiles(
    size,
    rows.map(({ level, index, hashes }) => ({ level, index, hashes, width: hashes.length / HASH_BYTES })),
  );
  // Appending to tiles that are not those of the head would fork the log: nothing is written until they are repaired.
  if (!root.equals(rootOfEdge(edge))) {
    throw new LedgerError("tree_invalid", "The tiles do not make the root of the log's head.");
  }
  return edge;
}
