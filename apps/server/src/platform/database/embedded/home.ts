/** Where the embedded database lives: in the data directory, or beside the system's data when that can't be reached. */
import { constants, existsSync } from "node:fs";
import { access, chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import type { Logger } from "../../log/log.ts";
import { DatabaseError } from "../errors.ts";
import { canEnter, isRoot, ownName } from "./account.ts";
import type { Account } from "./account.ts";
import { writeDurably } from "./files.ts";

/** The folder inside the data directory that holds the database. */
const HOME = "database";
/** The file in the data directory that names the database's folder when it stands elsewhere. */
const LOCATION_FILE = "database.location";
/** The file in a folder elsewhere that names the data directory it belongs to. */
const OWNER_FILE = "data-directory";
const SYSTEM_DATA = "/var/lib/steward";
/** Others may pass through, for what is theirs inside, but not list. */
const OPEN_MODE = 0o711;
const PASS_THROUGH = 0o011;
/** PostgreSQL's own data directory, inside the home. */
export const CLUSTER = "cluster";

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with its closing zero. */
const MAX_SOCKET_PATH_BYTES = 103;
const SOCKET_DIR = "socket";
const SOCKET_FILE = ".s.PGSQL.65535";

/**
 * Makes the data directory where it is missing. As root, other accounts may pass through it but not look into it.
 * @throws DatabaseError `account` where we may not.
 */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await makeOpenFolder(dataDir);
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError(
      "account",
      `The data directory ${dataDir} can't be used by the account ${ownName()}: ${reason}.`,
      {
        cause,
      },
    );
  }
}

/**
 * The folder of the database that a data directory has already; undefined before the first start.
 * @throws DatabaseError `account` where the folder that it names has gone.
 */
export async function findHome(dataDir: string): Promise<string | undefined> {
  const home = path.join(dataDir, HOME);
  return (await readLocation(dataDir)) ?? (existsSync(path.join(home, CLUSTER)) ? home : undefined);
}

/**
 * Makes the folder of the database. Call it with the data directory's lock held.
 *
 * Normally it is `<dataDir>/database`. As root, PostgreSQL runs under another account, which can't enter a data directory
 * below a folder that only root may read (a checkout under /root). Then a new folder under /var/lib/steward takes its
 * place, and a file in the data directory names it, so that every later start finds it.
 * @throws DatabaseError `account` with what to do, where neither place will do.
 */
export async function makeHome(dataDir: string, account: Account, log: Logger): Promise<string> {
  if (!(await canEnter(account, dataDir))) return makeHomeElsewhere(dataDir, account, log);
  const home = path.join(dataDir, HOME);
  await makeOpenFolder(home);
  return home;
}

async function readLocation(dataDir: string): Promise<string | undefined> {
  const file = path.join(dataDir, LOCATION_FILE);
  if (!existsSync(file)) return undefined;
  const home = (await readFile(file, "utf8")).trim();
  if (!existsSync(home)) {
    throw new DatabaseError(
      "account",
      `${file} says that the database is in ${home}, but this folder does not exist. Bring it back from a backup; ` +
        `or, if the data are not needed any more, remove ${dataDir} and start again.`,
    );
  }
  return home;
}

async function makeHomeElsewhere(dataDir: string, account: Account, log: Logger): Promise<string> {
  let home: string;
  try {
    await mkdir(SYSTEM_DATA, { recursive: true });
    await chmod(SYSTEM_DATA, 0o755);
    await warnOfLeftovers(dataDir, log);
    home = await mkdtemp(path.join(SYSTEM_DATA, "db-"));
    await chmod(home, OPEN_MODE);
  } catch (cause) {
    throw unreachable(dataDir, account, cause);
  }
  if (!(await canEnter(account, home))) throw unreachable(dataDir, account, undefined);
  await writeDurably(path.join(home, OWNER_FILE), `${dataDir}\n`);
  await writeDurably(path.join(dataDir, LOCATION_FILE), `${home}\n`);
  log.warn(
    { dataDir, database: home },
    `The account ${account.name} can't enter ${dataDir}, so the database is kept in ${home}. ` +
      "To keep everything in one place, set STEWARD_DATA_DIR to a folder that this account can reach.",
  );
  return home;
}

function unreachable(dataDir: string, account: Account, cause: unknown): DatabaseError {
  return new DatabaseError(
    "account",
    `PostgreSQL refuses to run as root, and the account ${account.name} can enter neither ${dataDir} nor ${SYSTEM_DATA}. ` +
      "Set STEWARD_DATA_DIR to a folder that it can reach, or start Steward as an ordinary user.",
    { cause },
  );
}

/** Data are never removed unasked: a checkout that was deleted and made again finds its old database named here. */
async function warnOfLeftovers(dataDir: string, log: Logger): Promise<void> {
  for (const entry of await readdir(SYSTEM_DATA)) {
    const ownerFile = path.join(SYSTEM_DATA, entry, OWNER_FILE);
    if (!existsSync(ownerFile) || (await readFile(ownerFile, "utf8")).trim() !== dataDir) continue;
    log.warn(
      { leftover: path.join(SYSTEM_DATA, entry) },
      `An earlier database of ${dataDir} is still there. Remove it if you do not need it; to use it again, write its ` +
        `path into ${path.join(dataDir, LOCATION_FILE)}.`,
    );
  }
}

async function makeOpenFolder(folder: string): Promise<void> {
  const isNew = (await mkdir(folder, { recursive: true })) !== undefined;
  if (isNew) return chmod(folder, isRoot() ? OPEN_MODE : 0o700);
  // Whoever made an empty folder for root made it for us; mktemp, for one, closes what it makes.
  const isEmpty = (await readdir(folder)).length === 0;
  if (isRoot() && isEmpty) await chmod(folder, ((await stat(folder)).mode & 0o7777) | PASS_THROUGH);
}

/** Makes a folder that only PostgreSQL's account may use, or hands an existing one over to it. */
export async function makePrivateFolder(folder: string, account: Account): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (account.ids !== undefined) await chown(folder, account.ids.uid, account.ids.gid);
}

/**
 * The folder of the Unix socket: in the home, or a short one in the system's temporary folder where the home's path is
 * too long for a socket's address.
 */
export async function makeSocketFolder(
  home: string,
  account: Account,
): Promise<{ dir: string; remove: () => Promise<void> }> {
  const inHome = path.join(home, SOCKET_DIR);
  if (fitsSocket(inHome)) {
    // What a killed server left in it could keep the next one from starting.
    await rm(inHome, { recursive: true, force: true });
    await makePrivateFolder(inHome, account);
    return { dir: inHome, remove: () => Promise.resolve() };
  }
  // /tmp where our own temporary folder is too long itself, or closed to the account.
  const candidates = [tmpdir(), "/tmp"].filter((base) => fitsSocket(path.join(base, "steward-XXXXXX")));
  for (const base of candidates) {
    if (!(await canEnter(account, base))) continue;
    const dir = await mkdtemp(path.join(base, "steward-"));
    await makePrivateFolder(dir, account);
    return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
  }
  throw new DatabaseError(
    "start_failed",
    `No temporary folder is short enough for a socket: ${candidates.join(", ")}.`,
  );
}

function fitsSocket(dir: string): boolean {
  return Buffer.byteLength(path.join(dir, SOCKET_FILE)) <= MAX_SOCKET_PATH_BYTES;
}
