/** Verifies a log as it stands in the database, and everything that was projected from it. Reads only. */
import type { Clock, Micros, Uuid } from "@steward/kernel";
import {
  decodeEntry,
  type EarlierEpoch,
  encodeVkey,
  type Entry,
  entryTime,
  HASH_BYTES,
  LedgerError,
  type PackReader,
  parseCheckpointText,
  parseNote,
  signCheckpoint,
  type Signer,
  verifyPack,
} from "@steward/ledger";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { readEpochs, recordedOrigin } from "../../platform/ledger/epochs.ts";
import { type KeyStore, vkeyOf } from "../../platform/ledger/keys.ts";
import {
  altered,
  type CheckFinding,
  differing,
  extra,
  type ProjectionCheck,
  type ReadEntry,
} from "./ledger.findings.ts";
import { databasePack, findCheckpoint } from "./ledger.pack.ts";
import { readLog } from "./ledger.read.ts";
import { auditorReadsCheck } from "./ledger.reads.ts";
import { recordCheck } from "./ledger.records.ts";
import { streamChecks } from "./ledger.streams.ts";

export interface Verified {
  readonly size: number;
  /** Those that name an entry first, in the order of the entries. */
  readonly findings: readonly CheckFinding[];
}

type Log = Awaited<ReturnType<typeof readLog>>;

/**
 * Checks one organisation's log: entries, bodies, tiles, checkpoints and cosignatures by the pure verifier; then the
 * columns beside each leaf, and the rows that were made from it. Give a transaction that reads one snapshot.
 * @throws KeyError where the log's key is not at hand.
 */
export async function verifyLedger(db: Kysely<Tables>, clock: Clock, keys: KeyStore, orgId: Uuid): Promise<Verified> {
  const log = await readLog(db, orgId);
  const origin = await recordedOrigin(db, orgId);
  const signer = await keys.signer(orgId, origin);
  const epochs = await readEpochs(db, orgId);
  const last = await keys.lastCheckpoint(orgId, origin);
  const verification = await verifyPack(await packAsItStands(db, clock, { ...log, origin, epochs }, signer), {
    keys: [vkeyOf(signer), ...epochs.map(({ key }) => encodeVkey(key))],
    keptCheckpoints: last === undefined ? [] : [last],
  });
  const findings: CheckFinding[] = verification.findings.map(({ code, entry, message }) => ({
    code,
    entry: entry ?? null,
    message,
  }));
  findings.push(...(await checkHead(db, log, signer)), ...(await checkCheckpoints(db, log)));
  findings.push(...(await checkProjections(db, log)));
  return { size: log.size, findings: inOrder(findings) };
}

/**
 * The whole log, up to its head. Where the head has no checkpoint yet, one is signed for this verification only: the
 * verifier then finds whether the entries make the head's root, and whether they continue what was signed before.
 */
async function packAsItStands(
  db: Kysely<Tables>,
  clock: Clock,
  log: Log & { readonly epochs: readonly EarlierEpoch[] },
  signer: Signer,
): Promise<PackReader> {
  const { org_id: orgId, size, origin, epochs } = log;
  const stored = await findCheckpoint(db, orgId, size);
  const root = log.root.length === HASH_BYTES ? log.root : Buffer.alloc(HASH_BYTES);
  const note = stored?.note ?? (await signCheckpoint({ origin, size, root }, signer));
  const exportedAt = clock.now();
  const pack = databasePack(db, { orgId, epochs, logKey: signer.key, size, note, exportedAt, asItStands: true });
  return oneAtATime(pack);
}

/** All reads share one connection, which answers one question after the other. */
function oneAtATime(reader: PackReader): PackReader {
  let before: Promise<unknown> = Promise.resolve();
  return {
    read(path) {
      const reading = before.then(() => reader.read(path));
      before = reading.catch(() => undefined);
      return reading;
    },
  };
}

async function checkHead(db: Kysely<Tables>, log: Log, signer: Signer): Promise<CheckFinding[]> {
  const { org_id: orgId, size } = log;
  const stored = await findCheckpoint(db, orgId, size);
  const newest = await sql<{ recorded_at: Micros }>`
    SELECT recorded_at FROM ledger_entry WHERE org_id = ${orgId} AND index = ${size - 1}`.execute(db);
  const wrong = differing({
    origin: [log.origin, signer.key.name],
    verification_key: [log.verification_key, vkeyOf(signer)],
    root: [log.root.toString("hex"), (stored?.root ?? log.root).toString("hex")],
    last_at: [log.last_at, newest.rows[0]?.recorded_at ?? log.last_at],
  });
  const findings = wrong.length === 0 ? [] : altered("The head", Math.max(0, size - 1), wrong);
  for (const table of ["ledger_entry", "ledger_body"] as const) {
    const beyond = await sql<{ index: number }>`
      SELECT index FROM ${sql.table(table)} WHERE org_id = ${orgId} AND (index < 0 OR index >= ${size})
      ORDER BY index LIMIT 1`.execute(db);
    for (const { index } of beyond.rows) {
      findings.push(extra(`Row ${index} of ${table}, beyond the ${size} entries of the log,`, "", index));
    }
  }
  return findings;
}

