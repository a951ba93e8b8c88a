/** Vulnerability data as facts: the newest statement about each vulnerability of each component. */
import type { VulnerabilityFact, VulnerabilityFeedFact } from "@steward/assurance";
import type { Micros, Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

export async function loadVulnerabilities(
  db: Kysely<Tables>,
  orgId: Uuid,
  until: Micros,
): Promise<{ vulnerabilities: VulnerabilityFact[]; vulnerabilityFeeds: VulnerabilityFeedFact[] }> {
  const known = sql<{
    vulnerability_id: string;
    component: string;
    version: string | null;
    severity: VulnerabilityFact["severity"];
    state: VulnerabilityFact["state"];
    feed_id: Uuid;
    known_since: Micros;
    recorded_at: Micros;
    ledger_index: number;
  }>`
    SELECT DISTINCT ON (vulnerability_id, component, version) vulnerability_id, component, version, severity, state,
      feed_id, recorded_at, ledger_index,
      min(recorded_at) OVER (PARTITION BY vulnerability_id, component, version) AS known_since
    FROM vulnerability WHERE org_id = ${orgId} AND recorded_at <= ${until}
    ORDER BY vulnerability_id, component, version, recorded_at DESC, feed_id DESC`.execute(db);
  const newest = sql<{ id: Uuid; recorded_at: Micros; ledger_index: number }>`
    SELECT id, recorded_at, ledger_index FROM vulnerability_feed
    WHERE org_id = ${orgId} AND recorded_at <= ${until} ORDER BY id DESC LIMIT 1`.execute(db);
  const [statements, feeds] = await Promise.all([known, newest]);
  return {
    vulnerabilities: statements.rows.map((row) => ({
      id: row.vulnerability_id,
      component: row.component,
      version: row.version,
      severity: row.severity,
      state: row.state,
      knownSince: row.known_since,
      evidence: { kind: "vulnerability_feed", id: row.feed_id, ledgerIndex: row.ledger_index, at: row.recorded_at },
    })),
    vulnerabilityFeeds: feeds.rows.map((row) => ({
      at: row.recorded_at,
      evidence: { kind: "vulnerability_feed", id: row.id, ledgerIndex: row.ledger_index, at: row.recorded_at },
    })),
  };
}
