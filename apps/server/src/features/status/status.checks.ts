/** Self-checks of the ledger and reconstruction drills as facts, as they were known at a moment. */
import type { DrillFact, EvidenceRef, LedgerCheckFact } from "@steward/assurance";
import type { Micros, Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

export async function loadLedgerChecks(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<LedgerCheckFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    ran_at: Micros;
    ok: boolean;
    size: number;
    first_bad: number | null;
    ledger_index: number | null;
  }>`
    SELECT id, ran_at, ok, size, (findings->0->>'entry')::bigint AS first_bad, ledger_index FROM ledger_check
    WHERE org_id = ${orgId} AND ran_at <= ${until} AND (NOT ok OR ran_at = (
      SELECT max(ran_at) FROM ledger_check WHERE org_id = ${orgId} AND ran_at <= ${until}
    ))`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    at: row.ran_at,
    ok: row.ok,
    size: row.size,
    firstBadEntry: row.first_bad,
    evidence: evidence("ledger_check", row.id, row.ledger_index, row.ran_at),
  }));
}

/** How many drills of a system are looked at: enough to reach one that drew a decision after quiet days. */
const DRILLS_PER_SYSTEM = 10;

export async function loadDrills(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<DrillFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    system_id: Uuid;
    ran_at: Micros;
    seed: string;
    sampled: number;
    reconstructed: number;
    missing: { decisionId: string; elements: string[] }[];
    ledger_index: number;
  }>`
    SELECT id, system_id, ran_at, seed, sampled, reconstructed, missing, ledger_index FROM (
      SELECT *, row_number() OVER (PARTITION BY system_id ORDER BY ran_at DESC) AS place FROM reconstruction_drill
      WHERE org_id = ${orgId} AND ran_at <= ${until}
    ) newest WHERE place <= ${DRILLS_PER_SYSTEM}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    systemId: row.system_id,
    at: row.ran_at,
    seed: row.seed,
    sampled: row.sampled,
    reconstructed: row.reconstructed,
    missing: row.missing,
    evidence: evidence("reconstruction_drill", row.id, row.ledger_index, row.ran_at),
  }));
}

function evidence(kind: string, id: string, ledgerIndex: number | null, at: Micros): EvidenceRef {
  return { kind, id, at, ...(ledgerIndex === null ? {} : { ledgerIndex }) };
}
