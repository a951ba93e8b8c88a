import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { MICROS_PER_HOUR, newId, type Uuid } from "@steward/kernel";
import { parseVkey } from "@steward/ledger";
import { verifyPack } from "@steward/ledger/verify";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { createEmptyDatabase, type EmptyDatabase } from "../../../test/support/database.ts";
import { type OwnServer, startOwnServer } from "../../../test/support/own-server.ts";
import { openDatabase } from "../../platform/database/database.ts";
import { MIGRATIONS_DIR } from "../../platform/database/migrate.ts";
import { createKysely, createPool } from "../../platform/database/pool.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { readEpochs } from "../../platform/ledger/epochs.ts";
import { journalErasures } from "../../platform/ledger/erasure-journal.ts";
import { directoryKeyStore } from "../../platform/ledger/keys.ts";
import { createLogger } from "../../platform/log/log.ts";
import { Secret } from "../../platform/config/secret.ts";
import { applyRetention } from "../decisions/decisions.retention.ts";
import { databasePack, findCheckpoint } from "../ledger/ledger.pack.ts";
import { readLog } from "../ledger/ledger.read.ts";
import { verifyLedger } from "../ledger/ledger.verify.ts";
import { dump } from "./backup.dump.ts";
import { exportKeys, importKeys } from "./backup.keys.ts";
import { LEFT_OUT } from "./backup.tables.ts";
import { restoreArchive, type RestoreInput } from "./backup.restore.ts";

const PASSPHRASE = "a sentence for the backup";
/** Cheap to guess, because it is only a test. */
const ARCHIVE = { passphrase: PASSPHRASE, workFactor: 8 };
const DIGEST = `sha256:${"a".repeat(64)}`;
const log = createLogger({ level: "fatal" });
const NO_FILES = {
  list: async () => [],
  open: async () => Promise.reject(new Error("none")),
  put: async () => Promise.reject(new Error("none")),
};

let app: TestApp;
let orgId: Uuid;
let lead: string;
let other: string;
let key: string;
let folder: string;
let file: string;
/** What the tables held when the backup was taken. */
let counts: Record<string, number>;
/** The log's newest checkpoint when it was lost. */
let lastCheckpoint: string;
let own: OwnServer;
const databases: EmptyDatabase[] = [];

beforeAll(async () => {
  app = await createTestApp();
  folder = await mkdtemp(path.join(tmpdir(), "steward-backup-"));
  file = path.join(folder, "data.age");
  own = await startOwnServer();
  const founder = await app.setUp();
  ({ orgId } = founder);
  lead = (await app.join(founder.cookie, "lead@example.org", ["governance_lead"])).cookie;
  other = (await app.join(founder.cookie, "second@example.org", ["governance_lead"])).cookie;
  key = await app.makeKey(founder.cookie, ["decisions:write"]);
  const values = { name: "Ranker", purpose: "“Quotes”, \\N and\ttabs\nand lines.", retentionDays: 1 };
  await app.send("POST", "/systems", { values }, { cookie: lead });
  await decide("P-old", 2);
  app.clock.advance(11n * MICROS_PER_HOUR);
  for (const subject of ["P-before", "P-after", "P-kept"]) await decide(subject, 2);
  await erase("P-before");
  await app.settle();
  await app.database.pool.query(
    `INSERT INTO mail_outbox (id, org_id, kind, sealed, created_at, state, next_attempt_at)
     VALUES ($1, $2, 'test', 'x', now(), 'pending', now())`,
    [newId(app.clock), orgId],
  );
  await dump(file, ARCHIVE, { ...source(), now: app.clock.now() });
  counts = await countRows(app.database.pool);
  // What the backup does not know: an erasure, a disposal, and decisions that will be lost.
  await erase("P-after");
  await decide("P-lost", 3);
  app.clock.advance(14n * MICROS_PER_HOUR);
  await applyRetention(app);
  await journalErasures(app.db, app.keys);
  await app.settle();
  lastCheckpoint = (await findCheckpoint(app.db, orgId))?.note ?? "";
});

