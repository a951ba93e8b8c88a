/** The account under which PostgreSQL runs: our own, or an unprivileged one when we are root. */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { userInfo } from "node:os";
import process from "node:process";
import { promisify } from "node:util";

import type { Logger } from "../../log/log.ts";
import { DatabaseError } from "../errors.ts";

const run = promisify(execFile);

export interface Account {
  readonly name: string;
  /** The ids to switch to; undefined when PostgreSQL runs under our own account. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

/** Exists on every Linux system and owns nothing; good for a trial. */
const DEFAULT_ACCOUNT = "nobody";

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Chooses the account. PostgreSQL refuses to run as root, so root needs another one: the named service account, else
 * `nobody`, with a warning because other programs may run under it too.
 * @throws DatabaseError `account` when the named account does not exist or is root.
 */
export async function chooseAccount(serviceAccount: string | undefined, log: Logger): Promise<Account> {
  if (!isRoot()) return { name: userInfo().username, ids: undefined };
  const name = serviceAccount ?? DEFAULT_ACCOUNT;
  const account = { name, ids: { uid: await lookUp("-u", name), gid: await lookUp("-g", name) } };
  if (account.ids.uid === 0) {
    throw new DatabaseError("account", `STEWARD_SERVICE_ACCOUNT must not be root: PostgreSQL refuses to run as root.`);
  }
  if (serviceAccount === undefined) {
    log.warn(
      `Steward runs as root, so its PostgreSQL runs as ${name}. That is fine for a trial; for real use create an ` +
        "account of its own and set STEWARD_SERVICE_ACCOUNT, or start Steward as an ordinary user.",
    );
  }
  return account;
}

async function lookUp(option: "-u" | "-g", name: string): Promise<number> {
  try {
    const { stdout } = await run("id", [option, name]);
    return Number(stdout.trim());
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

/** Refuses a folder that belongs to somebody else than we are. @throws DatabaseError `account`. */
export async function requireOwn(folder: string): Promise<void> {
  const { uid } = await stat(folder);
  const own = process.getuid?.();
  if (own === undefined || own === 0 || uid === own) return;
  throw new DatabaseError(
    "account",
    `The database in ${folder} belongs to the account with id ${uid}; this is account ${userInfo().username} (${own}). ` +
      "Start Steward under the account that made it, or as root.",
  );
}
