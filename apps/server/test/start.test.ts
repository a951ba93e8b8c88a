/** What an operator reads when the server cannot start: one sentence that says what is wrong and what to do. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { startServer } from "../src/server.ts";
import { createTestDatabase } from "./support/database.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let taken: Server;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(path.join(tmpdir(), "steward-start-"));
  taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
});
afterAll(async () => {
  taken?.close();
  await database?.close();
  await rm(dataDir, { recursive: true, force: true });
});

function start(env: Record<string, string>) {
  return startServer({
    env: {
      STEWARD_DATA_DIR: dataDir,
      STEWARD_LOG_LEVEL: "silent",
      DATABASE_URL: database.databaseUrl.reveal(),
      ...env,
    },
  });
}

it("names the port that another program has", async () => {
  const { port } = taken.address() as { port: number };
  await expect(start({ STEWARD_PORT: String(port) })).rejects.toMatchObject({
    name: "ConfigError",
    message: `Port ${port} of 127.0.0.1 is taken by another program. Stop that, or set STEWARD_PORT to another port.`,
  });
});

it("names an address that this machine does not have", async () => {
  await expect(start({ STEWARD_PORT: "0", STEWARD_HOST: "192.0.2.1" })).rejects.toMatchObject({
    name: "ConfigError",
    message: "This machine has no address 192.0.2.1 to listen on. Set STEWARD_HOST to one that it has.",
  });
});
