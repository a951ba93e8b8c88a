import { formatInstant, MICROS_PER_DAY, newId, uuidv7Time } from "@steward/kernel";
import { checkBody, decodeEntry } from "@steward/ledger";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp, DIGEST } from "../../../test/support/decision-app.ts";

let world: DecisionApp;
let send: DecisionApp["send"];
let decision: DecisionApp["decision"];
let systemId: string;
let releaseId: string;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send, decision } = world);
  ({ systemId, releaseId } = await world.makeSystem("Ranker"));
});

afterAll(async () => {
  await world?.close();
});

async function record(body: unknown, as = "key") {
  return send("POST", "/decisions", body, as);
}

const counted = (name: "decision" | "ledger_entry" | "decision_receipt") =>
  world.db
    .selectFrom(name)
    .select((q) => q.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow()
    .then(({ n }) => n);

describe("a decision", () => {
  it("is stored once it is in the ledger, and the leaf commits to every field without naming any", async () => {
    const sent = decision({
      score: 0.75,
      attributes: { region: "EU", age: "30-39" },
      subject: "person-4711",
      inputDigest: DIGEST,
      inputReference: "s3://inputs/1",
      promptVersion: "not used",
      toolsCalled: ["lookup"],
      oversight: "review_after_effect",
    });
    const answer = await record(sent);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: 1, duplicates: 0, rejected: 0 });
    const [item] = answer.body.items;
    expect(item).toMatchObject({ id: sent.id, result: "accepted", flags: [], errors: [] });

    const entry = await world.db
      .selectFrom("ledger_entry as e")
      .innerJoin("ledger_body as b", (join) => join.onRef("b.index", "=", "e.index").onRef("b.org_id", "=", "e.org_id"))
      .selectAll()
      .where("e.index", "=", item.ledgerIndex)
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ kind: "decision.recorded", subject_id: item.decisionId, actor_id: world.keyId });
    const leaf = decodeEntry(entry.leaf);
    const body = JSON.parse(entry.body.toString());
    expect(checkBody(leaf, entry.seed, body)).toEqual([]);
    expect(Object.keys(body).sort()).toEqual(["attributes", "decision", "explanation", "input", "process", "subject"]);
    for (const word of ["person-4711", "Ranker", "upper", "EU"]) expect(entry.leaf.toString()).not.toContain(word);
    expect(entry.body.toString()).not.toContain("person-4711");
  });

  it("can be read back whole, with the release and deployment of its time and the sender", async () => {
    const sent = decision({ score: -1.5, subject: "p1", attributes: { region: "EU" } });
    const { body: answer } = await record(sent, "engineer");
    const { status, body } = await send("GET", `/decisions/${answer.items[0].decisionId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      externalId: sent.id,
      systemId,
      systemName: "Ranker",
      releaseId,
      releaseVersion: "1.0",
      occurredAt: sent.occurredAt,
      outcome: "upper",
      score: -1.5,
      attributes: { region: "EU" },
      toolsCalled: [],
      promptVersion: "not used",
      inputDigest: DIGEST,
      inputReference: null,
      explanation: { summary: "Years of education." },
      oversight: "none",
      sandbox: false,
      release: { id: releaseId, version: "1.0", digest: DIGEST, components: ["model 7"] },
      deployment: { environment: "production", endedAt: null },
      sender: { kind: "person", id: world.ada },
      ledgerIndex: answer.items[0].ledgerIndex,
    });
    expect(body.subjectHash).toMatch(/^[0-9a-f]{64}$/);
    expect(uuidv7Time(body.id)).toBe(Date.parse(body.recordedAt));
  });

  it("names its release by id, version or digest, and its system by id or name", async () => {
    for (const release of [releaseId, "1.0", DIGEST]) {
      for (const system of [systemId, "Ranker"]) {
        const { body } = await record(decision({ system, release }));
        expect(body.items[0].flags).toEqual([]);
      }
    }
  });

  it("is hidden from other organisations", async () => {
    const { body } = await record(decision());
    const { decisionId } = body.items[0];
    expect((await send("GET", `/decisions/${decisionId}`, undefined, `engineer ${world.otherOrgId}`)).status).toBe(404);
    const list = await send("GET", "/decisions", undefined, `engineer ${world.otherOrgId}`);
    expect(list.body.items).toEqual([]);
  });
});

describe("flags", () => {
  const flagsOf = async (over: Record<string, unknown>) => (await record(decision(over))).body.items[0].flags;

  it("mark what is evidence of drift, and never refuse it", async () => {
    const { clock } = world;
    expect(await flagsOf({ system: "Nobody" })).toEqual(["unknown_system", "unknown_release"]);
    expect(await flagsOf({ release: "9.9" })).toEqual(["unknown_release"]);
    expect(await flagsOf({ explanation: null })).toEqual(["no_explanation"]);
    expect(await flagsOf({ occurredAt: formatInstant(clock.now() + 59n * 1_000_000n) })).toEqual([]);
    expect(await flagsOf({ occurredAt: formatInstant(clock.now() + 61n * 1_000_000n) })).toEqual(["clock_ahead"]);
    expect(await flagsOf({ occurredAt: "1970-01-01T00:00:00Z" })).toEqual(["not_deployed", "late"]);
    expect(await flagsOf({ occurredAt: "2100-01-01T00:00:00Z" })).toEqual(["clock_ahead"]);
  });

  it("tell an undeployed release, a system out of scope and a retired one", async () => {
    const person = await world.make("/people", { name: "Bo", activeFrom: "2026-01-01" });
    const outside = await world.make("/systems", {
      name: "Outside",
      purpose: "None.",
      inScope: "no",
      scopeReason: "A trial.",
      scopeApproverId: person,
      lifecycle: "retired",
    });
    const release = { version: "2", digest: DIGEST, changeClass: "major", modelKind: "rules" };
    await world.make("/releases", { ...release, systemId: outside, releasedAt: formatInstant(world.clock.now()) });
    const { body } = await record(decision({ system: "Outside", release: "2" }));
    expect(body.items[0].flags).toEqual(["not_deployed", "out_of_scope", "retired_system"]);
  });

  it("use the organisation's own limit for clocks", async () => {
    await world.db
      .insertInto("parameter" as never)
      .values({
        org_id: world.orgId,
        id: newId(world.clock),
        current_version: 1,
        recorded_at: formatInstant(world.clock.now()),
        effective_at: formatInstant(world.clock.now()),
        withdrawn: false,
        title: "CLOCK_SKEW",
        search: "",
        name: "CLOCK_SKEW",
        value: 5,
        unit: "seconds",
      } as never)
      .execute();
    expect(await flagsOf({ occurredAt: formatInstant(world.clock.now() + 6_000_000n) })).toEqual(["clock_ahead"]);
    await world.database.pool.query("DELETE FROM parameter WHERE name = 'CLOCK_SKEW'");
  });
});

describe("a batch", () => {
  it("stores the good records and says what is wrong with each of the others", async () => {
    const good = [decision(), decision()];
    const bad = [
      { ...decision(), outcome: "" },
      { ...decision(), id: 7 },
      { ...decision(), surprise: true },
      { ...decision(), score: 1e300 },
      { ...decision(), occurredAt: "yesterday" },
      { ...decision(), attributes: { "no spaces allowed": 1 } },
      { ...decision(), outcome: "a\u202eb" },
      "text",
      null,
    ];
    const before = await counted("decision");
    const { status, body } = await record([bad[0], good[0], ...bad.slice(1), good[1]]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 2, duplicates: 0, rejected: bad.length });
    expect(body.items[1]).toMatchObject({ id: good[0]?.id, result: "accepted" });
    const fields = body.items
      .filter((item: { result: string }) => item.result === "rejected")
      .map((item: { errors: { field: string }[] }) => item.errors[0]?.field);
    expect(fields).toEqual([
      "/outcome",
      "/id",
      "/surprise",
      "/score",
      "/occurredAt",
      "/attributes/no spaces allowed",
      "/outcome",
      "",
      "",
    ]);
    expect(await counted("decision")).toBe(before + 2);
  });

  it("with nothing good in it stores nothing and says so", async () => {
    const before = await counted("ledger_entry");
    const { status, body } = await record([{ id: "x" }, 3]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 0, rejected: 2 });
    expect(body.items[0]).toMatchObject({ id: "x", decisionId: null, ledgerIndex: null });
    expect(await counted("ledger_entry")).toBe(before);
  });

  it("of more than a thousand records, or of none, is refused", async () => {
    expect((await record([])).status).toBe(422);
    expect((await record(Array.from({ length: 1001 }, () => ({})))).status).toBe(422);
  });
});

describe("a malformed single record", () => {
  it("is a problem that names the fields", async () => {
    const { status, body } = await record({ ...decision(), outcome: 5, extra: 1 });
    expect(status).toBe(422);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(["/outcome", "/extra"]);
  });
});

describe("the same id", () => {
  it("with the same content is a duplicate, however the system is named", async () => {
    const sent = decision();
    const first = await record(sent);
    const again = await record({ ...sent, system: systemId, score: null });
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 1 });
    const { decisionId, ledgerIndex } = first.body.items[0];
    expect(again.body.items[0]).toMatchObject({ decisionId, ledgerIndex, result: "duplicate" });
  });

  it("with other content is a conflict that names what is stored", async () => {
    const sent = decision();
    const first = await record(sent);
    const { decisionId, ledgerIndex } = first.body.items[0];
    const single = await record({ ...sent, outcome: "lower" });
    expect(single.status).toBe(409);
    expect(single.body.errors[0]).toMatchObject({ pointer: "/id" });
    expect(single.body.detail).toContain(decisionId);
    const batch = await record([{ ...sent, outcome: "lower" }]);
    expect(batch.body.items[0]).toMatchObject({ result: "rejected", decisionId, ledgerIndex });
    const stored = await send("GET", `/decisions?externalId=${sent.id}`);
    expect(stored.body.items).toHaveLength(1);
    expect(stored.body.items[0]).toMatchObject({ id: decisionId, outcome: "upper" });
  });

  it("within one batch counts once", async () => {
    const sent = decision();
    const { body } = await record([sent, sent, { ...sent, outcome: "lower" }]);
    const results = body.items.map((item: { result: string }) => item.result);
    expect(results).toEqual(["accepted", "duplicate", "rejected"]);
    expect(new Set(body.items.map((item: { decisionId: string }) => item.decisionId)).size).toBe(1);
  });

  it("of another system is another decision", async () => {
    const sent = decision();
    await record(sent);
    expect((await record({ ...sent, system: "Somebody else" })).body.accepted).toBe(1);
  });

  it("is known again after its system was registered", async () => {
    const sent = decision({ system: "Latecomer" });
    await record(sent);
    await world.make("/systems", { name: "Latecomer", purpose: "Arrived after its decisions." });
    expect((await record(sent)).body).toMatchObject({ duplicates: 1 });
  });

  it("sent many times at once is stored once", async () => {
    const sent = decision();
    const before = await counted("ledger_entry");
    const answers = await Promise.all(Array.from({ length: 40 }, () => record(sent)));
    expect(answers.filter(({ body }) => body.accepted === 1)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.duplicates === 1)).toHaveLength(39);
    expect(await counted("ledger_entry")).toBe(before + 1);
  });
});

describe("a key that is bound to one system", () => {
  it("writes for that system only", async () => {
    expect((await record(decision(), `key:${systemId}`)).body.accepted).toBe(1);
    const other = await record(decision({ system: "Somebody" }), `key:${systemId}`);
    expect(other.status).toBe(403);
    const { body } = await record([decision({ system: "Somebody" }), decision()], `key:${systemId}`);
    expect(body).toMatchObject({ accepted: 1, rejected: 1 });
    expect(body.items[0].errors[0].field).toBe("/system");
  });

  it("needs the scope", async () => {
    expect((await record(decision(), "reader")).status).toBe(403);
  });
});

describe("the list", () => {
  let ids: string[];
  beforeEach(async () => {
    if (ids) return;
    const { body } = await record(Array.from({ length: 7 }, () => decision({ system: systemId })));
    ids = body.items.map(({ decisionId }: { decisionId: string }) => decisionId);
  });

  it("pages through everything once, newest first", async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await send("GET", `/decisions?limit=3${cursor === null ? "" : `&cursor=${cursor}`}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map(({ id }: { id: string }) => id));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(seen.toSorted().toReversed());
    expect(new Set(seen).size).toBe(await counted("decision"));
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids.toReversed());
  });

  it("filters by system, release, flag, id and time of recording", async () => {
    const all = async (query: string) => (await send("GET", `/decisions?limit=200&${query}`)).body.items;
    expect((await all(`systemId=${systemId}`)).every((d: { systemId: string }) => d.systemId === systemId)).toBe(true);
    expect((await all(`releaseId=${releaseId}`)).length).toBeGreaterThan(0);
    const flagged = await all("flag=unknown_system");
    expect(flagged.length).toBeGreaterThan(0);
    expect(flagged.every(({ flags }: { flags: string[] }) => flags.includes("unknown_system"))).toBe(true);
    world.clock.advance(MICROS_PER_DAY);
    const from = formatInstant(world.clock.now());
    const sent = decision();
    await record(sent);
    const to = formatInstant(world.clock.now());
    await record(decision());
    const found = await all(`from=${from}&to=${to}`);
    expect(found.map(({ externalId }: { externalId: string }) => externalId)).toEqual([sent.id]);
    expect(await all(`externalId=${sent.id}`)).toHaveLength(1);
  });

  it("refuses a foreign cursor and an unknown parameter", async () => {
    expect((await send("GET", "/decisions?cursor=abc")).status).toBe(422);
    expect((await send("GET", "/decisions?system=1")).status).toBe(422);
  });
});
