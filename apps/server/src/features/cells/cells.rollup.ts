/**
 * Counts decisions and late outcomes into cells, a chunk at a time, in the order of the log. Ids are stamped under the
 * lock of the log, so what is visible is a prefix of that order, and "everything after the last one counted" misses
 * nothing and counts nothing twice.
 */
import { type Clock, MICROS_PER_DAY, MICROS_PER_HOUR, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { liftTimeLimits, withTransaction } from "../../platform/database/transaction.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { binOf } from "./cells.bins.ts";
import { rankOf, registerOf } from "./cells.sketch.ts";

export interface CellDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/** Counted in one transaction: a fraction of a second, also on a busy machine. */
const CHUNK_ROWS = 20_000;
/** Outcomes that a system's cells tell apart; the rest count together. */
export const OUTCOME_LABELS_MAX = 200;
/** Slices that a system's cells tell apart; the rest count together. */
export const SLICES_MAX = 2000;
/** Whole numbers up to this size are groups of their own; other numbers count by bin. */
const GROUP_NUMBER_MAX = 100;
/** Deltas of an hour are added up once it is over for so long: by then whatever was recorded in it is counted. */
const HOUR_SETTLED_AFTER: Micros = MICROS_PER_HOUR / 12n;

const NOTHING: Uuid = "00000000-0000-0000-0000-000000000000";

interface Mark {
  readonly decision_id: Uuid;
  readonly outcome_id: Uuid;
  readonly added_up_to: Micros;
}

/** Brings the cells of every organisation whose log grew up to date; answers how many rows were counted. */
export async function rollUpCells(deps: CellDeps): Promise<number> {
  const counted = await exclusively(deps.db, "cells", async () => {
    const { rows } = await sql<{ org_id: Uuid; size: number }>`
      SELECT l.org_id, l.size FROM ledger_log l LEFT JOIN decision_cell_mark m USING (org_id)
      WHERE m.ledger_size IS DISTINCT FROM l.size ORDER BY l.org_id`.execute(deps.db);
    let count = 0;
    for (const { org_id: orgId, size } of rows) count += await rollUpLog(deps, orgId, size);
    return count;
  });
  return counted ?? 0;
}

/** `size` was read before the decisions are: what comes later makes the log grow past it, and is looked for again. */
async function rollUpLog(deps: CellDeps, orgId: Uuid, size: number): Promise<number> {
  let count = 0;
  for (;;) {
    const chunk = await withTransaction(deps.db, (tx) => rollUpChunk(tx, orgId));
    count += chunk;
    if (chunk === 0) break;
  }
  for (let more = true; more;) more = await withTransaction(deps.db, (tx) => addUpSettled(tx, orgId, deps.clock.now()));
  await sql`UPDATE decision_cell_mark SET ledger_size = ${size} WHERE org_id = ${orgId}`.execute(deps.db);
  return count;
}

async function rollUpChunk(tx: Transaction<Tables>, orgId: Uuid): Promise<number> {
  const mark = await readMark(tx, orgId);
  const decisions = await nextId(tx, sql`decision`, orgId, mark.decision_id);
  if (decisions.last !== undefined) {
    const batch = decisionBatch(orgId, mark.decision_id, decisions.last);
    await keepLabels(tx, orgId, batch);
    await insertCells(tx, orgId, batch);
    await insertSubjects(tx, orgId, mark.decision_id, decisions.last);
    await sql`UPDATE decision_cell_mark SET decision_id = ${decisions.last} WHERE org_id = ${orgId}`.execute(tx);
    return decisions.n;
  }
  // After the decisions: an outcome always follows its decision in the log, which is counted by now.
  const outcomes = await nextId(tx, sql`decision_outcome`, orgId, mark.outcome_id);
  if (outcomes.last === undefined) return 0;
  const batch = outcomeBatch(orgId, mark.outcome_id, outcomes.last);
  await keepLabels(tx, orgId, batch);
  await insertCells(tx, orgId, batch);
  await sql`UPDATE decision_cell_mark SET outcome_id = ${outcomes.last} WHERE org_id = ${orgId}`.execute(tx);
  return outcomes.n;
}

async function readMark(tx: Transaction<Tables>, orgId: Uuid): Promise<Mark> {
  const { rows } = await sql<Mark>`
    INSERT INTO decision_cell_mark (org_id, decision_id, outcome_id, ledger_size, added_up_to)
    VALUES (${orgId}, ${NOTHING}, ${NOTHING}, 0, ${moment(0n)})
    ON CONFLICT (org_id) DO UPDATE SET org_id = excluded.org_id
    RETURNING decision_id, outcome_id, added_up_to`.execute(tx);
  return rows[0] as Mark;
}

async function nextId(tx: Transaction<Tables>, table: RawBuilder<unknown>, orgId: Uuid, after: Uuid) {
  const { rows } = await sql<{ n: number; last: Uuid | null }>`
    SELECT count(*) AS n, max(id::text)::uuid AS last FROM (
      SELECT id FROM ${table} WHERE org_id = ${orgId} AND id > ${after} ORDER BY id LIMIT ${sql.lit(CHUNK_ROWS)}
    ) chunk`.execute(tx);
  return { n: rows[0]?.n ?? 0, last: rows[0]?.last ?? undefined };
}

/** What a decision is counted under. */
const COUNTED = sql`d.system_id, d.release_id, (d.occurred_at AT TIME ZONE 'UTC')::date AS day, d.outcome, d.score,
  ${binOf(sql`d.score`)} AS score_bin, ${groupsOf(sql`d.attributes`)} AS attributes`;
const IS_COUNTED = sql`d.system_id IS NOT NULL AND NOT d.sandbox AND NOT d.step`;

/** Attributes with numbers of many values replaced by their bin, so that they make groups. */
function groupsOf(attributes: RawBuilder<unknown>): RawBuilder<unknown> {
  const number = sql`(value #>> '{}')::float8`;
  return sql`CASE WHEN jsonb_path_exists(${attributes}, '$.* ? (@.type() == "number")') THEN (
      SELECT jsonb_object_agg(key, CASE
        WHEN jsonb_typeof(value) <> 'number' THEN value
        WHEN ${number} = trunc(${number}) AND abs(${number}) <= ${sql.lit(GROUP_NUMBER_MAX)} THEN value
        ELSE to_jsonb('bin ' || ${binOf(sql`(${number})`)}) END)
      FROM jsonb_each(${attributes}))
    ELSE ${attributes} END`;
}

function decisionBatch(orgId: Uuid, after: Uuid, upTo: Uuid): RawBuilder<unknown> {
  return sql`SELECT ${COUNTED}, NULL::text AS truth, 1 AS sign, d.recorded_at FROM decision d
    WHERE d.org_id = ${orgId} AND d.id > ${after} AND d.id <= ${upTo} AND ${IS_COUNTED}`;
}

/**
 * Takes the decision from what was held to be true of it, and adds it to what is now. What was erased meanwhile says no
 * longer under which groups it was counted, so it stays as it was.
 */
function outcomeBatch(orgId: Uuid, after: Uuid, upTo: Uuid): RawBuilder<unknown> {
  return sql`SELECT ${COUNTED}, s.truth, s.sign, o.recorded_at
    FROM decision_outcome o
    JOIN decision d ON d.org_id = o.org_id AND d.id = o.decision_id
    LEFT JOIN LATERAL (
      SELECT outcome, observed_at FROM decision_outcome p
      WHERE p.org_id = o.org_id AND p.decision_id = o.decision_id AND p.version < o.version
      ORDER BY p.observed_at DESC, p.version DESC LIMIT 1
    ) held ON true
    CROSS JOIN LATERAL (VALUES (o.outcome, 1), (held.outcome, -1)) AS s (truth, sign)
    WHERE o.org_id = ${orgId} AND o.id > ${after} AND o.id <= ${upTo} AND ${IS_COUNTED}
      AND d.erased_by IS NULL AND (held.outcome IS NULL OR held.observed_at <= o.observed_at AND held.outcome <> o.outcome)`;
}

function sliceIdOf(attributes: RawBuilder<unknown>): RawBuilder<Uuid> {
  return sql`encode(substring(sha256(convert_to(${attributes}::text, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid`;
}

/** The groups of a batch, of which there are few: what follows is done for each of them, not for each decision. */
function groupsOfBatch(batch: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    SELECT system_id, release_id, day, hour, outcome, truth, score_bin, attributes, ${sliceIdOf(sql`attributes`)} AS slice,
      recorded_at, n, scored, score_sum, score_sum_squares
    FROM (
      SELECT system_id, release_id, day, date_trunc('hour', recorded_at, 'UTC') AS hour, outcome, truth, score_bin,
        attributes, max(recorded_at) AS recorded_at, sum(sign) AS n,
        coalesce(sum(sign) FILTER (WHERE score IS NOT NULL), 0) AS scored, coalesce(sum(sign * score), 0) AS score_sum,
        coalesce(sum(sign * score * score), 0) AS score_sum_squares
      FROM (${batch}) batch GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ) grouped`;
}

/** Keeps the labels and slices that are met for the first time, as long as there is room. */
async function keepLabels(tx: Transaction<Tables>, orgId: Uuid, batch: RawBuilder<unknown>): Promise<void> {
  await sql`
    WITH grouped AS MATERIALIZED (${groupsOfBatch(batch)}), labels AS (
      SELECT system_id, outcome AS label FROM grouped UNION SELECT system_id, truth FROM grouped WHERE truth IS NOT NULL
    ), fresh AS (
      SELECT system_id, label, row_number() OVER (PARTITION BY system_id ORDER BY label) AS place FROM labels
      WHERE NOT EXISTS (SELECT FROM decision_cell_label k WHERE k.org_id = ${orgId}
        AND k.system_id = labels.system_id AND k.label = labels.label)
    ), kept AS (
      INSERT INTO decision_cell_label (org_id, system_id, label)
      SELECT ${orgId}::uuid, system_id, label FROM fresh WHERE place + (SELECT count(*) FROM decision_cell_label k
        WHERE k.org_id = ${orgId} AND k.system_id = fresh.system_id) <= ${sql.lit(OUTCOME_LABELS_MAX)}
    ), slices AS (
      SELECT DISTINCT ON (system_id, slice) system_id, slice AS id, attributes FROM grouped
      WHERE NOT EXISTS (SELECT FROM decision_slice k WHERE k.org_id = ${orgId}
        AND k.system_id = grouped.system_id AND k.id = grouped.slice)
    ), fresh_slices AS (
      SELECT *, row_number() OVER (PARTITION BY system_id ORDER BY id) AS place FROM slices
    )
    INSERT INTO decision_slice (org_id, system_id, id, attributes)
    SELECT ${orgId}::uuid, system_id, id, attributes FROM fresh_slices WHERE place + (SELECT count(*) FROM decision_slice k
      WHERE k.org_id = ${orgId} AND k.system_id = fresh_slices.system_id) <= ${sql.lit(SLICES_MAX)}`.execute(tx);
}

async function insertCells(tx: Transaction<Tables>, orgId: Uuid, batch: RawBuilder<unknown>): Promise<void> {
  await sql`
    WITH grouped AS MATERIALIZED (${groupsOfBatch(batch)}), labelled AS MATERIALIZED (
      SELECT g.system_id, g.release_id, g.day, g.hour, g.score_bin, g.recorded_at, g.n, g.scored, g.score_sum,
        g.score_sum_squares, coalesce(o.label, '') AS outcome,
        CASE WHEN g.truth IS NOT NULL THEN coalesce(t.label, '') END AS truth, s.id AS slice_id
      FROM grouped g
      LEFT JOIN decision_cell_label o ON o.org_id = ${orgId} AND o.system_id = g.system_id AND o.label = g.outcome
      LEFT JOIN decision_cell_label t ON t.org_id = ${orgId} AND t.system_id = g.system_id AND t.label = g.truth
      LEFT JOIN decision_slice s ON s.org_id = ${orgId} AND s.system_id = g.system_id AND s.id = g.slice
    ), cells AS (
      INSERT INTO decision_cell (org_id, system_id, day, recorded_at, release_id, outcome, truth, score_bin, n)
      SELECT ${orgId}::uuid, system_id, day, max(recorded_at), release_id, outcome, truth, score_bin, sum(n)
      FROM labelled GROUP BY system_id, release_id, day, hour, outcome, truth, score_bin HAVING sum(n) <> 0
    )
    INSERT INTO decision_slice_cell (org_id, system_id, day, recorded_at, release_id, slice_id, outcome, truth, n,
      scored, score_sum, score_sum_squares)
    SELECT ${orgId}::uuid, system_id, day, max(recorded_at), release_id, slice_id, outcome, truth, sum(n), sum(scored),
      sum(score_sum), sum(score_sum_squares)
    FROM labelled GROUP BY system_id, release_id, day, hour, slice_id, outcome, truth HAVING sum(n) <> 0
  `.execute(tx);
}

async function insertSubjects(tx: Transaction<Tables>, orgId: Uuid, after: Uuid, upTo: Uuid): Promise<void> {
  await sql`
    INSERT INTO decision_subject_cell (org_id, system_id, day, recorded_at, release_id, registers, ranks)
    SELECT ${orgId}::uuid, system_id, day, max(recorded_at), release_id, array_agg(register), array_agg(rank)
    FROM (
      SELECT system_id, release_id, (occurred_at AT TIME ZONE 'UTC')::date AS day,
        date_trunc('hour', recorded_at, 'UTC') AS hour, ${registerOf(sql`subject_hash`)} AS register,
        max(${rankOf(sql`subject_hash`)}) AS rank, max(recorded_at) AS recorded_at
      FROM decision d WHERE org_id = ${orgId} AND id > ${after} AND id <= ${upTo} AND ${IS_COUNTED}
        AND subject_hash IS NOT NULL
      GROUP BY 1, 2, 3, 4, 5
    ) met GROUP BY system_id, release_id, day, hour`.execute(tx);
}

/**
 * Adds up the deltas of each hour that is over, and of each day that ended a day ago, so that reading costs the same
 * however many chunks were counted. Answers as of a moment are exact within the present hour, then to the hour, then
 * to the day of recording. Answers whether there is more to do.
 */
async function addUpSettled(tx: Transaction<Tables>, orgId: Uuid, now: Micros): Promise<boolean> {
  const settled = floorTo(now - HOUR_SETTLED_AFTER, MICROS_PER_HOUR);
  const from = await addUpFrom(tx, orgId, settled);
  if (settled <= from) return false;
  // A day at a time: after a long absence, or a large import, there is more than one statement should take on.
  const to = min(settled, floorTo(from, MICROS_PER_DAY) + MICROS_PER_DAY);
  await liftTimeLimits(tx);
  await addUp(tx, orgId, "hour", from, to);
  const [firstDay, lastDay] = [floorTo(from, MICROS_PER_DAY), floorTo(to, MICROS_PER_DAY)];
  if (firstDay < lastDay) await addUp(tx, orgId, "day", firstDay - MICROS_PER_DAY, lastDay - MICROS_PER_DAY);
  await sql`UPDATE decision_cell_mark SET added_up_to = ${moment(to)} WHERE org_id = ${orgId}`.execute(tx);
  return to < settled;
}

/** Where adding up goes on: at first, with the oldest delta there is. */
async function addUpFrom(tx: Transaction<Tables>, orgId: Uuid, settled: Micros): Promise<Micros> {
  const { added_up_to: from } = await readMark(tx, orgId);
  if (from > 0n) return from;
  const { rows } = await sql<{ at: Micros | null }>`
    SELECT min(recorded_at) AS at FROM decision_cell WHERE org_id = ${orgId}`.execute(tx);
  return floorTo(min(rows[0]?.at ?? settled, settled), MICROS_PER_HOUR);
}

function min(a: Micros, b: Micros): Micros {
  return a < b ? a : b;
}

function floorTo(at: Micros, unit: Micros): Micros {
  return at - (at % unit);
}

const BEFORE_ALL: Micros = 0n;

async function addUp(
  tx: Transaction<Tables>,
  orgId: Uuid,
  unit: "hour" | "day",
  from: Micros,
  to: Micros,
): Promise<void> {
  const taken = (table: string) => sql`DELETE FROM ${sql.table(table)} WHERE org_id = ${orgId}
    AND recorded_at >= ${moment(from > BEFORE_ALL ? from : BEFORE_ALL)} AND recorded_at < ${moment(to)} RETURNING *`;
  const span = sql`date_trunc(${sql.lit(unit)}, recorded_at, 'UTC')`;
  const key = sql`org_id, system_id, day, release_id`;
  await sql`
    WITH taken AS (${taken("decision_cell")})
    INSERT INTO decision_cell (org_id, system_id, day, recorded_at, release_id, outcome, truth, score_bin, n)
    SELECT org_id, system_id, day, max(recorded_at), release_id, outcome, truth, score_bin, sum(n) FROM taken
    GROUP BY ${key}, ${span}, outcome, truth, score_bin HAVING sum(n) <> 0`.execute(tx);
  await sql`
    WITH taken AS (${taken("decision_slice_cell")})
    INSERT INTO decision_slice_cell (org_id, system_id, day, recorded_at, release_id, slice_id, outcome, truth, n,
      scored, score_sum, score_sum_squares)
    SELECT org_id, system_id, day, max(recorded_at), release_id, slice_id, outcome, truth, sum(n), sum(scored),
      sum(score_sum), sum(score_sum_squares) FROM taken
    GROUP BY ${key}, ${span}, slice_id, outcome, truth HAVING sum(n) <> 0`.execute(tx);
  await sql`
    WITH taken AS (${taken("decision_subject_cell")}), largest AS (
      SELECT ${key}, ${span} AS span, max(recorded_at) AS recorded_at, register, max(rank) AS rank
      FROM taken, unnest(registers, ranks) AS met (register, rank) GROUP BY ${key}, ${span}, register
    )
    INSERT INTO decision_subject_cell (org_id, system_id, day, recorded_at, release_id, registers, ranks)
    SELECT org_id, system_id, day, max(recorded_at), release_id, array_agg(register), array_agg(rank) FROM largest
    GROUP BY ${key}, span`.execute(tx);
}
