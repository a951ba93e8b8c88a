/**
 * Counts of decisions by system, release and hour of their happening: deltas, each with the time at which it became
 * known, so that a past answer stays true when late decisions arrive. Each append writes its own; those of an hour of
 * recording that is over are added up, so that reading costs the same however many there were. Test calls and steps of
 * agents are not counted.
 */
import { type Clock, type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, type Uuid, uuidv7Floor } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql } from "kysely";

import { rowsOf, type TableRows } from "../../platform/database/copy.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { liftTimeLimits, withTransaction } from "../../platform/database/transaction.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import type { Appended } from "../../platform/ledger/append.ts";
import { runColumns } from "./decisions.ai.ts";
import type { BodyToCommit, Resolved } from "./decisions.record.ts";

/** A decision that was appended. */
interface Written {
  readonly resolved: Resolved;
  readonly body: BodyToCommit;
}

/** What one append adds to the count of a system, a release and an hour. */
interface Delta {
  readonly systemId: Uuid;
  readonly releaseId: Uuid | null;
  readonly hour: Micros;
  readonly firstIndex: number;
  n: number;
  flagged: number;
  maxAhead: Micros;
  first: Micros;
  last: Micros;
  lastIndex: number;
  lastId: Uuid;
  runs: number;
  completeRuns: number;
  lastRunIndex: number | null;
}

/** The columns of decision_count, but for the organisation. */
const COLUMNS = [
  "system_id",
  "release_id",
  "hour",
  "recorded_at",
  "id",
  "n",
  "flagged",
  "max_ahead_ms",
  "first_at",
  "last_at",
  "first_index",
  "last_index",
  "runs",
  "complete_runs",
  "last_run_at",
  "last_run_index",
];
const ALL = sql.raw(COLUMNS.join(", "));

/** Counts what was appended at one moment. */
export function countRows(orgId: Uuid, written: readonly Written[], appended: readonly Appended[]): TableRows {
  const deltas = countDeltas(written, appended);
  const recordedAt = (appended[0] as Appended).at;
  return rowsOf("decision_count", ["org_id", ...COLUMNS], deltas.length, (row, i) => {
    const delta = deltas[i] as Delta;
    row.uuid(orgId);
    row.uuid(delta.systemId);
    row.uuid(delta.releaseId);
    row.timestamptz(delta.hour);
    row.timestamptz(recordedAt);
    row.uuid(delta.lastId);
    row.int8(delta.n);
    row.int8(delta.flagged);
    row.int8(Number(delta.maxAhead / 1000n));
    row.timestamptz(delta.first);
    row.timestamptz(delta.last);
    row.int8(delta.firstIndex);
    row.int8(delta.lastIndex);
    row.int8(delta.runs);
    row.int8(delta.completeRuns);
    row.timestamptz(delta.runs > 0 ? recordedAt : null);
    row.int8(delta.lastRunIndex);
  });
}

function countDeltas(written: readonly Written[], appended: readonly Appended[]): Delta[] {
  const deltas = new Map<string, Delta>();
  for (const [i, { body, resolved }] of written.entries()) {
    const { system, release, sandbox, flags } = body.decision;
    const run = runColumns(body);
    if (system.id === null || sandbox || run.step) continue;
    const { at, index, subjectId } = appended[i] as Appended;
    const { occurredAt } = resolved.record;
    const hour = hourOf(occurredAt);
    const key = `${system.id} ${release.id} ${hour}`;
    const ahead = occurredAt - at;
    let delta = deltas.get(key);
    if (delta === undefined) {
      delta = startDelta(system.id, release.id, hour, occurredAt, ahead, index, subjectId);
      deltas.set(key, delta);
    }
    delta.n++;
    if (flags.length > 0) delta.flagged++;
    if (ahead > delta.maxAhead) delta.maxAhead = ahead;
    if (occurredAt < delta.first) delta.first = occurredAt;
    if (occurredAt > delta.last) delta.last = occurredAt;
    delta.lastIndex = index;
    delta.lastId = subjectId;
    // What says that it is a run of an agent, and what an agent decided by itself.
    if (run.manifest === null && run.parentRunId !== null) continue;
    delta.runs++;
    if (run.manifest === "complete") delta.completeRuns++;
    delta.lastRunIndex = index;
  }
  return [...deltas.values()];
}

function startDelta(
  systemId: Uuid,
  releaseId: Uuid | null,
  hour: Micros,
  occurredAt: Micros,
  ahead: Micros,
  index: number,
  id: Uuid,
): Delta {
  return {
    systemId,
    releaseId,
    hour,
    firstIndex: index,
    n: 0,
    flagged: 0,
    maxAhead: ahead,
    first: occurredAt,
    last: occurredAt,
    lastIndex: index,
    lastId: id,
    runs: 0,
    completeRuns: 0,
    lastRunIndex: null,
  };
}

/** The beginning of the hour (UTC); also of moments before 1970. */
function hourOf(at: Micros): Micros {
  return at - (((at % MICROS_PER_HOUR) + MICROS_PER_HOUR) % MICROS_PER_HOUR);
}

/**
 * Counts the decisions again as intake did: those that `span`, an expression over decision d, puts together. They have
 * the columns of decision_count but for the organisation.
 */
