/** Compares decisions, late outcomes, served counts, drills and self-checks with the entries that they were recorded by. */
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { entryTime } from "@steward/ledger";
import { type Kysely, type RawBuilder, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { APPEND_MAX_ENTRIES } from "../../platform/ledger/append.ts";
import { type DecisionColumns, differingColumns, isDecisionBody } from "../decisions/decisions.projection.ts";
import type { DecisionBody } from "../decisions/decisions.record.ts";
import { evaluationStream, policyStream } from "./ledger.evaluations.ts";
import {
  altered,
  type CheckFinding,
  differing,
  extra,
  EXTRA_ROWS_NAMED,
  missing,
  type ProjectionCheck,
  type ReadEntry,
} from "./ledger.findings.ts";
import {
  bomStream,
  dispositionStream,
  driftDecisionStream,
  driftEventCheck,
  feedStream,
  observationStream,
  scanStream,
} from "./ledger.inventory.ts";
import { feedbackStream, monitorRunStream } from "./ledger.monitoring.ts";

/** A table with one row for each entry of a kind, under the id of the entry's subject. */
export interface Stream<Row extends { readonly id: Uuid }> {
  readonly kind: string;
  readonly table: string;
  /** The column that holds the entry's index, where it is not ledger_index. */
  readonly indexColumn?: string;
  /** What a row is called in a finding. */
  readonly what: string;
  readonly select: (orgId: Uuid, ids: readonly Uuid[]) => RawBuilder<Row>;
  /** The columns that are not what the entry and its body say. */
  readonly differing: (row: Row, read: ReadEntry & { body: Record<string, unknown> }) => string[];
  readonly finish?: (db: Kysely<Tables>, orgId: Uuid) => Promise<CheckFinding[]>;
}

function streamCheck<Row extends { readonly id: Uuid; readonly ledger_index: number }>(
  stream: Stream<Row>,
): ProjectionCheck {
  let matched = 0;
  return {
    async check(db, orgId, entries) {
      const own = entries.filter(({ entry, erased }) => entry.kind === stream.kind && !erased);
      if (own.length === 0) return [];
      const ids = own.map(({ entry }) => entry.subject.id);
      const { rows } = await stream.select(orgId, ids).execute(db);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return own.flatMap((read) => {
        const row = byId.get(read.entry.subject.id);
        if (!row) return [missing(`The ${stream.what}`, read.index)];
        matched++;
        const { body } = read;
        const wrong = row.ledger_index === read.index ? [] : ["ledger_index"];
        if (body !== undefined) wrong.push(...stream.differing(row, { ...read, body }));
        return altered(`The ${stream.what}`, read.index, wrong);
      });
    },
    async finish(db, orgId) {
      const more = (await stream.finish?.(db, orgId)) ?? [];
      const table = sql.table(stream.table);
      const index = sql.ref(`t.${stream.indexColumn ?? "ledger_index"}`);
      const counted = await sql<{ n: number }>`
        SELECT count(*) AS n FROM ${table} t WHERE org_id = ${orgId} AND ${index} IS NOT NULL`.execute(db);
      if (counted.rows[0]?.n === matched) return more;
      const { rows } = await sql<{ id: Uuid; ledger_index: number }>`
        SELECT t.id, ${index} AS ledger_index FROM ${table} t
        WHERE t.org_id = ${orgId} AND ${index} IS NOT NULL AND NOT EXISTS (
          SELECT FROM ledger_entry e WHERE e.org_id = t.org_id AND e.index = ${index}
            AND e.kind = ${stream.kind} AND e.subject_id = t.id::text
        ) ORDER BY 2 LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
      return [...more, ...rows.map((row) => extra(`The ${stream.what}`, row.id, row.ledger_index))];
    },
  };
}

interface DecisionRow extends DecisionColumns {
  readonly ledger_index: number;
  readonly receipt_index: number | null;
  readonly receipt_at: Micros | null;
  readonly system_key: string | null;
}

const decisionStream: Stream<DecisionRow> = {
  kind: "decision.recorded",
  table: "decision",
  what: "decision",
  select: (orgId, ids) => sql`
    SELECT d.*, r.ledger_index AS receipt_index, r.recorded_at AS receipt_at,
      r.system_key
    FROM decision d
    -- Row by row: until its statistics are there, a planner reads all receipts for each thousand decisions.
    LEFT JOIN LATERAL (
      SELECT ledger_index, recorded_at, system_key FROM decision_receipt r
      WHERE r.org_id = d.org_id AND r.external_id = d.external_id AND r.decision_id = d.id LIMIT 1
    ) r ON true
    WHERE d.org_id = ${orgId} AND d.id = ANY(${ids}::uuid[])`,
  differing(row, { entry, index, body }) {
    if (!isDecisionBody(body)) return ["body"];
    const committed = body as unknown as DecisionBody;
    const at = entryTime(entry);
    const { system, named } = committed.decision;
    const receipt = [row.receipt_index, row.receipt_at, row.system_key];
    return [
      ...differingColumns(row, { subjectId: entry.subject.id, at }, committed),
      ...differing({ receipt: [receipt, [index, at, system.id ?? named.system]] }),
    ];
  },
  finish: async (db, orgId) => [...(await wrongCounts(db, orgId)), ...(await extraReceipts(db, orgId))],
};

/**
 * Counts the decisions again as intake counted them: those of one append by system, release and hour. Appends of which
 * some decisions were disposed of cannot be counted any more and are left out.
 */
async function wrongCounts(db: Kysely<Tables>, orgId: Uuid): Promise<CheckFinding[]> {
  const { rows } = await sql<{ index: number }>`
    WITH counted AS (
      SELECT system_id, coalesce(release_id::text, '') AS release, date_trunc('hour', occurred_at, 'UTC') AS hour,
        recorded_at, count(*) AS n, count(*) FILTER (WHERE flags <> '{}') AS flagged,
        trunc(extract(epoch FROM max(occurred_at - recorded_at)) * 1000)::bigint AS max_ahead_ms,
        min(occurred_at) AS first_at, max(occurred_at) AS last_at, max(ledger_index) AS last_index,
        max(id::text) AS id
      FROM decision WHERE org_id = ${orgId} AND system_id IS NOT NULL AND NOT sandbox AND NOT step
      GROUP BY system_id, release_id, date_trunc('hour', occurred_at, 'UTC'), recorded_at
    ), stored AS (
      SELECT *, coalesce(release_id::text, '') AS release FROM decision_count WHERE org_id = ${orgId}
    )
    SELECT coalesce(counted.last_index, stored.last_index) AS index
    FROM counted FULL JOIN stored USING (system_id, release, hour, recorded_at)
    WHERE (counted.n, counted.flagged, counted.max_ahead_ms, counted.first_at, counted.last_at, counted.last_index,
        counted.id)
        IS DISTINCT FROM
        (stored.n, stored.flagged, stored.max_ahead_ms, stored.first_at, stored.last_at, stored.last_index,
        stored.id::text)
      AND NOT EXISTS (
        SELECT FROM ledger_erasure x WHERE x.org_id = ${orgId}
          AND x.first_index <= coalesce(counted.last_index, stored.last_index)
          AND x.last_index > coalesce(counted.last_index, stored.last_index) - ${APPEND_MAX_ENTRIES}
      )
    ORDER BY 1 LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
  return rows.map(({ index }) => ({
    code: "projection_altered",
    entry: index,
    message: `The count of decisions up to entry ${index} is not what the decisions add up to.`,
  }));
}

async function extraReceipts(db: Kysely<Tables>, orgId: Uuid): Promise<CheckFinding[]> {
  const { rows } = await sql<{ external_id: string; ledger_index: number }>`
    SELECT external_id, ledger_index FROM decision_receipt r WHERE org_id = ${orgId} AND NOT EXISTS (
      SELECT FROM decision d WHERE d.org_id = r.org_id AND d.id = r.decision_id AND d.external_id = r.external_id
    ) ORDER BY ledger_index LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
  return rows.map((row) => extra("The receipt of decision", row.external_id, row.ledger_index));
}

interface OutcomeRow {
  readonly id: Uuid;
  readonly decision_id: Uuid;
  readonly version: number;
  readonly outcome: string;
  readonly observed_at: Micros;
  readonly recorded_at: Micros;
  readonly source: string | null;
  readonly ledger_index: number;
}

const outcomeStream: Stream<OutcomeRow> = {
  kind: "outcome.recorded",
  table: "decision_outcome",
  what: "late outcome",
  select: (orgId, ids) => sql`SELECT * FROM decision_outcome WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing(row, { entry, body }) {
    const { outcome } = body as { outcome?: Record<string, unknown> };
    return differing({
      decision_id: [row.decision_id, outcome?.["decisionId"]],
      version: [row.version, outcome?.["version"]],
      outcome: [row.outcome, outcome?.["outcome"]],
      observed_at: [formatInstant(row.observed_at), outcome?.["observedAt"]],
      source: [row.source, outcome?.["source"]],
      recorded_at: [row.recorded_at, entryTime(entry)],
    });
  },
};

interface ServedRow {
  readonly id: Uuid;
  readonly system_id: Uuid;
  readonly source: string;
  readonly hour: Micros;
  readonly served: number;
  readonly recorded_at: Micros;
  readonly ledger_index: number;
}

const servedStream: Stream<ServedRow> = {
  kind: "served.reported",
  table: "served_report",
  what: "count of served requests",
  select: (orgId, ids) => sql`SELECT * FROM served_report WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, body }) =>
    differing({
      system_id: [row.system_id, body["systemId"]],
      source: [row.source, body["source"]],
      hour: [formatInstant(row.hour), body["hour"]],
      served: [row.served, body["served"]],
      recorded_at: [row.recorded_at, entryTime(entry)],
    }),
};

interface DrillRow {
  readonly id: Uuid;
  readonly system_id: Uuid;
  readonly ran_at: Micros;
  readonly seed: string;
  readonly from_at: Micros;
  readonly to_at: Micros;
  readonly population: number;
  readonly sampled: number;
  readonly reconstructed: number;
  readonly missing: unknown;
  readonly ledger_index: number;
}

const drillStream: Stream<DrillRow> = {
  kind: "drill.recorded",
  table: "reconstruction_drill",
  what: "reconstruction drill",
  select: (orgId, ids) => sql`SELECT * FROM reconstruction_drill WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, body }) =>
    differing({
      system_id: [row.system_id, body["systemId"]],
      ran_at: [row.ran_at, entryTime(entry)],
      seed: [row.seed, body["seed"]],
      from_at: [formatInstant(row.from_at), body["from"]],
      to_at: [formatInstant(row.to_at), body["to"]],
      population: [row.population, body["population"]],
      sampled: [row.sampled, body["sampled"]],
      reconstructed: [row.reconstructed, body["reconstructed"]],
      missing: [row.missing, body["missing"]],
    }),
};

interface CheckRow {
  readonly id: Uuid;
  readonly ran_at: Micros;
  readonly size: number;
  readonly ok: boolean;
  readonly findings: unknown;
  readonly duration_ms: number;
  readonly ledger_index: number;
}

const checkStream: Stream<CheckRow> = {
  kind: "ledger.checked",
  table: "ledger_check",
  what: "self-check",
  select: (orgId, ids) => sql`SELECT * FROM ledger_check WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, body }) =>
    differing({
      ran_at: [row.ran_at, entryTime(entry)],
      size: [row.size, body["size"]],
      ok: [row.ok, body["ok"]],
      findings: [row.findings, body["findings"]],
      duration_ms: [row.duration_ms, body["durationMs"]],
    }),
};

interface CallEventRow {
  readonly id: Uuid;
  readonly system_id: Uuid;
  readonly run_id: string;
  readonly digest: string;
  readonly events: unknown;
  readonly recorded_at: Micros;
  readonly ledger_index: number;
}

const callEventStream: Stream<CallEventRow> = {
  kind: "call_events.recorded",
  table: "call_event",
  what: "events of a call",
  select: (orgId, ids) => sql`SELECT * FROM call_event WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, body }) =>
    differing({
      system_id: [row.system_id, body["systemId"]],
      run_id: [row.run_id, body["runId"]],
      digest: [row.digest, body["digest"]],
      events: [row.events, body["events"]],
      recorded_at: [row.recorded_at, entryTime(entry)],
    }),
};

