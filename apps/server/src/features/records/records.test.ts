import type { RecordView } from "@steward/contract";
import { formatInstant, newId } from "@steward/kernel";
import { registers } from "@steward/registers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createRecordApp, type RecordApp } from "../../../test/support/record-app.ts";
import { registerTableSql } from "./records.ddl.ts";

let world: RecordApp;
let send: RecordApp["send"];
let ada: string;

beforeAll(async () => {
  world = await createRecordApp();
  ({ send, ada } = world);
  const made = await send("POST", "/people", {
    id: ada,
    values: { name: "Ada", email: "ada@example.org", activeFrom: "2026-01-01" },
  });
  expect(made.status).toBe(201);
});

afterAll(async () => {
  await world?.close();
});

async function makeSystem(values: Record<string, unknown>): Promise<RecordView> {
  const made = await send("POST", "/systems", { values: { purpose: "For a test.", ...values } });
  expect(made.body).toMatchObject({ kind: "system" });
  return made.body as RecordView;
}

describe("storage follows from the declaration", () => {
  it("has, for each register, the table that its declaration describes", async () => {
    for (const register of registers) {
      const wanted = [...registerTableSql(register).matchAll(/^ {2}([a-z_]+) (?!KEY)([a-z]+)/gm)].map((m) => m[1]);
      const { rows } = await world.database.pool.query<{ column_name: string; table_name: string }>(
        "SELECT column_name, table_name FROM information_schema.columns WHERE table_name = $1 OR table_name LIKE $2",
        [register.kind, `${register.kind}\\_\\_%`],
      );
      expect(rows.map((row) => row.column_name).sort()).toEqual(wanted.filter((name) => name !== undefined).sort());
    }
  });
});

describe("a record", () => {
  it("is created, read, changed with its ETag, and keeps every version with who, when and why", async () => {
    const made = await send("POST", "/systems", {
      values: { name: "Ranker", purpose: "Ranks.", ownerId: ada, regions: ["EU", "US"], retentionDays: 200 },
      changeReason: "First system",
    });
    expect(made.status).toBe(201);
    expect(made.etag).toBe('"1"');
    expect(made.body.references[ada]).toMatchObject({ title: "Ada", kind: "person" });
    const { id } = made.body;
    const changed = await send(
      "PATCH",
      `/systems/${id}`,
      { values: { lifecycle: "design" }, changeReason: "Next" },
      { etag: made.etag },
    );
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ version: 2, values: { lifecycle: "design", regions: ["EU", "US"] } });
    const history = await send("GET", `/systems/${id}/history`);
    expect(history.body.items.map((item: { version: number }) => item.version)).toEqual([2, 1]);
    expect(history.body.items[0]).toMatchObject({
      changed: ["lifecycle"],
      changeReason: "Next",
      actor: { name: "Ada" },
    });
    const entry = await world.database.db
      .selectFrom("ledger_entry")
      .selectAll()
      .where("org_id", "=", world.orgId)
      .where("index", "=", changed.body.ledgerIndex)
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ kind: "system.changed", subject_id: id, subject_version: 2, actor_id: ada });
    expect(entry.leaf.toString()).not.toContain("Ranker");
  });

  it("refuses a change of another version than the current one, and without If-Match", async () => {
    const system = await makeSystem({ name: "Contended" });
    const url = `/systems/${system.id}`;
    expect((await send("PATCH", url, { values: { name: "A" } }, { etag: '"1"' })).status).toBe(200);
    expect((await send("PATCH", url, { values: { name: "B" } }, { etag: '"1"' })).status).toBe(412);
    expect((await send("PATCH", url, { values: { name: "B" } })).status).toBe(428);
    expect((await send("PATCH", url, { values: { name: "B" } }, { etag: "x" })).status).toBe(400);
  });

  it("of two changes at the same time lets one through", async () => {
    const system = await makeSystem({ name: "Raced" });
    const results = await Promise.all(
      Array.from({ length: 8 }, async (_, n) =>
        send("PATCH", `/systems/${system.id}`, { values: { supplier: `S${n}` } }, { etag: '"1"' }),
      ),
    );
    expect(results.map((result) => result.status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 412)]);
  });

  it("with its own id is created once, however often it is sent", async () => {
    const body = { id: newId(world.clock), values: { name: "Sent twice", purpose: "x" } };
    const first = await send("POST", "/systems", body);
    const again = await send("POST", "/systems", body);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body.version).toBe(1);
    const other = await send("POST", "/systems", { ...body, values: { name: "Other", purpose: "x" } });
    expect(other.status).toBe(409);
  });

  it("is withdrawn with a reason, leaves lists, keeps its history and frees its name", async () => {
    const system = await makeSystem({ name: "Gone soon" });
    const gone = await send(
      "POST",
      `/systems/${system.id}/withdrawal`,
      { changeReason: "Entered twice" },
      { etag: '"1"' },
    );
    expect(gone.body).toMatchObject({ withdrawn: true, version: 2, may: { change: { allowed: false } } });
    const listed = await send("GET", "/systems?q=gone");
    expect(listed.body.items).toEqual([]);
    expect((await send("GET", "/systems?q=gone&withdrawn=only")).body.items).toHaveLength(1);
    await makeSystem({ name: "Gone soon" });
  });

  it("belongs to its organisation: others see nothing and change nothing", async () => {
    const system = await makeSystem({ name: "Ours" });
    const as = `administrator ${world.otherOrgId}`;
    expect((await send("GET", `/systems/${system.id}`, undefined, { as })).status).toBe(404);
    expect((await send("GET", `/systems/${system.id}/history`, undefined, { as })).status).toBe(404);
    const foreign = { as: `governance_lead ${world.otherOrgId}`, etag: '"1"' };
    expect((await send("PATCH", `/systems/${system.id}`, { values: { name: "Mine" } }, foreign)).status).toBe(404);
    const borrowed = await send("POST", "/systems", { values: { name: "B", purpose: "x", ownerId: ada } }, foreign);
    expect(borrowed.status).toBe(422);
    expect((await send("GET", "/systems", undefined, { as })).body.total).toBe(0);
  });
});

