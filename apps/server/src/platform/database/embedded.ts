/** The embedded PostgreSQL: a real server that Steward starts, watches, restarts and stops. */
import path from "node:path";

import pg from "pg";

import type { Logger } from "../log/log.ts";
import { chooseAccount } from "./embedded/account.ts";
import {
  ADMIN_DATABASE,
  ADMIN_ROLE,
  APP_DATABASE,
  APP_ROLE,
  PORT,
  prepareCluster,
  writeSettings,
} from "./embedded/cluster.ts";
import type { Settings } from "./embedded/cluster.ts";
import { chooseHome, makeSocketFolder } from "./embedded/home.ts";
import { lockFolder } from "./embedded/lock.ts";
import { stopOrphan } from "./embedded/orphan.ts";
import { installRuntime } from "./embedded/runtime.ts";
import { supervise } from "./embedded/supervisor.ts";
import type { Connection } from "./pool.ts";

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** The Unix account for the server when we are root; `nobody` when not given. */
  readonly serviceAccount?: string | undefined;
  /** PostgreSQL settings over Steward's own; for tests. */
  readonly settings?: Settings;
}

export interface EmbeddedPostgres {
  /** How to reach Steward's database, as its owner. */
  readonly connection: Connection;
  /** How to reach any database of the server, as superuser. */
  readonly adminConnection: Connection;
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
  const dataDir = path.resolve(options.dataDir);
  const account = await chooseAccount(options.serviceAccount, log);
  const cleanUps: (() => void | Promise<void>)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const step of cleanUps.toReversed()) await step();
  };
  try {
    const home = await chooseHome(dataDir, account, log);
    // The data directory holds more than the database, and a copy of it could name the same home: both are locked.
    for (const folder of new Set([dataDir, home])) cleanUps.push(lockFolder(folder).release);
    const runtime = await installRuntime(home);
    const cluster = await prepareCluster(home, runtime, account);
    await stopOrphan(cluster.dir, runtime.bin, log);
    const socket = await makeSocketFolder(home, account);
    cleanUps.push(socket.remove);
    await writeSettings(home, cluster, socket.dir, options.settings ?? {});
    const host = cluster.password === undefined ? socket.dir : "127.0.0.1";
    const credentials = cluster.password === undefined ? {} : { password: cluster.password };
    const connect = (user: string, database: string) => ({ host, port: PORT, user, database, ...credentials });
    const adminConnection = connect(ADMIN_ROLE, ADMIN_DATABASE);
    const server = await supervise({ runtime, cluster, account, connection: adminConnection, log });
    cleanUps.push(server.stop);
    await prepareDatabase(adminConnection, cluster.password);
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

/** Makes Steward's role and database where they are missing. */
async function prepareDatabase(admin: Connection, password: string | undefined): Promise<void> {
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
