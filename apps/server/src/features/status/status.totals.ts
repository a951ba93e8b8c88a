/** Figures of the overview: what arrived in a day, and totals. */
import { type Micros, MICROS_PER_DAY, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Totals } from "./status.stored.ts";

/**
 * Live figures of the overview. The total of the present is that of the newest evaluation and what arrived since, so that
 * a look does not count the whole log again.
 */
export async function readFigures(db: Kysely<Tables>, orgId: Uuid, at: Micros, present: boolean) {
  const [recent, totals] = await Promise.all([
    readRecentDecisions(db, orgId, at),
    present ? readKeptTotals(db, orgId, at) : undefined,
  ]);
  const ledger = await db.selectFrom("ledger_log").select("size").where("org_id", "=", orgId).executeTakeFirst();
  const { systems, systemsInOperation, decisionsTotal } = totals ?? (await countTotals(db, orgId, at));
  return { systems, systemsInOperation, decisionsTotal, ...recent, ledgerSize: ledger?.size ?? 0 };
}

async function readRecentDecisions(db: Kysely<Tables>, orgId: Uuid, at: Micros) {
  const { rows } = await sql<{ n: number; flagged: number }>`
    SELECT coalesce(sum(n), 0)::bigint AS n, coalesce(sum(flagged), 0)::bigint AS flagged FROM decision_count
    WHERE org_id = ${orgId} AND recorded_at > ${at - MICROS_PER_DAY} AND recorded_at <= ${at}`.execute(db);
  return { decisions24h: rows[0]?.n ?? 0, flagged24h: rows[0]?.flagged ?? 0 };
}

async function readKeptTotals(db: Kysely<Tables>, orgId: Uuid, at: Micros): Promise<Totals | undefined> {
  const { rows } = await sql<{ totals: Totals | null; since: number }>`
    SELECT summary->'totals' AS totals, (
      SELECT coalesce(sum(n), 0)::bigint FROM decision_count d
      WHERE d.org_id = s.org_id AND d.recorded_at > s.evaluated_at AND d.recorded_at <= ${at}
    ) AS since
    FROM status_current s WHERE org_id = ${orgId}`.execute(db);
  const [row] = rows;
  if (!row?.totals) return undefined;
  return { ...row.totals, decisionsTotal: row.totals.decisionsTotal + row.since };
}

/** Counts over everything: once per evaluation, not once per look. */
export async function countTotals(db: Kysely<Tables>, orgId: Uuid, at: Micros): Promise<Totals> {
  const { rows } = await sql<{ systems: number; in_operation: number; decisions: number }>`
    SELECT
      (SELECT count(*)::int FROM system WHERE org_id = ${orgId} AND NOT withdrawn) AS systems,
      (SELECT count(*)::int FROM system WHERE org_id = ${orgId} AND NOT withdrawn AND lifecycle = 'operation') AS in_operation,
      (SELECT coalesce(sum(n), 0)::bigint FROM decision_count WHERE org_id = ${orgId} AND recorded_at <= ${at}) AS decisions
  `.execute(db);
  const row = rows[0];
  return {
    systems: row?.systems ?? 0,
    systemsInOperation: row?.in_operation ?? 0,
    decisionsTotal: row?.decisions ?? 0,
  };
}
