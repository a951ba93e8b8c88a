/** Sends decisions by the SDK through a real server that is killed at random, and asks afterwards what is there. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { connect, type Health } from "@steward/sdk";

import { freePort, readAll, setUp, start } from "./crash.ts";

const ARRIVES_WITHIN_MS = 600_000;
/** A host is busy with other things too. */
const RECORDS_A_TURN = 20;

export interface SdkCrashReport {
  readonly health: Health;
  readonly lost: number;
  readonly twice: number;
  readonly kills: number;
  readonly seconds: number;
}

export async function recordThroughCrashes(records: number, kills: number): Promise<SdkCrashReport> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "steward-sdk-crash-"));
  await chmod(dataDir, 0o711);
  const spool = await mkdtemp(path.join(tmpdir(), "steward-sdk-spool-"));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  let server = await start(dataDir, port);
  const beganMs = Date.now();
  const { cookie, key } = await setUp(url, server.setUpUrl);
  const steward = connect({
    url,
    key,
    system: "Ranker",
    release: "1",
    spool: { directory: spool },
    onProblem: () => undefined,
  });
  try {
    const ids = new Set<string>();
    const recording = recordAll();
    for (let kill = 0; kill < kills; kill++) {
      // At a random moment of the share of the work that is this kill's.
      await until(() => steward.health().accepted > (records * (kill + Math.random())) / kills);
      server.process.kill("SIGKILL");
      await server.exited;
      await pause(Math.random() * 1500);
      server = await start(dataDir, port);
    }
    await recording;
    await until(() => {
      const { accepted, duplicates } = steward.health();
      return accepted + duplicates >= records;
    });
    const health = await steward.close();
    const present = await readAll(url, "/decisions?limit=200", cookie, (item) => String(item["externalId"]));
    const once = new Set(present);
    return {
      health,
      lost: [...ids].filter((id) => !once.has(id)).length,
      twice: present.length - once.size,
      kills,
      seconds: (Date.now() - beganMs) / 1000,
    };

    async function recordAll(): Promise<void> {
      for (let i = 0; i < records; i++) {
        ids.add(
          steward.record({ outcome: "yes", score: 0.5, input: `Input ${i}`, promptVersion: "3", toolsCalled: [] }),
        );
        if (i % RECORDS_A_TURN === 0) await pause(1);
      }
    }
  } finally {
    await steward.close();
    server.process.kill("SIGTERM");
    await server.exited;
    await rm(dataDir, { recursive: true, force: true });
    await rm(spool, { recursive: true, force: true });
  }
}

async function until(holds: () => boolean): Promise<void> {
  const endMs = Date.now() + ARRIVES_WITHIN_MS;
  while (!holds()) {
    if (Date.now() > endMs) throw new Error("What was recorded did not arrive.");
    await pause(20);
  }
}
