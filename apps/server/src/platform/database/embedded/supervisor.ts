/** Keeps one PostgreSQL server process running: starts it, restarts it when it dies, stops it. */
import { spawn } from "node:child_process";
import type { ChildProcess, ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

import pg from "pg";

import type { Logger } from "../../log/log.ts";
import { DatabaseError, toDatabaseError } from "../errors.ts";
import type { Connection } from "../pool.ts";
import { describeSpawnFailure, spawnOptions } from "./account.ts";
import type { Account } from "./account.ts";
import type { Cluster } from "./cluster.ts";
import { stopServer } from "./orphan.ts";
import type { Runtime } from "./runtime.ts";

/** After a crash the server replays its log before it answers; that may take minutes and must not be cut short. */
const START_LIMIT_MS = 10 * 60_000;
const START_POLL_MS = 15;
/** The children of a killed server need a moment to notice; until then a new one refuses the data directory. */
const FIRST_START_ATTEMPTS = 8;
const FIRST_BACKOFF_MS = 100;
/** A start that fails costs little, and everything waits for the one that succeeds. */
const MAX_BACKOFF_MS = 5000;
/** Enough to tell why a start failed. */
const KEPT_LINES = 20;
/** Failures, crashes, and how far the recovery after them is. */
const NOTABLE =
  /^(WARNING|ERROR|FATAL|PANIC):|terminated by signal|was not properly shut down|recovery in progress|redo in progress/;
/** What the server says to each client that asks too early, or is connected when it goes. */
const EXPECTED =
  /the database system is (starting up|not yet accepting|in recovery|shutting down)|terminating connection/;

export interface SupervisorOptions {
  readonly runtime: Runtime;
  readonly cluster: Cluster;
  readonly account: Account;
  /** Called before each start: clears away what a killed server left. */
  readonly prepare: () => Promise<void>;
  /** Used to see whether the server answers. */
  readonly connection: Connection;
  readonly log: Logger;
}

export interface Supervisor {
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
}

type ServerProcess = ChildProcessByStdio<null, null, Readable>;

/**
 * Starts the server and returns when it answers. From then on a server that dies is started again, with growing pauses.
 * @throws DatabaseError `start_failed` with the server's last words when the first start fails.
 */
export async function supervise(options: SupervisorOptions): Promise<Supervisor> {
  const { log } = options;
  const stopping = new AbortController();
  let server: Server | undefined = await startFirst(options);

  const watch = async (): Promise<void> => {
    while (server !== undefined) {
      const how = await server.exited;
      server = undefined;
      if (stopping.signal.aborted) return;
      log.error({ how }, "The database server stopped unexpectedly; starting it again.");
      server = await restart(options, stopping.signal);
      // It may have become ready in the very moment in which it was no longer wanted.
      if (stopping.signal.aborted) await server?.stop();
    }
  };
  const watching = watch();

  return {
    get pid() {
      return server?.pid;
    },
    async stop() {
      stopping.abort();
      await server?.stop();
      await watching;
    },
  };
}

/** Starts the server as often as it takes; undefined when it is to be stopped meanwhile. */
async function restart(options: SupervisorOptions, stopping: AbortSignal): Promise<Server | undefined> {
  const { log } = options;
  let failures = 0;
  while (!stopping.aborted) {
    try {
      const server = await startServer(options, stopping);
      log.info({ pid: server.pid }, "The database server is running again.");
      return server;
    } catch (error) {
      if (!stopping.aborted) log.error({ err: error }, "The database server did not start; trying again.");
      // A server that somebody killed while it started has not failed: there is nothing to wait for.
      failures = error instanceof KilledError ? 1 : failures + 1;
    }
    await delay(backoffMs(failures), undefined, { signal: stopping }).catch(() => undefined);
  }
  return undefined;
}

/** The server was ended from outside, by the kernel for want of memory or by a person, before it answered. */
class KilledError extends DatabaseError {}

function backoffMs(failures: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}

async function startFirst(options: SupervisorOptions): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServer(options);
    } catch (error) {
      if (attempt >= FIRST_START_ATTEMPTS || !/shared memory|lock file/.test(String(error))) throw error;
      await delay(backoffMs(attempt));
    }
  }
}

interface Server {
  readonly pid: number;
  /** Settles when the process has ended, with its signal or exit code. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

async function startServer(options: SupervisorOptions, signal?: AbortSignal): Promise<Server> {
  const { runtime, cluster, account, connection, log } = options;
  await options.prepare();
  const child = spawn(
    path.join(runtime.bin, "postgres"),
    ["-D", cluster.dir, "-c", `config_file=${cluster.configFile}`],
    // In a session of its own, so that Ctrl-C in a terminal reaches Steward alone, which then stops it in order.
    { ...spawnOptions(account), detached: true, windowsHide: true, stdio: ["ignore", "ignore", "pipe"] },
  );
  const lastLines = forwardLog(child, log);
  const exited = exitOf(child);
  await once(child, "spawn").catch((cause: unknown) => {
    const reason = describeSpawnFailure(cause, account);
    throw new DatabaseError("start_failed", `The embedded PostgreSQL can't be run: ${reason}`, { cause });
  });
  const pid = child.pid as number;
  const watchdog = startWatchdog(pid, account);
  void exited.then(() => watchdog?.kill("SIGKILL"));
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const server = { pid, exited, stop: () => stopServer(pid, runtime.bin, isGone) };
  try {
    await untilReady(connection, isGone, signal);
  } catch (cause) {
    if (child.signalCode === "SIGKILL") {
      throw new KilledError("start_failed", "The embedded PostgreSQL was killed while it started.", { cause });
    }
    if (!isGone()) await server.stop();
    const words = lastLines.join("\n") || (await exited);
    throw new DatabaseError("start_failed", `The embedded PostgreSQL did not start: ${words}`, { cause });
  }
  return server;
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
}

/** Ends well once a connection succeeds; fails when the process has gone, the limit is reached or the signal comes. */
async function untilReady(connection: Connection, isGone: () => boolean, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      const hopeless = isGone() || performance.now() > deadline || signal?.aborted === true;
      if (hopeless || !isStarting(error)) throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
    await delay(START_POLL_MS);
  }
}

/** True for "cannot connect now" (57P03) and for a socket that is not there yet; any other refusal will not pass. */
function isStarting(error: unknown): boolean {
  const mapped = toDatabaseError(error);
  if (!(mapped instanceof DatabaseError) || mapped.code !== "unavailable") return false;
  return mapped.sqlState === undefined || mapped.sqlState === "57P03";
}

/** PostgreSQL's messages become our log lines. Returns the last ones, for the error of a failed start. */
function forwardLog(child: ServerProcess, log: Logger): string[] {
  const last: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    last.push(line);
    if (last.length > KEPT_LINES) last.shift();
    if (NOTABLE.test(line) && !EXPECTED.test(line)) log.warn({ source: "postgresql" }, line);
    else log.debug({ source: "postgresql" }, line);
  });
  return last;
}

/**
 * A shell that waits for our death (then the pipe to it closes) and shuts the server down in order, so that the server
 * does not outlive Steward. Where there is none, on Windows, the next start does it.
 */
function startWatchdog(pid: number, account: Account): ChildProcess | undefined {
  if (process.platform === "win32") return undefined;
  const script = 'read -r _; kill -INT "$1"';
  const watchdog = spawn("/bin/sh", ["-c", script, "steward-watchdog", String(pid)], {
    ...spawnOptions(account),
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // It is a convenience: without it, the next start stops the server that was left.
  watchdog.on("error", () => undefined);
  watchdog.stdin?.on("error", () => undefined);
  return watchdog;
}
