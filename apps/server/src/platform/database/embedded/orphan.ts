/** A PostgreSQL server that outlived the Steward that started it, as after kill -9. */
import { execFile } from "node:child_process";
import { readFile, readlink, realpath } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import type { Logger } from "../../log/log.ts";
import { DatabaseError } from "../errors.ts";
import { spawnOptions } from "./account.ts";
import type { Account } from "./account.ts";

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
export async function stopOrphan(clusterDir: string, bin: string, account: Account, log: Logger): Promise<void> {
  const pidFile = path.join(clusterDir, "postmaster.pid");
  const content = await readFile(pidFile, "utf8").catch(() => "");
  const pid = Number(content.split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if (!(await servesCluster(pid, clusterDir))) {
    if (pid !== process.pid) await disownPid(pidFile, content, account, log);
    return;
  }
  log.warn({ pid }, "The database of an earlier Steward is still running; stopping it.");
  // Asked this way, because a process that nobody waits for (no init in a container) stays "alive" when it has ended.
  await stopServer(pid, bin, async () => !(await servesCluster(pid, clusterDir)));
}

/**
 * After a crash, the server's old process id may belong to another program, and PostgreSQL refuses to start while a
 * process of its account has that id. But it knows that its own parent is no server; so with our id in the file it goes
 * on to its other check, whether anyone still uses the shared memory that the file names.
 */
async function disownPid(pidFile: string, content: string, account: Account, log: Logger): Promise<void> {
  if (process.platform === "win32") return;
  log.info("The database was not shut down, and its process id belongs to another program by now.");
  const corrected = content.replace(/^\d+/, String(process.pid));
  // Written under the account: as root we would follow whatever link it put there.
  await run("/bin/sh", ["-c", 'printf %s "$2" > "$1"', "sh", pidFile, corrected], spawnOptions(account));
}

/**
 * Fast shutdown (transactions are rolled back, everything is written), then, if that takes too long, an immediate one,
 * after which the next start recovers from the log.
 */
export async function stopServer(pid: number, bin: string, isGone: () => Promise<boolean> | boolean): Promise<void> {
  const steps = [
    { signal: "INT", limitMs: FAST_SHUTDOWN_MS },
    { signal: "QUIT", limitMs: IMMEDIATE_SHUTDOWN_MS },
  ] as const;
  for (const { signal, limitMs } of steps) {
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
    if (process.platform === "win32") {
      const { stdout } = await run("tasklist", ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"]);
      return stdout.includes("postgres.exe");
    }
    const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]);
    return stdout.includes(clusterDir);
  } catch {
    return false;
  }
}
