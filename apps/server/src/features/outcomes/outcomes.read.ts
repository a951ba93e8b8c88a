/** Reads what turned out to be true of decisions. */
import type { DecisionOutcome } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { PREPARED } from "../../platform/database/prepared.ts";
import type { Tables } from "../../platform/database/schema.ts";

/** The true outcome that holds now of decision `d`, as SQL. */
export const TRUE_OUTCOME = sql`(SELECT o.outcome FROM decision_outcome o
  WHERE o.org_id = d.org_id AND o.decision_id = d.id ORDER BY o.observed_at DESC, o.version DESC LIMIT 1)`;

/** Every version, the one recorded last first. */
export async function readOutcomes(db: Kysely<Tables>, orgId: Uuid, decisionId: Uuid): Promise<DecisionOutcome[]> {
  const { rows } = await sql<{
    version: number;
    outcome: string;
    observed_at: Micros;
    recorded_at: Micros;
    source: string | null;
    ledger_index: number;
    body: Buffer | null;
    holds: boolean;
  }>`${PREPARED}
    SELECT o.version, o.outcome, o.observed_at, o.recorded_at, o.source, o.ledger_index, b.body,
      row_number() OVER (ORDER BY o.observed_at DESC, o.version DESC) = 1 AS holds
    FROM decision_outcome o LEFT JOIN ledger_body b ON b.org_id = o.org_id AND b.index = o.ledger_index
    WHERE o.org_id = ${orgId} AND o.decision_id = ${decisionId} ORDER BY o.version DESC`.execute(db);
  return rows.map((row) => ({
    version: row.version,
    outcome: row.outcome,
    observedAt: formatInstant(row.observed_at),
    recordedAt: formatInstant(row.recorded_at),
    source: row.source,
    note: row.body === null ? null : ((JSON.parse(row.body.toString("utf8")) as { note?: string }).note ?? null),
    holds: row.holds,
    ledgerIndex: row.ledger_index,
  }));
}
