/** Runs of monitors, and what watches each AI system. */
import type { MonitoredSystem, MonitorRun, MonitorView } from "@steward/contract";
import { formatInstant, type Micros, MICROS_PER_HOUR, type Uuid } from "@steward/kernel";
import { MEASURES_OF_KIND } from "@steward/registers";
import { type Kysely, type Selectable, sql } from "kysely";

import type { MonitorRunTable } from "../../platform/database/schema.monitoring.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { newestOf, type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";

/** Runs shown as a line beside each monitor. */
const SERIES_RUNS = 60;
const KINDS = Object.keys(MEASURES_OF_KIND);

type RunRow = Selectable<MonitorRunTable>;

function runView(row: RunRow): MonitorRun {
  const at = (micros: Micros | null) => (micros === null ? null : formatInstant(micros));
  return {
    id: row.id,
    monitorId: row.monitor_id,
    systemId: row.system_id,
    ranAt: formatInstant(row.ran_at),
    origin: row.origin,
    judgement: row.judgement,
    value: row.value,
    threshold: row.threshold,
    chance: row.chance,
    n: row.n,
    neededN: row.needed_n,
    from: at(row.from_at),
    to: at(row.to_at),
    message: row.message,
    alertId: row.alert_id,
    ledgerIndex: row.ledger_index,
  };
}

const ORDER = "-ranAt";

export async function listMonitorRuns(
  db: Kysely<Tables>,
  orgId: Uuid,
  monitorId: Uuid,
  query: PageQuery,
): Promise<Page<MonitorRun>> {
  const select = db
    .selectFrom("monitor_run")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("monitor_id", "=", monitorId);
  return pageById(query, ORDER, newestOf(select), (rows) => rows.map(runView));
}

interface MonitorRow {
  readonly id: Uuid;
  readonly system_id: Uuid;
  readonly name: string;
  readonly monitor_kind: string;
  readonly measure: string;
  readonly threshold: number;
  readonly alarm_when: string;
  readonly severity: string;
  readonly heartbeat_hours: number;
  readonly state: string;
  readonly open_alert: Uuid | null;
}

/** Systems that are not retired, with what watches them. */
export async function readMonitoring(
  db: Kysely<Tables>,
  orgId: Uuid,
  systemId: Uuid | undefined,
  now: Micros,
): Promise<MonitoredSystem[]> {
  const only = systemId === undefined ? sql`` : sql`AND s.id = ${systemId}`;
  const [systems, monitors, runs, alerts] = await Promise.all([
    sql<{ id: Uuid; name: string; lifecycle: string }>`
      SELECT id, name, lifecycle FROM system s
      WHERE org_id = ${orgId} AND NOT withdrawn AND lifecycle <> 'retired' ${only}
      ORDER BY lower(name), id`.execute(db),
    sql<MonitorRow>`
      SELECT m.*, (SELECT a.id FROM alert a WHERE a.org_id = m.org_id AND a.monitor_id = m.id AND NOT a.withdrawn
        AND a.state <> 'closed' ORDER BY a.id DESC LIMIT 1) AS open_alert
      FROM monitor m JOIN system s ON s.org_id = m.org_id AND s.id = m.system_id
      WHERE m.org_id = ${orgId} AND NOT m.withdrawn ${only} ORDER BY lower(m.name), m.id`.execute(db),
    sql<RunRow>`
      SELECT r.* FROM monitor m JOIN system s ON s.org_id = m.org_id AND s.id = m.system_id
      JOIN LATERAL (
        SELECT * FROM monitor_run r WHERE r.org_id = m.org_id AND r.monitor_id = m.id
        ORDER BY r.id DESC LIMIT ${SERIES_RUNS}
      ) r ON true
      WHERE m.org_id = ${orgId} AND NOT m.withdrawn ${only} ORDER BY r.id`.execute(db),
    sql<{ system_id: Uuid; n: number }>`
      SELECT a.system_id, count(*) AS n FROM alert a JOIN system s ON s.org_id = a.org_id AND s.id = a.system_id
      WHERE a.org_id = ${orgId} AND NOT a.withdrawn AND a.state <> 'closed' ${only} GROUP BY a.system_id`.execute(db),
  ]);
  const runsOf = Map.groupBy(runs.rows, ({ monitor_id }) => monitor_id);
  const monitorsOf = Map.groupBy(monitors.rows, ({ system_id }) => system_id);
  const openOf = new Map(alerts.rows.map(({ system_id, n }) => [system_id, n]));
  return systems.rows.map((system) => {
    const views = (monitorsOf.get(system.id) ?? []).map((row) => monitorView(row, runsOf.get(row.id) ?? [], now));
    const alive = new Set(views.filter((view) => view.alive).map(({ kind }) => kind));
    return {
      ...system,
      missingKinds: KINDS.filter((kind) => !alive.has(kind)),
      openAlerts: openOf.get(system.id) ?? 0,
      monitors: views.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)),
    };
  });
}

function monitorView(row: MonitorRow, runs: readonly RunRow[], now: Micros): MonitorView {
  const last = runs.at(-1);
  const heartbeat = BigInt(row.heartbeat_hours) * MICROS_PER_HOUR;
  return {
    id: row.id,
    name: row.name,
    kind: row.monitor_kind,
    measure: row.measure,
    threshold: row.threshold,
    alarmWhen: row.alarm_when,
    severity: row.severity,
    heartbeatHours: row.heartbeat_hours,
    state: row.state,
    alive: row.state === "active" && last !== undefined && last.ran_at + heartbeat > now,
    lastRun: last === undefined ? null : runView(last),
    openAlertId: row.open_alert,
    series: runs.map(({ ran_at, value, threshold, chance, judgement }) => ({
      at: formatInstant(ran_at),
      value,
      threshold,
      chance,
      judgement,
    })),
  };
}