describe("errors name the field", () => {
  it("for wrong values, unknown fields, broken rules, missing references and doubles", async () => {
    const cases: [object, number, string][] = [
      [{ values: { purpose: "x" } }, 422, "/values/name"],
      [{ values: { name: "x", purpose: "x", nmae: 1 } }, 422, "/values/nmae"],
      [{ values: { name: "x", purpose: "x", inScope: "no" } }, 422, "/values/scopeReason"],
      [{ values: { name: "x", purpose: "x", ownerId: newId(world.clock) } }, 422, "/values/ownerId"],
      [{ values: { name: "a\u0000b", purpose: "x" } }, 422, "/values/name"],
      [{ values: { name: "x", purpose: "x", lifecycle: "dreaming" } }, 422, "/values/lifecycle"],
      [{ values: { name: "x", purpose: "x" }, effectiveAt: "2031-01-01T00:00:00Z" }, 422, "/effectiveAt"],
    ];
    for (const [body, status, pointer] of cases) {
      const refused = await send("POST", "/systems", body);
      expect(refused.status, JSON.stringify(refused.body)).toBe(status);
      expect(refused.body.errors[0].pointer).toBe(pointer);
    }
    await makeSystem({ name: "Only once" });
    const double = await send("POST", "/systems", { values: { name: "Only once", purpose: "x" } });
    expect(double.status).toBe(409);
    expect(double.body.errors[0]).toMatchObject({ pointer: "/values/name" });
  });
});

describe("a list", () => {
  it("is cut by keys in any order, without repeating or losing a record, also where the key is empty", async () => {
    for (let n = 0; n < 23; n++) {
      await makeSystem({
        name: `Page ${String(n).padStart(2, "0")}`,
        ...(n % 3 === 0 ? { supplier: `S${n % 4}` } : {}),
      });
    }
    for (const sort of ["name", "-name", "supplier", "-supplier", "recordedAt", "-recordedAt", "lifecycle"]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const query: string = `/systems?q=page&limit=5&sort=${sort}${cursor === null ? "" : `&cursor=${cursor}`}`;
        const page = await send("GET", query);
        expect(page.status, JSON.stringify(page.body)).toBe(200);
        expect(page.body.total).toBe(23);
        seen.push(...page.body.items.map((item: RecordView) => item.title));
        cursor = page.body.nextCursor;
      } while (cursor !== null);
      expect(new Set(seen).size, sort).toBe(23);
      if (sort === "name") expect(seen).toEqual(seen.toSorted());
      if (sort === "-name") expect(seen).toEqual(seen.toSorted().toReversed());
    }
  });

  it("filters by fields, by empty fields and by words, and refuses what it does not know", async () => {
    await makeSystem({ name: "Filter one", regions: ["CH"], inScope: "yes", agentic: "no" });
    expect((await send("GET", "/systems?where.regions=CH")).body.items).toHaveLength(1);
    expect((await send("GET", "/systems?where.inScope=yes&q=filt")).body.items).toHaveLength(1);
    expect((await send("GET", "/systems?where.inScope=yes&where.supplier=&q=filt")).body.total).toBe(1);
    expect((await send("GET", "/systems?q=%27%3B%20drop%20table%20system%20--")).status).toBe(200);
    for (const bad of ["where.inScope=perhaps", "sort=secret", "limit=0", "limit=9999", "cursor=xx", "wat=1"]) {
      expect((await send("GET", `/systems?${bad}`)).status, bad).toBe(422);
    }
  });

  it("answers as of a past moment, values and filters of then", async () => {
    const system = await makeSystem({ name: "Time traveller", lifecycle: "build", regions: ["EU"] });
    const then = formatInstant(world.clock.now());
    world.clock.advance(1_000_000n);
    await send("PATCH", `/systems/${system.id}`, { values: { lifecycle: "verify", name: "Renamed" } }, { etag: '"1"' });
    await makeSystem({ name: "Later" });
    const past = await send("GET", `/systems?asOf=${then}&where.lifecycle=build&where.regions=EU&sort=name`);
    expect(past.body.items.map((item: RecordView) => item.title)).toEqual(["Time traveller"]);
    expect((await send("GET", `/systems?asOf=${then}&q=later`)).body.items).toEqual([]);
    expect((await send("GET", `/systems/${system.id}?asOf=${then}`)).body).toMatchObject({
      version: 1,
      title: "Time traveller",
    });
    expect((await send("GET", `/systems/${system.id}?asOf=2020-01-01T00:00:00Z`)).status).toBe(404);
  });
});