const BATCH_ROWS = 1000;

/** The columns beside each checkpoint say what its note says. */
async function checkCheckpoints(db: Kysely<Tables>, { org_id: orgId }: Log): Promise<CheckFinding[]> {
  const findings: CheckFinding[] = [];
  for (let after = -1; ;) {
    const rows = await db
      .selectFrom("ledger_checkpoint")
      .select(["size", "root", "note"])
      .where("org_id", "=", orgId)
      .where("size", ">", after)
      .orderBy("size")
      .limit(BATCH_ROWS)
      .execute();
    for (const { size, root, note } of rows) {
      const signed = readCheckpoint(note);
      if (signed?.size === size && root.equals(signed.root)) continue;
      findings.push(...altered("The checkpoint", Math.max(0, size - 1), ["size or root"]));
    }
    const last = rows.at(-1);
    if (!last) return findings;
    after = last.size;
  }
}

/** Undefined for a note that can't be read, which the verifier has named. */
function readCheckpoint(note: string) {
  return unlessInvalid(() => parseCheckpointText(parseNote(note).text));
}

interface EntryRow {
  readonly index: number;
  readonly leaf: Buffer;
  readonly entry_id: string;
  readonly kind: string;
  readonly recorded_at: Micros;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly subject_version: number | null;
  readonly body: Buffer | null;
  readonly erased: boolean;
}

async function checkProjections(db: Kysely<Tables>, { org_id: orgId, size }: Log): Promise<CheckFinding[]> {
  const checks: ProjectionCheck[] = [...streamChecks(), recordCheck(), auditorReadsCheck()];
  const findings: CheckFinding[] = [];
  for (let after = -1; ;) {
    const { rows } = await sql<EntryRow>`
      SELECT e.*, b.body, coalesce(b.index IS NULL AND x.last_index >= e.index, false) AS erased
      FROM ledger_entry e
      LEFT JOIN ledger_body b ON b.org_id = e.org_id AND b.index = e.index
      LEFT JOIN LATERAL (
        SELECT last_index FROM ledger_erasure
        WHERE b.index IS NULL AND org_id = e.org_id AND first_index <= e.index ORDER BY first_index DESC LIMIT 1
      ) x ON true
      WHERE e.org_id = ${orgId} AND e.index > ${after} AND e.index < ${size}
      ORDER BY e.index LIMIT ${BATCH_ROWS}`.execute(db);
    const last = rows.at(-1);
    if (!last) break;
    after = last.index;
    const entries: ReadEntry[] = [];
    for (const row of rows) {
      const entry = unlessInvalid(() => decodeEntry(row.leaf));
      if (entry === undefined) continue;
      findings.push(...altered("The row", row.index, entryDifferences(row, entry)));
      entries.push({ index: row.index, entry, body: readBody(row.body), erased: row.erased });
    }
    for (const check of checks) findings.push(...(await check.check(db, orgId, entries)));
  }
  for (const check of checks) findings.push(...(await check.finish(db, orgId)));
  return findings;
}

function entryDifferences(row: EntryRow, entry: Entry): string[] {
  return differing({
    entry_id: [row.entry_id, entry.id],
    kind: [row.kind, entry.kind],
    recorded_at: [row.recorded_at, entryTime(entry)],
    actor_kind: [row.actor_kind, entry.actor.kind],
    actor_id: [row.actor_id, entry.actor.id],
    subject_kind: [row.subject_kind, entry.subject.kind],
    subject_id: [row.subject_id, entry.subject.id],
    subject_version: [row.subject_version, entry.subject.version ?? null],
  });
}

function readBody(bytes: Buffer | null): Record<string, unknown> | undefined {
  if (bytes === null) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function unlessInvalid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

/** These say only between which entries a change lies; a finding that names an entry says more. */
const BOUNDS = new Set(["root_differs", "checkpoint_refuted"]);

function inOrder(findings: readonly CheckFinding[]): CheckFinding[] {
  const rank = ({ code, entry }: CheckFinding) => (entry === null ? 2 : BOUNDS.has(code) ? 1 : 0);
  return findings.toSorted((a, b) => rank(a) - rank(b) || (a.entry ?? 0) - (b.entry ?? 0));
}
