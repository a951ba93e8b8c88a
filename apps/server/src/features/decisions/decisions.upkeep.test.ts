import { formatInstant, MICROS_PER_DAY, parseInstant } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { keepPartitions } from "./decisions.partitions.ts";
import { subjectHashOf } from "./decisions.record.ts";
import { applyRetention } from "./decisions.retention.ts";

let world: DecisionApp;
let send: DecisionApp["send"];

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
});

afterAll(async () => {
  await world?.close();
});

async function sendDecisions(count: number, over: Record<string, unknown>) {
  const { body } = await send(
    "POST",
    "/decisions",
    Array.from({ length: count }, () => world.decision(over)),
  );
  expect(body.accepted).toBe(count);
  return body.items as { id: string; decisionId: string; ledgerIndex: number }[];
}

/** Partitions come in pairs: of decisions, and of what turned out to be true of them. */
const pairs = (...months: string[]) =>
  ["decision", "decision_outcome"].flatMap((table) => months.map((month) => `${table}_2026_${month}`));

async function tellTruth(decision: string) {
  const outcome = {
    decision,
    outcome: "lower",
    observedAt: formatInstant(world.clock.now()),
    note: "Someone said so.",
  };
  const { body } = await send("POST", "/outcomes", [outcome]);
  expect(body.accepted).toBe(1);
  return body.items[0].ledgerIndex as number;
}