interface ConflictRow {
  readonly id: Uuid;
  readonly subject_hash: Buffer | null;
  readonly decision_id: Uuid;
  readonly recorded_at: Micros;
  readonly ledger_index: number;
}

const conflictStream: Stream<ConflictRow> = {
  kind: "decision.refused",
  table: "decision_conflict",
  what: "refused content of a decision",
  select: (orgId, ids) => sql`SELECT * FROM decision_conflict WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing(row, { entry, body }) {
    const { refused } = body as { refused?: Record<string, unknown> };
    return differing({
      decision_id: [row.decision_id, refused?.["storedAs"]],
      subject_hash: [row.subject_hash?.toString("hex"), body["subject"]],
      recorded_at: [row.recorded_at, entryTime(entry)],
    });
  },
};

export function streamChecks(): ProjectionCheck[] {
  return [
    streamCheck(decisionStream),
    streamCheck(outcomeStream),
    streamCheck(callEventStream),
    streamCheck(conflictStream),
    streamCheck(servedStream),
    streamCheck(drillStream),
    streamCheck(checkStream),
    streamCheck(policyStream),
    streamCheck(evaluationStream),
    streamCheck(monitorRunStream),
    streamCheck(feedbackStream),
    streamCheck(scanStream),
    streamCheck(observationStream),
    streamCheck(bomStream),
    streamCheck(feedStream),
    streamCheck(dispositionStream),
    streamCheck(driftDecisionStream),
    driftEventCheck(),
  ];
}
