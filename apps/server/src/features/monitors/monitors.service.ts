/**
 * Runs of monitors. Each run is evidence and the monitor's heartbeat; a run beyond the limit opens an alert. One alert of
 * a monitor is open at a time, and after it is closed the next one needs a window that began later: the same data never
 * alarm twice.
 */
import type { Catalogue } from "@steward/catalogue";
import type { MonitorRun, ReadingInput } from "@steward/contract";
import {
  addDays,
  type Clock,
  formatInstant,
  type Micros,
  MICROS_PER_HOUR,
  newId,
  parseInstant,
  type Uuid,
} from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { alert, monitor, type Register } from "@steward/registers";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { type Caller, expectCovered, INSTALLATION_ID } from "../../platform/http/caller.ts";
import { HttpProblem, invalidField, notFound } from "../../platform/http/problem.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { readCalendar } from "../organisations/calendar.ts";
import { createInTransaction } from "../records/records.service.ts";
import { lockCurrent } from "../records/records.store.ts";
import { figure, look, LOOKS_PER_HEARTBEAT, type MonitorValues, type Sight } from "./monitors.measure.ts";

export interface MonitorDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
}

const SYSTEM_ACTOR = { kind: "system", id: INSTALLATION_ID } as const;

/** Looks now. @throws HttpProblem `not_found`, `conflict` where it is paused or read by another tool. */
export async function runMonitor(
  deps: MonitorDeps,
  orgId: Uuid,
  monitorId: Uuid,
  actor: Actor,
  caller?: Caller,
): Promise<MonitorRun> {
  return withTransaction(deps.db, async (tx) => {
    const values = await lockMonitor(tx, orgId, monitorId);
    if (caller) expectCovered(caller, "monitors.write", values.systemId as Uuid);
    const sight = await look(tx, orgId, values, deps.clock.now());
    if (sight === undefined) {
      throw new HttpProblem("conflict", "Another tool reads this monitor: send its readings instead.");
    }
    return keep(deps, tx, orgId, { monitorId, values, sight, actor, origin: "steward" });
  });
}

/** Keeps what another tool read. @throws HttpProblem `not_found`, `conflict`, `invalid`, `forbidden` for another system. */
export async function reportReading(
  deps: MonitorDeps,
  caller: Caller,
  monitorId: Uuid,
  reading: ReadingInput,
): Promise<MonitorRun> {
  return withTransaction(deps.db, async (tx) => {
    const values = await lockMonitor(tx, caller.orgId, monitorId);
    expectCovered(caller, "readings.write", values.systemId as Uuid);
    if (values.measure !== "reported") {
      throw new HttpProblem("conflict", "Steward reads this monitor by itself; it takes no readings.");
    }
    const sight = sightOf(values, reading, deps.clock.now());
    return keep(deps, tx, caller.orgId, { monitorId, values, sight, actor: caller.actor, origin: "reported" });
  });
}

function sightOf(values: MonitorValues, reading: ReadingInput, now: Micros): Sight {
  const from = reading.from === undefined ? now : (parseInstant(reading.from) as Micros);
  const to = reading.to === undefined ? now : (parseInstant(reading.to) as Micros);
  if (to < from) throw invalidField("to", "The end comes before the start.");
  if (to > now) throw invalidField("to", "It lies in the future.");
  const { value, n = null, note } = reading;
  const isBad = values.alarmWhen === "above" ? value > values.threshold : value < values.threshold;
  const side = values.alarmWhen === "above" ? "at most" : "at least";
  const said = `Reported ${figure(value)}; ${side} ${figure(values.threshold)} is wanted.`;
  // A value that rests on nothing shows nothing.
  const judgement = n === 0 ? "insufficient" : isBad ? "beyond" : "within";
  return {
    judgement,
    value,
    chance: null,
    n: n ?? 0,
    neededN: null,
    window: reading.from === undefined && reading.to === undefined ? null : { from, to },
    message: note === undefined ? said : `${said} ${note}`,
  };
}

async function lockMonitor(tx: Transaction<Tables>, orgId: Uuid, monitorId: Uuid): Promise<MonitorValues> {
  const current = await lockCurrent(tx, orgId, monitor as unknown as Register, monitorId);
  if (!current || current.withdrawn) throw notFound("This monitor");
  const values = current.values as unknown as MonitorValues;
  if (values.state !== "active") throw new HttpProblem("conflict", "This monitor is paused.");
  return values;
}

interface Run {
  readonly monitorId: Uuid;
  readonly values: MonitorValues;
  readonly sight: Sight;
  readonly actor: Actor;
  readonly origin: MonitorRun["origin"];
}

