/** The facts about monitors, their alerts and the runs of agents, as known at a moment. */
import {
  AGENT_RUNS_DAYS,
  type AgentRunsFact,
  type ContextItemFact,
  type AlertFact,
  type MonitorFact,
  type MonitorRunFact,
} from "@steward/assurance";
import { type Micros, parseInstant, type Uuid } from "@steward/kernel";
import type { alert, monitor, RecordValues } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { countsAsOf } from "../decisions/decisions.counts.ts";
import type { Version } from "./status.facts.ts";

export function monitorFact({ id, values, evidence: seen }: Version<typeof monitor>): MonitorFact {
  return {
    id,
    systemId: values.systemId,
    name: values.name,
    kind: values.monitorKind,
    active: values.state === "active",
    heartbeatHours: values.heartbeatHours,
    evidence: seen,
  };
}

/** The newest run of each monitor. */
export async function loadMonitorRuns(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<MonitorRunFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    monitor_id: Uuid;
    ran_at: Micros;
    judgement: MonitorRunFact["judgement"];
    ledger_index: number;
  }>`
    SELECT r.* FROM monitor m JOIN LATERAL (
      SELECT id, monitor_id, ran_at, judgement, ledger_index FROM monitor_run r
      WHERE r.org_id = m.org_id AND r.monitor_id = m.id AND r.ran_at <= ${moment(until)}
      ORDER BY r.id DESC LIMIT 1
    ) r ON true WHERE m.org_id = ${orgId}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    monitorId: row.monitor_id,
    at: row.ran_at,
    judgement: row.judgement,
    evidence: { kind: "monitor_run", id: row.id, ledgerIndex: row.ledger_index, at: row.ran_at },
  }));
}

/** An alert's newest version, with when its history first said that it was taken up and acted on. */
export async function loadAlerts(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<AlertFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    version: number;
    recorded_at: Micros;
    ledger_index: number;
    body: RecordValues<typeof alert>;
    acknowledged_at: Micros | null;
    acted_at: Micros | null;
  }>`
    WITH known AS (
      SELECT * FROM record_version
      WHERE org_id = ${orgId} AND kind = 'alert' AND recorded_at <= ${moment(until)}
    )
    SELECT DISTINCT ON (id) id, version, recorded_at, ledger_index, body,
      (SELECT min(k.recorded_at) FROM known k WHERE k.id = known.id AND k.body->>'state' <> 'open') AS acknowledged_at,
      (SELECT min(k.recorded_at) FROM known k WHERE k.id = known.id AND k.body->>'action' IS NOT NULL) AS acted_at
    FROM known ORDER BY id, version DESC`.execute(db);
  return rows.map((row) => {
    const { body } = row;
    return {
      id: row.id,
      systemId: body.systemId,
      kind: body.monitorKind,
      summary: body.summary,
      top: body.severity === "top",
      openedAt: instant(body.openedAt),
      acknowledgeBy: instant(body.acknowledgeBy),
      actBy: instant(body.actBy),
      acknowledgedAt: row.acknowledged_at,
      action: body.action,
      actedAt: row.acted_at,
      explained: body.cause !== null && body.fix !== null,
      closed: body.state === "closed",
      evidence: {
        kind: "alert",
        id: row.id,
        version: row.version,
        ledgerIndex: row.ledger_index,
        at: row.recorded_at,
      },
    };
  });
}

function instant(text: string): Micros {
  const micros = parseInstant(text);
  if (micros === undefined) throw new RangeError(`A stored moment cannot be read: ${text}`);
  return micros;
}

/**
 * Runs of agents over the days that end with the newest one of each: what says that it is a run of an agent, and what an
 * agent decided by itself (neither a step nor a part of another run).
 */
export async function loadAgentRuns(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<AgentRunsFact[]> {
  const { rows } = await sql<{
    system_id: Uuid;
    runs: number;
    complete: number;
    last_at: Micros;
    last_index: number;
  }>`
    WITH agentic AS MATERIALIZED (
      SELECT DISTINCT id FROM record_version WHERE org_id = ${orgId} AND kind = 'system'
        AND body->>'agentic' = 'yes' AND recorded_at <= ${moment(until)}
    )
    SELECT a.id AS system_id, counted.*
    FROM agentic a
    JOIN LATERAL (
      SELECT c.last_run_at FROM ${countsAsOf(orgId, until)} c
      WHERE c.system_id = a.id AND c.runs > 0 ORDER BY c.last_run_at DESC LIMIT 1
    ) newest ON true
    JOIN LATERAL (
      SELECT sum(c.runs)::bigint AS runs, sum(c.complete_runs)::bigint AS complete, max(c.last_run_at) AS last_at,
        max(c.last_run_index) AS last_index
      FROM ${countsAsOf(orgId, until)} c
      WHERE c.system_id = a.id AND c.runs > 0
        AND c.last_run_at > newest.last_run_at - make_interval(days => ${AGENT_RUNS_DAYS})
    ) counted ON true`.execute(db);
  return rows.map((row) => ({
    systemId: row.system_id,
    runs: row.runs,
    complete: row.complete,
    lastAt: row.last_at,
    evidence: {
      kind: "agent_runs",
      id: `${row.system_id}/${row.last_at}`,
      ledgerIndex: row.last_index,
      at: row.last_at,
    },
  }));
}

/**
 * Where agents took their context from over the days that end with the newest one of each, by source and trust label.
 */
export async function loadContextItems(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<ContextItemFact[]> {
  const { rows } = await sql<{
    system_id: Uuid;
    source_key: string;
    trust_label: string;
    first_at: Micros;
    last_at: Micros;
    last_index: number;
  }>`
    WITH newest AS (
      SELECT system_id, max(day) AS day FROM context_source_day
      WHERE org_id = ${orgId} AND first_at <= ${moment(until)} GROUP BY system_id
    )
    SELECT c.system_id, c.source_key, c.trust_label, min(c.first_at) AS first_at, max(c.first_at) AS last_at,
      max(c.first_index) AS last_index
    FROM newest n JOIN context_source_day c ON c.org_id = ${orgId} AND c.system_id = n.system_id
      AND c.day > n.day - ${sql.lit(AGENT_RUNS_DAYS)} AND c.first_at <= ${moment(until)}
    GROUP BY c.system_id, c.source_key, c.trust_label`.execute(db);
  return rows.map((row) => ({
    systemId: row.system_id,
    source: row.source_key === "" ? null : row.source_key,
    label: row.trust_label === "" ? null : row.trust_label,
    firstAt: row.first_at,
    lastAt: row.last_at,
    evidence: {
      kind: "context_item",
      id: `${row.system_id}/${row.last_index}`,
      ledgerIndex: row.last_index,
      at: row.last_at,
    },
  }));
}
