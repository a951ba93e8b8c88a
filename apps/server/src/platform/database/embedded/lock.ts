/** An exclusive lock on a folder that the kernel releases when its holder dies, however it dies. */
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { DatabaseError } from "../errors.ts";

export interface FolderLock {
  release(): void;
}

const LOCK_FILE = "steward.lock";
const HOLDER_FILE = "steward.pid";

/** SQLite's "database is locked". */
const SQLITE_BUSY = 5;

/**
 * Takes the lock of a folder.
 *
 * Node has no call for file locks, but its SQLite takes one for every exclusive transaction: held by the process, freed
 * by the kernel, on all platforms. So nothing stale can remain and nothing has to be guessed from process ids. The file
 * stays empty. This process must not open the file otherwise: on Unix, closing any handle of it would free the lock.
 * @throws DatabaseError `locked`, naming the process that holds it.
 */
export function lockFolder(folder: string): FolderLock {
  const holderFile = path.join(folder, HOLDER_FILE);
  const database = openLock(folder);
  try {
    database.exec("pragma busy_timeout = 0; begin exclusive");
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw lockFailure(folder, cause);
    throw new DatabaseError(
      "locked",
      `The data directory ${folder} is in use by ${describeHolder(holderFile)}. ` +
        "Stop that process, or set STEWARD_DATA_DIR to another folder.",
      { cause },
    );
  }
  writeFileSync(holderFile, `${process.pid}\n${hostname()}\n${new Date().toISOString()}\n`, { mode: 0o644 });
  return { release: () => database.close() };
}

function openLock(folder: string): DatabaseSync {
  try {
    return new DatabaseSync(path.join(folder, LOCK_FILE));
  } catch (cause) {
    throw lockFailure(folder, cause);
  }
}

function lockFailure(folder: string, cause: unknown): DatabaseError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DatabaseError(
    "account",
    `The data directory ${folder} can't be locked: ${reason}. It must belong to the account that starts Steward, on a ` +
      "file system with locks.",
    { cause },
  );
}

function describeHolder(file: string): string {
  try {
    const [pid, host, since] = readFileSync(file, "utf8").split("\n");
    return `another Steward process: process ${pid} on ${host}, started ${since}`;
  } catch {
    return "another Steward process";
  }
}
