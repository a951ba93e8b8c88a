import { MICROS_PER_DAY, type Uuid } from "@steward/kernel";
import { verifyPack } from "@steward/ledger/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { applyRetention } from "../decisions/decisions.retention.ts";
import { recordCallEvents } from "../decisions/events.service.ts";
import { databasePack, findCheckpoint } from "../ledger/ledger.pack.ts";
import { readLog } from "../ledger/ledger.read.ts";
import { parseVkey } from "@steward/ledger";

const DIGEST = `sha256:${"a".repeat(64)}`;
const REASON = { reason: "The person asked on 9 March." };

let app: TestApp;
let orgId: string;
let founder: string;
let sessions: Awaited<ReturnType<TestApp["joinAll"]>>;
let other: string;
let key: string;
let next = 0;

beforeAll(async () => {
  app = await createTestApp();
  const made = await app.setUp();
  ({ orgId, cookie: founder } = made);
  sessions = await app.joinAll(founder);
  other = (await app.join(founder, "second.lead@example.org", ["governance_lead"])).cookie;
  key = await app.makeKey(founder, ["decisions:write"]);
  const values = { name: "Ranker", purpose: "For a test.", retentionDays: 400 };
  expect((await app.send("POST", "/systems", { values }, { cookie: sessions.governance_lead })).status).toBe(201);
});

afterAll(() => app?.close());

const sentOf = (id: string, subject: string) => ({
  id,
  system: "Ranker",
  release: "1.0",
  occurredAt: "2026-03-10T09:00:00Z",
  outcome: "upper",
  subject,
});

async function decide(subject: string, count: number, over: Record<string, unknown> = {}): Promise<string[]> {
  const batch = Array.from({ length: count }, () => ({
    id: `d-${next++}`,
    system: "Ranker",
    release: "1.0",
    occurredAt: new Date(Number(app.clock.now() / 1000n)).toISOString(),
    outcome: "upper",
    score: 0.7,
    subject,
    attributes: { region: "EU" },
    inputDigest: DIGEST,
    inputReference: `file of ${subject}`,
    content: { input: `letter of ${subject}` },
    explanation: { summary: `About ${subject}` },
    ...over,
  }));
  const { status, body } = await app.send("POST", "/decisions", batch, { key });
  expect([status, body.accepted]).toEqual([200, count]);
  return body.items.map(({ decisionId }: { decisionId: string }) => decisionId);
}

const as = (cookie: string) => ({ cookie });
const find = async (subject: string) =>
  (await app.send("POST", "/subjects/find", { subject }, as(sessions.governance_lead))).body;
const request = async (subject: string, cookie = sessions.governance_lead) =>
  app.send("POST", "/erasure-requests", { subject, ...REASON }, as(cookie));
const approve = async (id: string, cookie = other) =>
  app.send("POST", `/erasure-requests/${id}/approve`, { reason: "No duty to keep it." }, as(cookie));

/** The lines of an export. */
async function exported(subject: string) {
  const body = { subject, ...REASON };
  const answer = await app.send("POST", "/subjects/export", body, as(sessions.governance_lead));
  return String(answer.body)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown> & { kind: string });
}

/** The audit pack of now, verified as an auditor does. */
async function verify() {
  await app.settle();
  const log = await readLog(app.database.db, orgId);
  const checkpoint = await findCheckpoint(app.database.db, orgId);
  const logKey = parseVkey(log.verification_key);
  const { size, note } = checkpoint as { size: number; note: string };
  const options = { orgId, epochs: [], logKey, size, note, exportedAt: app.clock.now(), asItStands: false };
  return verifyPack(databasePack(app.database.db, options));
}

