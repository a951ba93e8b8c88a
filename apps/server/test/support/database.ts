/** A real, migrated PostgreSQL database for each test file, copied from a template in some 25 ms. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { text } from "node:stream/consumers";

import type { Kysely } from "kysely";
import pg from "pg";
import { inject } from "vitest";

import { Secret } from "../../src/platform/config/secret.ts";
import { APP_ROLE } from "../../src/platform/database/embedded/cluster.ts";
import { migrate, MIGRATIONS_DIR, readMigrations } from "../../src/platform/database/migrate.ts";
import { createKysely, createPool } from "../../src/platform/database/pool.ts";
import type { ServerConnection } from "../../src/platform/database/pool.ts";
import { createLogger } from "../../src/platform/log/log.ts";
import type { TestServerAnswer } from "./global-setup.ts";

export interface TestDatabase<DB> {
  readonly db: Kysely<DB>;
  readonly pool: pg.Pool;
  readonly connection: ServerConnection;
  /** The same as DATABASE_URL, for tests that start a whole server on this database. */
  readonly databaseUrl: Secret;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

export interface EmptyDatabase {
  readonly connection: ServerConnection;
  readonly databaseUrl: Secret;
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Other migrations than the program's. */
  readonly migrationsDir?: string;
  readonly poolSize?: number;
}

/** Small, because many test files run at once on one server. */
const POOL_SIZE = 5;

/**
 * A fresh database with all migrations applied, owned by Steward's ordinary role.
 * Call it in `beforeAll` and its `close` in `afterAll`.
 */
export async function createTestDatabase<DB = unknown>(options: TestDatabaseOptions = {}): Promise<TestDatabase<DB>> {
  const admin = await testServer();
  const template = await ensureTemplate(admin, options.migrationsDir ?? MIGRATIONS_DIR);
  const database = `test_${randomBytes(8).toString("hex")}`;
  await runAsAdmin(admin, `create database ${database} template ${template} owner ${APP_ROLE}`);
  const connection = { ...admin, user: APP_ROLE, database };
  const pool = createPool(connection, createLogger({ level: "error" }), { size: options.poolSize ?? POOL_SIZE });
  const db = createKysely<DB>(pool);
  return {
    db,
    pool,
    connection,
    databaseUrl: new Secret(toUrl(connection)),
    async close() {
      await db.destroy();
      await runAsAdmin(admin, `drop database ${database} with (force)`);
    },
  };
}

/** An empty database without any migration, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<EmptyDatabase> {
  const admin = await testServer();
  const database = `test_${randomBytes(8).toString("hex")}`;
  await runAsAdmin(admin, `create database ${database} owner ${APP_ROLE}`);
  const connection = { ...admin, user: APP_ROLE, database };
  return {
    connection,
    databaseUrl: new Secret(toUrl(connection)),
    drop: () => runAsAdmin(admin, `drop database ${database} with (force)`),
  };
}

async function testServer(): Promise<ServerConnection> {
  const answer = JSON.parse(await text(connect(inject("testServerPort"), "127.0.0.1"))) as TestServerAnswer;
  if ("error" in answer) throw new Error(`The test run's PostgreSQL did not start: ${answer.error}`);
  return answer.admin;
}

/** The migrated database that the tests' ones are copied from; made by the first worker that needs it. */
async function ensureTemplate(admin: ServerConnection, migrationsDir: string): Promise<string> {
  const migrations = await readMigrations(migrationsDir);
  const template = `template_${migrations.length}_${(migrations.at(-1)?.checksum ?? "").slice(0, 16)}`;
  const client = new pg.Client(admin);
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtext($1))", [template]);
    const { rowCount } = await client.query("select from pg_database where datname = $1", [template]);
    if (rowCount === 0) {
      const draft = `${template}_draft`;
      await client.query(`drop database if exists ${draft}`);
      await client.query(`create database ${draft} owner ${APP_ROLE}`);
      const log = createLogger({ level: "error" });
      const pool = createPool({ ...admin, user: APP_ROLE, database: draft }, log, { size: 1 });
      await migrate(pool, log, migrationsDir).finally(() => pool.end());
      await client.query(`alter database ${draft} rename to ${template}`);
    }
  } finally {
    await client.end();
  }
  return template;
}

async function runAsAdmin(admin: ServerConnection, statement: string): Promise<void> {
  const client = new pg.Client(admin);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function toUrl(connection: ServerConnection): string {
  const { host, port, user, database, password } = connection;
  const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
  return `postgresql://${login}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}
