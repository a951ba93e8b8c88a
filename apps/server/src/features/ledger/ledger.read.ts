/** Reads of the ledger: summary, entries with all that their verification needs, and proofs. */
import type { ledgerCheckSchema, LedgerEntry, LedgerEntrySummary, ledgerSummarySchema } from "@steward/contract";
import { formatInstant, isUuid, type Micros, type Uuid } from "@steward/kernel";
import { consistencyProof, encodeVkey, formatReceipt, inclusionProof, leafHash, LedgerError } from "@steward/ledger";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { z } from "zod";

import { nameActors } from "../../platform/database/actors.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { cutPage, type Page, readCursor } from "../../platform/http/paging.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { readEpochs } from "../../platform/ledger/epochs.ts";
import { tileReader } from "../../platform/ledger/tiles.ts";
import { readTitles } from "./ledger.titles.ts";
import { findCheckpoint, readableVkey, withCosignatures } from "./ledger.pack.ts";

export type LedgerCheck = z.infer<typeof ledgerCheckSchema>;
type LedgerSummary = z.infer<typeof ledgerSummarySchema>;

export async function readLog(db: Kysely<Tables>, orgId: Uuid) {
  return db.selectFrom("ledger_log").selectAll().where("org_id", "=", orgId).executeTakeFirstOrThrow();
}

export async function readSummary(db: Kysely<Tables>, orgId: Uuid): Promise<LedgerSummary> {
  const [log, epochs, checkpoint, witnesses, checks] = await Promise.all([
    readLog(db, orgId),
    readEpochs(db, orgId),
    findCheckpoint(db, orgId),
    readWitnesses(db, orgId),
    listChecks(db, orgId, { limit: 1 }),
  ]);
  const [note] = checkpoint ? await withCosignatures(db, orgId, [checkpoint]) : [];
  return {
    origin: log.origin,
    verificationKey: log.verification_key,
    size: log.size,
    epochs: epochs.map(({ key, size }) => ({ verificationKey: encodeVkey(key), size })),
    checkpoint: checkpoint
      ? {
          size: checkpoint.size,
          root: checkpoint.root.toString("base64"),
          at: formatInstant(checkpoint.created_at),
          note: note as string,
        }
      : null,
    witnesses,
    lastCheck: checks.items[0] ?? null,
  };
}

/** Every witness with the largest tree that it cosigned. */
async function readWitnesses(db: Kysely<Tables>, orgId: Uuid): Promise<LedgerSummary["witnesses"]> {
  const { rows } = await sql<{ verification_key: string; size: number; created_at: Micros }>`
    SELECT DISTINCT ON (verification_key) verification_key, size, created_at FROM ledger_cosignature
    WHERE org_id = ${orgId} ORDER BY verification_key, size DESC`.execute(db);
  return rows.flatMap((row) =>
    readableVkey(row.verification_key).map(({ name }) => ({
      name,
      size: row.size,
      at: formatInstant(row.created_at),
    })),
  );
}

interface EntryRow {
  readonly index: number;
  readonly leaf: Buffer;
  readonly entry_id: Uuid;
  readonly kind: string;
  readonly recorded_at: Micros;
  readonly actor_kind: "person" | "key" | "system";
  readonly actor_id: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly subject_version: number | null;
}

const ORDER = "-index";

export interface EntryQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly kind?: string | undefined;
  readonly subjectId?: string | undefined;
}

/** Newest first. */
export async function listEntries(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: EntryQuery,
): Promise<Page<LedgerEntrySummary>> {
  const cursor = readCursor(query.cursor, ORDER);
  const parts: RawBuilder<unknown>[] = [sql`org_id = ${orgId}`];
  if (cursor) parts.push(sql`index < ${Number(cursor.key)}`);
  if (query.kind !== undefined) parts.push(sql`kind = ${query.kind}`);
  if (query.subjectId !== undefined) parts.push(isAbout(orgId, query.subjectId));
  const { rows } = await sql<EntryRow>`
    SELECT * FROM ledger_entry WHERE ${sql.join(parts, sql` AND `)}
    ORDER BY index DESC LIMIT ${query.limit + 1}`.execute(db);
  const page = cutPage(rows, query.limit, (row) => [ORDER, String(row.index), row.entry_id]);
  return { items: await summariesOf(db, orgId, page.items), nextCursor: page.nextCursor, total: null };
}

