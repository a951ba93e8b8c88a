/** Reads of decisions: pages, one decision with the release that made it, and how complete the log is. */
import type { Decision, DecisionFlag, DecisionSummary } from "@steward/contract";
import { formatInstant, type Micros, MICROS_PER_DAY, type Uuid } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import { PREPARED } from "../../platform/database/prepared.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { notFound } from "../../platform/http/problem.ts";
import { cutPage, type Page, readCursor } from "../../platform/http/paging.ts";
import { readConflicts } from "./decisions.conflicts.ts";
import { type DecisionFilter, matching } from "./decisions.filter.ts";
import type { DecisionBody } from "./decisions.record.ts";
import { readRun } from "./decisions.runs.ts";
import { readCallEvents } from "./events.service.ts";
import { readOutcomes, TRUE_OUTCOME } from "../outcomes/outcomes.read.ts";

export interface DecisionRow {
  readonly id: Uuid;
  readonly external_id: string;
  readonly system_id: Uuid | null;
  readonly system_name: string;
  readonly release_id: Uuid | null;
  readonly release_name: string;
  readonly occurred_at: Micros;
  readonly recorded_at: Micros;
  readonly outcome: string;
  readonly score: number | null;
  readonly flags: DecisionFlag[];
  readonly ledger_index: number;
}

const COLUMNS = sql`d.id, d.external_id, d.system_id, d.system_name, d.release_id, d.release_name, d.occurred_at,
  d.recorded_at, d.outcome, d.score, d.flags, d.ledger_index`;

const ORDER = "-id";

/** Newest first. The id holds the time of recording, so a page reads one range of one index. */
export async function listDecisions(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: DecisionFilter & { readonly limit: number; readonly cursor?: string | undefined },
  systemIds?: readonly Uuid[],
): Promise<Page<DecisionSummary>> {
  const cursor = readCursor(query.cursor, ORDER);
  const before = cursor ? sql`AND d.id < ${cursor.id}` : sql``;
  const { rows } = await sql<DecisionRow & { readonly true_outcome: string | null }>`
    SELECT ${COLUMNS}, ${TRUE_OUTCOME} AS true_outcome FROM decision d WHERE ${matching(orgId, query, systemIds)} ${before}
    ORDER BY d.id DESC LIMIT ${query.limit + 1}`.execute(db);
  const page = cutPage(rows, query.limit, ({ id }) => [ORDER, null, id]);
  return { items: page.items.map((row) => summaryOf(row, row.true_outcome)), nextCursor: page.nextCursor, total: null };
}

function summaryOf(row: DecisionRow, trueOutcome: string | null): DecisionSummary {
  return {
    id: row.id,
    externalId: row.external_id,
    systemId: row.system_id,
    systemName: row.system_name,
    releaseId: row.release_id,
    releaseVersion: row.release_name,
    occurredAt: formatInstant(row.occurred_at),
    recordedAt: formatInstant(row.recorded_at),
    outcome: row.outcome,
    score: row.score,
    flags: row.flags,
    trueOutcome,
    ledgerIndex: row.ledger_index,
  };
}

interface WholeRow extends DecisionRow {
  readonly attributes: DecisionBody["attributes"];
  readonly subject_hash: Buffer | null;
  readonly oversight: string;
  readonly sandbox: boolean;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly body: Buffer | null;
  readonly erased_by: number | null;
}

