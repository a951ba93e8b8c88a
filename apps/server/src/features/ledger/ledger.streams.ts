/** Compares decisions, late outcomes, served counts, drills and self-checks with the entries that they were recorded by. */
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { entryTime } from "@steward/ledger";
import { type Kysely, type RawBuilder, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { addedUp, recount } from "../decisions/decisions.counts.ts";
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
 * Counts the decisions again as intake counted them: those of one append, or of an hour of recording that was added up,
 * by system, release and hour. Counts of which some decisions were disposed of cannot be made again and are left out.
 */
async function wrongCounts(db: Kysely<Tables>, orgId: Uuid): Promise<CheckFinding[]> {
  const span = sql`CASE WHEN recorded_at < (SELECT added_up_to FROM decision_count_mark WHERE org_id = ${orgId})
    THEN date_trunc('hour', recorded_at, 'UTC') ELSE recorded_at END`;
  const compared = sql.raw(
    COUNTED_COLUMNS.flatMap((column) => [`counted.${column} IS DISTINCT FROM stored.${column}`]).join(" OR "),
  );
  const { rows } = await sql<{ index: number }>`
    WITH counted AS (${recount(sql`d.org_id = ${orgId}`, span)}),
    stored AS (${addedUp(sql`(SELECT * FROM decision_count WHERE org_id = ${orgId}) c`, span)})
    SELECT coalesce(counted.last_index, stored.last_index) AS index
    FROM counted FULL JOIN stored ON counted.system_id = stored.system_id AND counted.hour = stored.hour
      AND counted.span = stored.span AND coalesce(counted.release_id::text, '') = coalesce(stored.release_id::text, '')
    WHERE (${compared}) AND NOT EXISTS (
      SELECT FROM ledger_erasure x WHERE x.org_id = ${orgId}
        AND x.first_index <= coalesce(counted.last_index, stored.last_index)
        AND x.last_index >= least(counted.first_index, stored.first_index)
    )
    ORDER BY 1 LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
  return rows.map(({ index }) => ({
    code: "projection_altered",
    entry: index,
    message: `The count of decisions up to entry ${index} is not what the decisions add up to.`,
  }));
}

const COUNTED_COLUMNS = [
  "n",
  "flagged",
  "max_ahead_ms",
  "first_at",
  "last_at",
  "first_index",
  "last_index",
  "id",
  "recorded_at",
  "runs",
  "complete_runs",
  "last_run_at",
  "last_run_index",
];

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
