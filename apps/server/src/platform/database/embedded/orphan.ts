/** A PostgreSQL server that outlived the Steward that started it, as after kill -9. */
import { execFile } from "node:child_process";
import { readFile, readlink, realpath, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import type { Logger } from "../../log/log.ts";
import { DatabaseError } from "../errors.ts";

const run = promisify(execFile);

/** A fast shutdown writes a checkpoint; with 2 GB of log outstanding on a slow disk that takes a while. */
const FAST_SHUTDOWN_MS = 60_000;
/** An immediate shutdown writes nothing. */
const IMMEDIATE_SHUTDOWN_MS = 10_000;
const POLL_MS = 20;

/**
 * Stops a server that still runs on this data directory, so that a new one can start with our settings. Call it with
 * the folder's lock held: then no Steward can be using that server.
 * @throws DatabaseError `start_failed` when it does not stop.
 */
export async function stopOrphan(clusterDir: string, bin: string, log: Logger): Promise<void> {
  const pidFile = path.join(clusterDir, "postmaster.pid");
  const content = await readFile(pidFile, "utf8").catch(() => "");
  const pid = Number(content.split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if (!(await servesCluster(pid, clusterDir))) {
    log.info({ pid }, "The database was not shut down, and its process id belongs to another program by now.");
    // PostgreSQL refuses to start while any process of its account has that id, but knows that its parent is none; so
    // with our id it goes on to its other check: whether anyone still uses the shared memory named in the file.
    await writeFile(pidFile, content.replace(String(pid), String(process.pid)));
    return;
  }
  log.warn({ pid }, "The database of an earlier Steward is still running; stopping it.");
  await stopServer(pid, bin, () => Promise.resolve(!isAlive(pid)));
}

/**
 * Fast shutdown (transactions are rolled back, everything is written), then, if that takes too long, an immediate one,
 * after which the next start recovers from the log.
 */
export async function stopServer(pid: number, bin: string, isGone: () => Promise<boolean> | boolean): Promise<void> {
  for (const [signal, limitMs] of [
    ["INT", FAST_SHUTDOWN_MS],
    ["QUIT", IMMEDIATE_SHUTDOWN_MS],
  ] as const) {
    await signalServer(pid, signal, bin);
    const deadline = performance.now() + limitMs;
    while (performance.now() < deadline) {
      if (await isGone()) return;
      await delay(POLL_MS);
    }
  }
  throw new DatabaseError("start_failed", `The database server, process ${pid}, does not stop.`);
}

async function signalServer(pid: number, signal: "INT" | "QUIT", bin: string): Promise<void> {
  if (process.platform === "win32") {
    // Windows has no signals; PostgreSQL listens on a pipe for them, which pg_ctl knows.
    await run(path.join(bin, "pg_ctl"), ["kill", signal, String(pid)]).catch(() => undefined);
    return;
  }
  try {
    process.kill(pid, `SIG${signal}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** True when the process is a PostgreSQL server of this data directory, which is its working directory. */
async function servesCluster(pid: number, clusterDir: string): Promise<boolean> {
  try {
    if (process.platform === "linux") return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(clusterDir));
    if (process.platform === "win32") return true;
    const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]);
    return stdout.includes(clusterDir);
  } catch {
    return false;
  }
}