/** @throws HttpProblem `not_found`. */
export async function readDecision(
  db: Kysely<Tables>,
  orgId: Uuid,
  id: Uuid,
  systemIds?: readonly Uuid[],
): Promise<Decision> {
  const { rows } = await sql<WholeRow>`${PREPARED}
    SELECT ${COLUMNS}, d.attributes, d.subject_hash, d.oversight, d.sandbox, d.erased_by, e.actor_kind, e.actor_id,
      b.body
    FROM decision d
    JOIN ledger_entry e ON e.org_id = d.org_id AND e.index = d.ledger_index
    LEFT JOIN ledger_body b ON b.org_id = d.org_id AND b.index = d.ledger_index
    WHERE d.org_id = ${orgId} AND d.id = ${id}`.execute(db);
  const row = rows[0];
  if (!row || (systemIds !== undefined && !systemIds.includes(row.system_id ?? ""))) throw notFound("This decision");
  const body = row.body === null ? undefined : (JSON.parse(row.body.toString("utf8")) as DecisionBody);
  const { ai, manifest } = body ?? {};
  const runId = ai?.runId ?? null;
  const [names, outcomes, release, deployment, run, eventsOf, withheld, conflicts] = await Promise.all([
    nameActors(db, orgId, [row]),
    readOutcomes(db, orgId, id),
    row.release_id === null ? null : readReleaseAt(db, orgId, row.release_id, row.occurred_at),
    row.release_id === null ? null : readDeploymentAt(db, orgId, row.release_id, row.occurred_at),
    readRun(db, orgId, row.system_id, body ?? {}),
    readCallEvents(db, orgId, runId === null ? [] : [runId]),
    row.erased_by === null ? null : readErasure(db, orgId, row.erased_by),
    readConflicts(db, orgId, id),
  ]);
  const events = eventsOf(row.system_id, runId);
  const tools = body?.process?.toolsCalled ?? events.tools?.map(({ name }) => name);
  return {
    ...summaryOf(row, outcomes.find(({ holds }) => holds)?.outcome ?? null),
    attributes: row.attributes ?? {},
    subjectHash: row.subject_hash?.toString("hex") ?? null,
    inputDigest: body?.input?.digest ?? events.inputDigest ?? null,
    inputReference: body?.input?.reference ?? null,
    outputDigest: body?.output?.digest ?? events.outputDigest ?? null,
    content: body?.content ?? null,
    withheld,
    promptVersion: body?.process?.promptVersion ?? null,
    toolsCalled: tools === undefined ? null : [...tools],
    explanation: (body?.explanation as Record<string, unknown> | undefined) ?? null,
    oversight: row.oversight,
    sandbox: row.sandbox,
    sender: { kind: row.actor_kind, id: row.actor_id, name: names.get(row.actor_id) ?? null },
    release,
    deployment,
    ai: ai === undefined && manifest === undefined ? null : { ...ai, ...(manifest ? { manifest } : {}) },
    evaluations: events.evaluations.map(({ name, score = null, label = null }) => ({ name, score, label })),
    run,
    outcomes,
    conflicts,
  };
}

/** When, by whom and why personal content went. */
async function readErasure(db: Kysely<Tables>, orgId: Uuid, index: number): Promise<Decision["withheld"]> {
  const { rows } = await sql<{ recorded_at: Micros; actor_kind: "person"; actor_id: string; body: Buffer | null }>`
    SELECT e.recorded_at, e.actor_kind, e.actor_id, b.body FROM ledger_entry e
    LEFT JOIN ledger_body b ON b.org_id = e.org_id AND b.index = e.index
    WHERE e.org_id = ${orgId} AND e.index = ${index}`.execute(db);
  const row = rows[0];
  if (!row) return null;
  const names = await nameActors(db, orgId, [row]);
  const body = row.body === null ? {} : (JSON.parse(row.body.toString("utf8")) as { reason?: string });
  return {
    erasedAt: formatInstant(row.recorded_at),
    erasedBy: index,
    by: { kind: row.actor_kind, id: row.actor_id, name: names.get(row.actor_id) ?? null },
    reason: body.reason ?? null,
  };
}

