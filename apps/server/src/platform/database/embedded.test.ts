import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";

import { findProcesses, Host, isAlive, temporaryFolder } from "../../../test/support/processes.ts";
import { SAMPLE_MIGRATIONS_DIR } from "../../../test/support/sample.ts";
import type { SampleSchema } from "../../../test/support/sample.ts";
import { loadConfig } from "../config/config.ts";
import { createLogger } from "../log/log.ts";
import { openDatabase } from "./database.ts";
import type { Database } from "./database.ts";
import { DatabaseError } from "./errors.ts";

// Generous, because a machine may be slow to write a new database; nothing here waits longer than it must.
vi.setConfig({ testTimeout: 120_000 });

const silent = createLogger({ level: "silent" });

async function open(dataDir: string, log = silent): Promise<Database<SampleSchema>> {
  const config = loadConfig({ STEWARD_DATA_DIR: dataDir });
  const database = await openDatabase<SampleSchema>(config, log, { migrationsDir: SAMPLE_MIGRATIONS_DIR });
  onTestFinished(() => database.close());
  return database;
}

/**
 * One data directory for the tests below, because making a database takes a second. It holds the rows of earlier tests,
 * so each test counts from an id of its own; and what a test leaves behind, the next start has to cope with anyway.
 */
let usedDataDir: string;
let lastId = 0;
beforeAll(async () => {
  usedDataDir = await mkdtemp(path.join(tmpdir(), "steward-used-"));
  await chmod(usedDataDir, 0o711);
});
afterAll(() => rm(usedDataDir, { recursive: true }));

function firstIdOfTest(): number {
  lastId += 10_000_000;
  return lastId;
}

async function storedIds(database: Database<SampleSchema>): Promise<Set<number>> {
  const rows = await database.db.selectFrom("team").select("id").execute();
  return new Set(rows.map((row) => row.id));
}

function serverPid(database: Database<SampleSchema>): number {
  const pid = database.embedded?.pid;
  if (pid === undefined) throw new Error("The server is not running.");
  return pid;
}

describe("the embedded server", () => {
  it("starts in an empty folder, listens on no port, keeps what is stored, and stops completely", async () => {
    const dataDir = path.join(await temporaryFolder(), "with, a comma and 'quotes'", ".steward");
    const first = await open(dataDir);
    await first.db.insertInto("team").values({ id: 1, name: "kept" }).execute();
    const { rows } = await sql<{ name: string; setting: string }>`
      select name, setting from pg_settings
      where name in ('listen_addresses', 'fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums')
      order by name`.execute(first.db);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      data_checksums: "on",
      fsync: "on",
      full_page_writes: "on",
      listen_addresses: "",
      synchronous_commit: "on",
    });
    const role = await sql<{ rolsuper: boolean }>`select rolsuper from pg_roles where rolname = current_user`.execute(
      first.db,
    );
    expect(role.rows).toEqual([{ rolsuper: false }]);
    const pid = serverPid(first);
    await first.close();
    expect(isAlive(pid)).toBe(false);
    await vi.waitFor(() => expect(findProcesses(`steward-watchdog ${pid}`)).toEqual([]));
    const second = await open(dataDir);
    expect(await storedIds(second)).toEqual(new Set([1]));
  });

  it("lets nobody but its own account in", async () => {
    const { embedded } = await open(usedDataDir);
    const home = embedded?.home as string;
    for (const folder of ["cluster", "socket"]) {
      expect((await stat(path.join(home, folder))).mode & 0o777).toBe(0o700);
    }
    expect(await readFile(path.join(home, "pg_hba.conf"), "utf8")).toBe("local all all peer map=steward\n");
  });

  it("finishes a first start that was interrupted", async () => {
    const dataDir = await temporaryFolder();
    for (const unfinished of ["cluster.new", "runtime-18.4.0-beta.17.new", "runtime-17.0.0"]) {
      await mkdir(path.join(dataDir, "database", unfinished, "bin"), { recursive: true });
      await writeFile(path.join(dataDir, "database", unfinished, "PG_VERSION"), "1");
    }
    const database = await open(dataDir);
    expect(await storedIds(database)).toEqual(new Set());
    expect(existsSync(path.join(dataDir, "database", "runtime-17.0.0"))).toBe(false);
  });

  it("refuses data of another PostgreSQL version, naming both", async () => {
    const dataDir = await temporaryFolder();
    await mkdir(path.join(dataDir, "database", "cluster"), { recursive: true });
    await writeFile(path.join(dataDir, "database", "cluster", "PG_VERSION"), "17\n");
    await expect(open(dataDir)).rejects.toMatchObject({
      code: "server_version",
      message: expect.stringMatching(/PostgreSQL 17.*PostgreSQL 18/),
    });
  });

  it("says in the server's own words why it does not start", async () => {
    const dataDir = usedDataDir;
    const first = await open(dataDir);
    const home = first.embedded?.home as string;
    await first.close();
    const control = path.join(home, "cluster", "global", "pg_control");
    const intact = await readFile(control);
    await writeFile(control, "x");
    await expect(open(dataDir)).rejects.toMatchObject({
      code: "start_failed",
      message: expect.stringContaining("could not read file"),
    });
    // Everything was given back: the next attempt meets the same failure, not a lock.
    await expect(open(dataDir)).rejects.toMatchObject({ code: "start_failed" });
    await writeFile(control, intact);
    await open(dataDir);
  });
});

