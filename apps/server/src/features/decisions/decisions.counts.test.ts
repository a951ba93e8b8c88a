import { type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, formatInstant } from "@steward/kernel";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { verifyLedger } from "../ledger/ledger.verify.ts";
import { loadAgentRuns } from "../status/status.monitoring.ts";
import { addUpCounts, countsAsOf } from "./decisions.counts.ts";

let world: DecisionApp;
let systemId: string;
const moments: Micros[] = [];

const countsAt = async (until: Micros) => {
  const { rows } = await sql<{ n: number }>`
    SELECT system_id, release_id, hour, sum(n)::bigint AS n, sum(flagged)::bigint AS flagged,
      max(max_ahead_ms) AS max_ahead_ms, min(first_at) AS first_at, max(last_at) AS last_at,
      max(last_index) AS last_index, sum(runs)::bigint AS runs, sum(complete_runs)::bigint AS complete_runs,
      max(last_run_at) AS last_run_at
    FROM ${countsAsOf(world.orgId, until)} c GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`.execute(world.db);
  return rows;
};
const stored = async () => {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM decision_count`.execute(world.db);
  return rows[0]?.n ?? 0;
};

const run = (runId: string, parentRunId?: string) => ({
  ai: { operation: "invoke_agent" as const, runId, ...(parentRunId === undefined ? {} : { parentRunId }) },
});

beforeAll(async () => {
  world = await createDecisionApp();
  ({ systemId } = await world.makeSystem("Ranker", { agentic: "yes" }));
  await world.makeSystem("Other");
  // Five hours, each with several appends; some tell of hours before, some of runs and their steps.
  for (let step = 0; step < 60; step++) {
    const late = formatInstant(world.clock.now() - BigInt(step % 3) * MICROS_PER_HOUR);
    const { body } = await world.send("POST", "/decisions", [
      world.decision({ occurredAt: late }),
      world.decision({ system: step % 4 === 0 ? "Other" : "Ranker", ...run(`run-${step}`) }),
      world.decision({ ...run(`part-${step}`, `run-${step}`) }),
      world.decision({ ai: { operation: "execute_tool", parentRunId: `run-${step}` } }),
      world.decision({ sandbox: true }),
    ]);
    expect(body.accepted).toBe(5);
    moments.push(world.clock.now());
    world.clock.advance(5n * MICROS_PER_MINUTE + 1n);
    moments.push(world.clock.now());
  }
});

afterAll(async () => {
  await world?.close();
});

describe("counts that are added up", () => {
  it("are far fewer, and answer the same as of every moment", async () => {
    const before = await Promise.all(moments.map(countsAt));
    const runsBefore = await Promise.all(moments.map((at) => loadAgentRuns(world.db, world.orgId, at)));
    const rows = await stored();
    expect(await addUpCounts(world.deps)).toBeGreaterThanOrEqual(4);
    expect(await stored()).toBeLessThan(rows / 2);
    expect(await Promise.all(moments.map(countsAt))).toEqual(before);
    expect(await Promise.all(moments.map((at) => loadAgentRuns(world.db, world.orgId, at)))).toEqual(runsBefore);
    // Again there is nothing to do until the next hour is over.
    expect(await addUpCounts(world.deps)).toBe(0);
  });

  it("count the runs of agents as their decisions show them", async () => {
    const [fact] = await loadAgentRuns(world.db, world.orgId, world.clock.now());
    const { rows } = await sql<{ runs: number; complete: number; at: Micros }>`
      SELECT count(*) AS runs, count(*) FILTER (WHERE manifest = 'complete') AS complete, max(recorded_at) AS at
      FROM decision WHERE system_id = ${systemId} AND NOT sandbox AND NOT step
        AND (manifest IS NOT NULL OR parent_run_id IS NULL)`.execute(world.db);
    expect(fact).toMatchObject({ systemId, runs: rows[0]?.runs, complete: rows[0]?.complete, lastAt: rows[0]?.at });
    expect(rows[0]?.runs).toBeGreaterThan(20);
  });

  it("are what the self-check counts again, and it names the one that was changed", async () => {
    const verify = () => verifyLedger(world.db, world.clock, world.keys, world.orgId);
    expect((await verify()).findings).toEqual([]);
    await sql`UPDATE decision_count SET n = n + 1 WHERE id = (SELECT min(id::text)::uuid FROM decision_count)`.execute(
      world.db,
    );
    expect((await verify()).findings).toMatchObject([{ code: "projection_altered" }]);
    await sql`UPDATE decision_count SET n = n - 1 WHERE id = (SELECT min(id::text)::uuid FROM decision_count)`.execute(
      world.db,
    );
  });

  it("go on with what was recorded since, also after days without anybody looking", async () => {
    world.clock.advance(3n * MICROS_PER_DAY);
    await world.send("POST", "/decisions", world.decision());
    const at = world.clock.now();
    const before = await countsAt(at);
    world.clock.advance(2n * MICROS_PER_HOUR);
    await addUpCounts(world.deps);
    expect(await countsAt(at)).toEqual(before);
    const { rows } = await sql<{ at: Micros }>`SELECT added_up_to AS at FROM decision_count_mark`.execute(world.db);
    expect(rows.at(-1)?.at).toBeGreaterThan(at);
  });
});
