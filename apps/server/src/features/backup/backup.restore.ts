/**
 * Restores a backup. A restore is not a rewind: the logs go on in a new epoch whose first entry names the last checkpoint
 * that is known, and whatever was erased since the backup was taken is erased again before anybody is served.
 *
 * 1. The rows and files come in, in one transaction, under the schema of the backup (backup.load.ts).
 * 2. Migrations bring them to the schema of this program.
 * 3. In one transaction: new epochs, erasures, the act itself as evidence, and a verification of every log.
 * Until the last step is done, a mark in the database keeps servers from starting on it.
 */
import type { Clock, Uuid } from "@steward/kernel";
import { type Checkpoint, ERASURE_ENTRIES_FIELD, ERASURE_KIND, openCheckpoint, parseVkey } from "@steward/ledger";
import { type Kysely, sql, type Transaction } from "kysely";
import type pg from "pg";

import { UNFINISHED_RESTORE } from "../../platform/database/database.ts";
import { toDatabaseError } from "../../platform/database/errors.ts";
import { migrate, MIGRATIONS_DIR, readMigrations } from "../../platform/database/migrate.ts";
import { createKysely } from "../../platform/database/pool.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { openEpoch, readEpochs } from "../../platform/ledger/epochs.ts";
import { type ErasureNote, readErasureNotes } from "../../platform/ledger/erasure-journal.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import { publishCheckpoints } from "../../platform/ledger/log.ts";
import type { Logger } from "../../platform/log/log.ts";
import { eraseReturned, findReturned } from "../decisions/decisions.erasure.ts";
import { verifyLedger } from "../ledger/ledger.verify.ts";
import { type ArchiveOptions, type ArchivePart, readArchive } from "./backup.archive.ts";
import { keyDigests } from "./backup.dump.ts";
import { BackupError } from "./backup.error.ts";
import { type BackupHeader, HEADER_NAME, readHeader } from "./backup.format.ts";
import { collect, load, type Loaded, requireEmpty, type RestoreFiles } from "./backup.load.ts";

export interface RestoreInput {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly keys: KeyStore;
  readonly keyDirectory: string;
  readonly files: RestoreFiles;
  /** Checkpoints of the logs that were kept elsewhere; each says what had been signed. */
  readonly checkpoints: readonly string[];
  /** Goes on without the keys that belong to the data. */
  readonly withoutKeys: boolean;
  /** Goes on where the restored logs do not verify. */
  readonly acceptFindings: boolean;
  readonly onProgress?: ((what: string) => void) | undefined;
}

export interface RestoredLog {
  readonly orgId: Uuid;
  /** Entries that came back; the next one opens the new epoch. */
  readonly kept: number;
  /** Entries that had been signed after the backup was taken, and are lost. */
  readonly lost: number;
}

export interface Restored extends Loaded {
  readonly createdAt: string;
  readonly logs: readonly RestoredLog[];
  /** Entries that were erased again. */
  readonly erasedAgain: number;
  readonly findings: readonly string[];
}

/** @throws BackupError, DatabaseError */
export async function restoreArchive(file: string, archive: ArchiveOptions, input: RestoreInput): Promise<Restored> {
  const parts = readArchive(file, archive);
  const header = await takeHeader(file, parts);
  await requireKeys(header, input);
  const loaded = await loadInto(header, parts, input);
  input.onProgress?.("migrating");
  await migrate(input.pool, input.log);
  const db = createKysely<Tables>(input.pool);
  const finished = await finish(db, header, input);
  await publishCheckpoints(db, input.clock, input.keys);
  return { ...loaded, createdAt: header.createdAt, ...finished };
}

async function takeHeader(file: string, parts: AsyncGenerator<ArchivePart>): Promise<BackupHeader> {
  const { value } = await parts.next();
  const header = value?.name === HEADER_NAME ? readHeader(await collect(value.content)) : undefined;
  if (header === undefined) throw new BackupError("format", `${file} is no backup that this Steward can read.`);
  const known = await readMigrations(MIGRATIONS_DIR);
  for (const { number, name, checksum } of header.migrations) {
    if (known[number - 1]?.checksum === checksum) continue;
    throw new BackupError(
      "format",
      `${file} was made by another Steward, whose migration ${name} this one does not know. Restore it with that one, or a newer one.`,
    );
  }
  return header;
}

