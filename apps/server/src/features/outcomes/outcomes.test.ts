import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR, type Micros } from "@steward/kernel";
import { checkBody, decodeEntry } from "@steward/ledger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";

let world: DecisionApp;
let send: DecisionApp["send"];

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  await world.makeSystem("Ranker");
});

afterAll(async () => {
  await world?.close();
});

async function record(over: Record<string, unknown> = {}) {
  const sent = world.decision(over);
  const { body } = await send("POST", "/decisions", sent, "key");
  return { externalId: sent.id, id: body.items[0].decisionId as string };
}

const truth = (over: Record<string, unknown> = {}) => ({
  outcome: "upper",
  observedAt: formatInstant(world.clock.now()),
  ...over,
});

const ago = (micros: Micros) => formatInstant(world.clock.now() - micros);
const outcomesOf = async (id: string) => (await send("GET", `/decisions/${id}`)).body.outcomes;

describe("a late outcome", () => {
  it("attaches to its decision by either id, with its ledger entry, and shows on it and in the list", async () => {
    const { externalId, id } = await record();
    const sent = truth({ outcome: "lower", source: "payroll 2026", note: "Checked by hand." });
    const answer = await send("POST", `/decisions/${externalId}/outcome`, sent, "key");
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ result: "accepted", decisionId: id, version: 1, errors: [] });
    const index = answer.body.ledgerIndex;
    expect(await outcomesOf(id)).toEqual([
      {
        version: 1,
        outcome: "lower",
        observedAt: sent.observedAt,
        recordedAt: expect.any(String),
        source: "payroll 2026",
        note: "Checked by hand.",
        holds: true,
        ledgerIndex: index,
      },
    ]);
    const list = await send("GET", `/decisions?externalId=${externalId}`);
    expect(list.body.items[0].trueOutcome).toBe("lower");

    const entry = await world.db
      .selectFrom("ledger_entry as e")
      .innerJoin("ledger_body as b", (join) => join.onRef("b.index", "=", "e.index").onRef("b.org_id", "=", "e.org_id"))
      .selectAll()
      .where("e.index", "=", index)
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ kind: "outcome.recorded", actor_id: world.keyId });
    expect(checkBody(decodeEntry(entry.leaf), entry.seed, JSON.parse(entry.body.toString()))).toEqual([]);
    expect(entry.leaf.toString()).not.toContain("lower");
    expect((await send("POST", `/decisions/${id}/outcome`, sent, "key")).body).toMatchObject({
      result: "duplicate",
      version: 1,
      ledgerIndex: index,
    });
  });

  it("sent again is a duplicate, also after a correction; another one is a new version", async () => {
    const { id } = await record();
    const first = truth({ observedAt: ago(MICROS_PER_DAY) });
    const second = truth({ outcome: "lower", observedAt: ago(MICROS_PER_HOUR) });
    const versions: unknown[] = [];
    for (const sent of [first, first, second, first, { ...second, system: "Ranker" }]) {
      const { body } = await send("POST", `/decisions/${id}/outcome`, sent, "key");
      versions.push([body.result, body.version]);
    }
    expect(versions).toEqual([
      ["accepted", 1],
      ["duplicate", 1],
      ["accepted", 2],
      ["duplicate", 1],
      ["duplicate", 2],
    ]);
    const held = (await outcomesOf(id)).map(({ version, holds }: Record<string, unknown>) => [version, holds]);
    expect(held).toEqual([
      [2, true],
      [1, false],
    ]);
  });

  it("that was observed earlier is kept, but does not hold", async () => {
    const { id } = await record();
    await send("POST", `/decisions/${id}/outcome`, truth({ observedAt: ago(MICROS_PER_HOUR) }), "key");
    await send("POST", `/decisions/${id}/outcome`, truth({ outcome: "lower", observedAt: ago(MICROS_PER_DAY) }), "key");
    const [late, held] = await outcomesOf(id);
    expect(late).toMatchObject({ version: 2, outcome: "lower", holds: false });
    expect(held).toMatchObject({ version: 1, outcome: "upper", holds: true });
  });

  it("needs a decision, a moment that has come, and a system where an id is used twice", async () => {
    const { externalId } = await record();
    expect((await send("POST", "/decisions/nobody/outcome", truth(), "key")).status).toBe(404);
    const future = await send(
      "POST",
      `/decisions/${externalId}/outcome`,
      truth({ observedAt: "2100-01-01T00:00:00Z" }),
      "key",
    );
    expect(future.status).toBe(422);
    expect(future.body.errors[0]).toMatchObject({ pointer: "/observedAt" });
    await record({ id: externalId, system: "Another" });
    const unclear = await send("POST", `/decisions/${externalId}/outcome`, truth(), "key");
    expect(unclear.status).toBe(422);
    expect(unclear.body.errors[0]).toMatchObject({ pointer: "/system" });
    for (const system of ["Ranker", "Another"]) {
      const named = await send("POST", `/decisions/${externalId}/outcome`, truth({ system }), "key");
      expect(named.body.result).toBe("accepted");
    }
  });

  it("is refused to other organisations, to keys of other systems, and to those who only read", async () => {
    const { id } = await record();
    const send404 = await send("POST", `/decisions/${id}/outcome`, truth(), `engineer ${world.otherOrgId}`);
    expect(send404.status).toBe(404);
    const { systemId: other } = await world.makeSystem("Other");
    expect((await send("POST", `/decisions/${id}/outcome`, truth(), `key:${other}`)).status).toBe(403);
    expect((await send("POST", `/decisions/${id}/outcome`, truth(), "reader")).status).toBe(403);
    expect(await outcomesOf(id)).toEqual([]);
  });
});

