/**
 * Counts what bias policies watch by distinct person: the first decision about each by a release since the policy was
 * committed, because deciding about somebody again is no new evidence. With the truth, where it has become known.
 *
 * Decisions and late outcomes are counted once each, in the order of the log, so that a look reads cells and what it
 * costs does not grow with the decisions. Who was met before is asked of the decisions themselves: no other table holds
 * pseudonyms, and whom retention or an erasure removed is a new person when they come again, while their count stays.
 */
import { type OutcomeCell, STATISTICS_MAX_CELLS } from "@steward/fairness";
import { type Micros, type Uuid, uuidv7Floor } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";

/** Counted in one transaction: a fraction of a second, also on a busy machine. */
const CHUNK_ROWS = 20_000;

/** A policy with `continuous`, for one release that runs in production. */
export interface Watch {
  readonly orgId: Uuid;
  readonly policyId: Uuid;
  readonly releaseId: Uuid;
  /** Decisions that were recorded later are watched. */
  readonly since: Micros;
  readonly attributes: readonly string[];
  /** Outcomes that count as selected. */
  readonly positive: readonly string[];
}

interface Counted {
  /** Grows with every change of the cells. */
  readonly revision: number;
  readonly cells: readonly OutcomeCell[] | null;
}

/** Counts what came since it was counted last; answers whether the cells are others than the last look saw. */
export async function countPeople(db: Kysely<Tables>, watch: Watch): Promise<boolean> {
  const first = uuidv7Floor(Number(watch.since / 1000n));
  const nothing = uuidv7Floor(0);
  await sql`
    INSERT INTO bias_watch (org_id, policy_id, release_id, decision_id, outcome_id)
    VALUES (${watch.orgId}, ${watch.policyId}, ${watch.releaseId}, ${first}, ${nothing})
    ON CONFLICT DO NOTHING`.execute(db);
  for (let more = true; more;) more = await withTransaction(db, (tx) => countChunk(tx, watch));
  const { rows } = await sql<{ changed: boolean }>`
    SELECT revision > looked_revision AS changed FROM bias_watch WHERE ${isOf(watch)}`.execute(db);
  return rows[0]?.changed ?? false;
}

/** The cells of this moment: none where the attributes tell more groups apart than can be compared. */
export async function readPeople(db: Kysely<Tables>, watch: Watch): Promise<Counted> {
  const { rows } = await sql<{
    revision: number;
    cells: { groups: (string | null)[]; selected: boolean; truth: boolean | null; n: number }[];
  }>`
    SELECT revision, coalesce((
      SELECT json_agg(json_build_object('groups', groups, 'selected', selected, 'truth', truth, 'n', n)) FROM (
        SELECT groups, selected, truth, n FROM bias_watch_cell WHERE ${isOf(watch)} AND n <> 0
        ORDER BY groups, selected, truth LIMIT ${STATISTICS_MAX_CELLS + 1}) cell
    ), '[]') AS cells FROM bias_watch WHERE ${isOf(watch)}`.execute(db);
  const { revision, cells } = rows[0] ?? { revision: 0, cells: [] };
  if (cells.length > STATISTICS_MAX_CELLS) return { revision, cells: null };
  return {
    revision,
    cells: cells.map(({ groups, selected, truth, n }) => ({ key: groups, outcome: outcomeOf(selected, truth), n })),
  };
}

/** Remembers what a look saw. */
export async function markLooked(tx: Transaction<Tables>, watch: Watch, revision: number): Promise<void> {
  await sql`UPDATE bias_watch SET looked_revision = ${revision} WHERE ${isOf(watch)}`.execute(tx);
}

function outcomeOf(selected: boolean, truth: boolean | null): OutcomeCell["outcome"] {
  if (truth === null) return selected ? "selectedUnlabelled" : "rejectedUnlabelled";
  if (selected) return truth ? "tp" : "fp";
  return truth ? "fn" : "tn";
}

function isOf({ orgId, policyId, releaseId }: Watch): RawBuilder<unknown> {
  return sql`org_id = ${orgId} AND policy_id = ${policyId} AND release_id = ${releaseId}`;
}

/** Answers whether there is more to count. */
async function countChunk(tx: Transaction<Tables>, watch: Watch): Promise<boolean> {
  const { rows } = await sql<{ decision_id: Uuid; outcome_id: Uuid }>`
    SELECT decision_id, outcome_id FROM bias_watch WHERE ${isOf(watch)} FOR UPDATE`.execute(tx);
  const mark = rows[0];
  if (mark === undefined || (await tellsTooMany(tx, watch))) return false;
  const ofRelease = sql`org_id = ${watch.orgId} AND release_id = ${watch.releaseId}`;
  const decision = await lastOfChunk(tx, sql`decision`, ofRelease, mark.decision_id);
  if (decision !== undefined) {
    await addToCells(tx, watch, "decision_id", decision, decidedFirst(watch, mark.decision_id, decision));
    return true;
  }
  // After the decisions: an outcome always follows its decision in the log.
  const ofOrganisation = sql`org_id = ${watch.orgId}`;
  const outcome = await lastOfChunk(tx, sql`decision_outcome`, ofOrganisation, mark.outcome_id);
  if (outcome === undefined) return false;
  await addToCells(tx, watch, "outcome_id", outcome, turnedOut(watch, mark.outcome_id, outcome));
  return true;
}