/** The index of subjects leaves out the recording of decisions, which know their entry themselves. */
function isAbout(orgId: Uuid, subjectId: string): RawBuilder<unknown> {
  const others = sql`subject_id = ${subjectId} AND kind <> 'decision.recorded'`;
  if (!isUuid(subjectId)) return others;
  return sql`(${others} OR index = (SELECT ledger_index FROM decision WHERE org_id = ${orgId} AND id = ${subjectId}))`;
}

async function summariesOf(db: Kysely<Tables>, orgId: Uuid, rows: readonly EntryRow[]): Promise<LedgerEntrySummary[]> {
  const [names, titles] = await Promise.all([nameActors(db, orgId, rows), readTitles(db, orgId, rows)]);
  return rows.map((row) => ({
    index: row.index,
    kind: row.kind,
    at: formatInstant(row.recorded_at),
    actor: { kind: row.actor_kind, id: row.actor_id, name: names.get(row.actor_id) ?? null },
    subject: {
      kind: row.subject_kind,
      id: row.subject_id,
      version: row.subject_version,
      title: titles.get(row.subject_id) ?? null,
    },
    leafHash: Buffer.from(leafHash(row.leaf)).toString("hex"),
  }));
}

/** One entry with its exact bytes, what it commits to, and its proof against the newest checkpoint that holds it. */
export async function readEntry(db: Kysely<Tables>, orgId: Uuid, index: number): Promise<LedgerEntry> {
  const { rows } = await sql<EntryRow & { seed: Buffer | null; body: Buffer | null }>`
    SELECT e.*, b.seed, b.body FROM ledger_entry e
    LEFT JOIN ledger_body b ON b.org_id = e.org_id AND b.index = e.index
    WHERE e.org_id = ${orgId} AND e.index = ${index}`.execute(db);
  const row = rows[0];
  if (!row) throw notFound("This entry");
  const [log, [summary], receipt] = await Promise.all([
    readLog(db, orgId),
    summariesOf(db, orgId, [row]),
    readReceipt(db, orgId, index),
  ]);
  return {
    ...(summary as LedgerEntrySummary),
    leaf: row.leaf.toString("base64"),
    disclosure:
      row.seed === null || row.body === null
        ? null
        : { seed: row.seed.toString("hex"), body: row.body.toString("utf8") },
    receipt,
    verificationKey: log.verification_key,
  };
}

async function readReceipt(db: Kysely<Tables>, orgId: Uuid, index: number): Promise<string | null> {
  const checkpoint = await findCheckpoint(db, orgId);
  if (!checkpoint || checkpoint.size <= index) return null;
  try {
    const path = await inclusionProof(tileReader(db, orgId), index, checkpoint.size);
    const [note] = await withCosignatures(db, orgId, [checkpoint]);
    return formatReceipt({ index, path, checkpoint: note as string });
  } catch (error) {
    // A log whose tiles were damaged has no proofs; its entries can still be looked at.
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** @throws HttpProblem `invalid` where `to` was never signed, or is smaller than `from`. */
export async function readConsistency(db: Kysely<Tables>, orgId: Uuid, from: number, to: number | undefined) {
  const checkpoint = await findCheckpoint(db, orgId, to);
  if (!checkpoint) throw invalidQuery("to", "There is no checkpoint of this size.");
  if (from > checkpoint.size) throw invalidQuery("from", `The checkpoint has only ${checkpoint.size} entries.`);
  const proof = await consistencyProof(tileReader(db, orgId), from, checkpoint.size);
  const [note] = await withCosignatures(db, orgId, [checkpoint]);
  return {
    from,
    to: checkpoint.size,
    proof: proof.map((hash) => Buffer.from(hash).toString("base64")),
    note: note as string,
  };
}

function invalidQuery(field: string, message: string): HttpProblem {
  return new HttpProblem("invalid", message, { errors: [{ pointer: `/${field}`, message, in: "query" }] });
}

const CHECK_ORDER = "-ranAt";

export async function listChecks(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<LedgerCheck>> {
  const cursor = readCursor(query.cursor, CHECK_ORDER);
  let select = db.selectFrom("ledger_check").selectAll().where("org_id", "=", orgId);
  // Ids carry the time of the check.
  if (cursor) select = select.where("id", "<", cursor.id);
  const rows = await select
    .orderBy("id", "desc")
    .limit(query.limit + 1)
    .execute();
  const page = cutPage(rows, query.limit, ({ id }) => [CHECK_ORDER, null, id]);
  const items = page.items.map((row) => ({
    id: row.id,
    ranAt: formatInstant(row.ran_at),
    size: row.size,
    ok: row.ok,
    findings: row.findings,
    durationMs: row.duration_ms,
    ledgerIndex: row.ledger_index,
  }));
  return { items, nextCursor: page.nextCursor, total: null };
}