describe("a batch of outcomes", () => {
  it("stores the good ones and says what is wrong with each of the others", async () => {
    const [a, b] = [await record(), await record()];
    const batch = [
      { decision: a.id, ...truth() },
      { decision: "nobody", ...truth() },
      { decision: b.externalId, ...truth({ outcome: "" }) },
      { decision: b.externalId, ...truth({ outcome: "lower" }) },
      null,
      { decision: b.externalId, ...truth(), surprise: 1 },
    ];
    const { status, body } = await send("POST", "/outcomes", batch, "key");
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 2, duplicates: 0, rejected: 4 });
    const faults = body.items.map(({ errors }: { errors: { field: string }[] }) => errors[0]?.field ?? null);
    expect(faults).toEqual([null, "/decision", "/outcome", null, "", "/surprise"]);
  });

  it("may hold several versions of one decision, and repetitions", async () => {
    const { id } = await record();
    const first = { decision: id, ...truth({ observedAt: ago(2n) }) };
    const second = { decision: id, ...truth({ outcome: "lower" }) };
    const { body } = await send("POST", "/outcomes", [first, second, first], "key");
    const got = body.items.map(({ result, version }: Record<string, unknown>) => [result, version]);
    expect(got).toEqual([
      ["accepted", 1],
      ["accepted", 2],
      ["duplicate", 1],
    ]);
  });

  it("sent by many at once gives every version its own number", async () => {
    const { id } = await record();
    const sent = Array.from({ length: 20 }, (_, n) => truth({ source: `run ${n}` }));
    await Promise.all(sent.map((body) => send("POST", `/decisions/${id}/outcome`, body, "key")));
    const versions = (await outcomesOf(id)).map(({ version }: { version: number }) => version);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => 20 - n));
  });
});

it("the ledger's self-check finds an outcome that was altered", async () => {
  const check = async () => (await send("POST", "/ledger/checks", undefined, "auditor")).body;
  expect(await check()).toMatchObject({ ok: true });
  await world.database.pool.query("UPDATE decision_outcome SET outcome = 'forged' WHERE version = 2");
  const { ok, findings } = await check();
  expect(ok).toBe(false);
  expect(findings[0]).toMatchObject({ code: "projection_altered" });
});
