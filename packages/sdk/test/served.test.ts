import { connect } from "@steward/sdk";
import { describe, expect, it, vi } from "vitest";

import { ServedCounts } from "../src/served.ts";
import { connected, filesOf } from "./support/connection.ts";

const WAIT = { timeout: 20_000, interval: 20 };
const AWAY = { status: 503 };

describe("served", () => {
  it("tells the whole count of an hour, as often as it is asked to", async () => {
    const { steward, server } = await connected();
    for (let i = 0; i < 10; i++) steward.served();
    await steward.flush();
    steward.served(5);
    await steward.flush();
    expect([...server.served.values()]).toEqual([15]);
    const [report] = JSON.parse(server.received[0]?.body ?? "");
    expect(report).toMatchObject({ system: "Ranker", served: 10, hour: expect.stringMatching(/:00:00\.000Z$/) });
    expect(report.source).toMatch(/^sdk\//);
  });

  it("is told after the decisions that were recorded before, never before them", async () => {
    const { steward, server } = await connected();
    steward.record({ outcome: "yes" });
    steward.served();
    await steward.flush();
    expect(server.received.map(({ path }) => path)).toEqual(["/api/v1/decisions", "/api/v1/served"]);
  });

  it("waits while decisions wait, outlives the process, and is told once the decisions are", async () => {
    const { steward, server, directory } = await connected();
    server.answerWith(() => AWAY);
    steward.record({ outcome: "yes" });
    steward.served(3);
    await steward.flush();
    steward.served(1);
    await steward.close();
    const counts = (await filesOf(directory)).find(({ name }) => name.endsWith(".served"));
    expect(JSON.parse(counts?.text ?? "")).toMatchObject([{ served: 4 }]);
    server.answerWith(() => undefined);
    const later = connect({ url: server.url, key: "stw_test", system: "Ranker", release: "1.0", spool: { directory } });
    later.served(2);
    await vi.waitFor(() => expect(server.decisions.size).toBe(1), WAIT);
    await later.flush();
    // The process lives, so its counts are its own to tell; this is another one's file only by its name.
    expect([...server.served.values()]).toEqual([2]);
    await later.close();
  });

  it("goes on counting for a system that is not registered yet, and does not hold up decisions", async () => {
    const { steward, server } = await connected();
    server.answerWith(({ path }) => (path.endsWith("/served") ? { status: 422 } : undefined));
    steward.served(2);
    steward.record({ outcome: "yes" });
    expect(await steward.flush()).toMatchObject({ state: "ok", accepted: 1, rejected: 0 });
    server.answerWith(() => undefined);
    await steward.flush();
    expect([...server.served.values()]).toEqual([2]);
  });

  it("counts by the hour of UTC", () => {
    const counts = new ServedCounts("a");
    const nine = Date.UTC(2026, 2, 1, 9, 59, 59, 999);
    counts.add("s", 2, nine);
    counts.add("s", 3, nine + 1);
    counts.add("t", 4, nine + 1);
    expect(JSON.parse(counts.report()?.parcel.body ?? "")).toEqual([
      { system: "s", source: "a", hour: "2026-03-01T09:00:00.000Z", served: 2 },
      { system: "s", source: "a", hour: "2026-03-01T10:00:00.000Z", served: 3 },
      { system: "t", source: "a", hour: "2026-03-01T10:00:00.000Z", served: 4 },
    ]);
    counts.report()?.done(nine);
    expect(counts.isDirty).toBe(false);
  });
});
