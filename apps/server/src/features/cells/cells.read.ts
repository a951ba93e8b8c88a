/**
 * Reads cells: counts of a system's decisions that cost the same on a thousand and on a billion of them. Days are those
 * of UTC on which the decisions were made. Counts follow the log within seconds (see cells.rollup.ts).
 */
import type { Micros, Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { estimateDistinct } from "./cells.sketch.ts";

export interface CellQuery {
  readonly systemId: Uuid;
  /** All releases together where none is given. */
  readonly releaseId?: Uuid | undefined;
  /** First day, YYYY-MM-DD. */
  readonly from: string;
  /** Last day, included. */
  readonly to: string;
  /** What was known at this moment: exact within the present hour, then to the hour, then to the day. */
  readonly asOf?: Micros | undefined;
}

export interface OutcomeCell {
  readonly day: string;
  readonly releaseId: Uuid | null;
  /** Empty: an outcome beyond the number that is told apart (OUTCOME_LABELS_MAX). */
  readonly outcome: string;
  /** What turned out to be true; null while it is not known. */
  readonly truth: string | null;
  readonly n: number;
}

export interface ScoreCell {
  /** See cells.bins.ts: `binRange` says which scores. */
  readonly bin: number;
  readonly truth: string | null;
  readonly n: number;
}

export interface SliceCell {
  readonly day: string;
  readonly releaseId: Uuid | null;
  /** Null: slices beyond the number that is told apart (SLICES_MAX). Numbers of many values read "bin 57". */
  readonly attributes: Readonly<Record<string, string | number | boolean | null>> | null;
  readonly outcome: string;
  readonly truth: string | null;
  readonly n: number;
  /** Decisions with a score, and the sums of their scores and of the squares. */
  readonly scored: number;
  readonly scoreSum: number;
  readonly scoreSumSquares: number;
}

function within(orgId: Uuid, query: CellQuery) {
  const release = query.releaseId === undefined ? sql`` : sql`AND c.release_id = ${query.releaseId}`;
  const known = query.asOf === undefined ? sql`` : sql`AND c.recorded_at <= ${moment(query.asOf)}`;
  return sql`c.org_id = ${orgId} AND c.system_id = ${query.systemId} AND c.day >= ${query.from}::date
    AND c.day <= ${query.to}::date ${release} ${known}`;
}

/** Counts by day, release, outcome and true outcome. */
export async function readOutcomeCells(db: Kysely<Tables>, orgId: Uuid, query: CellQuery): Promise<OutcomeCell[]> {
  const { rows } = await sql<OutcomeCell>`
    SELECT c.day, c.release_id AS "releaseId", c.outcome, c.truth, sum(c.n)::bigint AS n FROM decision_cell c
    WHERE ${within(orgId, query)} GROUP BY c.day, c.release_id, c.outcome, c.truth HAVING sum(c.n) <> 0
    ORDER BY c.day, c.outcome, c.truth, c.release_id`.execute(db);
  return rows;
}

/** The histogram of the scores over the whole window, by true outcome; decisions without a score are not in it. */
export async function readScoreHistogram(db: Kysely<Tables>, orgId: Uuid, query: CellQuery): Promise<ScoreCell[]> {
  const { rows } = await sql<ScoreCell>`
    SELECT c.score_bin AS bin, c.truth, sum(c.n)::bigint AS n FROM decision_cell c
    WHERE ${within(orgId, query)} AND c.score_bin IS NOT NULL GROUP BY c.score_bin, c.truth HAVING sum(c.n) <> 0
    ORDER BY c.score_bin, c.truth`.execute(db);
  return rows;
}

/** Counts by day, release, slice, outcome and true outcome: what group metrics and the drift of inputs are made of. */
export async function readSliceCells(db: Kysely<Tables>, orgId: Uuid, query: CellQuery): Promise<SliceCell[]> {
  const { rows } = await sql<SliceCell>`
    SELECT c.day, c.release_id AS "releaseId", s.attributes, c.outcome, c.truth, sum(c.n)::bigint AS n,
      sum(c.scored)::bigint AS scored, sum(c.score_sum) AS "scoreSum", sum(c.score_sum_squares) AS "scoreSumSquares"
    FROM decision_slice_cell c
    LEFT JOIN decision_slice s ON s.org_id = c.org_id AND s.system_id = c.system_id AND s.id = c.slice_id
    WHERE ${within(orgId, query)} GROUP BY c.day, c.release_id, c.slice_id, s.attributes, c.outcome, c.truth
    HAVING sum(c.n) <> 0 ORDER BY c.day, s.attributes, c.outcome, c.truth, c.release_id`.execute(db);
  return rows;
}

/** About how many distinct people the decisions of the window concern (standard error 2.3 %). */
export async function readDistinctSubjects(db: Kysely<Tables>, orgId: Uuid, query: CellQuery): Promise<number> {
  const { rows } = await sql<{ rank: number }>`
    SELECT max(met.rank) AS rank FROM decision_subject_cell c, unnest(c.registers, c.ranks) AS met (register, rank)
    WHERE ${within(orgId, query)} GROUP BY met.register`.execute(db);
  return estimateDistinct(rows.map(({ rank }) => rank));
}

/** The moment up to which cells have counted everything; undefined before the first run. */
export async function readCellsUpTo(db: Kysely<Tables>, orgId: Uuid): Promise<Micros | undefined> {
  const { rows } = await sql<{ at: Micros | null }>`
    SELECT CASE WHEN m.ledger_size = l.size THEN l.last_at
      ELSE (SELECT e.recorded_at FROM ledger_entry e WHERE e.org_id = m.org_id AND e.index = m.ledger_size - 1) END AS at
    FROM decision_cell_mark m JOIN ledger_log l USING (org_id) WHERE m.org_id = ${orgId}`.execute(db);
  return rows[0]?.at ?? undefined;
}
