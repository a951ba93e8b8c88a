import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { connect } from "@steward/sdk";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { waitMs } from "../src/backoff.ts";
import { retryAfterMs } from "../src/transport.ts";
import { connected, filesOf, temporaryFolder } from "./support/connection.ts";
import { startStandIn } from "./support/stand-in.ts";

const WAIT = { timeout: 20_000, interval: 20 };
const AWAY = { status: 503 };

describe("while the server is away", () => {
  it("keeps records on disk, sends them when it is back, each once", async () => {
    const { steward, server, directory } = await connected();
    server.answerWith(() => AWAY);
    for (let i = 0; i < 700; i++) steward.record({ id: `d${i}`, outcome: "yes" });
    expect(await steward.flush()).toMatchObject({ state: "away", accepted: 0, waiting: 0, spooled: 700, dropped: 0 });
    expect((await filesOf(directory)).map(({ text }) => (JSON.parse(text) as unknown[]).length).sort()).toEqual([
      200, 500,
    ]);
    server.answerWith(() => undefined);
    await vi.waitFor(() => expect(steward.health().accepted).toBe(700), WAIT);
    expect(await steward.flush()).toMatchObject({ state: "ok", spooled: 0, spooledBytes: 0 });
    expect([...server.times.values()].every((times) => times === 1)).toBe(true);
    expect(await filesOf(directory)).toEqual([]);
  });

  it("sends again what may have been stored when an answer was lost: it is stored once", async () => {
    const { steward, server } = await connected();
    let lost = false;
    server.answerWith(({ body }) => {
      if (lost) return undefined;
      lost = true;
      for (const decision of JSON.parse(body) as { id: string }[]) server.decisions.set(decision.id, decision);
      return { status: 502 };
    });
    steward.record({ id: "once", outcome: "yes" });
    await steward.flush();
    await vi.waitFor(() => expect(steward.health().duplicates).toBe(1), WAIT);
    expect(server.decisions.size).toBe(1);
  });

  it("keeps the oldest where there is no room, and counts the newest", async () => {
    const { steward, server, directory, problems } = await connected({ spool: undefined as never });
    await steward.close();
    const small = connect({
      url: server.url,
      key: "stw_test",
      system: "Ranker",
      release: "1.0",
      spool: { directory, maxBytes: 400 },
      onProblem: (problem) => problems.push(problem),
    });
    server.answerWith(() => AWAY);
    for (let i = 0; i < 10; i++) {
      small.record({ id: `d${i}`, outcome: "yes" });
      await small.flush();
    }
    const { spooled, dropped, recorded } = small.health();
    expect(dropped).toBeGreaterThan(0);
    expect(spooled + dropped).toBe(recorded);
    expect(problems.some(({ code }) => code === "dropped")).toBe(true);
    server.answerWith(() => undefined);
    await vi.waitFor(() => expect(small.health().spooled).toBe(0), WAIT);
    expect([...server.decisions.keys()]).toEqual(Array.from({ length: spooled }, (_, i) => `d${i}`));
    await small.close();
  });

  it("waits as long as the server asks", async () => {
    const { steward, server } = await connected();
    server.answerWith(() => ({ status: 429, headers: { "retry-after": "2" } }));
    steward.record({ outcome: "yes" });
    await steward.flush();
    server.answerWith(() => undefined);
    steward.record({ outcome: "yes" });
    await steward.flush();
    await vi.waitFor(() => expect(server.decisions.size).toBe(2), WAIT);
    const [first, second] = server.received;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(2000);
  });

  it("keeps what a server refuses for the key's sake, and says so", async () => {
    const { steward, server } = await connected();
    server.answerWith(() => ({ status: 401, body: { detail: "This key is revoked." } }));
    steward.record({ outcome: "yes" });
    const health = await steward.flush();
    expect(health).toMatchObject({ state: "refused", spooled: 1, rejected: 0 });
    expect(health.lastProblem?.message).toContain("This key is revoked.");
  });

  it("sends what an earlier process left", async () => {
    const server = await startStandIn();
    const directory = await temporaryFolder();
    const options = {
      url: server.url,
      key: "stw_test",
      system: "Ranker",
      release: "1.0",
      spool: { directory },
      onProblem: () => undefined,
    };
    server.answerWith(() => AWAY);
    const earlier = connect(options);
    for (let i = 0; i < 5; i++) {
      earlier.record({ id: `d${i}`, outcome: "yes" });
      await earlier.flush();
    }
    await earlier.close();
    server.answerWith(() => undefined);
    const requests = server.received.length;
    const later = connect(options);
    await vi.waitFor(() => expect(server.decisions.size).toBe(5), WAIT);
    // Five small parcels went together.
    expect(server.received.length - requests).toBe(1);
    await later.close();
    await server.close();
  });

  it("keeps what waits in memory where the disk cannot be used", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "a-file");
    await writeFile(file, "");
    const { steward, server, problems } = await connected({ spool: { directory: file } });
    server.answerWith(() => AWAY);
    steward.record({ outcome: "yes" });
    expect(await steward.flush()).toMatchObject({ spooled: 1, dropped: 0 });
    expect(problems.map(({ code }) => code)).toContain("spool");
    server.answerWith(() => undefined);
    await vi.waitFor(() => expect(server.decisions.size).toBe(1), WAIT);
  });

  it("does not read files that are not of the spool, and outlives broken ones", async () => {
    const { steward, server, directory } = await connected();
    server.answerWith(() => AWAY);
    steward.record({ outcome: "yes" });
    await steward.flush();
    const [kept] = await filesOf(directory);
    await steward.close();
    const [fingerprint] = await readdir(directory);
    const home = path.join(directory, fingerprint as string);
    await writeFile(path.join(home, "00000000-0000-7000-8000-000000000000.3.decisions"), "[{");
    await writeFile(path.join(home, "note.txt"), "not ours");
    await writeFile(path.join(home, `${kept?.name}.tmp`), "[");
    await mkdir(path.join(home, "00000000-0000-7000-8000-000000000001.3.decisions"));
    server.answerWith(({ body }) => (body === "[{" ? { status: 400 } : undefined));
    const later = connect({
      url: server.url,
      key: "stw_test",
      system: "Ranker",
      release: "1.0",
      spool: { directory },
      onProblem: () => undefined,
    });
    await vi.waitFor(() => expect(server.decisions.size).toBe(1), WAIT);
    await later.flush();
    expect(later.health()).toMatchObject({ accepted: 1, rejected: 3, spooled: 0 });
    await later.close();
  });
});

describe("waiting", () => {
  it("doubles, is jittered, is bounded and never less than was asked for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(600_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, asked, random) => {
          const wait = waitMs(failures, asked, random);
          const ceiling = Math.min(250 * 2 ** (failures - 1), 60_000);
          expect(wait).toBeGreaterThanOrEqual(asked + ceiling / 2);
          expect(wait).toBeLessThanOrEqual(asked + ceiling);
        },
      ),
    );
  });

  it.each([
    [null, 0],
    ["3", 3000],
    ["Wed, 25 Nov 2026 10:00:05 GMT", 5000],
    ["Wed, 25 Nov 2026 09:00:00 GMT", 0],
    ["soon", 0],
    ["99999999", 600_000],
  ])("reads Retry-After: %s", (header, expected) => {
    expect(retryAfterMs(header, Date.UTC(2026, 10, 25, 10, 0, 0))).toBe(expected);
  });
});
