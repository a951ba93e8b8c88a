import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setTimeout as pause } from "node:timers/promises";

import { type Caller, freePort, livePostmaster, readAll, type Running, setUp, start } from "./support/crash.ts";
import { mountDisk, noSmallDisk, type SmallDisk } from "./support/full-disk.ts";

const missing = await noSmallDisk();
/** Room for PostgreSQL's programs and an empty cluster. */
const DISK_MB = 640;
const RECOVERS_WITHIN_MS = 90_000;

describe("a database without room, and then without a server", { timeout: 240_000 }, () => {
  let disk: SmallDisk;
  let server: Running;
  let url: string;
  let caller: Caller;
  const acknowledged = new Set<string>();
  let next = 0;

  beforeAll(async () => {
    if (missing !== undefined) return;
    disk = await mountDisk(DISK_MB);
    const port = await freePort();
    url = `http://localhost:${port}`;
    server = await start(disk.folder, port);
    caller = await setUp(url, server.setUpUrl);
  }, 300_000);

  afterAll(async () => {
    if (missing !== undefined) return;
    server?.process.kill("SIGTERM");
    await server?.exited;
    await disk?.close();
  });

  /** A hundred decisions in one request; remembers what was acknowledged. */
  async function send() {
    const batch = Array.from({ length: 100 }, () => ({
      id: `d${next++}`,
      system: "Anything",
      release: "1",
      occurredAt: new Date().toISOString(),
      outcome: "yes",
      explanation: { summary: "x".repeat(1000) },
    }));
    const answer = await fetch(`${url}/api/v1/decisions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${caller.key}` },
      body: JSON.stringify(batch),
    });
    const body = (await answer.json()) as { accepted?: number };
    if (answer.ok) {
      expect(body.accepted).toBe(batch.length);
      for (const { id } of batch) acknowledged.add(id);
    }
    return { status: answer.status, retryAfter: answer.headers.get("retry-after") };
  }

  async function recovered() {
    const until = Date.now() + RECOVERS_WITHIN_MS;
    while ((await send()).status !== 200) {
      if (Date.now() > until) throw new Error("The intake did not recover.");
      await pause(200);
    }
  }

  /** Whole batches only, all that was acknowledged, nothing twice, and a ledger that verifies. */
  async function expectWhole() {
    const stored = await readAll(url, "/decisions?limit=200", caller.cookie, (item) => String(item["externalId"]));
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored.length % 100).toBe(0);
    const present = new Set(stored);
    expect([...acknowledged].filter((id) => !present.has(id))).toEqual([]);
    const checked = await fetch(`${url}/api/v1/ledger/checks`, { method: "POST", headers: { cookie: caller.cookie } });
    expect(await checked.json()).toMatchObject({ ok: true, findings: [] });
  }

  it("is answered with 503 and Retry-After, stores nothing by halves, and comes back by itself", async (context) => {
    if (missing !== undefined) context.skip(missing);
    await recovered();
    await disk.fill();
    let refused = await send();
    for (let i = 0; refused.status === 200 && i < 500; i++) refused = await send();
    expect(refused).toEqual({ status: 503, retryAfter: "5" });
    for (let i = 0; i < 5; i++) expect([200, 503]).toContain((await send()).status);
    await disk.free();
    await recovered();
    await expectWhole();
  });

  it("is answered the same while the server of the database cannot even start, however long", async (context) => {
    if (missing !== undefined) context.skip(missing);
    await disk.fill();
    process.kill(await livePostmaster(disk.folder), "SIGKILL");
    const until = Date.now() + 3000;
    let refusals = 0;
    while (Date.now() < until) {
      const { status, retryAfter } = await send();
      if (status === 200) continue;
      expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: "5" });
      refusals++;
      await pause(50);
    }
    expect(refusals).toBeGreaterThan(0);
    await disk.free();
    await recovered();
    await expectWhole();
  });
});
