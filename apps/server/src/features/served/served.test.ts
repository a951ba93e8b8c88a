import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";

let world: DecisionApp;
let send: DecisionApp["send"];
let systemId: string;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  ({ systemId } = await world.makeSystem("Ranker"));
});

afterAll(async () => {
  await world?.close();
});

const hour = (ago = 0) => {
  const now = world.clock.now() - BigInt(ago) * MICROS_PER_HOUR;
  return formatInstant(now - (now % MICROS_PER_HOUR));
};

async function completeness(days = 2) {
  const { status, body } = await send("GET", `/systems/${systemId}/log-completeness?days=${days}`);
  expect(status).toBe(200);
  return body.days as { day: string; logged: number; served: number | null }[];
}

async function report(body: unknown, as = "key") {
  return send("POST", "/served", body, as);
}

describe("counts of served requests", () => {
  it("are null until somebody reports, and zero where zero is reported", async () => {
    expect(await completeness()).toEqual([
      { day: "2026-03-09", logged: 0, served: null },
      { day: "2026-03-10", logged: 0, served: null },
    ]);
    expect((await report({ system: "Ranker", hour: hour(), served: 0 })).body.accepted).toBe(1);
    expect((await completeness()).at(-1)).toMatchObject({ served: 0 });
  });

  it("add up over sources and hours, and the newest report of a source for an hour holds", async () => {
    await report([
      { system: "Ranker", source: "a", hour: hour(), served: 10 },
      { system: systemId, source: "b", hour: hour(), served: 5 },
      { system: systemId, source: "a", hour: hour(1), served: 100 },
    ]);
    expect((await completeness()).at(-1)?.served).toBe(115);
    await report({ system: "Ranker", source: "a", hour: hour(), served: 12 });
    expect((await completeness()).at(-1)?.served).toBe(117);
    await report({ system: "Ranker", source: "a", hour: hour(), served: 2 });
    expect((await completeness()).at(-1)?.served).toBe(107);
  });

  it("are evidence, and the same report again is no news", async () => {
    const sent = { system: "Ranker", source: "c", hour: hour(), served: 3 };
    const first = await report(sent);
    const entry = await world.db
      .selectFrom("ledger_entry")
      .selectAll()
      .where("index", "=", first.body.ledgerIndexes[0])
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ kind: "served.reported", subject_kind: "served_report", actor_id: world.keyId });
    const again = await report(sent);
    expect(again.body).toEqual(first.body);
  });

  it("stand beside the decisions logged, test calls left out, on the day on which they happened", async () => {
    const yesterday = formatInstant(world.clock.now() - MICROS_PER_DAY);
    await send("POST", "/decisions", [
      world.decision(),
      world.decision({ occurredAt: yesterday }),
      world.decision({ sandbox: true }),
      world.decision({ system: "Unknown" }),
    ]);
    expect((await completeness()).map(({ logged }) => logged)).toEqual([1, 1]);
    const counts = await world.db.selectFrom("decision_count").selectAll().orderBy("hour").execute();
    expect(counts.map(({ n, flagged }) => ({ n, flagged }))).toEqual([
      { n: 1, flagged: 1 },
      { n: 1, flagged: 0 },
    ]);
  });

  it("name what is wrong with them, and then nothing is kept", async () => {
    const before = await world.db.selectFrom("served_report").selectAll().execute();
    const { status, body } = await report([
      { system: "Ranker", hour: hour(2), served: 1 },
      { system: "Nobody", hour: hour(), served: 1 },
      { system: "Ranker", hour: formatInstant(world.clock.now()), served: 1 },
      { system: "Ranker", hour: "2026-03-11T09:00:00Z", served: 1 },
      { system: systemId, hour: hour(2), served: 2 },
    ]);
    expect(status).toBe(422);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/1/system",
      "/2/hour",
      "/3/hour",
      "/4/hour",
    ]);
    expect((await report({ system: "Ranker", hour: hour(), served: -1 })).body.errors[0].pointer).toBe("/served");
    expect(await world.db.selectFrom("served_report").selectAll().execute()).toEqual(before);
  });

  it("come only from who may send them", async () => {
    const other = await world.make("/systems", { name: "Other", purpose: "For a test." });
    expect((await report({ system: "Ranker", hour: hour(), served: 1 }, `key:${other}`)).status).toBe(403);
    expect((await report({ system: "Ranker", hour: hour(), served: 1 }, "auditor")).status).toBe(403);
    const foreign = `/systems/${systemId}/log-completeness`;
    expect((await send("GET", foreign, undefined, `engineer ${world.otherOrgId}`)).status).toBe(404);
  });
});