/** The release and its components as they were at a moment. */
async function readReleaseAt(db: Kysely<Tables>, orgId: Uuid, id: Uuid, at: Micros) {
  const holdingFirst = heldAt(at);
  const { rows } = await sql<{ version: string; digest: string; components: string[] }>`${PREPARED}
    SELECT r.body->>'version' AS version, r.body->>'digest' AS digest, ARRAY(
      SELECT concat_ws(' ', c.body->>'name', nullif(c.body->>'version', '')) FROM (
        SELECT DISTINCT ON (id) id, body FROM record_version
        WHERE org_id = ${orgId} AND kind = 'component'
          AND id IN (SELECT jsonb_array_elements_text(r.body->'componentIds')::uuid)
        ORDER BY id, ${holdingFirst}
      ) c
    ) AS components
    FROM (
      SELECT body FROM record_version WHERE org_id = ${orgId} AND kind = 'release' AND id = ${id}
      ORDER BY ${holdingFirst} LIMIT 1
    ) r`.execute(db);
  const row = rows[0];
  return row ? { id, version: row.version, digest: row.digest, components: row.components.sort() } : null;
}

/** Orders the versions of a record: the last one that took effect by a moment, else the first of all. */
function heldAt(at: Micros): RawBuilder<unknown> {
  return sql`effective_at <= ${moment(at)} DESC, CASE WHEN effective_at <= ${moment(at)} THEN -version ELSE version END`;
}

/** The production deployment of a release that covers a moment; the newest where several do. */
async function readDeploymentAt(db: Kysely<Tables>, orgId: Uuid, releaseId: Uuid, at: Micros) {
  const { rows } = await sql<{ id: Uuid; environment: string; started_at: Micros; ended_at: Micros | null }>`${PREPARED}
    SELECT id, environment, started_at, ended_at FROM deployment
    WHERE org_id = ${orgId} AND release_id = ${releaseId} AND NOT withdrawn AND environment = 'production'
      AND started_at <= ${moment(at)} AND (ended_at IS NULL OR ended_at > ${moment(at)})
    ORDER BY started_at DESC LIMIT 1`.execute(db);
  const row = rows[0];
  if (!row) return null;
  return {
    id: row.id,
    environment: row.environment,
    startedAt: formatInstant(row.started_at),
    endedAt: row.ended_at === null ? null : formatInstant(row.ended_at),
  };
}

export interface LogDay {
  day: string;
  logged: number;
  served: number | null;
}

/** The last `days` days of UTC up to the present one: decisions logged, and requests served where they were counted. */
export async function readLogCompleteness(
  db: Kysely<Tables>,
  orgId: Uuid,
  systemId: Uuid,
  days: number,
  now: Micros,
): Promise<LogDay[]> {
  const known = await sql`SELECT FROM system WHERE org_id = ${orgId} AND id = ${systemId}`.execute(db);
  if (known.rows.length === 0) throw notFound("This AI system");
  const today = now - (now % MICROS_PER_DAY);
  const from = today - BigInt(days - 1) * MICROS_PER_DAY;
  const { rows } = await sql<{ day: string; logged: number; served: number | null }>`
    WITH logged AS (
      SELECT (hour AT TIME ZONE 'UTC')::date AS day, sum(n)::bigint AS n FROM decision_count
      WHERE org_id = ${orgId} AND system_id = ${systemId} AND hour >= ${moment(from)}
        AND hour < ${moment(today + MICROS_PER_DAY)}
      GROUP BY 1
    ), newest AS (
      SELECT DISTINCT ON (hour, source) hour, served FROM served_report
      WHERE org_id = ${orgId} AND system_id = ${systemId} AND hour >= ${moment(from)}
        AND hour < ${moment(today + MICROS_PER_DAY)}
      ORDER BY hour, source, id DESC
    ), served AS (
      SELECT (hour AT TIME ZONE 'UTC')::date AS day, sum(served)::bigint AS n FROM newest GROUP BY 1
    )
    SELECT to_char(day, 'YYYY-MM-DD') AS day, coalesce(l.n, 0) AS logged, s.n AS served
    FROM logged l FULL JOIN served s USING (day)`.execute(db);
  const byDay = new Map(rows.map((row) => [row.day, row]));
  return Array.from({ length: days }, (_, i) => {
    const day = formatInstant(from + BigInt(i) * MICROS_PER_DAY).slice(0, 10);
    return byDay.get(day) ?? { day, logged: 0, served: null };
  });
}
