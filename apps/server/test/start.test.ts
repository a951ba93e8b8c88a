/** A server that cannot start ends with one sentence that says what to do, and a non-zero exit. */
import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { formatInstant, ManualClock, MICROS_PER_DAY, MICROS_PER_HOUR, systemClock } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startServer } from "../src/server.ts";
import { clockFault } from "../src/platform/database/clock.ts";
import type { Tables } from "../src/platform/database/schema.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";
import { isRoot } from "./support/processes.ts";

const MAIN = path.join(import.meta.dirname, "../src/main.ts");

let folder: string;
let database: TestDatabase<Tables>;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-start-"));
  await chmod(folder, 0o711);
  database = await createTestDatabase<Tables>();
  env = {
    STEWARD_DATA_DIR: path.join(folder, "data"),
    DATABASE_URL: database.databaseUrl.reveal(),
    STEWARD_PORT: "0",
    STEWARD_LOG_LEVEL: "silent",
  };
  // An installation that has been used.
  await (await startServer({ env })).close();
});
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(over: NodeJS.ProcessEnv): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const all = { ...process.env, ...env, ...over };
    execFile(process.execPath, [MAIN], { env: all, timeout: 60_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : ((error.code as number | undefined) ?? null), out, err });
    });
  });
}

async function expectRefusal(over: NodeJS.ProcessEnv, message: RegExp): Promise<void> {
  const { code, out, err } = await start(over);
  expect(err).toMatch(message);
  // A sentence, and neither a stack nor a second one that drowns it.
  expect(err).not.toMatch(/^\s+at /m);
  expect(err.trim().split("\n").length).toBeLessThanOrEqual(2);
  expect(code).toBe(1);
  expect(out).not.toContain("serves at");
}

describe("a server with", () => {
  it("an address of a database that is none, or where none answers", async () => {
    await Promise.all([
      expectRefusal({ DATABASE_URL: "mysql://localhost/steward" }, /DATABASE_URL must look like postgresql:/),
      expectRefusal(
        { DATABASE_URL: "postgresql://a:secret@127.0.0.1:1/b" },
        /^The database can't be reached: .*ECONNREFUSED/,
      ),
    ]);
  });

  it("a port that is taken, or an address that is not its own", async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    try {
      await Promise.all([
        expectRefusal(
          { STEWARD_PORT: String(port) },
          /^Another program listens at 127\.0\.0\.1, port \d+: .*STEWARD_PORT/,
        ),
        expectRefusal({ STEWARD_HOST: "192.0.2.1" }, /^This machine has no address 192\.0\.2\.1/),
      ]);
    } finally {
      taken.close();
    }
  });

  it("TLS files that are missing, or are no certificate and key", async () => {
    const file = path.join(folder, "text.pem");
    await writeFile(file, "hunter2");
    const nowhere = path.join(folder, "nowhere.pem");
    await Promise.all([
      expectRefusal(
        { STEWARD_TLS_CERT: nowhere, STEWARD_TLS_KEY: file },
        /^STEWARD_TLS_CERT names .*nowhere\.pem.*ENOENT/,
      ),
      expectRefusal({ STEWARD_TLS_CERT: file, STEWARD_TLS_KEY: file }, /are not a certificate and its private key/),
      expectRefusal({ STEWARD_TLS_CERT: file }, /go together/),
    ]);
  });

  it("a ledger key that is missing or damaged", async () => {
    const keys = path.join(folder, "data", "keys");
    const [name = ""] = (await readdir(keys)).filter((file) => file.endsWith(".ledger.pem"));
    await mkdir(path.join(folder, "damaged", "keys"), { recursive: true });
    await writeFile(path.join(folder, "damaged", "keys", name), "-----BEGIN PRIVATE KEY-----\nhunter2\n");
    await Promise.all([
      expectRefusal(
        { STEWARD_DATA_DIR: path.join(folder, "elsewhere") },
        /^The ledger key .* is missing: .*keys import/,
      ),
      expectRefusal({ STEWARD_DATA_DIR: path.join(folder, "damaged") }, /^The ledger key .* is damaged/),
    ]);
  });

  it("a database of a newer program", async () => {
    const { pool } = database;
    await pool.query("INSERT INTO schema_migration (number, name, checksum) VALUES (9999, '9999_later', 'x')");
    try {
      await expectRefusal({}, /^The database was set up by a newer Steward: .*9999_later/);
    } finally {
      await pool.query("DELETE FROM schema_migration WHERE number = 9999");
    }
  });

  it("a clock that is far behind what was recorded", async () => {
    const { pool } = database;
    const before = await pool.query("SELECT org_id, size, last_at FROM ledger_log");
    const later = formatInstant(systemClock().now() + 3n * MICROS_PER_DAY);
    await pool.query("UPDATE ledger_log SET last_at = $1, size = 1", [later]);
    try {
      await expectRefusal({}, /^The clock of this machine says .*STEWARD_ACCEPT_CLOCK=yes/);
    } finally {
      for (const { org_id, size, last_at } of before.rows) {
        await pool.query("UPDATE ledger_log SET last_at = $2, size = $3 WHERE org_id = $1", [org_id, last_at, size]);
      }
    }
  });

  it("another clock than its database server", async () => {
    const now = systemClock().now();
    expect(await clockFault(database.db, new ManualClock(now))).toBeUndefined();
    for (const off of [-MICROS_PER_HOUR, MICROS_PER_HOUR]) {
      expect(await clockFault(database.db, new ManualClock(now + off))).toContain("that of the database server");
    }
  });

  it.skipIf(!isRoot || process.platform !== "linux")("a disk that is full", async (context) => {
    const small = path.join(folder, "small");
    await mkdir(small);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m,mode=711", "tmpfs", small], { stdio: "ignore" });
    } catch {
      return context.skip("This machine lets nobody mount a small file system.");
    }
    try {
      await expectRefusal(
        { DATABASE_URL: "", STEWARD_DATA_DIR: path.join(small, "data") },
        /^The disk that holds .* is full/,
      );
    } finally {
      execFileSync("umount", [small]);
    }
    return undefined;
  });
});
