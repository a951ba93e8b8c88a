/** Whoever may write to the database can change what the inventory says: the self-check names it. */
import { sql, type Transaction } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { verifyLedger } from "./ledger.verify.ts";

let app: TestApp;
let orgId: string;

beforeAll(async () => {
  app = await createTestApp();
  const founder = await app.setUp();
  ({ orgId } = founder);
  const { cookie } = founder;
  const { cookie: lead } = await app.join(cookie, "lead@example.org", ["governance_lead"]);
  const key = await app.makeKey(cookie, ["inventory:write"]);
  const post = async (url: string, body: object, by: object = { cookie }) => {
    const reply = await app.send("POST", url, body, by);
    expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
    return reply.body;
  };
  const { id: systemId } = await post("/systems", { values: { name: "Ranker", purpose: "Ranks." } });
  const release = {
    systemId,
    version: "1.0",
    digest: `sha256:${"a".repeat(64)}`,
    changeClass: "major",
    modelKind: "trained",
    releasedAt: "2026-03-10T08:00:00Z",
  };
  const { id: releaseId } = await post("/releases", { values: release });
  const found = {
    kind: "provider",
    name: "openai",
    confidence: "used",
    evidence: [{ file: "src/main.py", line: 7, detector: "openai/import" }],
  };
  const report = { schema: "steward/scan/v1", root: "r", filesScanned: 3, filesSkipped: [], components: [found] };
  await post("/scans", { source: "github.com/acme/bot", report }, { key });
  const seen = { provider: "anthropic", model: "claude-sonnet-4-5", service: "helpdesk", count: 3 };
  const times = { firstAt: "2026-03-10T08:00:00Z", lastAt: "2026-03-10T08:30:00.123Z" };
  await post("/observations", { source: "cloudtrail", sightings: [{ ...seen, ...times }] }, { key });
  const bom = { bomFormat: "CycloneDX", specVersion: "1.6", version: 1 };
  const torch = { type: "library", "bom-ref": "t", name: "torch", version: "2.1.0" };
  await post(`/releases/${releaseId}/ai-bom`, { document: { ...bom, components: [torch] } }, { key });
  const affected = { id: "CVE-2026-1", ratings: [{ severity: "critical" }], affects: [{ ref: "t" }] };
  const vex = { ...bom, components: [torch], vulnerabilities: [affected] };
  await post("/vulnerability-feeds", { source: "scanner", document: vex }, { key });
  const { body: inbox } = await app.send("GET", "/drift?limit=200", undefined, { cookie });
  const items = (inbox.items as { id: string; kind: string }[]).filter(({ kind }) => kind === "shadow");
  const [first, second] = items;
  if (first === undefined || second === undefined) throw new Error("The code and what runs are both shadow AI.");
  const asked = { kind: "not_ai", reason: "A test of ours.", systemId: null };
  await post(`/drift/${first.id}/dispositions`, asked);
  await post(`/drift/${second.id}/dispositions`, asked);
  const { body: detail } = await app.send("GET", `/drift/${first.id}`, undefined, { cookie });
  await post(`/drift-dispositions/${detail.dispositions[0].id}/decision`, { decision: "approve" }, { cookie: lead });
});
afterAll(() => app?.close());

class RolledBack extends Error {}

async function findingsAfter(tamper: (tx: Transaction<Tables>) => Promise<unknown>) {
  let findings: Awaited<ReturnType<typeof verifyLedger>>["findings"] = [];
  const tampered = app.db.transaction().execute(async (tx) => {
    await tamper(tx);
    ({ findings } = await verifyLedger(tx, app.clock, app.keys, orgId));
    throw new RolledBack();
  });
  await expect(tampered).rejects.toThrow(RolledBack);
  return findings;
}

it("is found to be what the ledger says while nobody tampers", async () => {
  expect(await findingsAfter(async () => undefined)).toEqual([]);
});

describe("the self-check", () => {
  it.each([
    ["scan", `source = 'github.com/acme/other'`],
    ["scan", `document = jsonb_set(document, '{components,0,name}', '"mistral"')`],
    ["scan", `components = jsonb_set(components, '{0,name}', '"mistral"')`],
    ["observation", `provider = 'openai'`],
    ["observation_batch", `source = 'kubernetes'`],
    ["observation_sighting", `last_at = last_at + interval '1 day'`],
    ["release_document", `document = jsonb_set(document, '{components,0,version}', '"2.2.0"')`],
    ["release_document", `has_model_card = true`],
    ["vulnerability_feed", `source = 'another'`],
    ["vulnerability", `severity = 'low'`],
    ["drift_event", `event = 'closed'`],
    ["drift_disposition", `reason = 'Another reason.'`],
    ["drift_disposition", `state = 'in_force'`],
    ["drift_disposition", `decision_reason = 'Because.'`],
  ])("names a %s whose %s", async (table, change) => {
    const findings = await findingsAfter((tx) =>
      sql`UPDATE ${sql.table(table)} SET ${sql.raw(change)} WHERE org_id = ${orgId}`.execute(tx),
    );
    expect(findings.map(({ code }) => code)).toContain("projection_altered");
    expect(findings.every(({ entry }) => entry !== null)).toBe(true);
  });

  it.each(["scan", "observation_batch", "release_document", "vulnerability_feed", "drift_event", "drift_disposition"])(
    "misses a %s that was deleted",
    async (table) => {
      const findings = await findingsAfter((tx) =>
        sql`DELETE FROM ${sql.table(table)} WHERE org_id = ${orgId}`.execute(tx),
      );
      expect(findings.map(({ code }) => code)).toContain("projection_missing");
    },
  );

  it("misses a vulnerability that was deleted, and names one that nobody imported", async () => {
    const deleted = await findingsAfter((tx) => sql`DELETE FROM vulnerability`.execute(tx));
    expect(deleted).toMatchObject([{ code: "projection_altered" }]);
    const added = await findingsAfter((tx) =>
      sql`INSERT INTO vulnerability SELECT org_id, gen_random_uuid(), n, vulnerability_id, component, version, severity,
        state, recorded_at, ledger_index FROM vulnerability`.execute(tx),
    );
    expect(added).toMatchObject([{ code: "projection_extra" }]);
  });

  it("names drift that no reconciliation entered", async () => {
    const findings = await findingsAfter((tx) =>
      sql`INSERT INTO drift_event SELECT org_id, gen_random_uuid(), event, recorded_at, 0 FROM drift_event LIMIT 1`.execute(
        tx,
      ),
    );
    expect(findings).toMatchObject([{ code: "projection_extra", entry: 0 }]);
  });
});
