/** What each AI system logged and served on each UTC day, from the hourly counts of both. */
import { LOG_LOOKBACK_DAYS, type LogDayFact } from "@steward/assurance";
import { type Micros, MICROS_PER_DAY, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { countsAsOf } from "../decisions/decisions.counts.ts";

/**
 * The days of the look-back, and every older day with fewer decisions logged than requests served, as known at a moment.
 * Only production decisions are in the counts. In the hour that is still open a sender's count runs behind its log, so
 * there a decision beyond the count is not yet a contradiction; once the hour has ended it is.
 */
export async function loadLogDays(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<LogDayFact[]> {
  const from = (until / MICROS_PER_DAY - BigInt(LOG_LOOKBACK_DAYS)) * MICROS_PER_DAY;
  const { rows } = await sql<{
    system_id: Uuid;
    day: number;
    logged: number;
    served: number;
    served_hours: number;
    logged_in_served_hours: number;
    max_ahead_ms: number | null;
    last_index: number;
    at: Micros;
  }>`
    WITH logged AS (
      SELECT system_id, hour, sum(n)::bigint AS n, max(max_ahead_ms) AS max_ahead_ms, max(last_index) AS last_index,
        max(recorded_at) AS at
      FROM ${countsAsOf(orgId, until)} c
      GROUP BY system_id, hour
    ), served AS (
      SELECT system_id, hour, sum(served)::bigint AS n, max(ledger_index) AS last_index, max(recorded_at) AS at FROM (
        SELECT DISTINCT ON (system_id, hour, source) system_id, hour, served, ledger_index, recorded_at
        FROM served_report WHERE org_id = ${orgId} AND recorded_at <= ${until}
        ORDER BY system_id, hour, source, id DESC
      ) newest GROUP BY system_id, hour
    )
    SELECT system_id, floor(extract(epoch FROM hour) / 86400)::int AS day,
      coalesce(sum(logged.n), 0)::bigint AS logged, coalesce(sum(served.n), 0)::bigint AS served,
      coalesce(bit_or(1 << extract(hour FROM hour AT TIME ZONE 'UTC')::int) FILTER (WHERE served.n IS NOT NULL), 0)
        AS served_hours,
      coalesce(sum(CASE WHEN hour > ${until}::timestamptz - interval '1 hour' THEN least(logged.n, served.n)
        ELSE logged.n END) FILTER (WHERE served.n IS NOT NULL), 0)::bigint AS logged_in_served_hours,
      max(logged.max_ahead_ms) AS max_ahead_ms,
      greatest(max(logged.last_index), max(served.last_index)) AS last_index,
      greatest(max(logged.at), max(served.at)) AS at
    FROM logged FULL JOIN served USING (system_id, hour)
    GROUP BY system_id, day
    HAVING floor(extract(epoch FROM min(hour)) / 86400)::int >= ${Number(from / MICROS_PER_DAY)}
      OR coalesce(sum(logged.n) FILTER (WHERE served.n IS NOT NULL), 0) < coalesce(sum(served.n), 0)
  `.execute(db);
  return rows.map((row) => ({
    systemId: row.system_id,
    day: row.day,
    logged: row.logged,
    served: row.served,
    servedHours: row.served_hours,
    loggedInServedHours: row.logged_in_served_hours,
    maxClockSkewSeconds: row.max_ahead_ms === null ? null : row.max_ahead_ms / 1000,
    evidence: { kind: "log_day", id: `${row.system_id}/${row.day}`, ledgerIndex: row.last_index, at: row.at },
  }));
}