describe("the lock of the data directory", () => {
  it("refuses a second Steward, naming the first, and is free as soon as that is dead", async () => {
    const dataDir = usedDataDir;
    const host = new Host({ env: { STEWARD_DATA_DIR: dataDir } });
    const { serverPid } = await host.opened();
    await expect(open(dataDir)).rejects.toMatchObject({
      code: "locked",
      message: expect.stringMatching(new RegExp(`${dataDir}.*process ${host.child.pid} on .*STEWARD_DATA_DIR`)),
    });
    expect(isAlive(serverPid as number)).toBe(true);
    await host.kill();
    expect((await open(dataDir)).version).toBe(1);
  });

  it("holds within one process too", async () => {
    const dataDir = usedDataDir;
    const first = await open(dataDir);
    await expect(open(dataDir)).rejects.toMatchObject({ code: "locked" });
    await first.close();
    await open(dataDir);
  });
});

describe("after kill -9 of Steward", () => {
  it("no acknowledged row is lost, and the database does not outlive it", async () => {
    const dataDir = usedDataDir;
    const acknowledged: number[] = [];
    for (let round = 0; round < 3; round++) {
      const host = new Host({ env: { STEWARD_DATA_DIR: dataDir }, firstId: firstIdOfTest() });
      const { serverPid } = await host.opened();
      await host.acknowledges(50);
      await host.kill();
      acknowledged.push(...host.acknowledged);
      if (round === 0) await vi.waitFor(() => expect(isAlive(serverPid as number)).toBe(false), { timeout: 10_000 });
    }
    const stored = await storedIds(await open(dataDir));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });

  it("a database that still runs is stopped and started anew", async () => {
    const dataDir = usedDataDir;
    const host = new Host({ env: { STEWARD_DATA_DIR: dataDir }, firstId: firstIdOfTest() });
    const orphan = (await host.opened()).serverPid as number;
    await host.acknowledges(20);
    // The watchdog is gone too, so nobody stops the server when its Steward dies.
    for (const pid of findProcesses(`steward-watchdog ${orphan}`)) process.kill(pid, "SIGKILL");
    await host.kill();
    expect(isAlive(orphan)).toBe(true);
    const database = await open(dataDir);
    expect(isAlive(orphan)).toBe(false);
    expect(serverPid(database)).not.toBe(orphan);
    const stored = await storedIds(database);
    expect(host.acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });

  it("and of the database at the same moment, nothing is lost either", async () => {
    const host = new Host({ env: { STEWARD_DATA_DIR: usedDataDir }, firstId: firstIdOfTest() });
    const { serverPid } = await host.opened();
    await host.acknowledges(50);
    process.kill(serverPid as number, "SIGKILL");
    await host.kill();
    const stored = await storedIds(await open(usedDataDir));
    expect(host.acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });

  it("a foreign process that got the database's process id is left alone", async () => {
    const dataDir = usedDataDir;
    const first = await open(dataDir);
    const cluster = path.join(first.embedded?.home as string, "cluster");
    const { uid, gid } = await stat(cluster);
    const pidFile = path.join(cluster, "postmaster.pid");
    const content = await readFile(pidFile, "utf8");
    await first.close();
    const bystander = spawn("sleep", ["60"], { uid, gid, cwd: "/", stdio: "ignore" });
    onTestFinished(() => void bystander.kill());
    await writeFile(pidFile, content.replace(/^\d+/, String(bystander.pid)));
    await chown(pidFile, uid, gid);
    await open(dataDir);
    expect(isAlive(bystander.pid as number)).toBe(true);
  });
});

describe("after kill -9 of the database", () => {
  /** Inserts without pause, counting what was acknowledged, whatever goes wrong meanwhile. */
  function load(database: Database<SampleSchema>, workers: number) {
    const acknowledged: number[] = [];
    const refusals = new Set<string>();
    let nextId = firstIdOfTest();
    const stopping = new AbortController();
    const work = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const id = nextId++;
        try {
          await database.db
            .insertInto("team")
            .values({ id, name: `team ${id}` })
            .execute();
          acknowledged.push(id);
        } catch (error) {
          if (!(error instanceof DatabaseError)) throw error;
          refusals.add(error.code);

          await delay(10);
        }
      }
    };
    const working = Promise.all(Array.from({ length: workers }, work));
    const stop = async (): Promise<void> => {
      stopping.abort();
      await working;
    };
    const acknowledges = (more: number) => {
      const target = acknowledged.length + more;
      return vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(target), { timeout: 60_000 });
    };
    return { acknowledged, refusals, acknowledges, stop };
  }

  it("it runs again by itself, five times in a row under load, and no acknowledged row is lost", async () => {
    const database = await open(usedDataDir);
    const inserts = load(database, 8);
    for (let round = 0; round < 5; round++) {
      await inserts.acknowledges(50);
      // A connection may get through a moment before the supervisor knows that the server is up.
      process.kill(await vi.waitFor(() => serverPid(database)), "SIGKILL");
    }
    await inserts.acknowledges(50);
    await inserts.stop();
    const stored = await storedIds(database);
    expect(inserts.acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect([...inserts.refusals]).toEqual(["unavailable"]);
  });

  it("of one of its sessions, it recovers with the same server process", async () => {
    const database = await open(usedDataDir);
    const inserts = load(database, 4);
    await inserts.acknowledges(20);
    const before = serverPid(database);
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database.db);
    process.kill(rows[0]?.pid as number, "SIGKILL");
    await vi.waitFor(() => expect([...inserts.refusals]).toEqual(["unavailable"]), { timeout: 60_000 });
    await inserts.acknowledges(50);
    await inserts.stop();
    const stored = await storedIds(database);
    expect(inserts.acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(serverPid(database)).toBe(before);
  });

  it("it can be stopped while it is being restarted", async () => {
    const database = await open(usedDataDir);
    process.kill(serverPid(database), "SIGKILL");
    await database.close();
    expect(findProcesses(database.embedded?.home as string)).toEqual([]);
  });
});