const partitions = async () => {
  const { rows } = await world.database.pool.query(
    `SELECT tableoid::regclass::text AS name, count(*)::int AS n FROM decision GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
};

describe("partitions", () => {
  it("are made ahead, take what the default one caught, and go when they are past and empty", async () => {
    await world.makeSystem("Ranker");
    const [sent] = await sendDecisions(3, {});
    await tellTruth(sent?.decisionId as string);
    expect(await partitions()).toEqual({ decision_default: 3 });
    const first = await keepPartitions(world.db, world.clock);
    expect(first).toEqual({ created: pairs("03", "04", "05"), dropped: [] });
    expect(await partitions()).toEqual({ decision_2026_03: 3 });
    const [late] = await sendDecisions(2, {});
    expect(await partitions()).toEqual({ decision_2026_03: 5 });
    expect(await keepPartitions(world.db, world.clock)).toEqual({ created: [], dropped: [] });

    world.clock.set(parseInstant("2026-05-31T23:59:59Z") as bigint);
    const later = await keepPartitions(world.db, world.clock);
    expect(later).toEqual({ created: pairs("06", "07"), dropped: pairs("04") });
    // What turns out later stands with its decision, and months that have decisions keep room for it.
    await tellTruth(late?.decisionId as string);
    const { rows } = await world.database.pool.query(
      "SELECT tableoid::regclass::text AS name, count(*)::int AS n FROM decision_outcome GROUP BY 1",
    );
    expect(rows).toEqual([{ name: "decision_outcome_2026_03", n: 2 }]);
    world.clock.set(parseInstant("2026-06-01T00:00:00Z") as bigint);
    await sendDecisions(1, {});
    expect(await partitions()).toEqual({ decision_2026_03: 5, decision_2026_06: 1 });
    const list = await send("GET", "/decisions");
    expect(list.body.items).toHaveLength(6);
  });

  it("are kept by several nodes at once", async () => {
    world.clock.advance(60n * MICROS_PER_DAY);
    const results = await Promise.all([1, 2, 3].map(() => keepPartitions(world.db, world.clock)));
    expect(results.map(({ created }) => created.length).sort()).toEqual([0, 0, 4]);
  });
});

describe("retention", () => {
  it("removes what has expired with all that it held, and leaves a reason in the ledger", async () => {
    const kept = await world.makeSystem("Kept", { retentionDays: 30 });
    await world.makeSystem("For ever");
    const old = await sendDecisions(4, { system: "Kept", subject: "someone" });
    const others = await sendDecisions(2, { system: "For ever" });
    const truths = [await tellTruth(old[1]?.decisionId as string), await tellTruth(others[0]?.decisionId as string)];
    world.clock.advance(20n * MICROS_PER_DAY);
    const newer = await sendDecisions(3, { system: "Kept", occurredAt: formatInstant(world.clock.now()) });
    expect(await applyRetention(world.deps)).toBe(0);
    world.clock.advance(11n * MICROS_PER_DAY);
    expect(await applyRetention(world.deps)).toBe(4);
    expect(await applyRetention(world.deps)).toBe(0);

    const left = await send("GET", `/decisions?limit=200&systemId=${kept.systemId}`);
    const idsOf = (items: { decisionId: string }[]) => items.map(({ decisionId }) => decisionId).sort();
    expect(left.body.items.map(({ id }: { id: string }) => id).sort()).toEqual(idsOf(newer));
    expect((await send("GET", `/decisions/${others[0]?.decisionId}`)).status).toBe(200);
    const indexes = [...old.map(({ ledgerIndex }) => ledgerIndex), truths[0] as number];
    const { pool } = world.database;
    const bodies = await pool.query("SELECT FROM ledger_body WHERE index = ANY($1)", [indexes]);
    const receipts = await pool.query("SELECT FROM decision_receipt WHERE external_id = ANY($1)", [
      old.map(({ id }) => id),
    ]);
    const leaves = await pool.query("SELECT FROM ledger_entry WHERE index = ANY($1)", [indexes]);
    expect([bodies.rowCount, receipts.rowCount, leaves.rowCount]).toEqual([0, 0, 5]);
    const outcomes = await pool.query(
      "SELECT ledger_index::int AS index FROM decision_outcome WHERE ledger_index > $1",
      [indexes[0]],
    );
    expect(outcomes.rows).toEqual([{ index: truths[1] }]);

    const { rows } = await pool.query(
      `SELECT e.index, b.body FROM ledger_entry e JOIN ledger_body b ON b.org_id = e.org_id AND b.index = e.index
       WHERE e.kind = 'erasure'`,
    );
    expect(rows).toHaveLength(1);
    expect(JSON.parse(rows[0].body.toString())).toMatchObject({
      cause: "retention",
      systemId: kept.systemId,
      keptDays: 30,
      entries: indexes,
    });
    const ranges = await world.db.selectFrom("ledger_erasure").selectAll().orderBy("first_index").execute();
    const by = { org_id: world.orgId, erased_by: Number(rows[0].index) };
    expect(ranges).toEqual([
      { ...by, first_index: indexes[0], last_index: indexes[3] },
      { ...by, first_index: truths[0], last_index: truths[0] },
    ]);
  });

  it("never undercuts the system's own rule, nor the law where the high-risk duties apply", async () => {
    await world.makeSystem("Own rule", { retentionDays: 10, retentionRuleDays: 90 });
    await world.makeSystem("High risk", { retentionDays: 10, aiActTier: "high_risk" });
    await sendDecisions(1, { system: "Own rule" });
    await sendDecisions(1, { system: "High risk" });
    world.clock.advance(89n * MICROS_PER_DAY);
    const before = await applyRetention(world.deps);
    // Only what is left of the system that keeps thirty days.
    expect(before).toBe(3);
    world.clock.advance(2n * MICROS_PER_DAY);
    expect(await applyRetention(world.deps)).toBe(1);
    world.clock.advance(94n * MICROS_PER_DAY);
    expect(await applyRetention(world.deps)).toBe(0);
    world.clock.advance(2n * MICROS_PER_DAY);
    expect(await applyRetention(world.deps)).toBe(1);
  });

  it("leaves what a legal hold begins to keep while it looks", async () => {
    await world.makeSystem("Contested", { retentionDays: 1 });
    await sendDecisions(1, { system: "Contested", subject: "P-held" });
    await sendDecisions(1, { system: "Contested", subject: "P-free" });
    world.clock.advance(3n * MICROS_PER_DAY);
    const client = await world.database.pool.connect();
    try {
      // As somebody does who places a hold, and has not committed yet.
      await client.query("BEGIN");
      await client.query("SELECT FROM ledger_log WHERE org_id = $1 FOR NO KEY UPDATE", [world.orgId]);
      const key = await world.keys.subjectKey(world.orgId);
      await client.query(
        `INSERT INTO legal_hold (org_id, id, subject_hash, reason, placed_at, placed_by, ledger_index)
         VALUES ($1, gen_random_uuid(), $2, 'A court asked for it.', now(), 'somebody', 0)`,
        [world.orgId, subjectHashOf("P-held", key)],
      );
      const removed = applyRetention(world.deps);
      const waiting = async () => {
        const { rows } = await world.database.pool.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows[0]?.n;
      };
      await expect.poll(waiting).toBeGreaterThan(0);
      await client.query("COMMIT");
      expect(await removed).toBe(1);
    } finally {
      client.release();
    }
    expect(await applyRetention(world.deps)).toBe(0);
    await world.database.pool.query("UPDATE legal_hold SET lifted_at = now()");
    expect(await applyRetention(world.deps)).toBe(1);
  });

  it("lets one node at a time remove", async () => {
    await world.makeSystem("Raced", { retentionDays: 1 });
    await sendDecisions(5, { system: "Raced" });
    world.clock.advance(3n * MICROS_PER_DAY);
    const removed = await Promise.all([applyRetention(world.deps), applyRetention(world.deps)]);
    expect(removed.toSorted()).toEqual([0, 5]);
  });
});