describe("what is held about a person", () => {
  it("is counted, and exported as it was recorded; the access is evidence that names nobody", async () => {
    const ids = await decide("P-export", 2);
    await app.send(
      "POST",
      `/decisions/${ids[0]}/outcome`,
      { outcome: "lower", observedAt: "2026-03-10T09:00:00Z", note: "P-export told us" },
      { key },
    );
    expect(await find("P-export")).toMatchObject({
      decisions: 2,
      outcomes: 1,
      systems: [{ name: "Ranker", decisions: 2 }],
    });
    expect(await find("nobody")).toMatchObject({ decisions: 0, firstAt: null, systems: [] });
    const lines = await exported("P-export");
    expect(lines[0]).toMatchObject({ kind: "access", summary: { decisions: 2, outcomes: 1, hold: null } });
    const of = (kind: string) => lines.filter((line) => line.kind === kind);
    expect(of("decision").map(({ id }) => id)).toEqual(ids);
    expect(of("decision")[0]?.body).toMatchObject({
      content: { input: "letter of P-export" },
      attributes: { region: "EU" },
    });
    expect(of("outcome")).toMatchObject([{ decisionId: ids[0], body: { note: "P-export told us" } }]);
    expect(lines.at(-1)).toEqual({ kind: "end", lines: lines.length });
    const entry = await app.send("GET", `/ledger/entries/${lines[0]?.accessEntry}`, undefined, as(sessions.auditor));
    expect(entry.body).toMatchObject({ kind: "subject.exported" });
    expect(entry.body.disclosure.body).toContain(REASON.reason);
    expect(entry.body.disclosure.body).not.toContain("P-export");
  });

  it("is exported whole, however much it is", async () => {
    for (const count of [1000, 201]) await decide("P-much", count);
    const lines = await exported("P-much");
    expect(lines.filter(({ kind }) => kind === "decision")).toHaveLength(1201);
    expect(lines.at(-1)).toEqual({ kind: "end", lines: 1203 });
  });

  it("is not for everybody", async () => {
    for (const role of ["engineer", "overseer", "auditor", "reader", "administrator"] as const) {
      const found = await app.send("POST", "/subjects/find", { subject: "P-export" }, as(sessions[role]));
      expect([role, found.status]).toEqual([role, 403]);
    }
  });
});

