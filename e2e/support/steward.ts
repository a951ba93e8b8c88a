/** A whole Steward on a test database, in this process, with a clock that journeys move. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { OffsetClock } from "@steward/kernel";
import { startServer } from "@steward/server";

import { freePort } from "../../apps/server/test/support/crash.ts";
import { createTestDatabase } from "../../apps/server/test/support/database.ts";
import { startProxy } from "../../apps/server/test/support/proxy.ts";

const WEB = path.join(import.meta.dirname, "../../apps/web/dist/index.html");
/** Set to walk every journey through so many servers behind a proxy, each request at the next one. */
const SERVERS = Number(process.env["STEWARD_E2E_SERVERS"] ?? 1);

export async function startSteward(env: NodeJS.ProcessEnv = {}, servers = SERVERS) {
  if (!existsSync(WEB)) throw new Error("The screens are not built: run npm run build first.");
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), "steward-e2e-"));
  const clock = new OffsetClock();
  const running: Awaited<ReturnType<typeof startServer>>[] = [];
  // A name, as people call a server: passkeys belong to one, never to an address.
  const ports = servers > 1 ? await Promise.all(Array.from({ length: servers }, freePort)) : [0];
  const proxy = servers > 1 ? await startProxy(ports, "localhost") : undefined;
  const behindProxy = proxy && { STEWARD_PUBLIC_URL: proxy.url, STEWARD_TRUSTED_PROXIES: "loopback" };
  for (const port of ports) {
    running.push(
      await startServer({
        clock,
        env: {
          STEWARD_DATA_DIR: dataDir,
          STEWARD_PORT: String(port),
          STEWARD_LOG_LEVEL: "error",
          DATABASE_URL: database.databaseUrl.reveal(),
          ...behindProxy,
          ...env,
        },
      }),
    );
  }
  const newest = running.at(-1);
  if (newest === undefined) throw new Error("At least one server is needed.");
  return {
    url: proxy?.url ?? newest.url,
    // Each start makes the link anew.
    setUpUrl: newest.setUpUrl,
    clock,
    async close() {
      await Promise.all(running.map((server) => server.close()));
      await proxy?.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
