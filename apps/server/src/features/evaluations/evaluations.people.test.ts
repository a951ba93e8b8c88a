import { formatInstant, MICROS_PER_MINUTE, type Micros, parseInstant, type Uuid } from "@steward/kernel";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { countPeople, markLooked, readPeople, type Watch } from "./evaluations.people.ts";

let world: DecisionApp;
let releaseId: Uuid;
let version = 0;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ releaseId } = (await world.makeSystem("Ranker")) as { releaseId: Uuid });
});

afterAll(async () => {
  await world?.close();
});

/** A policy of its own: what was decided before it is none of its people's. */
async function watch(): Promise<Watch> {
  const policy = {
    schema: "steward/bias-policy/v1",
    name: "fair",
    version: ++version,
    profile: "four-fifths",
    continuous: { positive: ["upper"], attributes: ["sex", "region"], sharpestAt: 300 },
  };
  const { status, body } = await world.send("POST", "/evaluation-policies", { system: "Ranker", policy });
  expect(status, JSON.stringify(body)).toBe(201);
  world.clock.advance(MICROS_PER_MINUTE);
  const { id, committedAt } = body.policy;
  const since = parseInstant(committedAt) as Micros;
  return { orgId: world.orgId, policyId: id, releaseId, since, attributes: ["sex", "region"], positive: ["upper"] };
}

async function decide(over: Record<string, unknown>): Promise<string> {
  world.clock.advance(1000n);
  const sent = world.decision(over);
  const { body } = await world.send("POST", "/decisions", sent, "key");
  expect(body.rejected ?? 0, JSON.stringify(body)).toBe(0);
  return String(sent.id);
}

async function tell(decision: string, outcome: string, minutesAgo: number): Promise<void> {
  world.clock.advance(1000n);
  const observedAt = formatInstant(world.clock.now() - BigInt(minutesAgo) * MICROS_PER_MINUTE);
  const { status } = await world.send("POST", "/outcomes", [{ decision, outcome, observedAt }], "key");
  expect(status).toBe(200);
}

const cells = async (of: Watch) => {
  await countPeople(world.db, of);
  return (await readPeople(world.db, of)).cells ?? [];
};

interface Decided {
  readonly id: string;
  readonly person: number | null;
  readonly key: (string | null)[];
  readonly selected: boolean;
  readonly counts: boolean;
  /** In the order of arrival. */
  readonly truths: { upper: boolean; observedAt: Micros }[];
}

/** What the cells must say, from all decisions there ever were. */
function expected(decided: readonly Decided[]): Map<string, number> {
  const met = new Set<number>();
  const found = new Map<string, number>();
  for (const { person, key, selected, counts, truths } of decided) {
    if (!counts || (person !== null && met.has(person))) continue;
    if (person !== null) met.add(person);
    const last = truths.reduce<(typeof truths)[number] | undefined>(
      (newest, truth) => (newest === undefined || truth.observedAt >= newest.observedAt ? truth : newest),
      undefined,
    );
    const outcome = last === undefined ? (selected ? "s?" : "r?") : `${selected ? "s" : "r"}${last.upper ? "+" : "-"}`;
    const cell = JSON.stringify([key, outcome]);
    found.set(cell, (found.get(cell) ?? 0) + 1);
  }
  return found;
}

const SHORT = { tp: "s+", fp: "s-", fn: "r+", tn: "r-", selectedUnlabelled: "s?", rejectedUnlabelled: "r?" } as const;

const events = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("decide" as const),
        person: fc.option(fc.nat(4)),
        sex: fc.option(fc.constantFrom("F", "M")),
        upper: fc.boolean(),
        sandbox: fc.nat(9).map((n) => n === 0),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("tell" as const),
        which: fc.nat(30),
        upper: fc.boolean(),
        minutesAgo: fc.nat(30),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("count" as const) }) },
  ),
  { minLength: 20, maxLength: 40, size: "max" },
);

it("says the same, however often it counts, as all decisions read at once", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(events, async (list) => {
      const of = await watch();
      const decided: Decided[] = [];
      for (const event of list) {
        if (event.kind === "count") await countPeople(world.db, of);
        else if (event.kind === "decide") {
          const { person, sex, upper, sandbox } = event;
          const id = await decide({
            outcome: upper ? "upper" : "lower",
            attributes: { ...(sex === null ? {} : { sex }), region: "EU" },
            ...(person === null ? {} : { subject: `p${person}` }),
            sandbox,
          });
          decided.push({ id, person, key: [sex, "EU"], selected: upper, counts: !sandbox, truths: [] });
        } else {
          const about = decided[event.which % Math.max(1, decided.length)];
          if (about === undefined) continue;
          await tell(about.id, event.upper ? "upper" : "lower", event.minutesAgo);
          const observedAt = world.clock.now() - BigInt(event.minutesAgo) * MICROS_PER_MINUTE;
          about.truths.push({ upper: event.upper, observedAt });
        }
      }
      const found = (await cells(of)).map(({ key, outcome, n }) => [JSON.stringify([key, SHORT[outcome]]), n] as const);
      expect(new Map(found)).toEqual(expected(decided));
    }),
    { numRuns: 12 },
  );
});

it("has changed only where somebody new came or a truth became known", { timeout: 60_000 }, async () => {
  const of = await watch();
  expect(await countPeople(world.db, of)).toBe(false);
  const id = await decide({ outcome: "upper", attributes: { sex: "F" }, subject: "a" });
  expect(await countPeople(world.db, of)).toBe(true);
  const look = async () => {
    const { revision } = await readPeople(world.db, of);
    await world.db.transaction().execute((tx) => markLooked(tx, of, revision));
  };
  await look();
  await decide({ outcome: "lower", attributes: { sex: "F" }, subject: "a" });
  expect(await countPeople(world.db, of), "the same person again").toBe(false);
  await tell(id, "lower", 0);
  expect(await countPeople(world.db, of), "a late outcome").toBe(true);
  await look();
  await tell(id, "lower", 0);
  expect(await countPeople(world.db, of), "the same truth again").toBe(false);
});

it("keeps the count of somebody who was erased, and moves it no more", { timeout: 60_000 }, async () => {
  const of = await watch();
  const id = await decide({ outcome: "upper", attributes: { sex: "F", region: "EU" }, subject: "gone" });
  await tell(id, "upper", 0);
  const before = await cells(of);
  expect(before).toMatchObject([{ key: ["F", "EU"], outcome: "tp", n: 1 }]);
  await sql`UPDATE decision SET attributes = '{}', subject_hash = NULL, erased_by = 1
    WHERE org_id = ${world.orgId} AND external_id = ${id}`.execute(world.db);
  await tell(id, "lower", 0);
  expect(await cells(of)).toEqual(before);
});
