/** Intake when things go wrong around it: too much at once, a database that breaks off, a server that stops. */
import type { Uuid } from "@steward/kernel";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { createKysely } from "../../platform/database/pool.ts";
import type { Tables } from "../../platform/database/schema.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { createIntake } from "./decisions.intake.ts";

let world: DecisionApp;
let caller: Caller;

beforeAll(async () => {
  world = await createDecisionApp();
  await world.makeSystem("Ranker");
  caller = callerOf(world.orgId);
});

afterAll(async () => {
  await world?.close();
});

function callerOf(orgId: Uuid): Caller {
  const actor = { kind: "key", id: world.keyId } as const;
  const permissions = new Set(["decisions.write"] as const);
  return {
    kind: "key",
    orgId,
    actor,
    permissions,
    roles: [],
    systemId: null,
    accountId: null,
    sessionHash: null,
    providerId: null,
  };
}

const batch = (count: number) => Array.from({ length: count }, () => world.decision());

async function problemOf(work: Promise<unknown>): Promise<HttpProblem> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HttpProblem);
  return error as HttpProblem;
}

const stored = async () => {
  const { rows } = await world.database.pool.query<{ n: number }>("SELECT count(*)::int AS n FROM decision");
  return rows[0]?.n ?? 0;
};

/** The same database, where the first `failures` commits break off: before they reach it, or after. */
function breakingDatabase(failures: number, reached: boolean) {
  let left = failures;
  const { pool } = world.database;
  const breaking = {
    options: pool.options,
    end: () => Promise.resolve(),
    async connect() {
      const client = await pool.connect();
      const query = client.query.bind(client) as (input: unknown) => Promise<pg.QueryResult>;
      return Object.assign(Object.create(client) as pg.PoolClient, {
        async query(input: { text?: string }) {
          if (input.text !== "commit" || left === 0) return query(input);
          left--;
          await query({ text: reached ? "commit" : "rollback" });
          throw new Error("Connection terminated unexpectedly");
        },
        release: (discard?: boolean) => client.release(discard),
      });
    },
  };
  return createKysely<Tables>(breaking as unknown as pg.Pool);
}

describe("intake", () => {
  it("turns senders away while more waits than it may hold, and stores nothing of theirs", async () => {
    const limits = { groupMaxRecords: 1000, waitingMaxRecords: 10, waitingMaxBytes: 1_000_000 };
    const intake = createIntake(world.deps, limits);
    await intake.record(caller, batch(1));
    const before = await stored();
    const [first, second] = await Promise.allSettled([
      intake.record(caller, batch(8)),
      intake.record(caller, batch(3)),
    ]);
    expect(first).toMatchObject({ status: "fulfilled", value: { accepted: 8 } });
    expect(second).toMatchObject({ status: "rejected", reason: { code: "too_many_requests" } });
    expect((second as PromiseRejectedResult).reason.headers).toEqual({ "retry-after": "2" });
    expect(await stored()).toBe(before + 8);
    expect(await intake.record(caller, batch(3))).toMatchObject({ accepted: 3 });
  });

  it("turns senders away before their bodies are read, while not even one more record may wait", async () => {
    const limits = { groupMaxRecords: 1000, waitingMaxRecords: 5, waitingMaxBytes: 1_000_000 };
    const intake = createIntake(world.deps, limits);
    expect(() => intake.admit()).not.toThrow();
    const pending = intake.record(caller, batch(5));
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => intake.admit()).toThrow(expect.objectContaining({ code: "too_many_requests" }));
    await pending;
    expect(() => intake.admit()).not.toThrow();
  });

  it.each([true, false])(
    "says that a broken-off commit may have stored it, and that sending again is safe (it did: %s)",
    async (reached) => {
      const db = breakingDatabase(1, reached);
      const intake = createIntake({ ...world.deps, db });
      const before = await stored();
      const sent = batch(3);
      const problem = await problemOf(intake.record(caller, sent));
      expect(problem).toMatchObject({ code: "unavailable", headers: { "retry-after": "5" } });
      expect(problem.message).toContain("Send them again with the same ids");
      expect(await stored()).toBe(before + (reached ? 3 : 0));
      const again = await intake.record(caller, sent);
      expect(again).toMatchObject(reached ? { duplicates: 3 } : { accepted: 3 });
      expect(await stored()).toBe(before + 3);
    },
  );

  it("answers what it took in before it stops, then takes nothing more", async () => {
    const intake = createIntake(world.deps);
    const before = await stored();
    const answers = Array.from({ length: 20 }, () => intake.record(caller, batch(2)));
    await new Promise((resolve) => setImmediate(resolve));
    await intake.close();
    const settled = await Promise.allSettled(answers);
    const accepted = settled.filter(({ status }) => status === "fulfilled");
    expect(await stored()).toBe(before + 2 * accepted.length);
    const problem = await problemOf(intake.record(caller, batch(1)));
    expect(problem.code).toBe("unavailable");
  });

  it("writes many senders of several organisations together, each record once", async () => {
    const before = await stored();
    const callers = [caller, callerOf(world.otherOrgId)];
    const transactions = async () => {
      const { rows } = await world.database.pool.query<{ n: number }>(
        "SELECT count(DISTINCT recorded_at)::int AS n FROM decision",
      );
      return rows[0]?.n ?? 0;
    };
    const groupsBefore = await transactions();
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, i) => world.intake.record(callers[i % 2] as Caller, world.decision())),
    );
    expect(results.every(({ accepted }) => accepted === 1)).toBe(true);
    expect(await stored()).toBe(before + 200);
    // Far fewer commits than senders.
    expect((await transactions()) - groupsBefore).toBeLessThan(40);
    const indexes = results.filter((_, i) => i % 2 === 0).map(({ items }) => items[0]?.ledgerIndex);
    expect(new Set(indexes).size).toBe(100);
  });

  it("does not let one organisation's fault hold up another", async () => {
    const stranger = callerOf("0190163d-8694-739b-aea5-966c26f8ad91");
    const [lost, fine] = await Promise.allSettled([
      world.intake.record(stranger, batch(1)),
      world.intake.record(caller, batch(1)),
    ]);
    expect(lost?.status).toBe("rejected");
    expect(fine?.status).toBe("fulfilled");
  });
});
