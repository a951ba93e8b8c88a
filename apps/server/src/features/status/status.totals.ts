/** Figures of the overview: what arrived in a day, and totals. */
import { formatInstant, type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, parseInstant, type Uuid } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { countsAsOf } from "../decisions/decisions.counts.ts";
import type { Arrivals, Totals } from "./status.stored.ts";

/**
 * Live figures of the overview. Those of the present are what the newest evaluation counted and what arrived since, so
 * that a look does not count the whole log again.
 */
export async function readFigures(
  db: Kysely<Tables>,
  orgId: Uuid,
  at: Micros,
  present: boolean,
  systemIds?: readonly Uuid[],
) {
  const kept = present && systemIds === undefined ? await readKept(db, orgId, at) : undefined;
  const counted = kept ?? (await countAll(db, orgId, at, systemIds));
  // The ledger is the whole organisation's.
  const ledgerSize = systemIds === undefined ? await readLedgerSize(db, orgId, present ? undefined : at) : null;
  return { ...counted, ledgerSize };
}

/** How many entries the log has, or had: moments grow along it, so the last one before another is found by halving. */
async function readLedgerSize(db: Kysely<Tables>, orgId: Uuid, at: Micros | undefined): Promise<number> {
  if (at === undefined) {
    const log = await db.selectFrom("ledger_log").select("size").where("org_id", "=", orgId).executeTakeFirst();
    return log?.size ?? 0;
  }
  const { rows } = await sql<{ size: number }>`
    WITH RECURSIVE halved (low, high) AS (
      SELECT 0::bigint, size FROM ledger_log WHERE org_id = ${orgId}
      UNION ALL
      SELECT CASE WHEN recorded THEN middle + 1 ELSE low END, CASE WHEN recorded THEN high ELSE middle END
      FROM halved CROSS JOIN LATERAL (SELECT (low + high) / 2 AS middle) m
      CROSS JOIN LATERAL (
        SELECT coalesce((SELECT recorded_at <= ${moment(at)} FROM ledger_entry e
          WHERE e.org_id = ${orgId} AND e.index = middle), false) AS recorded
      ) r
      WHERE low < high
    )
    SELECT low AS size FROM halved WHERE low >= high`.execute(db);
  return rows[0]?.size ?? 0;
}

interface Counted {
  readonly systems: number;
  readonly systemsInOperation: number;
  readonly decisionsTotal: number;
  readonly decisions24h: number;
  readonly flagged24h: number;
}

/** Decisions that arrived after one moment and up to another. */
async function countArrivals(db: Kysely<Tables>, orgId: Uuid, after: Micros, until: Micros, of?: readonly Uuid[]) {
  if (after >= until) return { n: 0, flagged: 0 };
  const { rows } = await sql<{ n: number; flagged: number }>`
    SELECT coalesce(sum(n), 0)::bigint AS n, coalesce(sum(flagged), 0)::bigint AS flagged
    FROM ${countsAsOf(orgId, until)} c WHERE recorded_at > ${after} AND ${isOf(sql`system_id`, of)}`.execute(db);
  return rows[0] ?? { n: 0, flagged: 0 };
}

async function countAll(db: Kysely<Tables>, orgId: Uuid, at: Micros, of?: readonly Uuid[]): Promise<Counted> {
  const [{ arrivals: _, ...totals }, day] = await Promise.all([
    countTotals(db, orgId, at, of),
    countArrivals(db, orgId, at - MICROS_PER_DAY, at, of),
  ]);
  return { ...totals, decisions24h: day.n, flagged24h: day.flagged };
}

async function readKept(db: Kysely<Tables>, orgId: Uuid, at: Micros): Promise<Counted | undefined> {
  const { rows } = await sql<{ totals: Totals | null; evaluated_at: Micros }>`
    SELECT summary->'totals' AS totals, evaluated_at FROM status_current WHERE org_id = ${orgId}`.execute(db);
  const [row] = rows;
  // Kept before arrivals were counted by the hour.
  if (row?.totals?.arrivals === undefined) return undefined;
  const { arrivals, ...totals } = row.totals;
  const from = at - MICROS_PER_DAY;
  const firstWholeHour = from - (from % MICROS_PER_HOUR) + MICROS_PER_HOUR;
  const whole = arrivals.filter(({ hour }) => (parseInstant(hour) as Micros) >= firstWholeHour);
  const [since, partHour] = await Promise.all([
    countArrivals(db, orgId, row.evaluated_at, at),
    countArrivals(db, orgId, from, earlier(firstWholeHour - 1n, row.evaluated_at)),
  ]);
  // An evaluation older than a day says nothing of this one.
  const recent = row.evaluated_at >= from ? since : await countArrivals(db, orgId, from, at);
  return {
    ...totals,
    decisionsTotal: totals.decisionsTotal + since.n,
    decisions24h: recent.n + partHour.n + sum(whole.map(({ n }) => n)),
    flagged24h: recent.flagged + partHour.flagged + sum(whole.map(({ flagged }) => flagged)),
  };
}

/** Counts over everything: once per evaluation, not once per look. */
export async function countTotals(db: Kysely<Tables>, orgId: Uuid, at: Micros, of?: readonly Uuid[]): Promise<Totals> {
  const [totals, arrivals] = await Promise.all([
    sql<{ systems: number; in_operation: number; decisions: number }>`
      SELECT count(*)::int AS systems, count(*) FILTER (WHERE lifecycle = 'operation')::int AS in_operation,
        (SELECT coalesce(sum(n), 0)::bigint FROM ${countsAsOf(orgId, at)} c WHERE ${isOf(sql`system_id`, of)}) AS decisions
      FROM (
        SELECT DISTINCT ON (id) withdrawn, body->>'lifecycle' AS lifecycle FROM record_version
        WHERE org_id = ${orgId} AND kind = 'system' AND recorded_at <= ${moment(at)} AND ${isOf(sql`id`, of)}
        ORDER BY id, version DESC
      ) known WHERE NOT withdrawn
    `.execute(db),
    sql<{ hour: Micros; n: number; flagged: number }>`
      SELECT date_trunc('hour', recorded_at) AS hour, sum(n)::bigint AS n, sum(flagged)::bigint AS flagged
      FROM ${countsAsOf(orgId, at)} c WHERE recorded_at > ${at - MICROS_PER_DAY} AND ${isOf(sql`system_id`, of)}
      GROUP BY 1 ORDER BY 1`.execute(db),
  ]);
  const row = totals.rows[0];
  return {
    systems: row?.systems ?? 0,
    systemsInOperation: row?.in_operation ?? 0,
    decisionsTotal: row?.decisions ?? 0,
    arrivals: arrivals.rows.map(({ hour, n, flagged }): Arrivals => ({ hour: formatInstant(hour), n, flagged })),
  };
}

function isOf(id: RawBuilder<unknown>, systemIds: readonly Uuid[] | undefined): RawBuilder<unknown> {
  return systemIds === undefined ? sql`true` : sql`${id} = ANY(${systemIds}::uuid[])`;
}

/** The AI systems that a caller is held to, by name. */
export async function readScope(db: Kysely<Tables>, orgId: Uuid, systemIds: readonly Uuid[]) {
  const { rows } = await sql<{ id: Uuid; name: string }>`
    SELECT id, title AS name FROM system
    WHERE org_id = ${orgId} AND id = ANY(${systemIds}::uuid[]) AND NOT withdrawn ORDER BY title, id`.execute(db);
  return rows;
}

function earlier(a: Micros, b: Micros): Micros {
  return a < b ? a : b;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
