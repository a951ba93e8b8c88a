/**
 * An upgrade with data in it: an installation that an earlier program wrote, through its own API, comes under today's
 * schema by the migrations since, and is what it was. `golden/schema-<n>` was backed up by the program whose last
 * migration was n; its passphrase is below, and its people are invented.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { backUp, restore, restoreKeys } from "../src/features/backup/backup.ts";
import { type RunningServer, startServer } from "../src/server.ts";
import { createEmptyDatabase, type EmptyDatabase } from "./support/database.ts";

const GOLDEN = path.join(import.meta.dirname, "golden");
const ARCHIVE = { passphrase: "a sentence for the backup", workFactor: 8 };

let folder: string;
let database: EmptyDatabase;
let env: NodeJS.ProcessEnv;
let server: RunningServer;
let cookie: string;
let restored: Awaited<ReturnType<typeof restore>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-upgrade-"));
  database = await createEmptyDatabase();
  env = {
    STEWARD_DATA_DIR: path.join(folder, "data"),
    DATABASE_URL: database.databaseUrl.reveal(),
    STEWARD_PORT: "0",
    STEWARD_LOG_LEVEL: "fatal",
  };
  await restoreKeys(path.join(GOLDEN, "schema-0020.keys.age"), { ...ARCHIVE, env });
  restored = await restore(path.join(GOLDEN, "schema-0020.data.age"), { ...ARCHIVE, env });
  server = await startServer({ env });
  const signedIn = await fetch(`${server.url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "bench@example.org", password: "a sentence for the benchmark" }),
  });
  cookie = signedIn.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
});
afterAll(async () => {
  await server?.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

async function get(route: string) {
  const answer = await fetch(`${server.url}/api/v1${route}`, { headers: { cookie } });
  const found: unknown = await answer.json();
  expect(answer.status, `${route}: ${JSON.stringify(found).slice(0, 200)}`).toBe(200);
  return found as Record<string, unknown> & { items: Record<string, unknown>[] };
}

describe("data of an earlier schema", () => {
  it("come under today's, row for row, in logs that verify", async () => {
    expect(restored).toMatchObject({ rows: 1187, findings: [] });
    expect(restored.logs.map(({ kept, lost }) => [kept, lost])).toEqual([
      [2, 0],
      [200, 0],
    ]);
    const { items } = await get("/ledger/entries?limit=5");
    expect(items.length).toBeGreaterThan(0);
    const check = await fetch(`${server.url}/api/v1/ledger/checks`, { method: "POST", headers: { cookie } });
    expect(await check.json()).toMatchObject({ ok: true, findings: [] });
  });

  it("answer as before: people, registers, decisions with their late outcomes, what was erased", async () => {
    expect((await get("/systems")).items.map(({ title }) => title)).toEqual(
      expect.arrayContaining(["System 0", "System 1", "System 2"]),
    );
    expect((await get("/deployments")).items).toHaveLength(3);
    const { items } = await get("/decisions?limit=100");
    expect(items).toHaveLength(40);
    const byName = new Map(items.map((item) => [item["externalId"], item["id"] as string]));
    expect(await get(`/decisions/${byName.get("d-2")}`)).toMatchObject({ externalId: "d-2" });
    expect((await get("/erasure-requests")).items).toMatchObject([{ state: "erased", decisions: 10 }]);
  });

  it("are evaluated by today's tests, and can be backed up by today's program", async () => {
    expect(await get("/status")).toBeDefined();
    const file = path.join(folder, "today.age");
    expect((await backUp(file, { ...ARCHIVE, env })).rows).toBeGreaterThan(restored.rows);
  });
});