/** Where attributes are no groups but names or numbers, counting on would only fill the database. */
async function tellsTooMany(tx: Transaction<Tables>, watch: Watch): Promise<boolean> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM bias_watch_cell WHERE ${isOf(watch)}`.execute(tx);
  return (rows[0]?.n ?? 0) > STATISTICS_MAX_CELLS;
}

async function lastOfChunk(tx: Transaction<Tables>, table: RawBuilder<unknown>, own: RawBuilder<unknown>, after: Uuid) {
  const { rows } = await sql<{ last: Uuid | null }>`
    SELECT max(id::text)::uuid AS last FROM (
      SELECT id FROM ${table} WHERE ${own} AND id > ${after} ORDER BY id LIMIT ${sql.lit(CHUNK_ROWS)}
    ) chunk`.execute(tx);
  return rows[0]?.last ?? undefined;
}

/** Adds what a batch (groups, selected, truth, sign) counts, and moves the mark behind it. */
async function addToCells(
  tx: Transaction<Tables>,
  watch: Watch,
  mark: "decision_id" | "outcome_id",
  upTo: Uuid,
  batch: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    WITH added AS (
      INSERT INTO bias_watch_cell (org_id, policy_id, release_id, groups, selected, truth, n)
      SELECT ${watch.orgId}::uuid, ${watch.policyId}::uuid, ${watch.releaseId}::uuid, groups, selected, truth, sum(sign)
      FROM (${batch}) batch GROUP BY groups, selected, truth HAVING sum(sign) <> 0
      ON CONFLICT (org_id, policy_id, release_id, groups, selected, truth)
      DO UPDATE SET n = bias_watch_cell.n + excluded.n RETURNING 1
    )
    UPDATE bias_watch SET ${sql.ref(mark)} = ${upTo}, revision = revision + least(1, (SELECT count(*) FROM added))
    WHERE ${isOf(watch)}`.execute(tx);
}

/** A decision of the release that the policy watches; test calls and steps of agents are none. */
function isWatched(d: RawBuilder<unknown>, watch: Watch): RawBuilder<unknown> {
  return sql`${d}.org_id = ${watch.orgId} AND ${d}.release_id = ${watch.releaseId} AND ${isEvidence(d, watch)}`;
}

function isEvidence(d: RawBuilder<unknown>, { since }: Watch): RawBuilder<unknown> {
  return sql`NOT ${d}.sandbox AND NOT ${d}.step AND ${d}.id >= ${uuidv7Floor(Number(since / 1000n))}
    AND ${d}.recorded_at > ${moment(since)}`;
}

/**
 * Joins what is watched of the same person before the decision of row `of`. Row by row, and with a release that no index
 * is asked for: until the statistics of a burst are there, a planner reads all decisions of the release for each person.
 */
function joinEarlier(of: RawBuilder<unknown>, watch: Watch, before: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`LEFT JOIN LATERAL (
    SELECT true AS found FROM decision e
    WHERE e.org_id = ${watch.orgId} AND e.subject_hash = ${of}.subject_hash
      AND e.release_id IS NOT DISTINCT FROM ${watch.releaseId}::uuid AND ${isEvidence(sql`e`, watch)} AND ${before}
    LIMIT 1
  ) earlier ON true`;
}

function groupsOf(d: RawBuilder<unknown>, { attributes }: Watch): RawBuilder<unknown> {
  return sql`ARRAY[${sql.join(attributes.map((name) => sql`${d}.attributes->>${name}`))}]::text[]`;
}

/** Of the chunk, the first decision about each person whom the release has not decided about before it. */
function decidedFirst(watch: Watch, after: Uuid, upTo: Uuid): RawBuilder<unknown> {
  const d = sql`d`;
  return sql`
    SELECT groups, selected, NULL::boolean AS truth, 1 AS sign FROM (
      SELECT DISTINCT ON (coalesce(d.subject_hash, uuid_send(d.id))) d.subject_hash, ${groupsOf(d, watch)} AS groups,
        d.outcome = ANY(${watch.positive}::text[]) AS selected
      FROM decision d WHERE ${isWatched(d, watch)} AND d.id > ${after} AND d.id <= ${upTo}
      ORDER BY coalesce(d.subject_hash, uuid_send(d.id)), d.id
    ) met ${joinEarlier(sql`met`, watch, sql`e.id <= ${after}`)} WHERE earlier.found IS NULL`;
}

/**
 * Takes a person from what was held to be true of the decision, and adds them to what is now. What was erased says no
 * longer under which groups it was counted, so it stays as it was.
 */
function turnedOut(watch: Watch, after: Uuid, upTo: Uuid): RawBuilder<unknown> {
  const d = sql`d`;
  const isTrue = (outcome: RawBuilder<unknown>) => sql`${outcome} = ANY(${watch.positive}::text[])`;
  return sql`
    SELECT ${groupsOf(d, watch)} AS groups, ${isTrue(sql`d.outcome`)} AS selected, s.truth, s.sign
    FROM decision_outcome o
    -- Row by row here too.
    JOIN LATERAL (
      SELECT id, org_id, release_id, subject_hash, attributes, outcome, sandbox, step, recorded_at FROM decision x
      WHERE x.org_id = o.org_id AND x.id = o.decision_id AND x.erased_by IS NULL LIMIT 1
    ) d ON ${isWatched(d, watch)}
    LEFT JOIN LATERAL (
      SELECT outcome, observed_at FROM decision_outcome p
      WHERE p.org_id = o.org_id AND p.decision_id = o.decision_id AND p.version < o.version
      ORDER BY p.observed_at DESC, p.version DESC LIMIT 1
    ) held ON true
    ${joinEarlier(d, watch, sql`e.id < d.id`)}
    CROSS JOIN LATERAL (VALUES (${isTrue(sql`o.outcome`)}, 1), (${isTrue(sql`held.outcome`)}, -1)) AS s (truth, sign)
    WHERE o.org_id = ${watch.orgId} AND o.id > ${after} AND o.id <= ${upTo} AND earlier.found IS NULL
      AND (held.outcome IS NULL OR held.observed_at <= o.observed_at)`;
}
