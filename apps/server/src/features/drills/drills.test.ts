import { createHash } from "node:crypto";

import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { DRILL_SAMPLE_DECISIONS, runDueDrills } from "./drills.service.ts";

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

const runDrill = (id = systemId, as = "engineer") =>
  send("POST", `/systems/${id}/reconstruction-drills`, undefined, as);

async function sendDecisions(...over: Record<string, unknown>[]): Promise<string[]> {
  const { body } = await send(
    "POST",
    "/decisions",
    over.map((one) => world.decision(one)),
  );
  expect(body.rejected).toBe(0);
  return body.items.map(({ decisionId }: { decisionId: string }) => decisionId);
}

describe("a drill", () => {
  it("needs decisions, a system and the permission", async () => {
    expect((await runDrill()).status).toBe(409);
    expect((await runDrill(world.orgId)).status).toBe(404);
    expect((await runDrill(systemId, "reader")).status).toBe(403);
  });

  it("rebuilds every decision that lacks nothing, and is evidence", async () => {
    await sendDecisions({}, {}, {});
    const { status, body } = await runDrill();
    expect(status).toBe(201);
    expect(body).toMatchObject({ systemId, population: 3, sampled: 3, reconstructed: 3, missing: [] });
    expect(body.seed).toMatch(/^[0-9a-f]{32}$/);
    const entry = await world.db
      .selectFrom("ledger_entry as e")
      .innerJoin("ledger_body as b", "b.index", "e.index")
      .selectAll()
      .where("e.index", "=", body.ledgerIndex)
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ kind: "drill.recorded", subject_id: body.id, actor_id: world.ada });
    expect(JSON.parse(entry.body.toString())).toMatchObject({ seed: body.seed, sampled: 3 });
    const list = await send("GET", `/systems/${systemId}/reconstruction-drills`);
    expect(list.body.items).toEqual([body]);
  });

  it("names what is missing of each decision, and draws it again until nothing is", async () => {
    const { systemId: other } = await world.makeSystem("Gaps");
    const gaps: [Record<string, unknown>, string[]][] = [
      [{ inputDigest: null }, ["input"]],
      [{ release: "unheard" }, ["release"]],
      [{ promptVersion: null, toolsCalled: null }, ["prompt_version", "tools"]],
      [{ oversight: "review_before_effect" }, ["human_action"]],
      [{ inputDigest: null, inputReference: "s3://kept" }, []],
    ];
    const ids = await sendDecisions(...gaps.map(([over]) => ({ system: "Gaps", ...over })));
    const { body } = await runDrill(other);
    expect(body).toMatchObject({ population: 5, sampled: 5, reconstructed: 1 });
    const missing = new Map(
      body.missing.map((one: { decisionId: string; elements: string[] }) => [one.decisionId, one.elements]),
    );
    expect(ids.map((id) => missing.get(id) ?? [])).toEqual(gaps.map(([, elements]) => elements));

    world.clock.advance(3n * MICROS_PER_DAY);
    await sendDecisions({ system: "Gaps" });
    const { body: later } = await runDrill(other);
    // The decisions of three days ago are outside the window, but those that failed are drawn again.
    expect(later).toMatchObject({ population: 1, sampled: 5, reconstructed: 1 });
  });

  it("finds what was altered or removed behind its back", async () => {
    const { systemId: other } = await world.makeSystem("Tampered");
    const ids = await sendDecisions({ system: "Tampered" }, { system: "Tampered" }, { system: "Tampered" });
    await world.database.pool.query("UPDATE decision SET outcome = 'lower' WHERE id = $1", [ids[0]]);
    await world.database.pool.query(
      `UPDATE ledger_body SET body = convert_to(replace(convert_from(body, 'UTF8'), 'upper', 'lower'), 'UTF8')
       WHERE index = (SELECT ledger_index FROM decision WHERE id = $1)`,
      [ids[1]],
    );
    const { body } = await runDrill(other);
    expect(body.missing).toHaveLength(2);
    for (const id of ids.slice(0, 2)) expect(body.missing).toContainEqual({ decisionId: id, elements: ["evidence"] });
  });

  it("draws a sample that its seed determines, leaving test calls out", async () => {
    const { systemId: other } = await world.makeSystem("Crowd");
    const ids = await sendDecisions(...Array.from({ length: 100 }, () => ({ system: "Crowd" })));
    await sendDecisions({ system: "Crowd", sandbox: true });
    const { body } = await runDrill(other);
    expect(body).toMatchObject({ population: 100, sampled: DRILL_SAMPLE_DECISIONS });
    const rank = (id: string) => createHash("sha256").update(`${body.seed}${id}`).digest("hex");
    const expected = ids.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, DRILL_SAMPLE_DECISIONS);
    const { rows } = await world.database.pool.query("SELECT body FROM ledger_body WHERE index = $1", [
      body.ledgerIndex,
    ]);
    expect(JSON.parse(rows[0].body.toString()).drawn.sort()).toEqual(expected.sort());
  });
});

describe("due drills", () => {
  it("run a minute after the first decisions, then a day after the last drill, where there is something new", async () => {
    const { systemId: other } = await world.makeSystem("Nightly");
    const drills = async () =>
      (await send("GET", `/systems/${other}/reconstruction-drills`)).body.items.map(
        ({ sampled }: { sampled: number }) => sampled,
      );
    await sendDecisions({ system: "Nightly" });
    await runDueDrills(world.deps);
    expect(await drills()).toEqual([]);
    world.clock.advance(2n * MICROS_PER_MINUTE);
    await runDueDrills(world.deps);
    expect(await drills()).toEqual([1]);
    world.clock.advance(23n * MICROS_PER_HOUR);
    await sendDecisions({ system: "Nightly", occurredAt: formatInstant(world.clock.now()) });
    await runDueDrills(world.deps);
    expect(await drills()).toEqual([1]);
    world.clock.advance(2n * MICROS_PER_HOUR);
    await runDueDrills(world.deps);
    expect(await drills()).toEqual([1, 1]);
    world.clock.advance(2n * MICROS_PER_DAY);
    await runDueDrills(world.deps);
    expect(await drills()).toEqual([1, 1]);
  });
});