export function recount(where: RawBuilder<unknown>, span: RawBuilder<unknown>): RawBuilder<unknown> {
  const isRun = sql`(d.manifest IS NOT NULL OR d.parent_run_id IS NULL)`;
  return sql`
    SELECT d.system_id, d.release_id, date_trunc('hour', d.occurred_at, 'UTC') AS hour, ${span} AS span,
      max(d.recorded_at) AS recorded_at, max(d.id::text)::uuid AS id, count(*) AS n,
      count(*) FILTER (WHERE d.flags <> '{}') AS flagged,
      trunc(extract(epoch FROM max(d.occurred_at - d.recorded_at)) * 1000)::bigint AS max_ahead_ms,
      min(d.occurred_at) AS first_at, max(d.occurred_at) AS last_at, min(d.ledger_index) AS first_index,
      max(d.ledger_index) AS last_index, count(*) FILTER (WHERE ${isRun}) AS runs,
      count(*) FILTER (WHERE d.manifest = 'complete') AS complete_runs,
      max(d.recorded_at) FILTER (WHERE ${isRun}) AS last_run_at,
      max(d.ledger_index) FILTER (WHERE ${isRun}) AS last_run_index
    FROM decision d
    WHERE d.system_id IS NOT NULL AND NOT d.sandbox AND NOT d.step AND ${where}
    GROUP BY 1, 2, 3, 4`;
}

/** Adds up rows of decision_count that `span` puts together; the columns are those of recount. */
export function addedUp(rows: RawBuilder<unknown>, span: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    SELECT system_id, release_id, hour, ${span} AS span, max(recorded_at) AS recorded_at, max(id::text)::uuid AS id,
      sum(n)::bigint AS n, sum(flagged)::bigint AS flagged, max(max_ahead_ms) AS max_ahead_ms,
      min(first_at) AS first_at, max(last_at) AS last_at, min(first_index) AS first_index,
      max(last_index) AS last_index, sum(runs)::bigint AS runs, sum(complete_runs)::bigint AS complete_runs,
      max(last_run_at) AS last_run_at, max(last_run_index) AS last_run_index
    FROM ${rows} GROUP BY 1, 2, 3, 4`;
}

/**
 * The counts of an organisation as known at a moment, as a relation with the columns of decision_count. Where the
 * moment lies within an hour that was added up, that hour is counted again from its decisions, so that the answer is
 * exact as long as they are kept.
 */
export function countsAsOf(orgId: Uuid, until: Micros): RawBuilder<unknown> {
  const hour = hourOf(until);
  const isAddedUp = sql`EXISTS (
    SELECT FROM decision_count_mark WHERE org_id = ${orgId} AND added_up_to > ${moment(hour)})`;
  const recorded = sql`d.org_id = ${orgId} AND d.id >= ${idFloor(hour)} AND d.id < ${idFloor(until + MICROS_PER_MS)}
    AND d.recorded_at >= ${moment(hour)} AND d.recorded_at <= ${moment(until)}`;
  return sql`(
    SELECT ${ALL} FROM decision_count WHERE org_id = ${orgId} AND recorded_at <= ${moment(until)}
      AND (recorded_at < ${moment(hour)} OR NOT ${isAddedUp})
    UNION ALL
    SELECT ${ALL} FROM (${recount(sql`${isAddedUp} AND ${recorded}`, sql`1`)}) again
  )`;
}

const MICROS_PER_MS = 1000n;

/** Ids carry the millisecond of their recording: those of decisions recorded before are smaller. */
function idFloor(at: Micros): Uuid {
  return uuidv7Floor(Number(at / MICROS_PER_MS));
}

export interface CountDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/** An hour is added up once it is over for so long: by then whatever was recorded in it is there. */
const SETTLED_AFTER: Micros = MICROS_PER_HOUR / 12n;

/** Adds up the counts of every organisation's hours that are over; answers how many hours it went through. */
export async function addUpCounts(deps: CountDeps): Promise<number> {
  const settled = hourOf(deps.clock.now() - SETTLED_AFTER);
  const added = await exclusively(deps.db, "counts", async () => {
    const { rows } = await sql<{ org_id: Uuid; from: Micros | null }>`
      SELECT l.org_id, coalesce(m.added_up_to, (
          SELECT min(recorded_at) FROM decision_count c WHERE c.org_id = l.org_id
        )) AS from
      FROM ledger_log l LEFT JOIN decision_count_mark m USING (org_id)
      WHERE m.added_up_to IS NULL OR m.added_up_to < ${moment(settled)} ORDER BY l.org_id`.execute(deps.db);
    let hours = 0;
    for (const { org_id: orgId, from } of rows)
      if (from !== null) hours += await addUp(deps, orgId, hourOf(from), settled);
    return hours;
  });
  return added ?? 0;
}

/** A day of recording at a time: after a long absence there is more than one transaction should take on. */
async function addUp({ db }: CountDeps, orgId: Uuid, from: Micros, settled: Micros): Promise<number> {
  let begin = from;
  while (begin < settled) {
    const end = begin + MICROS_PER_DAY < settled ? begin + MICROS_PER_DAY : settled;
    await withTransaction(db, async (tx) => {
      await liftTimeLimits(tx);
      await sql`
        WITH taken AS (
          DELETE FROM decision_count WHERE org_id = ${orgId} AND recorded_at >= ${moment(begin)}
            AND recorded_at < ${moment(end)} RETURNING *
        )
        INSERT INTO decision_count (org_id, ${ALL})
        SELECT ${orgId}::uuid, ${ALL} FROM (${addedUp(sql`taken`, RECORDED_HOUR)}) added`.execute(tx);
      await sql`
        INSERT INTO decision_count_mark (org_id, added_up_to) VALUES (${orgId}, ${moment(end)})
        ON CONFLICT (org_id) DO UPDATE SET added_up_to = excluded.added_up_to`.execute(tx);
    });
    begin = end;
  }
  return Number((settled - from) / MICROS_PER_HOUR);
}

const RECORDED_HOUR = sql`date_trunc('hour', recorded_at, 'UTC')`;
