/** Where the embedded database lives: in the data directory, or beside the system's data when that can't be reached. */
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, open, readFile, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import type { Logger } from "../../log/log.ts";
import { DatabaseError } from "../errors.ts";
import { canEnter, isRoot, requireOwn } from "./account.ts";
import type { Account } from "./account.ts";

/** The folder inside the data directory that holds the database. */
const HOME = "database";
/** The file in the data directory that names the database's folder when it stands elsewhere. */
const LOCATION_FILE = "database.location";
/** The file in a folder elsewhere that names the data directory it belongs to. */
const OWNER_FILE = "data-directory";
const SYSTEM_DATA = "/var/lib/steward";
/** PostgreSQL's own data directory, inside the home. */
export const CLUSTER = "cluster";

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with its closing zero. */
const MAX_SOCKET_PATH_BYTES = 103;
const SOCKET_DIR = "socket";
const SOCKET_FILE = ".s.PGSQL.65535";

/**
 * The folder of the database for a data directory, made where it is missing; the same one at every start.
 *
 * Normally `<dataDir>/database`. As root, PostgreSQL runs under another account, which can't enter a data directory
 * below a folder that only root may read (a checkout under /root). Then a new folder under /var/lib/steward takes its
 * place, and a file in the data directory names it.
 * @throws DatabaseError `account` with what to do, where neither place will do or a named folder has gone.
 */
export async function chooseHome(dataDir: string, account: Account, log: Logger): Promise<string> {
  const home = path.join(dataDir, HOME);
  const elsewhere = await readLocation(dataDir);
  if (elsewhere !== undefined) return elsewhere;
  await openFolder(dataDir);
  if (await canEnter(account, dataDir)) {
    await openFolder(home);
    return home;
  }
  if (existsSync(path.join(home, CLUSTER))) {
    throw new DatabaseError(
      "account",
      `The account ${account.name} can no longer enter ${dataDir}, where its database is. Let it pass through the ` +
        `folders above (chmod a+x), or start Steward under an account that may.`,
    );
  }
  return makeHomeElsewhere(dataDir, account, log);
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
    await openFolder(home);
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

/** Makes a folder of ours; as root, other accounts may pass through it but not look into it. */
async function openFolder(folder: string): Promise<void> {
  const isNew = !existsSync(folder);
  if (isNew) await mkdir(folder, { recursive: true });
  else await requireOwn(folder);
  if (isNew || path.dirname(folder) === SYSTEM_DATA) await chmod(folder, isRoot() ? 0o711 : 0o700);
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

/** Writes a small file so that after a crash it has either its old or its new content. */
export async function writeDurably(file: string, content: string): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o644);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(draft, 0o644);
  await rename(draft, file);
  await syncFolder(path.dirname(file));
}

/** Makes renames in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can't open folders; its file systems journal renames.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
