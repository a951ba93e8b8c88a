import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createEmptyDatabase, type EmptyDatabase } from "../../../test/support/database.ts";
import { type RunningServer, startServer } from "../../server.ts";
import { backUp, backUpKeys, restore, restoreKeys } from "./backup.ts";

const PASSPHRASE = "a sentence for the backup";
const ARCHIVE = { passphrase: PASSPHRASE, workFactor: 8 };

let folder: string;
let database: EmptyDatabase;
const servers: RunningServer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-move-"));
  await chmod(folder, 0o711);
  database = await createEmptyDatabase();
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

function environment(dataDir: string, over: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    STEWARD_DATA_DIR: path.join(folder, dataDir),
    STEWARD_PORT: "0",
    STEWARD_LOG_LEVEL: "fatal",
    ...over,
  };
}

async function call(url: string, method: string, route: string, body?: unknown, cookie = "") {
  const answer = await fetch(`${url}/api/v1${route}`, {
    method,
    headers: { cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes
  return { status: answer.status, body: (await answer.json()) as any, cookie: answer.headers.getSetCookie()[0] ?? "" };
}

describe("an installation", () => {
  it("is backed up while its embedded database serves, and moves to a server of the user's own", async () => {
    const first = await startServer({ env: environment("first") });
    servers.push(first);
    const token = new URL(first.setUpUrl ?? "").hash.replace("#token=", "");
    const account = { email: "founder@example.org", password: "a sentence is a good password" };
    const setUp = await call(first.url, "POST", "/setup", {
      token,
      organisation: { name: "Acme", timeZone: "UTC" },
      person: { name: "Founder", email: account.email },
      password: account.password,
    });
    const founder = setUp.cookie.split(";", 1)[0] ?? "";
    const content = randomBytes(100_000);
    const query = `subjectKind=person&subjectId=${setUp.body.account.personId}&name=minutes.bin`;
    const uploaded = await fetch(`${first.url}/api/v1/attachments?${query}`, {
      method: "POST",
      headers: { cookie: founder, "content-type": "application/octet-stream" },
      body: content,
    });
    const { id: fileId } = (await uploaded.json()) as { id: string };
    const [data, keys] = [path.join(folder, "data.age"), path.join(folder, "keys.age")];
    const dumped = await backUp(data, { ...ARCHIVE, env: environment("first") });
    await backUpKeys(keys, { ...ARCHIVE, env: environment("first") });
    await first.close();

    const env = environment("second", { DATABASE_URL: database.databaseUrl.reveal() });
    await restoreKeys(keys, { ...ARCHIVE, env });
    const restored = await restore(data, { ...ARCHIVE, env });
    expect(restored).toMatchObject({ rows: dumped.rows, files: 1, findings: [], logs: [{ lost: 0 }, { lost: 0 }] });

    const second = await startServer({ env });
    servers.push(second);
    expect(second.setUpUrl).toBeUndefined();
    const session = await call(second.url, "POST", "/session", account);
    expect(session.body.organisation.name).toBe("Acme");
    const file = await fetch(`${second.url}/api/v1/attachments/${fileId}/content`, {
      headers: { cookie: session.cookie.split(";", 1)[0] ?? "" },
    });
    expect(Buffer.from(await file.arrayBuffer()).equals(content)).toBe(true);
    const ledger = await call(second.url, "GET", "/ledger", undefined, session.cookie.split(";", 1)[0]);
    expect(ledger.body.epochs).toHaveLength(1);
    const check = await call(second.url, "POST", "/ledger/checks", undefined, session.cookie.split(";", 1)[0]);
    expect(check.body).toMatchObject({ ok: true, findings: [] });
  });
});
