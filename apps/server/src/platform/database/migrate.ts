/** Forward-only migrations: numbered SQL files, each applied once, in order, in a transaction of its own. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import type pg from "pg";

import type { Logger } from "../log/log.ts";
import { DatabaseError, toDatabaseError } from "./errors.ts";

/** The migrations of this program. */
export const MIGRATIONS_DIR = fileURLToPath(new URL("../../../migrations", import.meta.url));

/** The oldest PostgreSQL with everything the migrations use (MERGE, NULLS NOT DISTINCT, security-invoker views). */
export const MIN_SERVER_MAJOR = 15;

/** The advisory lock that makes concurrent starts take turns: "stewardm" read as bytes. */
const LOCK_KEY = BigInt(`0x${Buffer.from("stewardm").toString("hex")}`).toString();

const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text with line feeds only, so that a checkout on Windows agrees. */
  readonly checksum: string;
}

export interface MigrationResult {
  /** The number of the last migration that the database holds now; 0 when there is none. */
  readonly version: number;
  /** The files applied by this call, in order. */
  readonly applied: readonly string[];
}

/**
 * Reads a folder of `NNNN_name.sql` files, numbered from 0001 without gaps.
 * @throws DatabaseError `migration_files` for a missing folder, a gap, a double number or a stray file name.
 */
export async function readMigrations(dir: string): Promise<Migration[]> {
  let entries: string[];
  try {
    entries = (await readdir(dir)).filter((entry) => entry.endsWith(".sql")).sort();
  } catch (cause) {
    throw new DatabaseError("migration_files", `The folder of migrations ${dir} can't be read.`, { cause });
  }
  const migrations: Migration[] = [];
  for (const file of entries) {
    const match = FILE_NAME.exec(file);
    const expected = migrations.length + 1;
    if (!match || Number(match[1]) !== expected) {
      const wanted = `${String(expected).padStart(4, "0")}_name.sql`;
      throw new DatabaseError("migration_files", `${file} in ${dir} is out of order: the next migration is ${wanted}.`);
    }
    const sql = (await readFile(path.join(dir, file), "utf8")).replaceAll("\r\n", "\n");
    const checksum = createHash("sha256").update(sql).digest("hex");
    migrations.push({ number: expected, name: file.slice(0, -".sql".length), sql, checksum });
  }
  return migrations;
}

/**
 * Brings the database to the last migration of `dir`, or to migration `upTo`. Several processes may call it at once: they take turns.
 * @throws DatabaseError `server_version`, `migration_files`, `migration_changed`, `schema_newer`, `migration_failed`.
 */
export async function migrate(
  pool: pg.Pool,
  log: Logger,
  dir: string = MIGRATIONS_DIR,
  upTo: number = Number.POSITIVE_INFINITY,
): Promise<MigrationResult> {
  const known = (await readMigrations(dir)).filter(({ number }) => number <= upTo);
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw toDatabaseError(error);
  }
  try {
    await requireServerVersion(client);
    // A migration of a large table may take longer than any request.
    await client.query("set statement_timeout = 0");
    await takeLock(client, log);
    return await applyPending(client, known, log);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    // Closing the connection releases the lock and forgets the settings, whatever happened before.
    client.release(true);
  }
}

async function requireServerVersion(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ number: string; text: string }>(
    "select current_setting('server_version_num') as number, current_setting('server_version') as text",
  );
  const server = rows[0];
  if (server === undefined || Math.floor(Number(server.number) / 10_000) >= MIN_SERVER_MAJOR) return;
  throw new DatabaseError(
    "server_version",
    `The database server is PostgreSQL ${server.text}; Steward needs PostgreSQL ${MIN_SERVER_MAJOR} or newer.`,
  );
}

async function takeLock(client: pg.PoolClient, log: Logger): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [LOCK_KEY]);
  if (rows[0]?.taken === true) return;
  log.info("Another Steward process is migrating the database; waiting for it.");
  await client.query("select pg_advisory_lock($1)", [LOCK_KEY]);
}

async function applyPending(client: pg.PoolClient, known: Migration[], log: Logger): Promise<MigrationResult> {
  await client.query(
    `create table if not exists schema_migration (
       number integer primary key,
       name text not null,
       checksum text not null,
       applied_at timestamptz not null default now()
     )`,
  );
  const { rows } = await client.query<{ number: number; name: string; checksum: string }>(
    "select number, name, checksum from schema_migration order by number",
  );
  for (const row of rows) requireUnchanged(row, known);
  const applied: string[] = [];
  for (const migration of known.slice(rows.length)) {
    await applyOne(client, migration);
    log.info({ migration: migration.name }, "Applied a migration.");
    applied.push(migration.name);
  }
  return { version: known.length, applied };
}

function requireUnchanged(row: { number: number; name: string; checksum: string }, known: Migration[]): void {
  const migration = known[row.number - 1];
  if (migration === undefined) {
    throw new DatabaseError(
      "schema_newer",
      `The database was set up by a newer Steward: it is at migration ${row.name}, and this program knows ` +
        `${known.at(-1)?.name ?? "none"} as the last one. Start the newer program, or restore a backup from before.`,
    );
  }
  if (migration.checksum !== row.checksum) {
    throw new DatabaseError(
      "migration_changed",
      `Migration ${row.name} was applied to this database with other content than ${migration.name}.sql has now. ` +
        "Applied migrations never change: restore the file and put the change into a new migration.",
    );
  }
}

async function applyOne(client: pg.PoolClient, migration: Migration): Promise<void> {
  try {
    await client.query("begin");
    const before = await transactionId(client);
    await client.query(migration.sql);
    if ((await transactionId(client)) !== before) {
      throw new Error("it ends the transaction that it runs in; leave out begin and commit");
    }
    await client.query("insert into schema_migration (number, name, checksum) values ($1, $2, $3)", [
      migration.number,
      migration.name,
      migration.checksum,
    ]);
    await client.query("commit");
  } catch (cause) {
    // The caller closes the connection, which rolls back.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError("migration_failed", `Migration ${migration.name} failed: ${reason}`, { cause });
  }
}

async function transactionId(client: pg.PoolClient): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>("select pg_current_xact_id()::text as id");
  return rows[0]?.id;
}
