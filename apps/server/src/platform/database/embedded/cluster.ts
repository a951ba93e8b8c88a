/** PostgreSQL's data directory: made once, its settings written at every start. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { lchown, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";

import { DatabaseError } from "../errors.ts";
import { describeSpawnFailure, ownName, requireOwn, spawnOptions } from "./account.ts";
import type { Account } from "./account.ts";
import { syncFolder, writeDurably } from "./files.ts";
import { CLUSTER, makePrivateFolder } from "./home.ts";
import type { Runtime } from "./runtime.ts";

const run = promisify(execFile);

/** The role that Steward works as: owner of its database, and no superuser, as on a server of the user's own. */
export const APP_ROLE = "steward";
export const APP_DATABASE = "steward";
/** The role of the embedded server's upkeep. */
export const ADMIN_ROLE = "postgres";
export const ADMIN_DATABASE = "postgres";
/** The port names the socket file only; nothing listens on TCP, except on Windows. */
export const PORT = 5432;

const CONFIG_FILE = "postgresql.conf";
const ACCESS_FILE = "pg_hba.conf";
const IDENT_FILE = "pg_ident.conf";
/** Windows only: the password of both roles. */
const PASSWORD_FILE = "password";

export interface Cluster {
  readonly dir: string;
  readonly configFile: string;
  /** Set on Windows only, where the server listens on loopback instead of a socket. */
  readonly password: string | undefined;
}

/**
 * Makes the data directory with initdb where it is missing. An interrupted first start leaves only a folder with
 * another name, which the next start removes.
 * @throws DatabaseError `server_version` for data of another PostgreSQL version, `start_failed` with initdb's words.
 */
export async function prepareCluster(home: string, runtime: Runtime, account: Account): Promise<Cluster> {
  const dir = path.join(home, CLUSTER);
  const configFile = path.join(home, CONFIG_FILE);
  if (!existsSync(dir)) await initialise(home, dir, runtime, account);
  await requireOwn(dir);
  await requireVersion(dir, runtime);
  await handOver(dir, account);
  const password = process.platform === "win32" ? await readPassword(home) : undefined;
  return { dir, configFile, password };
}

async function initialise(home: string, dir: string, runtime: Runtime, account: Account): Promise<void> {
  const draft = `${dir}.new`;
  await rm(draft, { recursive: true, force: true });
  await makePrivateFolder(draft, account);
  const options = {
    pgdata: draft,
    username: ADMIN_ROLE,
    encoding: "UTF8",
    // Built into PostgreSQL, so the order of texts does not change with the system's C library.
    locale: "C",
    "locale-provider": "builtin",
    "builtin-locale": "C.UTF-8",
    ...(await authOptions(home)),
  };
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  try {
    await run(path.join(runtime.bin, "initdb"), ["--data-checksums", ...words], spawnOptions(account));
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    const reason = stderr || describeSpawnFailure(cause, account);
    throw new DatabaseError("start_failed", `PostgreSQL's data directory can't be made: ${reason}`, { cause });
  }
  await rename(draft, dir);
  await syncFolder(home);
}

async function authOptions(home: string): Promise<Record<string, string>> {
  if (process.platform !== "win32") return { auth: "peer" };
  const pwfile = path.join(home, PASSWORD_FILE);
  await writeDurably(pwfile, randomBytes(24).toString("base64url"));
  return { auth: "scram-sha-256", pwfile };
}

export async function readPassword(home: string): Promise<string> {
  return (await readFile(path.join(home, PASSWORD_FILE), "utf8")).trim();
}

async function requireVersion(dir: string, runtime: Runtime): Promise<void> {
  const content = await readFile(path.join(dir, "PG_VERSION"), "utf8");
  const stored = /^\d+$/.exec(content.trim())?.[0] ?? "of an unknown version";
  const offered = runtime.version.split(".")[0];
  if (stored === offered) return;
  throw new DatabaseError(
    "server_version",
    `The database in ${dir} was made by PostgreSQL ${stored}; this Steward brings PostgreSQL ${offered}. Start the ` +
      "Steward that made it, back the data up, and restore them with this one.",
  );
}

/** Gives the files to the account when another one made them, as after a change of STEWARD_SERVICE_ACCOUNT. */
async function handOver(dir: string, account: Account): Promise<void> {
  if (account.ids === undefined || (await stat(dir)).uid === account.ids.uid) return;
  const { uid, gid } = account.ids;
  for (const entry of await readdir(dir, { recursive: true })) await lchown(path.join(dir, entry), uid, gid);
  // Last, so that an interrupted hand-over is done again.
  await lchown(dir, uid, gid);
}

/** A value as the configuration file takes it, where a backslash begins an escape. */
function quote(value: string | number): string {
  return `'${String(value).replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

export type Settings = Readonly<Record<string, string | number>>;

/** Sized for 2 cores and a few gigabytes shared with Node; a larger installation uses DATABASE_URL. */
const SETTINGS: Settings = {
  max_connections: 100,
  shared_buffers: "256MB",
  effective_cache_size: "1GB",
  work_mem: "16MB",
  maintenance_work_mem: "128MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  random_page_cost: 1.1,
  jit: "off",
  // What is acknowledged is on the disk.
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  password_encryption: "scram-sha-256",
  timezone: "UTC",
  log_timezone: "UTC",
  datestyle: "ISO, YMD",
  lc_messages: "C",
  // Statements and rows' values may be personal, so errors go to the caller alone; LOG, FATAL and PANIC are kept.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_line_prefix: "",
  cluster_name: "steward",
};

/**
 * Writes the server's settings and access rules into the home, where its account can read but not change them.
 * On Unix the server listens on the socket only and admits this very operating-system account (peer); on Windows it
 * listens on loopback and asks for the generated password.
 */
export async function writeSettings(home: string, cluster: Cluster, socketDir: string, extra: Settings): Promise<void> {
  const onWindows = cluster.password !== undefined;
  const settings: Settings = {
    ...SETTINGS,
    ...extra,
    port: PORT,
    listen_addresses: onWindows ? "127.0.0.1" : "",
    unix_socket_directories: onWindows ? "" : `"${socketDir.replaceAll('"', '""')}"`,
    hba_file: path.join(home, ACCESS_FILE),
    ident_file: path.join(home, IDENT_FILE),
  };
  const access = onWindows ? "host all all 127.0.0.1/32 scram-sha-256" : "local all all peer map=steward";
  const user = JSON.stringify(ownName());
  const idents = [ADMIN_ROLE, APP_ROLE].map((role) => `steward ${user} ${role}`);
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quote(value)}`);
  await writeDurably(cluster.configFile, `# Written by Steward at every start.\n${lines.join("\n")}\n`);
  await writeDurably(path.join(home, ACCESS_FILE), `${access}\n`);
  await writeDurably(path.join(home, IDENT_FILE), `${onWindows ? "" : idents.join("\n")}\n`);
}