describe("releases and deployments", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  it("are found by who approved them, now and at a past moment", async () => {
    const system = await makeSystem({ name: "Approved" });
    const values = { systemId: system.id, version: "1", digest, changeClass: "major", modelKind: "trained" };
    const releasedAt = formatInstant(world.clock.now());
    const made = await send("POST", "/releases", { values: { ...values, releasedAt, approvedByIds: [ada] } });
    const then = formatInstant(world.clock.now());
    world.clock.advance(1_000_000n);
    await send("PATCH", `/releases/${made.body.id}`, { values: { approvedByIds: [] } }, { etag: '"1"' });
    const total = async (filter: string): Promise<unknown> =>
      (await send("GET", `/releases?where.systemId=${system.id}&${filter}`)).body.total;
    expect(await total(`where.approvedByIds=${ada}`)).toBe(0);
    expect(await total("where.approvedByIds=")).toBe(1);
    expect(await total(`asOf=${then}&where.approvedByIds=${ada}`)).toBe(1);
    expect(await total(`asOf=${then}&where.approvedByIds=`)).toBe(0);
    expect(await total("where.approvedByIds=nobody")).toBe(0);
  });

  it("a new deployment ends the one before it in the same environment, in the same transaction", async () => {
    const system = await makeSystem({ name: "Deployed" });
    const releases: RecordView[] = [];
    for (const version of ["1", "2"]) {
      const values = {
        systemId: system.id,
        version,
        digest,
        changeClass: "major",
        modelKind: "trained",
        releasedAt: "2026-01-02T00:00:00Z",
      };
      releases.push((await send("POST", "/releases", { values })).body);
    }
    const deploy = async (release: RecordView | undefined, startedAt: string) =>
      send("POST", "/deployments", {
        values: { systemId: system.id, releaseId: release?.id, environment: "production", startedAt },
      });
    const first = await deploy(releases[0], "2026-01-03T00:00:00Z");
    const second = await deploy(releases[1], "2026-01-04T00:00:00Z");
    expect([first.status, second.status]).toEqual([201, 201]);
    const ended = await send("GET", `/deployments/${first.body.id}`);
    expect(ended.body).toMatchObject({ version: 2, values: { endedAt: "2026-01-04T00:00:00.000000Z" } });
    expect((await deploy(releases[0], "2026-01-03T12:00:00Z")).body.errors[0].pointer).toBe("/values/startedAt");
    const foreign = await makeSystem({ name: "Deployed elsewhere" });
    const wrong = await send("POST", "/deployments", {
      values: {
        systemId: foreign.id,
        releaseId: releases[0]?.id,
        environment: "test",
        startedAt: "2026-01-03T00:00:00Z",
      },
    });
    expect(wrong.body.errors[0].pointer).toBe("/values/releaseId");
    const moved = await send(
      "PATCH",
      `/releases/${releases[0]?.id}`,
      { values: { digest: `sha256:${"b".repeat(64)}` } },
      { etag: '"1"' },
    );
    expect(moved.body.errors[0].pointer).toBe("/values/digest");
  });
});

