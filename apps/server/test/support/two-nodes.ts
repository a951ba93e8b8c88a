/** Two server processes on one database behind a small proxy, under load, each killed in turn. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { type Caller, compare, type CrashReport, freePort, type Running, setUp, start, startLoad } from "./crash.ts";
import { createEmptyDatabase } from "./database.ts";
import { startProxy } from "./proxy.ts";

export interface Cluster {
  /** The address of the proxy. */
  readonly url: string;
  /** The addresses of the two servers themselves. */
  readonly nodes: readonly [string, string];
  readonly caller: Caller;
  /** Ends a server at once and starts it again. */
  kill(node: 0 | 1): Promise<void>;
  close(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const database = await createEmptyDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), "steward-nodes-"));
  const ports = [await freePort(), await freePort()] as const;
  const proxy = await startProxy(ports);
  const { url } = proxy;
  const env = {
    DATABASE_URL: database.databaseUrl.reveal(),
    STEWARD_PUBLIC_URL: url,
    STEWARD_TRUSTED_PROXIES: "loopback",
  };
  const launch = async (node: 0 | 1) => start(dataDir, ports[node], env);
  // The first one is set up before the second starts, because each start makes the link of the set-up anew.
  const running: Running[] = [await launch(0)];
  const caller = await setUp(`http://127.0.0.1:${ports[0]}`, running[0]?.setUpUrl ?? "");
  running.push(await launch(1));
  return {
    url,
    nodes: [`http://127.0.0.1:${ports[0]}`, `http://127.0.0.1:${ports[1]}`],
    caller,
    async kill(node) {
      running[node]?.process.kill("SIGKILL");
      await running[node]?.exited;
      running[node] = await launch(node);
    },
    async close() {
      for (const server of running) server.process.kill("SIGTERM");
      await Promise.all(running.map(({ exited }) => exited));
      await proxy.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Kills the servers in turn, so many times, under load, then compares what was acknowledged with what is there. */
export async function killNodes(cluster: Cluster, kills: number): Promise<CrashReport> {
  const load = startLoad(cluster.url, cluster.caller);
  for (let n = 0; n < kills; n++) {
    await pause(200 + Math.random() * 500);
    await cluster.kill((n % 2) as 0 | 1);
  }
  await pause(300);
  return compare(cluster.url, cluster.caller, await load.stop());
}