/** Data whose keys are lost are not what they were: pseudonyms find nobody, second factors and webhooks stop working. */
async function requireKeys(header: BackupHeader, { keyDirectory, withoutKeys }: RestoreInput): Promise<void> {
  if (withoutKeys) return;
  const present = new Map((await keyDigests(keyDirectory)).map(({ name, sha256 }) => [name, sha256]));
  const missing = header.keys.filter(({ name, sha256 }) => present.get(name) !== sha256);
  if (missing.length === 0) return;
  throw new BackupError(
    "keys",
    `${missing.length} of ${header.keys.length} keys of this backup are not in ${keyDirectory}. Bring them there first ` +
      "with `steward keys import`; or, if they are lost, restore with --without-keys: people will not be found by " +
      "their pseudonyms any more, and second factors and webhooks must be set up again.",
  );
}

async function loadInto(
  header: BackupHeader,
  parts: AsyncGenerator<ArchivePart>,
  { pool, log, files, onProgress }: RestoreInput,
): Promise<Loaded> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  try {
    await requireEmpty(client);
    await client.query("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0");
    await migrate(pool, log, MIGRATIONS_DIR, header.migrations.length);
    return await load(client, header, parts, files, onProgress);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    client.release(true);
  }
}

type Finished = Pick<Restored, "logs" | "erasedAgain" | "findings">;

async function finish(db: Kysely<Tables>, header: BackupHeader, input: RestoreInput): Promise<Finished> {
  return db.transaction().execute(async (tx) => {
    await sql`SET LOCAL statement_timeout = 0`.execute(tx);
    await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(tx);
    const logs: RestoredLog[] = [];
    let erasedAgain = 0;
    for (const { orgId } of header.logs) {
      input.onProgress?.(`opening a new epoch of ${orgId}`);
      const notes = await notesFor(tx, input.keys, orgId);
      logs.push(await openNext(tx, header, input, orgId));
      for (const note of notes) erasedAgain += await eraseAgain(tx, input.clock, orgId, note);
    }
    await recordRestore(tx, input.clock, header, logs);
    const findings = await verifyAll(tx, input, logs);
    await sql`DROP TABLE ${sql.table(UNFINISHED_RESTORE)}`.execute(tx);
    return { logs, erasedAgain, findings };
  });
}

interface Head {
  readonly size: number;
  readonly verification_key: string;
  readonly origin: string;
}

async function readHead(tx: Transaction<Tables>, orgId: Uuid): Promise<Head> {
  return tx
    .selectFrom("ledger_log")
    .select(["size", "verification_key", "origin"])
    .where("org_id", "=", orgId)
    .executeTakeFirstOrThrow();
}

async function openNext(
  tx: Transaction<Tables>,
  header: BackupHeader,
  { clock, keys, checkpoints }: RestoreInput,
  orgId: Uuid,
): Promise<RestoredLog> {
  const head = await readHead(tx, orgId);
  const key = parseVkey(head.verification_key);
  const stored = await sql<{ note: string }>`
    SELECT note FROM ledger_checkpoint WHERE org_id = ${orgId} ORDER BY size DESC LIMIT 1`.execute(tx);
  const kept = await keys.lastCheckpoint(orgId, head.origin);
  const candidates = [...stored.rows.map(({ note }) => note), ...(kept === undefined ? [] : [kept]), ...checkpoints];
  let last: (Checkpoint & { note: string }) | undefined;
  for (const note of candidates) {
    const opened = openOwn(note, key);
    if (opened !== undefined && opened.size > (last?.size ?? 0)) last = { ...opened, note };
  }
  // Where it is of entries that came back, it is held against them with the others.
  if (last !== undefined && last.size <= head.size) {
    await sql`
      INSERT INTO ledger_checkpoint (org_id, size, root, note, created_at)
      VALUES (${orgId}, ${last.size}, ${Buffer.from(last.root)}, ${last.note}, ${moment(clock.now())})
      ON CONFLICT DO NOTHING`.execute(tx);
  }
  await openEpoch(tx, clock, keys, {
    orgId,
    actor: { kind: "system", id: INSTALLATION_ID },
    lastCheckpoint: last?.note ?? null,
    details: { cause: "restore", backupCreatedAt: header.createdAt },
  });
  return { orgId, kept: head.size, lost: Math.max(0, (last?.size ?? 0) - head.size) };
}

