/** Writes evidence into an organisation's log, inside the transaction that changes the data. */
import { randomBytes } from "node:crypto";

import { canonicalBytes, type Clock, type Json, type Micros, newId, type Uuid } from "@steward/kernel";
import {
  type Actor,
  appendLeaves,
  commitBody,
  edgeFromTiles,
  encodeEntry,
  type Entry,
  leafHash,
  rightEdge,
  SEED_BYTES,
  type Tile,
  type TreeEdge,
} from "@steward/ledger";
import { sql, type Transaction } from "kysely";

import { moment, type Tables } from "../database/schema.ts";

/** Something that happened, as it will be proven: names and values stand in the body, digests of them in the leaf. */
export interface Evidence {
  readonly kind: string;
  readonly actor: Actor;
  readonly subject: { readonly kind: string; readonly id: Uuid; readonly version?: number };
  readonly body: Readonly<Record<string, Json>>;
  readonly digests?: Readonly<Record<string, string>>;
}

export interface Appended {
  readonly index: number;
  readonly at: Micros;
}

/** The largest group that one transaction appends: more gains nothing (measured) and makes others wait. */
export const APPEND_MAX_ENTRIES = 1000;

interface Prepared {
  evidence: Evidence;
  id: Uuid;
  seed: Uint8Array;
  body: Uint8Array;
  fields: Record<string, string>;
}

/**
 * Appends evidence and answers each entry's index and time, in the order given.
 * Locks the head of the log until the transaction ends, so call it as late as the transaction allows, and lock records
 * (FOR NO KEY UPDATE) before it, never after: that order keeps transactions from waiting for each other in a circle.
 */
export async function appendEvidence(
  tx: Transaction<Tables>,
  clock: Clock,
  orgId: Uuid,
  evidence: readonly Evidence[],
): Promise<Appended[]> {
  if (evidence.length === 0) return [];
  // Everything that needs no lock is computed before the lock is taken.
  const prepared = evidence.map((item) => prepare(item, clock));
  const head = await tx
    .selectFrom("ledger_log")
    .select(["size", "root", "last_at"])
    .where("org_id", "=", orgId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const now = clock.now();
  const at = now > head.last_at ? now : head.last_at;
  const edge = await readEdge(tx, orgId, head.size, head.root);
  const leaves = prepared.map((item) => encodeEntry(entryOf(item, at)));
  const grown = appendLeaves(
    edge,
    leaves.map((leaf) => leafHash(leaf)),
  );
  await insertEntries(tx, orgId, head.size, at, prepared, leaves);
  await upsertTiles(tx, orgId, grown.tiles);
  const moved = await tx
    .updateTable("ledger_log")
    .set({ size: grown.size, root: grown.root, last_at: moment(at) })
    .where("org_id", "=", orgId)
    .where("size", "=", head.size)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) throw new Error("The head of the log moved while it was locked.");
  edges.set(orgId, { root: Buffer.from(grown.root), edge: grown.edge });
  return prepared.map((_, offset) => ({ index: head.size + offset, at }));
}

function prepare(evidence: Evidence, clock: Clock): Prepared {
  const seed = randomBytes(SEED_BYTES);
  return {
    evidence,
    id: newId(clock),
    seed,
    body: canonicalBytes(evidence.body),
    fields: commitBody(seed, evidence.body),
  };
}

function entryOf({ evidence, id, fields }: Prepared, at: Micros): Entry {
  return {
    v: 1,
    kind: evidence.kind,
    time: at.toString(),
    id,
    actor: evidence.actor,
    subject: evidence.subject,
    ...(evidence.digests && Object.keys(evidence.digests).length > 0 ? { digests: evidence.digests } : {}),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  };
}

// The right edge of each log as this process last wrote it. Another node may have moved on, or our transaction may have
// been rolled back: it is used only where size and root are those of the locked head.
const edges = new Map<Uuid, { root: Buffer; edge: TreeEdge }>();

async function readEdge(tx: Transaction<Tables>, orgId: Uuid, size: number, root: Buffer): Promise<TreeEdge> {
  const known = edges.get(orgId);
  if (known && known.edge.size === size && known.root.equals(root)) return known.edge;
  const wanted = rightEdge(size);
  if (wanted.length === 0) return edgeFromTiles(size, []);
  const rows = await tx
    .selectFrom("ledger_tile")
    .select(["level", "index", "hashes"])
    .where("org_id", "=", orgId)
    .where((where) => where.or(wanted.map(({ level, index }) => where.and({ level, index }))))
    .execute();
  return edgeFromTiles(
    size,
    rows.map(({ level, index, hashes }) => ({ level, index, width: hashes.length / 32, hashes })),
  );
}

async function insertEntries(
  tx: Transaction<Tables>,
  orgId: Uuid,
  first: number,
  at: Micros,
  prepared: readonly Prepared[],
  leaves: readonly Uint8Array[],
): Promise<void> {
  const subjects = prepared.map(({ evidence }) => evidence.subject);
  const actors = prepared.map(({ evidence }) => evidence.actor);
  await sql`
    INSERT INTO ledger_entry (org_id, index, leaf, entry_id, kind, recorded_at, actor_kind, actor_id,
      subject_kind, subject_id, subject_version)
    SELECT ${orgId}::uuid, ${first}::bigint + n - 1, leaf, entry_id, kind, ${moment(at)}::timestamptz, actor_kind, actor_id,
      subject_kind, subject_id, subject_version
    FROM unnest(
      ${leaves.map(hex)}::bytea[], ${prepared.map(({ id }) => id)}::uuid[],
      ${prepared.map(({ evidence }) => evidence.kind)}::text[], ${actors.map(({ kind }) => kind)}::text[],
      ${actors.map(({ id }) => id)}::text[], ${subjects.map(({ kind }) => kind)}::text[],
      ${subjects.map(({ id }) => id)}::text[], ${subjects.map(({ version }) => version ?? null)}::bigint[]
    ) WITH ORDINALITY AS t (leaf, entry_id, kind, actor_kind, actor_id, subject_kind, subject_id, subject_version, n)
  `.execute(tx);
  await sql`
    INSERT INTO ledger_body (org_id, index, seed, body)
    SELECT ${orgId}::uuid, ${first}::bigint + n - 1, seed, body
    FROM unnest(${prepared.map(({ seed }) => hex(seed))}::bytea[], ${prepared.map(({ body }) => hex(body))}::bytea[])
      WITH ORDINALITY AS t (seed, body, n)
  `.execute(tx);
}

async function upsertTiles(tx: Transaction<Tables>, orgId: Uuid, tiles: readonly Tile[]): Promise<void> {
  await tx
    .insertInto("ledger_tile")
    .values(tiles.map(({ level, index, hashes }) => ({ org_id: orgId, level, index, hashes })))
    .onConflict((conflict) =>
      conflict.columns(["org_id", "level", "index"]).doUpdateSet((set) => ({ hashes: set.ref("excluded.hashes") })),
    )
    .execute();
}

/** bytea in the text form that arrays of it need. */
function hex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}
