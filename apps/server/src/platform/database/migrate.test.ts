import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createEmptyDatabase } from "../../../test/support/database.ts";
import type { EmptyDatabase } from "../../../test/support/database.ts";
import { createLogger } from "../log/log.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { createPool } from "./pool.ts";

const log = createLogger({ level: "silent" });

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "steward-migrations-"));
});
afterEach(() => rm(dir, { recursive: true }));

function write(file: string, sql: string): Promise<void> {
  return writeFile(path.join(dir, file), sql);
}

describe("migrate", () => {
  let database: EmptyDatabase;
  let pool: pg.Pool;
  beforeEach(async () => {
    database = await createEmptyDatabase();
    pool = createPool(database.connection, log, { size: 3 });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  async function tables(): Promise<string[]> {
    const { rows } = await pool.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' order by 1",
    );
    return rows.map((row) => row.name);
  }

  it("applies what is missing, in order, and then nothing", async () => {
    await write("0001_first.sql", "create table first (id integer);");
    expect(await migrate(pool, log, dir)).toEqual({ version: 1, applied: ["0001_first"] });
    await write("0002_second.sql", "alter table first rename to second; -- needs 0001");
    await write("0003_third.sql", "insert into second values (1);");
    expect(await migrate(pool, log, dir)).toEqual({ version: 3, applied: ["0002_second", "0003_third"] });
    expect(await migrate(pool, log, dir)).toEqual({ version: 3, applied: [] });
    expect(await tables()).toEqual(["schema_migration", "second"]);
    const { rows } = await pool.query(
      "select number, name, applied_at <= now() as past from schema_migration order by 1",
    );
    expect(rows).toContainEqual({ number: 3, name: "0003_third", past: true });
  });

  it("accepts a folder without migrations", async () => {
    expect(await migrate(pool, log, dir)).toEqual({ version: 0, applied: [] });
  });

  it("applies each once when several processes start at once", async () => {
    await write("0001_slow.sql", "create table once (id integer); insert into once select 1 from pg_sleep(0.2);");
    await write("0002_more.sql", "insert into once values (2);");
    const results = await Promise.all([migrate(pool, log, dir), migrate(pool, log, dir), migrate(pool, log, dir)]);
    expect(results.map((result) => result.version)).toEqual([2, 2, 2]);
    expect(results.flatMap((result) => result.applied)).toEqual(["0001_slow", "0002_more"]);
    expect((await pool.query("select id from once order by 1")).rows).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("leaves nothing of a migration that fails, keeps those before it, and goes on once it is mended", async () => {
    await write("0001_good.sql", "create table good (id integer);");
    await write("0002_bad.sql", "create table half (id integer); select 1 / 0;");
    await expect(migrate(pool, log, dir)).rejects.toMatchObject({
      code: "migration_failed",
      message: "Migration 0002_bad failed: division by zero",
    });
    expect(await tables()).toEqual(["good", "schema_migration"]);
    await write("0002_bad.sql", "create table whole (id integer);");
    expect(await migrate(pool, log, dir)).toEqual({ version: 2, applied: ["0002_bad"] });
  });

  it("refuses a migration that ends its own transaction", async () => {
    await write("0001_sly.sql", "create table sly (id integer); commit; create table after_it (id integer);");
    await expect(migrate(pool, log, dir)).rejects.toMatchObject({
      code: "migration_failed",
      message: expect.stringContaining("leave out begin and commit"),
    });
  });

  it("refuses an applied migration whose text has changed, but not one with other line ends", async () => {
    await write("0001_first.sql", "create table first (\n  id integer\n);\n");
    await migrate(pool, log, dir);
    await write("0001_first.sql", "create table first (\r\n  id integer\r\n);\r\n");
    expect(await migrate(pool, log, dir)).toEqual({ version: 1, applied: [] });
    await write("0001_first.sql", "create table first (\n  id bigint\n);\n");
    await expect(migrate(pool, log, dir)).rejects.toMatchObject({
      code: "migration_changed",
      message: expect.stringMatching(/^Migration 0001_first was applied .* with other content/),
    });
  });

  it("refuses a database that a newer program has migrated, naming both versions", async () => {
    await write("0001_first.sql", "create table first (id integer);");
    await write("0002_future.sql", "create table future (id integer);");
    await migrate(pool, log, dir);
    await rm(path.join(dir, "0002_future.sql"));
    await expect(migrate(pool, log, dir)).rejects.toMatchObject({
      code: "schema_newer",
      message: expect.stringMatching(/newer Steward.*0002_future.*0001_first/),
    });
  });

  it("refuses a server older than PostgreSQL 15", async () => {
    // A real server that passes itself off as an older one: our function stands before PostgreSQL's own.
    await pool.query(`
      create schema disguise;
      create function disguise.current_setting(name text) returns text language sql as $$
        select case name when 'server_version_num' then '140012' when 'server_version' then '14.12' end
      $$`);
    await pool.query(
      `alter role current_user in database ${database.connection.database} set search_path = disguise, pg_catalog`,
    );
    await pool.end();
    pool = createPool(database.connection, log);
    await expect(migrate(pool, log, dir)).rejects.toMatchObject({
      code: "server_version",
      message: "The database server is PostgreSQL 14.12; Steward needs PostgreSQL 15 or newer.",
    });
  });

  it("gives the lock back after a failure", async () => {
    await write("0001_bad.sql", "select 1 / 0;");
    await expect(migrate(pool, log, dir)).rejects.toThrow();
    await expect(migrate(pool, log, dir)).rejects.toThrow("division by zero");
  });
});

describe("readMigrations", () => {
  it.each([
    ["a gap", ["0001_a.sql", "0003_c.sql"], "0003_c.sql"],
    ["a number used twice", ["0001_a.sql", "0001_b.sql"], "0001_b.sql"],
    ["a first number other than 1", ["0000_a.sql"], "0000_a.sql"],
    ["a name without number", ["init.sql"], "init.sql"],
    ["capitals", ["0001_Init.sql"], "0001_Init.sql"],
  ])("refuses %s, naming the file", async (_, files, culprit) => {
    for (const file of files) await write(file, "select 1;");
    await expect(readMigrations(dir)).rejects.toMatchObject({
      code: "migration_files",
      message: expect.stringContaining(culprit),
    });
  });

  it("refuses a missing folder", async () => {
    await expect(readMigrations(path.join(dir, "none"))).rejects.toMatchObject({ code: "migration_files" });
  });

  it("ignores other files", async () => {
    await write("README.md", "x");
    await write("0001_a.sql", "select 1;");
    expect((await readMigrations(dir)).map((migration) => migration.name)).toEqual(["0001_a"]);
  });
});