async function keep(deps: MonitorDeps, tx: Transaction<Tables>, orgId: Uuid, run: Run): Promise<MonitorRun> {
  const { monitorId, values, sight, origin } = run;
  const now = deps.clock.now();
  const opens = sight.judgement === "beyond" && (await mayOpen(tx, orgId, monitorId, sight.window?.from ?? now));
  const alertId = opens ? newId(deps.clock) : null;
  const at = (micros: Micros | undefined) => (micros === undefined ? null : formatInstant(micros));
  const result = {
    monitorId,
    systemId: values.systemId,
    origin,
    judgement: sight.judgement,
    value: sight.value,
    threshold: values.threshold,
    chance: sight.chance,
    n: sight.n,
    neededN: sight.neededN,
    from: at(sight.window?.from),
    to: at(sight.window?.to),
    message: sight.message,
    alertId,
  };
  const [appended] = await appendEvidence(tx, deps.clock, orgId, [
    { kind: "monitor.ran", actor: run.actor, subject: { kind: "monitor_run" }, body: result },
  ]);
  const { subjectId: id, at: ranAt, index: ledgerIndex } = appended as Appended;
  const kept: MonitorRun = { id, ranAt: formatInstant(ranAt), ...result, ledgerIndex };
  await insertRun(tx, orgId, kept);
  if (alertId !== null) await openAlert(deps, tx, orgId, alertId, run, ranAt);
  return kept;
}

/** The monitor's row is locked, so nobody opens one beside us. */
async function mayOpen(tx: Transaction<Tables>, orgId: Uuid, monitorId: Uuid, windowFrom: Micros): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM alert WHERE org_id = ${orgId} AND monitor_id = ${monitorId} AND NOT withdrawn
      AND (state <> 'closed' OR recorded_at > ${moment(windowFrom)}) LIMIT 1`.execute(tx);
  return rows.length === 0;
}

async function openAlert(
  deps: MonitorDeps,
  tx: Transaction<Tables>,
  orgId: Uuid,
  id: Uuid,
  { monitorId, values, sight }: Run,
  at: Micros,
): Promise<void> {
  const { timeZone } = await readCalendar(tx, orgId);
  await createInTransaction(deps, tx, { orgId, actor: SYSTEM_ACTOR, caller: undefined }, alert as unknown as Register, {
    id,
    values: alert.createSchema.parse({
      summary: `${values.name}: ${figure(sight.value ?? 0)} against ${figure(values.threshold)}`,
      systemId: values.systemId,
      monitorId,
      monitorKind: values.monitorKind,
      severity: values.severity,
      openedAt: formatInstant(at),
      value: sight.value,
      threshold: values.threshold,
      message: sight.message,
      acknowledgeBy: formatInstant(at + BigInt(values.acknowledgeHours) * MICROS_PER_HOUR),
      actBy: formatInstant(addDays(at, values.actionDays, timeZone)),
      state: "open",
    }) as Record<string, unknown>,
  });
}

async function insertRun(tx: Transaction<Tables>, orgId: Uuid, run: MonitorRun): Promise<void> {
  await tx
    .insertInto("monitor_run")
    .values({
      org_id: orgId,
      id: run.id,
      monitor_id: run.monitorId,
      system_id: run.systemId,
      ran_at: run.ranAt,
      origin: run.origin,
      judgement: run.judgement,
      value: run.value,
      threshold: run.threshold,
      chance: run.chance,
      n: run.n,
      needed_n: run.neededN,
      from_at: run.from,
      to_at: run.to,
      message: run.message,
      alert_id: run.alertId,
      ledger_index: run.ledgerIndex,
    })
    .execute();
}

/**
 * Runs every active monitor whose last run is half a heartbeat old; answers how many ran.
 * @throws AggregateError when some failed; the others ran.
 */
export async function runDueMonitors(deps: MonitorDeps): Promise<number> {
  const ran = await exclusively(deps.db, "monitors", async () => {
    const failures: unknown[] = [];
    const due = await readDue(deps.db, deps.clock.now());
    for (const { org_id, id } of due) {
      try {
        await runMonitor(deps, org_id, id, SYSTEM_ACTOR);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "Monitors failed.");
    return due.length;
  });
  return ran ?? 0;
}

/** Every organisation's due monitors: unscoped, because it is the scheduler that asks. */
async function readDue(db: Kysely<Tables>, now: Micros) {
  const { rows } = await sql<{ org_id: Uuid; id: Uuid }>`
    SELECT m.org_id, m.id FROM monitor m
    JOIN system s ON s.org_id = m.org_id AND s.id = m.system_id AND NOT s.withdrawn AND s.lifecycle <> 'retired'
    LEFT JOIN LATERAL (
      SELECT ran_at FROM monitor_run r WHERE r.org_id = m.org_id AND r.monitor_id = m.id ORDER BY id DESC LIMIT 1
    ) last ON true
    WHERE NOT m.withdrawn AND m.state = 'active' AND m.measure <> 'reported' AND (last.ran_at IS NULL
      OR last.ran_at <= ${moment(now)}::timestamptz - make_interval(mins => (m.heartbeat_hours * 60
        / ${LOOKS_PER_HEARTBEAT})::int))
    ORDER BY m.org_id, m.id`.execute(db);
  return rows;
}