afterAll(async () => {
  await app?.close();
  await own?.stop();
  for (const database of databases) await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const source = () => ({ connection: app.database.connection, keyDirectory: app.keyDirectory, files: NO_FILES });

async function decide(subject: string, count: number): Promise<void> {
  const batch = Array.from({ length: count }, (_, n) => ({
    id: `${subject}-${n}`,
    system: "Ranker",
    release: "1.0",
    occurredAt: new Date(Number(app.clock.now() / 1000n)).toISOString(),
    outcome: "upper",
    subject,
    attributes: { region: "EU" },
    inputDigest: DIGEST,
    explanation: { summary: `About ${subject}` },
  }));
  const { status } = await app.send("POST", "/decisions", batch, { key });
  expect(status).toBe(200);
}

async function erase(subject: string): Promise<void> {
  const asked = await app.send("POST", "/erasure-requests", { subject, reason: "They asked." }, { cookie: lead });
  const approved = await app.send(
    "POST",
    `/erasure-requests/${asked.body.id}/approve`,
    { reason: "No duty to keep it." },
    { cookie: other },
  );
  expect(approved.status).toBe(200);
}

/** Rows of every table that a backup holds; partitions count under their parent. */
async function countRows(pool: pg.Pool): Promise<Record<string, number>> {
  const tables = await pool.query(
    `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
     AND relnamespace = current_schema()::regnamespace
     AND NOT relname = ANY($1) ORDER BY 1`,
    [LEFT_OUT],
  );
  const found: Record<string, number> = {};
  for (const { relname } of tables.rows) {
    found[relname] = Number((await pool.query(`SELECT count(*) AS n FROM "${relname}"`)).rows[0].n);
  }
  return found;
}

async function emptyDatabase(): Promise<pg.Pool> {
  const database = await createEmptyDatabase();
  databases.push(database);
  return createPool(database.connection, log, { size: 3 });
}

function input(pool: pg.Pool, over: Partial<RestoreInput> = {}): RestoreInput {
  return {
    pool,
    clock: app.clock,
    log,
    keys: app.keys,
    keyDirectory: app.keyDirectory,
    files: NO_FILES,
    checkpoints: [],
    withoutKeys: false,
    acceptFindings: false,
    ...over,
  };
}

describe("a restore, on another major version of PostgreSQL,", () => {
  let pool: pg.Pool;
  let db: ReturnType<typeof createKysely<Tables>>;

  beforeAll(async () => {
    pool = createPool({ connectionString: own.url }, log, { size: 3 });
    db = createKysely<Tables>(pool);
  });
  afterAll(() => db?.destroy());

  it("brings everything back, and says what was lost", async () => {
    const restored = await restoreArchive(file, ARCHIVE, input(pool));
    expect(restored.findings).toEqual([]);
    const mine = restored.logs.find((one) => one.orgId === orgId);
    const { rows } = await app.database.pool.query("SELECT size FROM ledger_log WHERE org_id = $1", [orgId]);
    expect(mine?.lost).toBe(Number(rows[0].size) - (mine?.kept ?? 0));
    expect(mine?.lost).toBeGreaterThan(0);
    const now = await countRows(pool);
    // Two decisions were disposed of again; erasures took bodies; each log got its new entries.
    expect({ ...now, ...LEDGER }).toEqual({ ...counts, ...LEDGER, decision: (counts["decision"] ?? 0) - 2 });
  });

  it("keeps erased what was erased before and after the backup", async () => {
    const bodies = await pool.query(
      `SELECT d.external_id, d.subject_hash IS NOT NULL AS named, b.body IS NOT NULL AS told FROM decision d
       LEFT JOIN ledger_body b ON b.org_id = d.org_id AND b.index = d.ledger_index ORDER BY 1`,
    );
    expect(bodies.rows).toEqual([
      { external_id: "P-after-0", named: false, told: false },
      { external_id: "P-after-1", named: false, told: false },
      { external_id: "P-before-0", named: false, told: false },
      { external_id: "P-before-1", named: false, told: false },
      { external_id: "P-kept-0", named: true, told: true },
      { external_id: "P-kept-1", named: true, told: true },
    ]);
    const { rows } = await pool.query(
      "SELECT count(*) FROM ledger_body WHERE encode(body, 'escape') ~ 'About P-(after|before|old)'",
    );
    expect(rows).toEqual([{ count: "0" }]);
  });

  it("gives a log that anybody can verify, and that hides no loss", async () => {
    const { findings } = await verifyLedger(db, app.clock, app.keys, orgId);
    expect(findings).toEqual([]);
    const head = await readLog(db, orgId);
    const checkpoint = await findCheckpoint(db, orgId);
    const epochs = await readEpochs(db, orgId);
    expect(epochs).toHaveLength(1);
    const pack = databasePack(db, {
      orgId,
      epochs,
      logKey: parseVkey(head.verification_key),
      size: checkpoint?.size ?? 0,
      note: checkpoint?.note ?? "",
      exportedAt: app.clock.now(),
      asItStands: false,
    });
    const verified = await verifyPack(pack);
    expect(verified.findings).toEqual([]);
    expect(verified.notes.join(" ")).toContain("had been signed and were lost with it");
    const auditor = await verifyPack(pack, { keptCheckpoints: [lastCheckpoint] });
    expect(auditor.findings).toMatchObject([{ code: "entries_lost" }]);
  });

  it("lets nobody in by an old session or link, and is itself evidence", async () => {
    // Nor is anybody written to again: mail that waited then is not in a backup either.
    for (const table of LEFT_OUT.filter((name) => name !== "schema_migration")) {
      expect((await pool.query(`SELECT FROM "${table}"`)).rowCount, table).toBe(0);
    }
    const { rows } = await pool.query("SELECT kind FROM ledger_entry WHERE kind LIKE 'backup.%' ORDER BY index");
    expect(rows.map(({ kind }) => kind)).toContain("backup.restored");
  });

  it("goes into an empty database only", async () => {
    await expect(restoreArchive(file, ARCHIVE, input(pool))).rejects.toMatchObject({ code: "not_empty" });
  });

  it("can be backed up and restored again: a third epoch", async () => {
    const again = path.join(folder, "again.age");
    await dump(again, ARCHIVE, { ...source(), connection: { connectionString: own.url }, now: app.clock.now() });
    const target = await emptyDatabase();
    const restored = await restoreArchive(again, ARCHIVE, input(target));
    expect(restored).toMatchObject({ findings: [], erasedAgain: 0 });
    expect(restored.logs.map(({ lost }) => lost)).toEqual(restored.logs.map(() => 0));
    await target.end();
  });
});

/** Tables whose rows a restore adds to or takes from. */
const LEDGER = {
  ledger_entry: 0,
  ledger_body: 0,
  ledger_tile: 0,
  ledger_checkpoint: 0,
  ledger_epoch: 0,
  ledger_erasure: 0,
  decision_receipt: 0,
};

describe("a restore is refused, and leaves nothing,", () => {
  const refused = async (name: string, code: string, over: Partial<RestoreInput> = {}, archive = ARCHIVE) => {
    const pool = await emptyDatabase();
    await expect(restoreArchive(path.join(folder, name), archive, input(pool, over))).rejects.toMatchObject({ code });
    const there = await pool.query("SELECT to_regclass('ledger_log') IS NOT NULL AS made");
    if (there.rows[0].made) expect((await pool.query("SELECT FROM ledger_log")).rowCount).toBe(0);
    await pool.end();
  };

  it("for another passphrase", () =>
    refused("data.age", "passphrase", {}, { ...ARCHIVE, passphrase: "another sentence" }));

  it("for a file that was cut off, changed, or is none", async () => {
    const bytes = await readFile(file);
    await writeFile(path.join(folder, "cut.age"), bytes);
    await truncate(path.join(folder, "cut.age"), bytes.length - 100);
    await refused("cut.age", "damaged");
    const at = Math.floor(bytes.length / 2);
    await writeFile(path.join(folder, "changed.age"), bytes.with(at, (bytes[at] ?? 0) ^ 1));
    await refused("changed.age", "damaged");
    await writeFile(path.join(folder, "text.age"), "This is no backup.");
    await refused("text.age", "damaged");
    await refused("nowhere.age", "file");
  });

  it("without the keys that belong to the data", async () => {
    const keyDirectory = await mkdtemp(path.join(folder, "keys-"));
    await refused("data.age", "keys", { keyDirectory, keys: directoryKeyStore(keyDirectory) });
  });
});

describe("a restore that was broken off", () => {
  it("keeps servers from starting on what is there", async () => {
    const database = await createEmptyDatabase();
    databases.push(database);
    const pool = createPool(database.connection, log, { size: 1 });
    await pool.query("CREATE TABLE steward_restore (backup_created_at text NOT NULL)");
    await pool.end();
    const config = {
      dataDir: folder,
      databaseUrl: new Secret(database.databaseUrl.reveal()),
      serviceAccount: undefined,
    };
    await expect(openDatabase(config, log, { migrationsDir: MIGRATIONS_DIR })).rejects.toMatchObject({
      code: "restore_unfinished",
    });
  });
});

describe("a file", () => {
  it("is never written over, nor with a passphrase that is easily guessed", async () => {
    await expect(dump(file, ARCHIVE, { ...source(), now: 0n })).rejects.toMatchObject({ code: "exists" });
    const short = { ...ARCHIVE, passphrase: "short" };
    await expect(dump(path.join(folder, "x"), short, { ...source(), now: 0n })).rejects.toMatchObject({
      code: "passphrase",
    });
    expect(await readdir(folder)).not.toContain("x.partial");
  });

  it("of the data holds no keys, and nothing that can be read without the passphrase", async () => {
    const bytes = await readFile(file);
    expect(bytes.subarray(0, 22).toString()).toBe("age-encryption.org/v1\n");
    expect(bytes.includes("Ranker")).toBe(false);
  });
});

describe("keys", () => {
  it("are backed up apart, and come back without replacing any", async () => {
    const keysFile = path.join(folder, "keys.age");
    await exportKeys(keysFile, ARCHIVE, app.keyDirectory);
    const target = await mkdtemp(path.join(folder, "imported-"));
    await importKeys(keysFile, ARCHIVE, target);
    const names = (await readdir(app.keyDirectory)).sort();
    expect((await readdir(target)).sort()).toEqual(names);
    for (const name of names) {
      expect(await readFile(path.join(target, name))).toEqual(await readFile(path.join(app.keyDirectory, name)));
    }
    const [changed] = names.filter((name) => name.endsWith(".key"));
    await writeFile(path.join(target, changed as string), "another key");
    await expect(importKeys(keysFile, ARCHIVE, target)).rejects.toMatchObject({ code: "keys" });
    await expect(importKeys(file, ARCHIVE, target)).rejects.toMatchObject({ code: "format" });
  });
});
