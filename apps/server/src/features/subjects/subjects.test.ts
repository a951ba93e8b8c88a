import { MICROS_PER_DAY } from "@steward/kernel";
import { verifyPack } from "@steward/ledger/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { applyRetention } from "../decisions/decisions.retention.ts";
import { databasePack, findCheckpoint } from "../ledger/ledger.pack.ts";
import { readLog } from "../ledger/ledger.read.ts";
import { parseVkey } from "@steward/ledger";

const DIGEST = `sha256:${"a".repeat(64)}`;
const REASON = { reason: "The person asked on 9 March." };

let app: TestApp;
let orgId: string;
let sessions: Awaited<ReturnType<TestApp["joinAll"]>>;
let other: string;
let key: string;
let next = 0;

beforeAll(async () => {
  app = await createTestApp();
  const founder = await app.setUp();
  orgId = founder.orgId;
  sessions = await app.joinAll(founder.cookie);
  other = (await app.join(founder.cookie, "second.lead@example.org", ["governance_lead"])).cookie;
  key = await app.makeKey(founder.cookie, ["decisions:write"]);
  const values = { name: "Ranker", purpose: "For a test.", retentionDays: 400 };
  expect((await app.send("POST", "/systems", { values }, { cookie: sessions.governance_lead })).status).toBe(201);
});

afterAll(() => app?.close());

async function decide(subject: string, count: number): Promise<string[]> {
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
    const { body } = await app.send(
      "POST",
      "/subjects/export",
      { subject: "P-export", ...REASON },
      as(sessions.governance_lead),
    );
    expect(body.decisions.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(body.decisions[0].body).toMatchObject({
      content: { input: "letter of P-export" },
      attributes: { region: "EU" },
    });
    expect(body.outcomes).toMatchObject([{ decisionId: ids[0], body: { note: "P-export told us" } }]);
    const entry = await app.send("GET", `/ledger/entries/${body.accessEntry}`, undefined, as(sessions.auditor));
    expect(entry.body).toMatchObject({ kind: "subject.exported" });
    expect(entry.body.disclosure.body).toContain(REASON.reason);
    expect(entry.body.disclosure.body).not.toContain("P-export");
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
    app.clock.advance(401n * MICROS_PER_DAY);
    expect(await applyRetention(app)).toBeGreaterThan(3);
    const report = await verify();
    expect(report.findings.filter(({ code }) => code !== "body_missing")).toEqual([]);
    expect(await app.database.pool.query("SELECT FROM decision")).toMatchObject({ rows: [] });
  });
});
