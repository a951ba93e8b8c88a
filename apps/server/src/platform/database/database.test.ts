import { existsSync } from "node:fs";
import path from "node:path";

import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { createEmptyDatabase } from "../../../test/support/database.ts";
import { startOwnServer } from "../../../test/support/own-server.ts";
import type { OwnServer } from "../../../test/support/own-server.ts";
import { Host, temporaryFolder } from "../../../test/support/processes.ts";
import { SAMPLE_MIGRATIONS_DIR } from "../../../test/support/sample.ts";
import type { SampleSchema } from "../../../test/support/sample.ts";
import { loadConfig } from "../config/config.ts";
import { createLogger } from "../log/log.ts";
import { openDatabase } from "./database.ts";
import { withTransaction } from "./transaction.ts";
import { jsonb } from "./values.ts";

const log = createLogger({ level: "silent" });
const options = { migrationsDir: SAMPLE_MIGRATIONS_DIR };

describe("with DATABASE_URL", () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnServer();
    process.stdout.write(`The user's own server in these tests: ${server.version}\n`);
  });
  afterAll(() => server.stop());

  async function open(url: string, dataDir: string) {
    const config = loadConfig({ DATABASE_URL: url, STEWARD_DATA_DIR: dataDir });
    const database = await openDatabase<SampleSchema>(config, log, options);
    onTestFinished(() => database.close());
    return database;
  }

  it("the same code works on that server, and none of our own is started", async () => {
    const dataDir = path.join(await temporaryFolder(), "data");
    const { db, pool, embedded, version } = await open(server.url, dataDir);
    expect({ embedded, version }).toEqual({ embedded: undefined, version: 1 });
    expect(existsSync(dataDir)).toBe(false);
    const moment = 1_795_491_978_166_413n;
    await withTransaction(db, async (trx) => {
      await trx.insertInto("team").values({ id: 1, name: "a" }).execute();
      await trx.insertInto("member").values({ id: 1, team_id: 1, name: "m", age: 3, joined_at: moment }).execute();
    });
    expect(await db.selectFrom("member").select("joined_at").execute()).toEqual([{ joined_at: moment }]);
    const { rows } = await sql`select ${jsonb([{ a: 1 }])} as json, 7::int8 as n`.execute(db);
    expect(rows).toEqual([{ json: [{ a: 1 }], n: 7 }]);
    await expect(db.insertInto("team").values({ id: 1, name: "b" }).execute()).rejects.toMatchObject({
      code: "unique_violation",
    });
    // The pool itself speaks plain pg, for code that brings its own types.
    expect((await pool.query("select 7::int8 as n, joined_at from member")).rows).toEqual([
      { n: "7", joined_at: new Date(1_795_491_978_166) },
    ]);
  });

  it("a second start finds everything done", async () => {
    const dataDir = await temporaryFolder();
    expect((await open(server.url, dataDir)).version).toBe(1);
    expect((await open(server.url, dataDir)).version).toBe(1);
  });

  it.each([
    ["a wrong password", (url: URL) => (url.password = "hunter2"), 'password authentication failed for user "owner"'],
    ["a missing database", (url: URL) => (url.pathname = "/nowhere"), 'database "nowhere" does not exist'],
    ["a closed port", (url: URL) => (url.port = "1"), "ECONNREFUSED 127.0.0.1:1"],
    ["a host that does not exist", (url: URL) => (url.hostname = "host.invalid"), "host.invalid"],
  ])("says that it met %s, and no secret", async (_, change, reason) => {
    const url = new URL(server.url);
    change(url);
    const failure = open(url.href, await temporaryFolder());
    await expect(failure).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining(reason) });
    await expect(failure).rejects.toMatchObject({ message: expect.not.stringContaining("hunter2") });
  });
});

describe("several processes that start at once on one database", () => {
  it("migrate it once and then all work", async () => {
    const { databaseUrl, connection, drop } = await createEmptyDatabase();
    const dataDir = await temporaryFolder();
    const hosts = [1, 2, 3].map((n) => {
      const env = { DATABASE_URL: databaseUrl.reveal(), STEWARD_DATA_DIR: dataDir };
      return new Host({ env, firstId: n * 1000 });
    });
    await Promise.all(hosts.map((host) => host.acknowledges(5)));
    await Promise.all(hosts.map((host) => host.terminate()));
    const client = new pg.Client(connection);
    await client.connect();
    const { rows } = await client.query("select count(*)::int as n from schema_migration");
    expect(rows).toEqual([{ n: 1 }]);
    await client.end();
    await drop();
  });
});
