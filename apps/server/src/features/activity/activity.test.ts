import { formatInstant, MICROS_PER_HOUR } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { keepTasks } from "../tasks/tasks.keep.ts";

let app: TestApp;
let cookie: string;
let founderId: string;
let orgId: string;
let engineer: { cookie: string; id: string };
let systemId: string;
let otherId: string;
let between: string;

beforeAll(async () => {
  app = await createTestApp();
  ({ cookie, orgId, personId: founderId } = await app.setUp());
  const joined = await app.join(cookie, "eve@example.org", ["engineer"]);
  engineer = { cookie: joined.cookie, id: joined.member.personId };
  systemId = await make("systems", { name: "Pricer", purpose: "Sets prices." });
  otherId = await make("systems", { name: "Ranker", purpose: "Ranks." }, cookie);
  const changed = await app.send(
    "PATCH",
    `/systems/${systemId}`,
    { values: { purpose: "Sets prices of loans.", lifecycle: "design" }, changeReason: "It is being built." },
    { cookie: engineer.cookie, etag: '"1"' },
  );
  expect(changed.status, JSON.stringify(changed.body)).toBe(200);
  app.clock.advance(MICROS_PER_HOUR);
  between = formatInstant(app.clock.now());
  const detectedAt = between;
  await make("model-changes", { systemId, seenModel: "gpt-6", detectedAt });
  await make("model-changes", { systemId: otherId, seenModel: "gpt-6", detectedAt });
  await keepTasks(app, orgId);
  const key = await app.makeKey(cookie, ["systems:write", "decisions:write"]);
  await app.send("POST", "/systems", { values: { name: "By a key", purpose: "x" } }, { key });
  const decisions = [{ id: "a", system: "Pricer", release: "1", occurredAt: detectedAt, outcome: "yes" }];
  expect((await app.send("POST", "/decisions", decisions, { key })).body.accepted).toBe(1);
  await app.settle();
});
afterAll(async () => app?.close());

async function make(register: string, values: object, as = engineer.cookie): Promise<string> {
  const { status, body } = await app.send("POST", `/${register}`, { values }, { cookie: as });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

interface Item {
  readonly ledgerIndex: number;
  readonly at: string;
  readonly kind: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly subject: { readonly id: string; readonly title: string | null };
  readonly system: { readonly id: string } | null;
}

async function list(query = ""): Promise<Item[]> {
  const { status, body } = await app.send("GET", `/activity?limit=200${query}`, undefined, { cookie });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.items;
}

describe("activity", () => {
  it("says who changed what and why, with the entry that proves it", async () => {
    const found = (await list()).find(({ kind }) => kind === "system.changed");
    expect(found).toMatchObject({
      actor: { kind: "person", id: engineer.id, name: "eve" },
      subject: { id: systemId, title: "Pricer", version: 2 },
      system: { id: systemId, name: "Pricer" },
      changed: ["Purpose", "Life cycle stage"],
      reason: "It is being built.",
    });
    const entry = await app.send("GET", `/ledger/entries/${found?.ledgerIndex}`, undefined, { cookie });
    expect(entry.body).toMatchObject({ kind: "system.changed", at: found?.at, actor: { id: engineer.id } });
    const status = (await list("&group=status"))[0] as Item & { changed: string[] };
    expect(status.changed).toEqual([expect.stringMatching(/^[\dA].* from .* to \w+$/)]);
    const task = (await list("&group=tasks")).find(({ kind }) => kind === "task.opened");
    expect(task).toMatchObject({ actor: { kind: "system" }, subject: { title: expect.stringContaining("gpt-6") } });
  });

  it("holds every entry of the ledger but for streams, page by page", async () => {
    const { rows } = await app.database.pool.query<{ index: string }>(
      `SELECT index FROM ledger_entry WHERE org_id = $1 AND kind <> 'decision.recorded' ORDER BY index DESC`,
      [orgId],
    );
    const read: number[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const { body } = await app.send("GET", `/activity?limit=25${after}`, undefined, { cookie });
      read.push(...body.items.map((item: Item) => item.ledgerIndex));
      cursor = body.nextCursor;
    }
    expect(read).toEqual(rows.map(({ index }) => Number(index)));
  });

  it("is filtered by who, by kind, by system and by time", async () => {
    const ofEve = await list(`&actorId=${engineer.id}`);
    expect(ofEve.length).toBeGreaterThan(2);
    expect(ofEve.every(({ actor }) => actor.id === engineer.id)).toBe(true);
    expect((await list("&actor=key")).map(({ kind }) => kind)).toEqual(["system.created"]);
    const access = await list("&group=access");
    expect(new Set(access.map(({ kind }) => kind))).toEqual(new Set(["membership.created", "api_key.created"]));
    expect(access.every(({ actor }) => actor.id === founderId)).toBe(true);
    const ofPricer = await list(`&systemId=${systemId}`);
    expect(ofPricer.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["system.created", "system.changed", "model_change.created", "task.opened"]),
    );
    expect(ofPricer.every(({ system }) => system?.id === systemId)).toBe(true);
    expect(ofPricer.some(({ subject }) => subject.title === "Ranker")).toBe(false);
    const [early, late] = [await list(`&to=${between}`), await list(`&from=${between}`)];
    expect(early.length + late.length).toBe((await list()).length);
    expect(early.some(({ kind }) => kind === "model_change.created")).toBe(false);
    expect(late.some(({ kind }) => kind === "model_change.created")).toBe(true);
    expect(await list(`&systemId=${orgId}`)).toEqual([]);
  });
});
