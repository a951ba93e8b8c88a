import { connect, type DecisionFields } from "@steward/sdk";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { newId } from "../src/id.ts";
import { connected } from "./support/connection.ts";

describe("record", () => {
  it("answers an id at once and sends the decision in the background", async () => {
    const { steward, server } = await connected();
    const id = steward.record({ outcome: "review", score: 0.83, attributes: { region: "EU" } });
    expect(server.received).toEqual([]);
    await vi.waitFor(() => expect(steward.health().accepted).toBe(1), 10_000);
    expect(server.decisions.get(id)).toEqual({
      id,
      system: "Ranker",
      release: "1.0",
      occurredAt: expect.stringMatching(/^\d{4}-.*Z$/),
      outcome: "review",
      score: 0.83,
      attributes: { region: "EU" },
    });
    expect(steward.health()).toMatchObject({ state: "ok", recorded: 1, waiting: 0, spooled: 0 });
  });

  it("sends what was recorded, whatever the host does to its objects afterwards", async () => {
    const { steward, server } = await connected();
    const attributes: Record<string, string> = { region: "EU" };
    const id = steward.record({ outcome: "yes", attributes });
    attributes["region"] = "US";
    await steward.flush();
    expect(server.decisions.get(id)?.["attributes"]).toEqual({ region: "EU" });
  });

  it("groups many into few requests", async () => {
    const { steward, server } = await connected();
    for (let i = 0; i < 1200; i++) steward.record({ id: `d${i}`, outcome: "yes" });
    await steward.flush();
    expect(server.decisions.size).toBe(1200);
    expect(server.received).toHaveLength(3);
  });

  it("never throws, whatever it is given, and counts what it cannot send", async () => {
    const { steward, problems } = await connected();
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const hostile = {
      get outcome(): string {
        throw new Error("no");
      },
    };
    for (const fields of [undefined, null, circular, hostile, { outcome: 1n }]) {
      expect(steward.record(fields as unknown as DecisionFields)).toMatch(/^[0-9a-f-]{36}$/);
    }
    await steward.flush();
    expect(steward.health()).toMatchObject({ recorded: 5, dropped: 5 });
    expect(problems.every(({ code }) => code === "unserialisable")).toBe(true);
  });

  it("counts a record that the server judges to be wrong, and says why", async () => {
    const { steward, server } = await connected();
    const wrong = steward.record({ outcome: 7 } as unknown as DecisionFields);
    const right = steward.record({ outcome: "yes" });
    const health = await steward.flush();
    expect([...server.decisions.keys()]).toEqual([right]);
    expect(health).toMatchObject({ accepted: 1, rejected: 1 });
    expect(health.lastProblem).toMatchObject({ code: "rejected", message: `${wrong}: Send text.` });
  });

  it.each([400, 413])("isolates a record for which the server answers %s to the whole batch", async (status) => {
    const { steward, server } = await connected();
    server.answerWith(({ body }) => (body.includes("poison") ? { status } : undefined));
    for (let i = 0; i < 50; i++) steward.record({ id: `d${i}`, outcome: i === 17 ? "poison" : "yes" });
    const health = await steward.flush();
    expect(health).toMatchObject({ accepted: 49, rejected: 1, waiting: 0, spooled: 0 });
    expect(server.decisions.has("d17")).toBe(false);
  });

  it("drops what is recorded after the end", async () => {
    const { steward } = await connected();
    await steward.close();
    steward.record({ outcome: "late" });
    expect(steward.health()).toMatchObject({ state: "closed", recorded: 1, dropped: 1 });
  });
});

describe("a wrong configuration", () => {
  it.each([
    [undefined],
    [{}],
    [{ url: "not an address", key: "k", system: "s", release: "1" }],
    [{ url: "http://localhost:1", key: "", system: "s", release: "1" }],
  ])("never throws: %j", async (options) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const steward = connect(options as never);
    steward.record({ outcome: "yes" });
    steward.served();
    expect(await steward.flush()).toMatchObject({ state: "misconfigured", recorded: 1, dropped: 1 });
    expect(warn).toHaveBeenCalledOnce();
    await steward.close();
    warn.mockRestore();
  });
});

describe("ids", () => {
  it("are UUIDv7 that sort by time and never meet", () => {
    const ids = Array.from({ length: 5000 }, () => newId());
    expect(new Set(ids).size).toBe(5000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    fc.assert(
      fc.property(fc.nat(2 ** 47), fc.nat(2 ** 47), (a, b) => {
        if (a !== b) expect(newId(a) < newId(b)).toBe(a < b);
      }),
    );
  });
});
