/** The account under which PostgreSQL runs: our own, or an unprivileged one when we are root. */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { userInfo } from "node:os";
import process from "node:process";
import { promisify } from "node:util";

import type { Logger } from "../../log/log.ts";
import { DatabaseError } from "../errors.ts";

const run = promisify(execFile);

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

export interface Account {
  readonly name: string;
  /** The ids to switch to; undefined when PostgreSQL runs under our own account. */
  readonly ids: Ids | undefined;
}

/** Exists on every Linux system and owns nothing; good for a trial. */
const DEFAULT_ACCOUNT = "nobody";

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Chooses the account. PostgreSQL refuses to run as root, so root needs another one: the named service account, else the
 * one that owns the database already (as after `sudo` once), else `nobody`, with a warning because other programs may
 * run under it too.
 * @throws DatabaseError `account` when the named account does not exist or is root.
 */
export async function chooseAccount(
  serviceAccount: string | undefined,
  owner: Ids | undefined,
  log: Logger,
): Promise<Account> {
  if (!isRoot()) return { name: ownName(), ids: undefined };
  const account = await accountForRoot(serviceAccount, owner);
  if (account.ids.uid === 0) {
    throw new DatabaseError("account", "STEWARD_SERVICE_ACCOUNT must not be root: PostgreSQL refuses to run as root.");
  }
  if (serviceAccount === undefined && account.name === DEFAULT_ACCOUNT) {
    log.warn(
      `Steward runs as root, so its PostgreSQL runs as ${account.name}. That is fine for a trial; for real use create ` +
        "an account of its own and set STEWARD_SERVICE_ACCOUNT, or start Steward as an ordinary user.",
    );
  }
  return account;
}

async function accountForRoot(service: string | undefined, owner: Ids | undefined): Promise<Account & { ids: Ids }> {
  if (service === undefined && owner !== undefined && owner.uid !== 0) {
    return { name: await lookUp("-nu", String(owner.uid)), ids: owner };
  }
  const name = service ?? DEFAULT_ACCOUNT;
  return { name, ids: { uid: Number(await lookUp("-u", name)), gid: Number(await lookUp("-g", name)) } };
}

/** The name of our own account. @throws DatabaseError `account` where the system has none, as in some containers. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    throw new DatabaseError(
      "account",
      `The account with id ${process.getuid?.()} has no name on this machine (no entry in /etc/passwd), and PostgreSQL ` +
        "refuses such accounts. Add an entry, start Steward under another account, or set DATABASE_URL.",
      { cause },
    );
  }
}

async function lookUp(option: "-u" | "-g" | "-nu", name: string): Promise<string> {
  try {
    const { stdout } = await run("id", [option, name]);
    return stdout.trim();
  } catch (cause) {
    throw new DatabaseError(
      "account",
      `The account ${name}, under which PostgreSQL is to run, does not exist on this machine. ` +
        "Set STEWARD_SERVICE_ACCOUNT to an unprivileged account, or start Steward as an ordinary user.",
      { cause },
    );
  }
}

/** The options that make a child process run under the account, with nothing of our environment but the path. */
export function spawnOptions(account: Account): { uid?: number; gid?: number; env: NodeJS.ProcessEnv; cwd: string } {
  const { PATH, SystemRoot, TEMP } = process.env;
  const env = { PATH, LC_ALL: "C", ...(process.platform === "win32" ? { SystemRoot, TEMP } : {}) };
  return { ...account.ids, env, cwd: process.platform === "win32" ? (TEMP ?? ".") : "/" };
}

/** Why a program did not start, with what may be wrong. */
export function describeSpawnFailure(cause: unknown, account: Account): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code !== "EACCES") return message;
  return `${message}. The account ${account.name} must be allowed to run programs there; a file system mounted with noexec forbids it.`;
}

/** True where a process of the account can enter the folder: asked of the system itself, so access lists count too. */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  if (account.ids === undefined) return true;
  try {
    await run("/bin/sh", ["-c", 'cd "$1"', "sh", folder], spawnOptions(account));
    return true;
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "EPERM") return false;
    throw new DatabaseError(
      "account",
      `Steward runs as root but may not start a process as ${account.name}, and PostgreSQL refuses to run as root. ` +
        "Start Steward as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.",
      { cause },
    );
  }
}

/** The ids of a folder's owner. */
export async function ownerOf(folder: string): Promise<Ids> {
  const { uid, gid } = await stat(folder);
  return { uid, gid };
}

/** Refuses a folder that belongs to somebody else than we are. @throws DatabaseError `account`. */
export async function requireOwn(folder: string): Promise<void> {
  const { uid } = await stat(folder);
  const own = process.getuid?.();
  if (own === undefined || isRoot() || uid === own) return;
  throw new DatabaseError(
    "account",
    `The database in ${folder} belongs to the account with id ${uid}; this is account ${ownName()} (${own}). ` +
      "Start Steward under the account that made it, or as root.",
  );
}
