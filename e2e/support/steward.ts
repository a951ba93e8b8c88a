/** A whole Steward on a test database, in this process, with a clock that journeys move. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { OffsetClock } from "@steward/kernel";
import { startServer } from "@steward/server";

import { createTestDatabase } from "../../apps/server/test/support/database.ts";

const WEB = path.join(import.meta.dirname, "../../apps/web/dist/index.html");

export async function startSteward(env: NodeJS.ProcessEnv = {}) {
  if (!existsSync(WEB)) throw new Error("The screens are not built: run npm run build first.");
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), "steward-e2e-"));
  const clock = new OffsetClock();
  const server = await startServer({
    clock,
    env: {
      STEWARD_DATA_DIR: dataDir,
      STEWARD_PORT: "0",
      STEWARD_LOG_LEVEL: "error",
      DATABASE_URL: database.databaseUrl.reveal(),
      ...env,
    },
  });
  return {
    url: server.url,
    setUpUrl: server.setUpUrl,
    clock,
    async close() {
      await server.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
