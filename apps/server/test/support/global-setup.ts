/**
 * Vitest's global set-up: one embedded PostgreSQL for the whole run, started when the first test asks for a database, so
 * that runs without such tests pay nothing. The workers ask over a loopback port; see database.ts.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import type { TestProject } from "vitest/node";

import { startEmbedded } from "../../src/platform/database/embedded.ts";
import type { EmbeddedPostgres } from "../../src/platform/database/embedded.ts";
import { createLogger } from "../../src/platform/log/log.ts";

declare module "vitest" {
  interface ProvidedContext {
    testServerPort: number;
  }
}

/** What the set-up answers: how to reach the server, or why there is none. */
export type TestServerAnswer = { admin: EmbeddedPostgres["adminConnection"] } | { error: string };

/** A power cut ends the test run as well, so these tests do without what guards against one. */
const FAST_SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  shared_buffers: "128MB",
  max_connections: 300,
};

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: Promise<RunningServer> | undefined;
  const answers = createServer((socket) => {
    socket.on("error", () => undefined);
    running ??= start();
    running.then(
      ({ postgres }) => socket.end(JSON.stringify({ admin: postgres.adminConnection } satisfies TestServerAnswer)),
      (error: unknown) => socket.end(JSON.stringify({ error: String(error) } satisfies TestServerAnswer)),
    );
  });
  await new Promise<void>((resolve) => answers.listen(0, "127.0.0.1", resolve));
  project.provide("testServerPort", (answers.address() as AddressInfo).port);
  return async () => {
    answers.close();
    const server = await running?.catch(() => undefined);
    await server?.postgres.stop();
    if (server !== undefined) await rm(server.dataDir, { recursive: true });
  };
}

interface RunningServer {
  postgres: EmbeddedPostgres;
  dataDir: string;
}

async function start(): Promise<RunningServer> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "steward-test-"));
  // As root, the server runs under another account, which has to pass through.
  await chmod(dataDir, 0o711);
  try {
    const postgres = await startEmbedded({ dataDir, settings: FAST_SETTINGS }, createLogger({ level: "error" }));
    return { postgres, dataDir };
  } catch (error) {
    await rm(dataDir, { recursive: true });
    throw error;
  }
}
