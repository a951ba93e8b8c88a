/** The embedded PostgreSQL: a real server that Steward starts, watches, restarts and stops. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";

import pg from "pg";

import type { Logger } from "../log/log.ts";
import { canEnter, chooseAccount, ownerOf } from "./embedded/account.ts";
import type { Account } from "./embedded/account.ts";
import {
  ADMIN_DATABASE,
  ADMIN_ROLE,
  APP_DATABASE,
  APP_ROLE,
  PORT,
  prepareCluster,
  readPassword,
  writeSettings,
} from "./embedded/cluster.ts";
import type { Cluster, Settings } from "./embedded/cluster.ts";
import { CLUSTER, findHome, makeDataDir, makeHome, makeSocketFolder } from "./embedded/home.ts";
import { lockFolder } from "./embedded/lock.ts";
import { stopOrphan } from "./embedded/orphan.ts";
import { installRuntime, removeOtherRuntimes } from "./embedded/runtime.ts";
import { supervise } from "./embedded/supervisor.ts";
import { DatabaseError } from "./errors.ts";
import type { ServerConnection } from "./pool.ts";

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** The Unix account for the server when we are root; `nobody` when not given. */
  readonly serviceAccount?: string | undefined;
  /** PostgreSQL settings over Steward's own; for tests. */
  readonly settings?: Settings;
}

export interface EmbeddedPostgres {
  /** How to reach Steward's database, as its owner. */
  readonly connection: ServerConnection;
  /** How to reach any database of the server, as superuser. */
  readonly adminConnection: ServerConnection;
  /** The folder with the server's programs, settings and data. */
  readonly home: string;
  /** The server's process id; undefined while it is being restarted. */
  readonly pid: number | undefined;
  /** Shuts the server down, everything written, and frees the data directory. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL in the data directory, making it at the first start, and keeps it running until `stop`.
 *
 * Works under an ordinary account and as root (then the server runs under `serviceAccount`). Whatever an earlier Steward
 * left behind when it was killed, a running server included, is put in order first.
 * @throws DatabaseError `locked`, `account`, `unsupported_platform`, `server_version`, `start_failed`.
 */
export async function startEmbedded(options: EmbeddedOptions, log: Logger): Promise<EmbeddedPostgres> {
  const startedAt = performance.now();
  const dataDir = path.resolve(options.dataDir);
  const cleanUps: (() => void | Promise<void>)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const step of cleanUps.toReversed()) await step();
  };
  try {
    await makeDataDir(dataDir);
    cleanUps.push(lockFolder(dataDir).release);
    const { home, account } = await settle(dataDir, options.serviceAccount, log);
    // A copy of the data directory could name the same home.
    if (path.dirname(home) !== dataDir) cleanUps.push(lockFolder(home).release);
    const runtime = await installRuntime(home);
    const cluster = await prepareCluster(home, runtime, account);
    await stopOrphan(cluster.dir, runtime.bin, account, log);
    await removeOtherRuntimes(home, runtime);
    const socket = await makeSocketFolder(home, account);
    cleanUps.push(socket.remove);
    await writeSettings(home, cluster, socket.dir, options.settings ?? {});
    const connect = (user: string, database: string) => connectionTo(cluster, socket.dir, user, database);
    const adminConnection = connect(ADMIN_ROLE, ADMIN_DATABASE);
    const prepare = () => stopOrphan(cluster.dir, runtime.bin, account, log);
    const server = await supervise({ runtime, cluster, account, prepare, connection: adminConnection, log });
    cleanUps.push(server.stop);
    await prepareDatabase(adminConnection, cluster.password);
    log.info({ home, pid: server.pid, tookMs: Math.round(performance.now() - startedAt) }, "PostgreSQL is running.");
    let stopping: Promise<void> | undefined;
    return {
      connection: connect(APP_ROLE, APP_DATABASE),
      adminConnection,
      home,
      get pid() {
        return server.pid;
      },
      stop: () => (stopping ??= cleanUp()),
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** How to reach the server of a data directory that another Steward process runs; undefined where none does. */
export async function findRunning(dataDir: string): Promise<ServerConnection | undefined> {
  const home = await findHome(path.resolve(dataDir));
  if (home === undefined) return undefined;
  const dir = path.join(home, CLUSTER);
  const lines = (await readFile(path.join(dir, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  // PostgreSQL writes there, by line: process id, data directory, start time, port, folder of the socket.
  const [pid = "", , , , socketDir = ""] = lines;
  if (!/^\d+$/.test(pid)) return undefined;
  const password = process.platform === "win32" ? await readPassword(home) : undefined;
  const connection = connectionTo({ dir, configFile: "", password }, socketDir, APP_ROLE, APP_DATABASE);
  const client = new pg.Client({ ...connection });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return connection;
  } catch {
    // The file of a server that was killed stays behind.
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Finds or makes the database's folder, and the account that is to work in it. */
async function settle(
  dataDir: string,
  serviceAccount: string | undefined,
  log: Logger,
): Promise<{ home: string; account: Account }> {
  const found = await findHome(dataDir);
  const clusterDir = found === undefined ? undefined : path.join(found, CLUSTER);
  const owner = clusterDir !== undefined && existsSync(clusterDir) ? await ownerOf(clusterDir) : undefined;
  const account = await chooseAccount(serviceAccount, owner, log);
  if (found === undefined) return { home: await makeHome(dataDir, account, log), account };
  if (await canEnter(account, found)) return { home: found, account };
  throw new DatabaseError(
    "account",
    `The account ${account.name} can't enter ${found}, where the database is. Let it pass through the folders above ` +
      "(chmod a+x), or set STEWARD_SERVICE_ACCOUNT to an account that can.",
  );
}

function connectionTo(cluster: Cluster, socketDir: string, user: string, database: string): ServerConnection {
  if (cluster.password === undefined) return { host: socketDir, port: PORT, user, database };
  return { host: "127.0.0.1", port: PORT, user, database, password: cluster.password };
}

/** Makes Steward's role and database where they are missing. */
async function prepareDatabase(admin: ServerConnection, password: string | undefined): Promise<void> {
  const client = new pg.Client({ ...admin });
  await client.connect();
  try {
    const role = await client.query("select from pg_roles where rolname = $1", [APP_ROLE]);
    const secret = password === undefined ? "" : `password ${client.escapeLiteral(password)}`;
    if (role.rowCount === 0) await client.query(`create role ${APP_ROLE} login ${secret}`);
    const database = await client.query("select from pg_database where datname = $1", [APP_DATABASE]);
    if (database.rowCount === 0) await client.query(`create database ${APP_DATABASE} owner ${APP_ROLE}`);
  } finally {
    await client.end();
  }
}
