/** Uploads evidence files to a real server that is killed meanwhile, and asks afterwards what is there. */
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { systemClock } from "@steward/kernel";

import { sweep } from "../../src/features/attachments/attachments.store.ts";
import { findRunning } from "../../src/platform/database/embedded.ts";
import { createKysely, createPool } from "../../src/platform/database/pool.ts";
import type { Tables } from "../../src/platform/database/schema.ts";
import { directoryStore } from "../../src/platform/files/directory-store.ts";
import { removeLeftovers } from "../../src/platform/files/incoming.ts";
import { createLogger } from "../../src/platform/log/log.ts";
import { freePort, readAll, setUp, start } from "./crash.ts";

export interface UploadCrashReport {
  readonly acknowledged: number;
  /** Acknowledged, and not there any more or not the same. */
  readonly lost: readonly string[];
  /** Records whose file is not there. */
  readonly dangling: readonly string[];
  /** Files that no record needs, after the sweep that runs by itself a day later. */
  readonly orphans: readonly string[];
  /** Files that broken-off uploads had left before that sweep. */
  readonly swept: number;
}

const UPLOADERS = 4;
const FILE_BYTES = 100_000;

export async function crashUploads(rounds: number): Promise<UploadCrashReport> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "steward-uploads-"));
  await chmod(dataDir, 0o711);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  let server = await start(dataDir, port);
  try {
    const { cookie } = await setUp(url, server.setUpUrl);
    const uploads = startUploads(url, cookie, await makeSystem(url, cookie));
    for (let round = 0; round < rounds; round++) {
      await pause(300 + Math.random() * 500);
      server.process.kill("SIGKILL");
      await server.exited;
      server = await start(dataDir, port);
    }
    await pause(300);
    const acknowledged = await uploads.stop();
    return await compare(url, cookie, dataDir, acknowledged);
  } finally {
    server.process.kill("SIGTERM");
    await server.exited;
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function makeSystem(url: string, cookie: string): Promise<string> {
  const made = await fetch(`${url}/api/v1/systems`, {
    method: "POST",
    headers: { cookie, "content-type": "application/json" },
    body: JSON.stringify({ values: { name: "Ranker", purpose: "Ranks." } }),
  });
  return ((await made.json()) as { id: string }).id;
}

/** Acknowledged uploads: the record's id with the digest of what was sent. */
function startUploads(url: string, cookie: string, systemId: string) {
  const acknowledged = new Map<string, string>();
  const state = { stopped: false };
  const run = async (n: number) => {
    for (let i = 0; !state.stopped; i++) {
      const content = randomBytes(FILE_BYTES);
      const query = `subjectKind=system&subjectId=${systemId}&name=f${n}-${i}.bin`;
      const answer = await fetch(`${url}/api/v1/attachments?${query}`, {
        method: "POST",
        headers: { cookie, "content-type": "application/octet-stream" },
        body: content,
      }).catch(() => undefined);
      const record = answer?.status === 201 ? await answer.json().catch(() => undefined) : undefined;
      if (record === undefined) await pause(50);
      else acknowledged.set((record as { id: string }).id, createHash("sha256").update(content).digest("hex"));
    }
  };
  const running = Promise.all(Array.from({ length: UPLOADERS }, (_, n) => run(n)));
  return {
    async stop() {
      state.stopped = true;
      await running;
      return acknowledged;
    },
  };
}

async function compare(
  url: string,
  cookie: string,
  dataDir: string,
  acknowledged: ReadonlyMap<string, string>,
): Promise<UploadCrashReport> {
  const lost: string[] = [];
  for (const [id, digest] of acknowledged) if ((await digestOf(url, cookie, id)) !== digest) lost.push(id);
  const recorded = await readAll(url, "/attachments?limit=200", cookie, (item) => String(item["id"]));
  const dangling: string[] = [];
  for (const id of recorded) {
    if (!acknowledged.has(id) && (await digestOf(url, cookie, id)) === undefined) dangling.push(id);
  }
  const files = path.join(dataDir, "files");
  const connection = await findRunning(dataDir);
  if (connection === undefined) throw new Error("The database does not run.");
  const pool = createPool(connection, createLogger({ level: "error" }), { size: 2 });
  const db = createKysely<Tables>(pool);
  try {
    const later = systemClock().now() + 1_000_000n;
    const before = (await filesIn(files)).length;
    await removeLeftovers(path.join(files, "incoming"), 0, Date.now() + 1000);
    await sweep(db, directoryStore(files), later, 0n);
    const { rows } = await pool.query<{ digest: string }>("SELECT digest FROM evidence_content");
    const needed = new Set(rows.map(({ digest }) => digest));
    const present = await filesIn(files);
    return {
      acknowledged: acknowledged.size,
      lost,
      dangling,
      orphans: present.filter((name) => !needed.has(name)),
      swept: before - present.length,
    };
  } finally {
    await db.destroy();
  }
}

async function digestOf(url: string, cookie: string, id: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/api/v1/attachments/${id}/content`, { headers: { cookie } });
  if (!answer.ok) return undefined;
  return createHash("sha256")
    .update(new Uint8Array(await answer.arrayBuffer()))
    .digest("hex");
}

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
}