describe("erasure on request", () => {
  it("needs somebody else's approval", async () => {
    await decide("P-two", 1);
    const { status, body } = await request("P-two");
    expect([status, body.state]).toEqual([201, "requested"]);
    expect((await request("P-two")).status).toBe(409);
    const own = await approve(body.id, sessions.governance_lead);
    expect([own.status, own.body.detail]).toEqual([
      403,
      "You asked for this erasure: another person decides about it.",
    ]);
    expect((await approve(body.id, sessions.engineer)).status).toBe(403);
    const reject = await app.send(
      "POST",
      `/erasure-requests/${body.id}/reject`,
      { reason: "A claim is open." },
      as(sessions.top_management),
    );
    expect(reject.body).toMatchObject({ state: "rejected", decisionReason: "A claim is open." });
    expect((await approve(body.id)).status).toBe(409);
    expect(await find("P-two")).toMatchObject({ decisions: 1 });
    expect((await request("nobody")).status).toBe(404);
  });

  it("takes bodies and columns away, keeps leaves and counts, and says on the decision when, by whom and why", async () => {
    const [mine] = await decide("P-gone", 1);
    await decide("P-stays", 1);
    const [second] = await decide("P-gone", 1);
    await app.send(
      "POST",
      `/decisions/${mine}/outcome`,
      { outcome: "lower", observedAt: "2026-03-10T09:00:00Z", source: "P-gone", note: "P-gone" },
      { key },
    );
    const systems = await app.send("GET", "/systems", undefined, as(sessions.reader));
    const counts = async () =>
      (
        await app.send(
          "GET",
          `/systems/${systems.body.items[0].id}/log-completeness?days=1`,
          undefined,
          as(sessions.reader),
        )
      ).body;
    const before = { counts: await counts(), size: (await readLog(app.database.db, orgId)).size };
    expect(await verify()).toMatchObject({ ok: true });

    const asked = await request("P-gone");
    const erased = await approve(asked.body.id);
    expect(erased.body).toMatchObject({ state: "erased", decisions: 2, decidedBy: { name: "second.lead" } });
    expect(await find("P-gone")).toMatchObject({ decisions: 0, outcomes: 0 });
    expect(await counts()).toEqual(before.counts);

    const { body } = await app.send("GET", `/decisions/${mine}`, undefined, as(sessions.reader));
    expect(body).toMatchObject({
      outcome: "upper",
      attributes: {},
      subjectHash: null,
      inputDigest: null,
      inputReference: null,
      content: null,
      explanation: null,
      withheld: { erasedBy: erased.body.ledgerIndex, by: { name: "second.lead" }, reason: REASON.reason },
      outcomes: [{ source: null, note: null }],
    });
    const stays = await find("P-stays");
    expect(stays).toMatchObject({ decisions: 1 });
    expect(
      (await app.send("GET", `/decisions/${second}`, undefined, as(sessions.reader))).body.withheld,
    ).not.toBeNull();
    const tables = await app.database.pool.query(
      "SELECT (SELECT string_agg(d::text, '') FROM decision d) AS d, (SELECT string_agg(o::text, '') FROM decision_outcome o) AS o, (SELECT string_agg(convert_from(body, 'UTF8'), '') FROM ledger_body) AS b",
    );
    expect(JSON.stringify(tables.rows)).not.toContain("P-gone");
    expect(JSON.stringify(tables.rows)).toContain("P-stays");
  });

  it("takes what events told of the person's calls, what was said of their decisions, and what was refused", async () => {
    const [id] = await decide("P-events", 1, { ai: { operation: "chat", runId: "run-events" } });
    const { body: decision } = await app.send("GET", `/decisions/${id}`, undefined, as(sessions.reader));
    await app.send(
      "POST",
      "/decisions",
      [{ ...sentOf(decision.externalId, "P-events"), outcome: "lower", explanation: { summary: "P-events again" } }],
      { key },
    );
    await recordCallEvents(app, orgId as Uuid, { kind: "system", id: INSTALLATION_ID }, [
      {
        systemId: decision.systemId,
        runId: "run-events",
        messages: [],
        evaluations: [{ name: "P-events", score: 1, label: undefined }],
      },
    ]);
    const feedback = {
      id: "f-1",
      system: "Ranker",
      kind: "complaint",
      occurredAt: "2026-03-10T09:00:00Z",
      decision: decision.externalId,
      text: "P-events complains",
    };
    const said = await app.send("POST", "/feedback", feedback, { key: await app.makeKey(founder, ["feedback:write"]) });
    expect(said.status).toBe(200);
    const kinds = (await exported("P-events")).map(({ kind }) => kind);
    expect(kinds).toEqual(["access", "decision", "call_events", "feedback", "refused", "end"]);
    expect((await approve((await request("P-events")).body.id)).status).toBe(200);
    const tables = await app.database.pool.query(
      `SELECT (SELECT string_agg(convert_from(body, 'UTF8'), '') FROM ledger_body) AS b,
        (SELECT string_agg(c::text, '') FROM call_event c) AS c, (SELECT string_agg(f::text, '') FROM feedback f) AS f`,
    );
    expect(JSON.stringify(tables.rows)).not.toContain("P-events");
    const after = await app.send("GET", `/decisions/${id}`, undefined, as(sessions.reader));
    expect(after.body.conflicts).toMatchObject([{ body: null }]);
    expect(await verify()).toMatchObject({ ok: true, findings: [] });
    const check = await app.send("POST", "/ledger/checks", undefined, as(sessions.auditor));
    expect(check.body).toMatchObject({ ok: true, findings: [] });
  });

  it("waits while a legal hold keeps it; the hold is evidence, and is lifted with a reason", async () => {
    await decide("P-held", 1);
    const asked = await request("P-held");
    const hold = (cookie: string) =>
      app.send("POST", "/legal-holds", { subject: "P-held", reason: "A court asked for it." }, as(cookie));
    expect((await hold(sessions.engineer)).status).toBe(403);
    const placed = await hold(sessions.governance_lead);
    expect([placed.status, placed.body.liftedAt]).toEqual([201, null]);
    expect((await hold(other)).status).toBe(409);
    const refused = await approve(asked.body.id);
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain("A court asked for it.");
    expect(await find("P-held")).toMatchObject({ decisions: 1, hold: { reason: "A court asked for it." } });
    const listed = await app.send("GET", "/erasure-requests", undefined, as(sessions.reader));
    expect(listed.body.items[0]).toMatchObject({ state: "requested", hold: { id: placed.body.id } });
    const lift = () =>
      app.send("POST", `/legal-holds/${placed.body.id}/lift`, { reason: "The case is closed." }, as(other));
    expect((await lift()).body).toMatchObject({ liftReason: "The case is closed.", liftedBy: { name: "second.lead" } });
    expect((await lift()).status).toBe(409);
    expect((await approve(asked.body.id)).status).toBe(200);
    const kinds = await app.database.pool.query("SELECT kind FROM ledger_entry WHERE subject_id = $1 ORDER BY index", [
      placed.body.id,
    ]);
    expect(kinds.rows.map(({ kind }) => kind)).toEqual(["legal_hold.placed", "legal_hold.lifted"]);
  });

  it("leaves an audit pack that verifies; a body that went without an erasure is still found", async () => {
    const report = await verify();
    expect(report).toMatchObject({ ok: true, findings: [] });
    const check = await app.send("POST", "/ledger/checks", undefined, as(sessions.auditor));
    expect(check.body).toMatchObject({ ok: true, findings: [] });
    const [id] = await decide("P-lost", 1);
    const { body } = await app.send("GET", `/decisions/${id}`, undefined, as(sessions.reader));
    await app.database.pool.query("DELETE FROM ledger_body WHERE index = $1", [body.ledgerIndex]);
    const damaged = await verify();
    expect(damaged.findings).toMatchObject([{ code: "body_missing", entry: body.ledgerIndex }]);
    await app.database.pool.query("DELETE FROM decision WHERE id = $1", [id]);
  });

  it("stays: what is sent again is a duplicate, and no outcome is taken for it", async () => {
    const { rows } = await app.database.pool.query(
      "SELECT id, external_id FROM decision WHERE erased_by IS NOT NULL LIMIT 1",
    );
    const late = await app.send(
      "POST",
      `/decisions/${rows[0].id}/outcome`,
      { outcome: "x", observedAt: "2026-03-10T09:00:00Z" },
      { key },
    );
    expect([late.status, late.body.detail]).toEqual([
      422,
      "The personal content of this decision was erased; nothing more is kept about it.",
    ]);
    const again = await app.send(
      "POST",
      "/decisions",
      [
        {
          id: rows[0].external_id,
          system: "Ranker",
          release: "1.0",
          occurredAt: "2026-03-10T09:00:00Z",
          outcome: "upper",
        },
      ],
      { key },
    );
    expect(again.body).toMatchObject({ accepted: 0 });
  });

  it("goes well with retention, which removes the rest later", async () => {
    const [held] = await decide("P-kept", 1);
    const kept = { subject: "P-kept", reason: "A claim is open." };
    await app.send("POST", "/legal-holds", kept, as(sessions.governance_lead));
    app.clock.advance(401n * MICROS_PER_DAY);
    expect(await applyRetention(app)).toBeGreaterThan(3);
    expect((await app.database.pool.query("SELECT id FROM decision")).rows).toEqual([{ id: held }]);
    await app.database.pool.query("UPDATE legal_hold SET lifted_at = now()");
    expect(await applyRetention(app)).toBe(1);
    const report = await verify();
    expect(report.findings.filter(({ code }) => code !== "body_missing")).toEqual([]);
    expect(await app.database.pool.query("SELECT FROM decision")).toMatchObject({ rows: [] });
  });
});
