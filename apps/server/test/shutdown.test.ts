/** A server that is asked to stop finishes what it was asked before, and takes nothing more. */
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type RunningServer, startServer } from "../src/server.ts";
import { setUp } from "./support/crash.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";

let folder: string;
let database: TestDatabase<unknown>;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-stop-"));
  database = await createTestDatabase();
  server = await startServer({
    env: {
      STEWARD_DATA_DIR: folder,
      DATABASE_URL: database.databaseUrl.reveal(),
      STEWARD_PORT: "0",
      STEWARD_LOG_LEVEL: "silent",
    },
  });
});
afterAll(async () => {
  await server?.close();
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a server that stops", () => {
  it("answers the request that is under way, durably, and no new one", async () => {
    const { key } = await setUp(server.url, server.setUpUrl ?? "");
    const decision = { id: "last", system: "Any", release: "1", occurredAt: new Date().toISOString(), outcome: "yes" };
    const body = JSON.stringify([decision]);
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "content-length": body.length,
    };
    const sending = request(`${server.url}/api/v1/decisions`, { method: "POST", headers });
    const answered = new Promise<{ status: number; body: string }>((resolve, reject) => {
      sending.once("error", reject);
      sending.once("response", (response) => {
        text(response).then((read) => resolve({ status: response.statusCode ?? 0, body: read }), reject);
      });
    });
    // The head and half of the body have arrived when it is asked to stop.
    await new Promise<void>((resolve) => sending.write(body.slice(0, 20), () => resolve()));
    await (await fetch(`${server.url}/health/ready`)).arrayBuffer();
    const closing = server.close();
    await expect.poll(async () => refused(`${server.url}/health/live`)).toBe(true);
    sending.end(body.slice(20));
    expect(await answered).toMatchObject({ status: 200 });
    await closing;
    const { rows } = await database.pool.query("SELECT external_id FROM decision");
    expect(rows).toEqual([{ external_id: "last" }]);
  });
});

/** True where no new connection is taken, or it is told that the server stops. */
async function refused(url: string): Promise<boolean> {
  const answer = await fetch(url, { headers: { connection: "close" } }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer === undefined || answer.status === 503;
}