describe("the use of AI services", () => {
  it("is decided in one step by another person who may, whether or not that person may write", async () => {
    const max = newId(world.clock);
    await send("POST", "/people", { id: max, values: { name: "Max", activeFrom: "2026-01-01" } });
    const system = await makeSystem({ name: "Summaries" });
    const values = {
      use: "Summaries",
      systemId: system.id,
      services: ["openai"],
      requestedById: ada,
      validFrom: "2026-01-01",
    };
    const ask = async () => (await send("POST", "/use-approvals", { values }, { as: "engineer" })).body as RecordView;
    const decide = async (id: string, as: string, decision = "approved") =>
      send(
        "POST",
        `/use-approvals/${id}/decision`,
        { decision, changeReason: "Contract and data are checked." },
        { as, etag: '"1"' },
      );
    const management = `top_management ${world.orgId} ${max}`;
    const asked = await ask();
    expect(asked.may.decide).toEqual({
      decisions: [
        { decision: "approved", act: "Approve", undoes: false },
        { decision: "rejected", act: "Reject", undoes: false },
      ],
      allowed: false,
      reason: "This needs the permission “uses.approve”, which you do not hold.",
    });
    const seen = await send("GET", `/use-approvals/${asked.id}`, undefined, { as: management });
    expect(seen.body.may).toMatchObject({ change: { allowed: false }, decide: { allowed: true, reason: null } });
    expect((await decide(asked.id, "engineer")).status).toBe(403);
    const own = await decide(asked.id, "governance_lead");
    expect(own).toMatchObject({ status: 403, body: { detail: "Another person than the one who asked must decide." } });
    const approved = await decide(asked.id, management);
    expect(approved.body).toMatchObject({
      values: { state: "approved", approvedById: max },
      changeReason: "Contract and data are checked.",
      actor: { id: max },
      may: { decide: { allowed: true, decisions: [{ decision: "revoked", act: "Revoke", undoes: true }] } },
    });
    // Whoever asked may not approve, but may end it, as any other change: nothing is told that they lack.
    expect((await send("GET", `/use-approvals/${asked.id}`, undefined, { as: "engineer" })).body.may).toMatchObject({
      change: { allowed: true },
      decide: null,
    });
    const again = async (decision: string) =>
      send(
        "POST",
        `/use-approvals/${asked.id}/decision`,
        { decision, changeReason: "The contract ends." },
        { as: management, etag: '"2"' },
      );
    expect((await again("rejected")).body.errors).toMatchObject([
      { pointer: "/decision", message: "This does not follow from its state: it can be revoked." },
    ]);
    expect((await again("revoked")).body).toMatchObject({
      values: { state: "revoked", approvedById: max },
      changeReason: "The contract ends.",
      actor: { id: max },
      may: { decide: null },
    });
    expect((await decide((await ask()).id, management, "rejected")).body.values).toMatchObject({
      state: "rejected",
      approvedById: null,
    });
    expect((await decide((await ask()).id, management, "revoked")).body.errors[0].pointer).toBe("/decision");
  });
});

describe("an exception", () => {
  it("is approved only by another person who may, entering themselves", async () => {
    const eve = newId(world.clock);
    await send("POST", "/people", { id: eve, values: { name: "Eve", activeFrom: "2026-01-01" } });
    const values = {
      controlId: "A.6.2.8",
      justification: "Store moves.",
      compensation: "Paper.",
      requestedById: ada,
      validFrom: "2026-01-01",
      validTo: "2026-03-01",
    };
    const asked = await send("POST", "/exceptions", { values }, { as: "engineer" });
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    const url = `/exceptions/${asked.body.id}`;
    const approve = async (by: string, as: string) =>
      send("PATCH", url, { values: { state: "approved", approvedById: by } }, { as, etag: '"1"' });
    expect((await approve(ada, "governance_lead")).status).toBe(403);
    expect((await approve(eve, `engineer ${world.orgId} ${eve}`)).status).toBe(403);
    expect((await approve(eve, "governance_lead")).status).toBe(403);
    expect((await approve(ada, `top_management ${world.orgId} ${eve}`)).status).toBe(422);
    expect((await approve(eve, `top_management ${world.orgId} ${eve}`)).status).toBe(200);
    for (const values of [{ validTo: "2026-06-01" }, { compensation: "None." }, { approvedById: ada }]) {
      const later = await send("PATCH", url, { values }, { as: "engineer", etag: '"2"' });
      expect(later.body.errors[0]).toMatchObject({ pointer: `/values/${Object.keys(values)[0]}` });
    }
    const revoked = await send("PATCH", url, { values: { state: "revoked" } }, { as: "engineer", etag: '"2"' });
    expect(revoked.body.values).toMatchObject({ state: "revoked", validTo: "2026-03-01", approvedById: eve });
    const tooLong = await send("POST", "/exceptions", { values: { ...values, validTo: "2028-01-01" } });
    expect(tooLong.body.errors[0].pointer).toBe("/values/validTo");
    const unknown = await send("POST", "/exceptions", { values: { ...values, controlId: "A.1.1" } });
    expect(unknown.body.errors[0].pointer).toBe("/values/controlId");
  });
});