/** The checkpoint, where it is of this log and signed by its key; others may be of other logs. */
function openOwn(note: string, key: ReturnType<typeof parseVkey>): Checkpoint | undefined {
  try {
    return openCheckpoint(note, [key]);
  } catch {
    return undefined;
  }
}

interface Due extends ErasureNote {
  /** Entries before this index are the same in the log of the note and in the restored one. */
  readonly shared: number;
}

/** The erasures that the backup does not know, with the entries that they may be applied to. */
async function notesFor(tx: Transaction<Tables>, keys: KeyStore, orgId: Uuid): Promise<Due[]> {
  const { origin, size } = await readHead(tx, orgId);
  const earlier = new Map((await readEpochs(tx, orgId)).map((epoch) => [epoch.key.name, epoch.size]));
  return (await readErasureNotes(keys, orgId))
    .filter((note) => note.origin !== origin || note.index >= size)
    .map((note) => ({
      ...note,
      shared: note.origin === origin ? size : Math.min(size, earlier.get(note.origin) ?? note.base),
    }));
}

async function eraseAgain(tx: Transaction<Tables>, clock: Clock, orgId: Uuid, note: Due): Promise<number> {
  const indexes = await findReturned(
    tx,
    orgId,
    note.entries.filter((index) => index < note.shared),
  );
  if (indexes.length === 0) return 0;
  const [appended] = await appendEvidence(tx, clock, orgId, [
    {
      kind: ERASURE_KIND,
      actor: { kind: "system", id: INSTALLATION_ID },
      subject: note.subject,
      body: { cause: "restore", first: note.cause, firstEntry: note.index, [ERASURE_ENTRIES_FIELD]: [...indexes] },
    },
  ]);
  const { index: erasedBy, at } = appended as Appended;
  await eraseReturned(tx, orgId, { indexes, erasedBy, disposed: note.cause === "retention" });
  if (note.subject.kind === "erasure_request") {
    await sql`
      UPDATE erasure_request SET state = 'erased', decided_at = ${moment(at)}, ledger_index = ${erasedBy}
      WHERE org_id = ${orgId} AND id = ${note.subject.id} AND state = 'requested'`.execute(tx);
  }
  return indexes.length;
}

async function recordRestore(
  tx: Transaction<Tables>,
  clock: Clock,
  header: BackupHeader,
  logs: readonly RestoredLog[],
): Promise<void> {
  await appendEvidence(tx, clock, INSTALLATION_ID, [
    {
      kind: "backup.restored",
      actor: { kind: "system", id: INSTALLATION_ID },
      subject: { kind: "backup" },
      body: { backupCreatedAt: header.createdAt, logs: logs.map((log) => ({ ...log })) },
    },
  ]);
}

async function verifyAll(
  tx: Transaction<Tables>,
  { clock, keys, acceptFindings, onProgress }: RestoreInput,
  logs: readonly RestoredLog[],
): Promise<string[]> {
  const messages: string[] = [];
  for (const { orgId } of logs) {
    onProgress?.(`verifying the log of ${orgId}`);
    const { findings } = await verifyLedger(tx, clock, keys, orgId);
    messages.push(...findings.map(({ message }) => message));
  }
  if (messages.length > 0 && !acceptFindings) {
    throw new BackupError(
      "ledger",
      `What was restored does not verify: ${messages[0]} (${messages.length} findings). Take another backup; or, if ` +
        "there is none, empty the database and restore with --accept-findings.",
    );
  }
  return messages;
}
