/** A running Steward: configuration, database, HTTP and background work, started and stopped as one. */
import type { Server as HttpsServer } from "node:https";
import path from "node:path";

import { loadCatalogue } from "@steward/catalogue";
import { type Clock, systemClock } from "@steward/kernel";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";

import { createApp, publicAddress } from "./app.ts";
import { COMPUTATIONS } from "./compute.ts";
import { ensureInstallation, makeSetUpLink } from "./features/access/access.setup.ts";
import { backgroundTasks } from "./background.ts";
import { startComputeProcess } from "./platform/compute/process.ts";
import { type Config, loadConfig } from "./platform/config/config.ts";
import { clockFault } from "./platform/database/clock.ts";
import { type Database, openDatabase } from "./platform/database/database.ts";
import type { Tables } from "./platform/database/schema.ts";
import type { Connection } from "./platform/database/pool.ts";
import { evidenceFiles } from "./platform/files/evidence-files.ts";
import { readTls, type TlsMaterial, tlsRenewal } from "./platform/http/tls.ts";
import { startLoops, type Task } from "./platform/jobs/loop.ts";
import { directoryKeyStore, type KeyStore } from "./platform/ledger/keys.ts";
import { createLogger } from "./platform/log/log.ts";
import { StartError, startFailure } from "./start-failure.ts";

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** For journeys that need weeks to pass. */
  readonly clock?: Clock;
}

export interface RunningServer {
  /** Address that a browser on this machine can open. */
  readonly url: string;
  /** One-time link of the first set-up; undefined once there is an organisation. */
  readonly setUpUrl: string | undefined;
  readonly log: Logger;
  /** Where its PostgreSQL is reached, for tools that stand beside the server. */
  readonly connection: Connection;
  /** Settles when the server has stopped, for whatever reason. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Signals by which terminals, supervisors and containers ask a process to stop. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Requests that are under way may end; whoever is still connected then is cut off. */
const STOP_WITHIN_MS = 20_000;
const TLS_LOOK_EVERY_MS = 60_000;

/**
 * Starts Steward and answers when it serves.
 * @throws ConfigError, DatabaseError, CatalogueError, TlsError, StartError, each with what is wrong and what to do;
 * nothing keeps running.
 */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const config = loadConfig(options.env ?? process.env);
  try {
    return await startConfigured(config, options.clock);
  } catch (error) {
    throw startFailure(error, config);
  }
}

async function startConfigured(config: Config, givenClock: Clock | undefined): Promise<RunningServer> {
  const log = createLogger({ level: config.logLevel });
  const clock = givenClock ?? systemClock();
  const tls = config.tls === undefined ? undefined : await readTls(config.tls);
  const [catalogue, database] = await Promise.all([loadCatalogue(), openDatabase<Tables>(config, log)]);
  const keysDir = path.join(config.dataDir, "keys");
  const setUp = { connection: database.connection, keysDir, logLevel: config.logLevel };
  const module = new URL("./compute.worker.ts", import.meta.url);
  const computing = startComputeProcess(COMPUTATIONS, module, setUp);
  const verifying = startComputeProcess(COMPUTATIONS, module, setUp, false);
  try {
    const fault = givenClock === undefined && !config.acceptClock ? await clockFault(database.db, clock) : undefined;
    if (fault !== undefined) throw new StartError("clock", fault);
    const keys = directoryKeyStore(keysDir);
    const files = evidenceFiles(config.files);
    const [computer, verifier] = [computing.computer, verifying.computer];
    const deps = { db: database.db, clock, log, keys, files, catalogue, computer, verifier, tls, config };
    await ensureInstallation(deps);
    await requireKeys(database.db, keys);
    const app = await createApp(deps);
    await app.http.listen({ host: config.host, port: config.port });
    const url = publicAddress(app.http, config.publicUrl);
    const setUpUrl = await makeSetUpLink(deps, url);
    const tasks = backgroundTasks({ ...deps, config: { ...config, publicUrl: url } });
    const loops = startLoops([...tasks, ...tlsTasks(app.http.server, config, tls, log)], log);
    log.info({ url }, "Steward is ready");
    return stoppable({ url, setUpUrl, log, connection: database.connection }, async () => {
      await closeHttp(app.http);
      await loops.stop();
      await Promise.all([computing.close(), verifying.close()]);
      await database.close();
      log.info("Steward has stopped");
    });
  } catch (error) {
    await Promise.all([computing.close(), verifying.close()]);
    await closeQuietly(database);
    throw error;
  }
}

/** Each log can be signed: better found at the start than at the first checkpoint. @throws KeyError */
async function requireKeys(db: Database<Tables>["db"], keys: KeyStore): Promise<void> {
  const logs = await db.selectFrom("ledger_log").select(["org_id", "origin"]).execute();
  for (const { org_id: orgId, origin } of logs) await keys.signer(orgId, origin);
}

function tlsTasks(server: unknown, config: Config, tls: TlsMaterial | undefined, log: Logger): Task[] {
  if (config.tls === undefined || tls === undefined) return [];
  const run = tlsRenewal(server as HttpsServer, config.tls, tls, log);
  return [{ name: "tls", everyMs: TLS_LOOK_EVERY_MS, run }];
}

async function closeHttp(http: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => http.server.closeAllConnections(), STOP_WITHIN_MS);
  try {
    await http.close();
  } finally {
    clearTimeout(timer);
  }
}

function stoppable(base: Omit<RunningServer, "closed" | "close">, stop: () => Promise<void>): RunningServer {
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  const close = () => {
    stopping ??= stop().then(resolve, reject);
    return closed;
  };
  const onSignal = () => void close().catch(() => undefined);
  for (const signal of STOP_SIGNALS) process.once(signal, onSignal);
  closed
    .catch(() => undefined)
    .finally(() => {
      for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    });
  return { ...base, closed, close };
}

async function closeQuietly(database: Database<Tables>): Promise<void> {
  try {
    await database.close();
  } catch {
    // The first error is the one to tell.
  }
}
