/** Access to some AI systems, for some time, in an emergency; and what auditors read, written down. */
import { createHash } from "node:crypto";

import {
  canonicalJson,
  dayIn,
  endOfDay,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from "@steward/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { startMailServer } from "../../../test/support/mail-server.ts";
import { deliverMail } from "../../platform/mail/outbox.ts";
import { digestAuditorReads } from "./access.auditor-digest.ts";

interface Read {
  readonly id: string;
  readonly operationId: string;
  readonly path: string;
  readonly readAt: string;
  readonly ledgerIndex: number | null;
}

let mail: Awaited<ReturnType<typeof startMailServer>>;
let app: TestApp;
let founder: string;
let loans: string;
let hiring: string;
let people = 0;

beforeAll(async () => {
  mail = await startMailServer();
  app = await createTestApp({ mail: mail.config() });
  ({ cookie: founder } = await app.setUp());
  loans = await addSystem("Loan triage");
  hiring = await addSystem("Hiring");
});
beforeEach(async () => {
  // Tests move the clock, which ends sessions.
  founder = await signIn("founder@example.org");
  mail.received.length = 0;
});
afterAll(async () => {
  await app?.close();
  await mail?.close();
});

async function signIn(email: string): Promise<string> {
  const reply = await app.send("POST", "/session", { email, password: PASSWORD });
  return reply.cookie ?? "";
}

async function addSystem(name: string): Promise<string> {
  const made = await app.send("POST", "/systems", { values: { name, purpose: "x" } }, { cookie: founder });
  return made.body.id;
}

async function joinLimited(roles: string[], limits: object) {
  const email = `limited${++people}@example.org`;
  const body = { name: "Limited", email, roles, ...limits };
  const added = await app.send("POST", "/members", body, { cookie: founder });
  expect(added.status, JSON.stringify(added.body)).toBe(201);
  const token = new URL(added.body.link.url).hash.replace("#token=", "");
  const joined = await app.send("POST", "/links/use", { token, password: PASSWORD });
  return { email, cookie: joined.cookie as string, member: added.body.member };
}

const as = (cookie: string) => ({
  get: (path: string) => app.send("GET", path, undefined, { cookie }),
  post: (path: string, body: object) => app.send("POST", path, body, { cookie }),
  patch: (path: string, body: object, etag: string) => app.send("PATCH", path, body, { cookie, etag }),
});

const component = (systemId: string, name: string) => ({
  values: { systemId, name, componentKind: "data", version: "1", supplier: "us" },
});

describe("an engineer of some AI systems", () => {
  it("reads everything, and writes for those alone", async () => {
    const { cookie } = await joinLimited(["engineer"], { systemIds: [loans] });
    const engineer = as(cookie);
    expect((await engineer.get("/systems")).body.items).toHaveLength(2);
    expect((await engineer.post("/components", component(loans, "Ours"))).status).toBe(201);
    expect((await engineer.post("/components", component(hiring, "Theirs"))).status).toBe(403);
    expect((await engineer.post("/systems", { values: { name: "New", purpose: "x" } })).status).toBe(403);
    expect((await engineer.post(`/systems/${hiring}/reconstruction-drills`, {})).status).toBe(404);
  });

  it("takes no record away from another system, and withdraws none of its", async () => {
    const { cookie } = await joinLimited(["engineer"], { systemIds: [loans] });
    const made = await as(founder).post("/components", component(hiring, "Kept"));
    const moved = await as(cookie).patch(`/components/${made.body.id}`, { values: { systemId: loans } }, '"1"');
    expect(moved.status).toBe(403);
    const path = `/components/${made.body.id}/withdrawal`;
    const reason = { changeReason: "Not theirs to withdraw." };
    const withdrawn = await app.send("POST", path, reason, { cookie, etag: '"1"' });
    expect(withdrawn.status, JSON.stringify(withdrawn.body)).toBe(403);
  });

  it("is told by each record what they may do, and why not", async () => {
    const { cookie } = await joinLimited(["engineer"], { systemIds: [loans] });
    const { body } = await as(cookie).get("/systems");
    const may = Object.fromEntries(
      body.items.map(({ id, may }: { id: string; may: { change: object } }) => [id, may.change]),
    );
    expect(may[loans]).toEqual({ allowed: true, reason: null });
    expect(may[hiring]).toEqual({ allowed: false, reason: "Your access is for other AI systems." });
  });

  it("keeps what another role gives them everywhere", async () => {
    const { cookie } = await joinLimited(["engineer", "governance_lead"], { systemIds: [loans] });
    expect((await as(cookie).post("/components", component(hiring, "By the lead"))).status).toBe(201);
  });

  it("needs a role that can be held for some systems, and systems that exist", async () => {
    const person = { name: "X", email: `limited${++people}@example.org` };
    const reader = await as(founder).post("/members", { ...person, roles: ["reader"], systemIds: [loans] });
    expect(reader.body.errors).toMatchObject([{ pointer: "/systemIds" }]);
    const unknown = { ...person, roles: ["engineer"], systemIds: ["01900000-0000-7000-8000-000000000001"] };
    expect((await as(founder).post("/members", unknown)).body.errors).toMatchObject([{ pointer: "/systemIds" }]);
  });
});

describe("a key that is bound to one AI system", () => {
  it("neither takes a record away from another, nor withdraws it", async () => {
    const key = await app.makeKey(founder, ["systems:write"], { systemId: loans });
    const made = await as(founder).post("/components", component(hiring, "Kept from the key"));
    const path = `/components/${made.body.id}`;
    const moved = await app.send("PATCH", path, { values: { systemId: loans } }, { key, etag: '"1"' });
    expect(moved.status).toBe(403);
    const reason = { changeReason: "No." };
    expect((await app.send("POST", `${path}/withdrawal`, reason, { key, etag: '"1"' })).status).toBe(403);
  });
});

describe("an auditor", () => {
  it("of one AI system sees nothing of another", async () => {
    await as(founder).post("/components", component(hiring, "Hidden"));
    await as(founder).post("/components", component(loans, "Shown"));
    const auditor = as((await joinLimited(["auditor"], { systemIds: [loans] })).cookie);
    const systems = await auditor.get("/systems");
    expect(systems.body).toMatchObject({ items: [{ id: loans }], total: 1 });
    const components = await auditor.get("/components");
    const names = components.body.items.map(({ values }: { values: { name: string } }) => values.name);
    expect(names).toContain("Shown");
    expect(names).not.toContain("Hidden");
    expect((await auditor.get(`/systems/${hiring}`)).status).toBe(404);
    expect((await auditor.get(`/systems/${hiring}/history`)).status).toBe(404);
    expect((await auditor.get("/systems/export?format=json")).body).not.toContain("Hiring");
    app.clock.advance(MICROS_PER_SECOND);
    const past = new Date(Number(app.clock.now() / 1000n)).toISOString();
    expect((await auditor.get(`/systems?asOf=${past}`)).body.total).toBe(1);
    // Names stand in what is computed: without it the overview would hold none.
    await app.settle();
    app.clock.advance(MICROS_PER_SECOND);
    const { status, body: overview } = await auditor.get("/overview");
    expect(status).toBe(200);
    expect(overview).toMatchObject({ scope: [{ id: loans }], figures: { systems: 1, ledgerSize: null }, changes: [] });
    const { body: whole } = await as(founder).get("/overview");
    expect(whole).toMatchObject({ scope: null, figures: { systems: 2 } });
    expect(JSON.stringify(whole.status)).toMatch(/2 of 2 AI systems fail: .*(Hiring|Loan triage)/);
    const { body: statuses } = await auditor.get("/status");
    for (const shown of [overview, statuses]) expect(JSON.stringify(shown)).not.toMatch(/Hiring|2 AI systems/);
    const scoping = statuses.requirements.find(({ ref }: { ref: string }) => ref === "4.3");
    expect(scoping).toMatchObject({ status: "failing", evidenceCount: null });
    expect(scoping.sentence).toMatch(/^Tests: 1 fail, 2 insufficient/);
    const { body: page } = await auditor.get("/status/requirements/4.3");
    expect(page.tests.map(({ verdict }: { verdict: string }) => verdict)).toContain("fail");
    const against = page.tests.flatMap(({ exceptions }: { exceptions: { subjectId: string }[] }) => exceptions);
    expect(new Set(against.map(({ subjectId }: { subjectId: string }) => subjectId))).toEqual(new Set([loans]));
    const { body: moves } = await auditor.get("/status/requirements/4.3/history");
    expect(moves.items[0]).toMatchObject({ to: "failing", ledgerIndex: null });
    for (const shown of [page, moves]) expect(JSON.stringify(shown)).not.toMatch(/Hiring|2 AI systems/);
    const { body: full } = await as(founder).get("/status/requirements/4.3");
    expect(JSON.stringify(full.tests)).toContain("Hiring");
    for (const path of ["/people", "/ledger/entries", "/members", "/monitoring"]) {
      expect((await auditor.get(path)).status, path).toBe(403);
    }
  });

  it("has ninety days unless somebody says, and a year and a day at most", async () => {
    const { member } = await joinLimited(["auditor"], {});
    const days = (Date.parse(member.expiresAt) - Number(app.clock.now() / 1000n)) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    const person = { name: "X", email: `limited${++people}@example.org`, roles: ["auditor"] };
    for (const expiresAt of ["2028-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]) {
      const refused = await as(founder).post("/members", { ...person, expiresAt });
      expect(refused.body.errors, expiresAt).toMatchObject([{ pointer: "/expiresAt" }]);
    }
    const changed = await app.send("PATCH", `/members/${member.id}`, { expiresAt: null }, { cookie: founder });
    expect(changed.body.expiresAt).not.toBeNull();
  });

  it("sees nothing once the time is over, and comes in no more", async () => {
    const { email, cookie, member } = await joinLimited(["auditor"], {});
    const expiresAt = new Date(Number(app.clock.now() / 1000n) + 3_600_000).toISOString();
    await app.send("PATCH", `/members/${member.id}`, { expiresAt }, { cookie: founder });
    expect((await as(cookie).get("/systems")).status).toBe(200);
    app.clock.advance(2n * MICROS_PER_HOUR);
    for (const path of ["/session", "/systems", "/overview", "/ledger"]) {
      expect((await as(cookie).get(path)).status, path).toBe(401);
    }
    expect(await signIn(email)).toBe("");
    const { body } = await as(founder).get("/members");
    const listed = body.items.find(({ id }: { id: string }) => id === member.id);
    expect(listed.state).toBe("expired");
  });

  it("changes nothing, and each of their reads is written down", async () => {
    const { cookie, member } = await joinLimited(["auditor"], {});
    expect((await as(cookie).post("/components", component(loans, "No"))).status).toBe(403);
    await as(cookie).get("/systems?q=secret+words");
    app.clock.advance(MICROS_PER_SECOND);
    await as(cookie).get(`/systems/${loans}`);
    const { body } = await as(founder).get(`/auditor-reads?memberId=${member.id}&limit=2`);
    expect(body.items).toMatchObject([
      { operationId: "getSystem", path: `/api/v1/systems/${loans}`, name: "Limited" },
      { operationId: "listSystems", path: "/api/v1/systems" },
    ]);
    expect(JSON.stringify(body)).not.toContain("secret");
    await as(founder).get("/systems");
    const mine = await as(founder).get("/auditor-reads");
    expect(mine.body.items.every(({ memberId }: { memberId: string }) => memberId !== undefined)).toBe(true);
    expect(mine.body.items.some(({ name }: { name: string }) => name === "Founder")).toBe(false);
  });
});

describe("what an auditor read in a day", () => {
  it("is digested into the ledger when the day is over, once, and each kept line names the entry", async () => {
    const { cookie, member } = await joinLimited(["auditor"], { systemIds: [loans] });
    for (const path of ["/systems", `/systems/${loans}`, "/overview"]) await as(cookie).get(path);
    // What the tests before left is of other auditors; this day's reads wait for its end.
    await digestAuditorReads(app);
    const reads = async () => (await as(founder).get(`/auditor-reads?memberId=${member.id}`)).body.items;
    expect(new Set((await reads()).map(({ ledgerIndex }: Read) => ledgerIndex))).toEqual(new Set([null]));
    const day = dayIn(app.clock.now(), "Europe/Berlin");
    app.clock.set(endOfDay(day, "Europe/Berlin") - MICROS_PER_MINUTE);
    founder = await signIn("founder@example.org");
    await digestAuditorReads(app);
    expect((await reads())[0].ledgerIndex).toBeNull();
    app.clock.advance(MICROS_PER_MINUTE);
    expect(await digestAuditorReads(app)).toBeGreaterThan(0);
    expect(await digestAuditorReads(app)).toBe(0);

    const kept: Read[] = (await reads()).toReversed();
    const { status, body: entry } = await as(founder).get(`/ledger/entries/${kept[0]?.ledgerIndex}`);
    expect(status).toBe(200);
    const lines = kept.map(({ id, operationId, path, readAt }) => canonicalJson({ id, operationId, path, readAt }));
    const hash = createHash("sha256").update(lines.map((line) => `${line}\n`).join(""));
    expect(entry).toMatchObject({ kind: "auditor_reads.digested", subject: { kind: "membership", id: member.id } });
    expect(JSON.parse(entry.disclosure.body)).toEqual({
      day,
      reads: 3,
      readsByKind: { "AI systems": 2, Status: 1 },
      linesDigest: `sha256:${hash.digest("hex")}`,
    });
    const { body: activity } = await as(founder).get("/activity?group=access&actor=system&limit=200");
    const line = activity.items.find(({ ledgerIndex }: Read) => ledgerIndex === kept[0]?.ledgerIndex);
    expect(line).toMatchObject({
      kind: "auditor_reads.digested",
      subject: { title: "Limited" },
      changed: expect.arrayContaining([`3 on ${day}`, "AI systems 2", "Status 1"]),
    });

    const check = async () => (await as(founder).post("/ledger/checks", {})).body.findings;
    expect(await check()).toEqual([]);
    await app.database.pool.query("UPDATE auditor_read SET path = '/api/v1/members' WHERE id = $1", [kept[1]?.id]);
    expect(await check()).toEqual([
      expect.objectContaining({ code: "projection_altered", entry: kept[0]?.ledgerIndex }),
    ]);
    await app.database.pool.query("UPDATE auditor_read SET path = $2 WHERE id = $1", [kept[1]?.id, kept[1]?.path]);

    // A day of more reads than one transaction takes is digested in parts, in the order of their ids.
    await app.database.pool.query(
      `INSERT INTO auditor_read (org_id, id, membership_id, operation_id, path, read_at)
       SELECT org_id, ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, membership_id, operation_id, path, read_at
       FROM auditor_read, generate_series(1, 10001) n WHERE id = $1`,
      [kept[1]?.id],
    );
    expect(await digestAuditorReads(app)).toBe(2);
    expect(await check()).toEqual([]);
  });
});

describe("breaking the glass", () => {
  async function newAdministrator() {
    const email = `admin${++people}@example.org`;
    return { email, ...(await app.join(founder, email, ["administrator"])) };
  }
  const emergency = { roles: ["engineer"], reason: "The engineer on call cannot be reached.", hours: 2 };

  it("gives roles at once, for hours, with its reason in the ledger, and tells whoever answers for it", async () => {
    const { cookie, member } = await newAdministrator();
    const admin = as(cookie);
    expect((await admin.post("/components", component(loans, "Not yet"))).status).toBe(403);
    const opened = await admin.post("/break-glass", emergency);
    expect(opened).toMatchObject({ status: 201, body: { open: true, mine: true, memberId: member.id } });
    expect((await admin.post("/components", component(loans, `In need ${people}`))).status).toBe(201);
    expect((await admin.get("/session")).body).toMatchObject({ emergency: { roles: ["engineer"] } });
    const { body } = await as(founder).get("/ledger/entries?kind=break_glass.opened");
    expect(body.items[0]).toMatchObject({ subject: { id: opened.body.id } });
    await deliverMail(app);
    const told = mail.received.find(({ recipients }) => recipients.includes("founder@example.org"));
    expect(told?.mail.text).toContain(emergency.reason);
    app.clock.advance(2n * MICROS_PER_HOUR);
    expect((await admin.post("/components", component(loans, "Over"))).status).toBe(403);
    expect((await admin.get("/break-glass")).body.items[0]).toMatchObject({ open: false, closedAt: null });
  });

  it("is taken on once at a time, and ended by its person or an administrator", async () => {
    const { cookie } = await newAdministrator();
    const admin = as(cookie);
    const { body } = await admin.post("/break-glass", emergency);
    expect((await admin.post("/break-glass", emergency)).status).toBe(409);
    expect((await as(founder).post(`/break-glass/${body.id}/closing`, {})).body).toMatchObject({ open: false });
    expect((await admin.post("/components", component(loans, "Closed"))).status).toBe(403);
    expect((await admin.post("/break-glass", emergency)).status).toBe(201);
  });

  it("needs a reason, and is not for everybody", async () => {
    const { cookie } = await newAdministrator();
    const refused = await as(cookie).post("/break-glass", { ...emergency, reason: " " });
    expect(refused.body.errors).toMatchObject([{ pointer: "/reason" }]);
    const { cookie: reader } = await app.join(founder, `reader${++people}@example.org`, ["reader"]);
    expect((await as(reader).post("/break-glass", emergency)).status).toBe(403);
  });

  it("counts for a demanded second factor", async () => {
    const { cookie } = await newAdministrator();
    const organisations = await as(founder).get("/organisations");
    const [{ id, version }] = organisations.body.items;
    const demand = async (roles: string[], etag: number) => {
      const change = { values: { secondFactorRoles: roles }, changeReason: "A test demands it." };
      return as(founder).patch(`/organisations/${id}`, change, `"${etag}"`);
    };
    await demand(["engineer"], version);
    expect((await as(cookie).get("/systems")).status).toBe(200);
    await as(cookie).post("/break-glass", emergency);
    expect((await as(cookie).get("/systems")).status).toBe(403);
    await demand([], version + 1);
    app.clock.advance(MICROS_PER_DAY);
  });
});
