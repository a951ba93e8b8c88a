/** Control A.6.2.6: systems in operation are watched, and what the monitors find is handled. */
import { counted, type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, percent } from "@steward/kernel";

import { itemsTest } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import { MONITOR_KINDS } from "../facts.monitoring.ts";
import type { AlertFact, MonitorFact, MonitorKind, MonitorRunFact } from "../facts.monitoring.ts";
import type { SystemFact } from "../facts.ts";
import { compare, earliest } from "../intervals.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

const KIND_NAMES: Record<MonitorKind, string> = {
  health: "service health",
  output_quality: "output quality",
  drift: "drift",
  misuse: "misuse and safety",
  feedback: "user feedback",
};

/** Alerts of this time count for the share that was acknowledged … */
export const ALERT_LOOKBACK_DAYS = 365;
/** … and at least so many of the newest, so that a miss does not leave by waiting. */
export const ALERTS_LEAST = 20;

const population = {
  called: ["AI system in operation", "AI systems in operation"],
  items: systemsInOperation,
  subject: systemSubject,
  none: noSystemInOperation,
  populationChangesAt: operationChangesAt,
} as const;

/** T-A.6.2.6-1: five kinds of live monitor, none of them silent beyond its heartbeat. */
export const monitorsLive = itemsTest<SystemFact>({
  ...population,
  id: "T-A.6.2.6-1",
  codeVersion: "1",
  needs: ["systems", "deployments", "monitors", "monitorRuns"],
  claim: [
    "has live monitors of health, output quality, drift, misuse and feedback",
    "have live monitors of health, output quality, drift, misuse and feedback",
  ],
  judge: (system, context) => MONITOR_KINDS.flatMap((kind) => judgeKind(system, kind, context)),
});

function judgeKind(system: SystemFact, kind: MonitorKind, { facts, now }: TestContext): Check[] {
  const monitors = facts.monitors(system.id).filter((monitor) => monitor.active && monitor.kind === kind);
  if (monitors.length === 0) {
    return [
      {
        verdict: "fail",
        message: `${system.name} has no active monitor of ${KIND_NAMES[kind]}.`,
        evidence: [system.evidence],
        nextStep: stepFor(system, "add_monitor", `Add a monitor of ${KIND_NAMES[kind]} to ${system.name}.`),
      },
    ];
  }
  const seen = monitors.map((monitor) => ({ monitor, run: facts.monitorRun(monitor.id) }));
  const silent = seen.filter(({ monitor, run }) => run !== undefined && deadline(monitor, run) <= now);
  if (silent.length > 0) return silent.map(({ monitor, run }) => silentCheck(system, monitor, run));
  const runs = seen.flatMap(({ monitor, run }) => (run ? [{ monitor, run }] : []));
  const validUntil = earliest(runs.map(({ monitor, run }) => deadline(monitor, run)));
  const measured = runs.filter(({ run }) => run.judgement !== "insufficient");
  if (measured.length > 0) {
    const evidence = runs.flatMap(({ monitor, run }) => [monitor.evidence, run.evidence]);
    return [{ verdict: "pass", message: `${system.name}: ${KIND_NAMES[kind]} is watched.`, evidence, validUntil }];
  }
  const [first] = monitors as [MonitorFact, ...MonitorFact[]];
  const message =
    runs.length === 0
      ? `The monitor “${first.name}” of ${system.name} has not run yet.`
      : `The monitor “${first.name}” of ${system.name} sees too few cases to tell.`;
  const nextStep = stepFor(system, "feed_monitor", `See what the monitor “${first.name}” of ${system.name} lacks.`);
  const evidence = runs.map(({ run }) => run.evidence);
  return [{ verdict: "insufficient", message, evidence, validUntil, nextStep }];
}

function deadline({ heartbeatHours }: MonitorFact, run: MonitorRunFact): Micros {
  return run.at + BigInt(heartbeatHours) * MICROS_PER_HOUR;
}

function silentCheck(system: SystemFact, monitor: MonitorFact, run: MonitorRunFact | undefined): Check {
  const text = `Find out why the monitor “${monitor.name}” of ${system.name} is silent.`;
  return {
    verdict: "fail",
    message: `The monitor “${monitor.name}” of ${system.name} has been silent for longer than its heartbeat of ${counted(monitor.heartbeatHours, "hour")}.`,
    evidence: [monitor.evidence, ...(run ? [run.evidence] : [])],
    nextStep: stepFor(system, "feed_monitor", text),
  };
}

/** T-A.6.2.6-2: alerts are acknowledged in time, and top-severity ones have their cause and fix on record. */
export const alertsAcknowledged = itemsTest<SystemFact>({
  ...population,
  id: "T-A.6.2.6-2",
  codeVersion: "1",
  needs: ["systems", "deployments", "monitors", "monitorRuns", "alerts"],
  limits: [
    { name: "ALERT_LOOKBACK", value: ALERT_LOOKBACK_DAYS, unit: "days" },
    { name: "ALERTS_LEAST", value: ALERTS_LEAST, unit: "alerts" },
  ],
  claim: [
    "is watched, and its alerts were acknowledged in time and explained",
    "are watched, and their alerts were acknowledged in time and explained",
  ],
  judge: (system, context) => [
    judgeWatch(system, context, MONITOR_KINDS),
    ...judgeAcknowledged(system, context),
    ...context.facts
      .alerts(system.id)
      .filter(({ top }) => top)
      .map((alert) => judgeExplained(system, alert, context)),
  ],
});

/** No alert shows something only while a monitor is alive that would have opened one. */
function judgeWatch(system: SystemFact, { facts, now }: TestContext, kinds: readonly MonitorKind[]): Check {
  const what = kinds.length === 1 ? `monitor of ${KIND_NAMES[kinds[0] as MonitorKind]}` : "monitor";
  const proofs = facts
    .monitors(system.id)
    .filter(({ active, kind }) => active && kinds.includes(kind))
    .flatMap((monitor) => {
      const run = facts.monitorRun(monitor.id);
      return run && run.judgement !== "insufficient" ? [{ run, until: deadline(monitor, run) }] : [];
    });
  const newest = proofs.toSorted((a, b) => compare(b.until, a.until))[0];
  const nextStep = stepFor(system, "add_monitor", `Give ${system.name} a live ${what}.`);
  if (newest === undefined) {
    return { verdict: "insufficient", message: `No ${what} of ${system.name} has seen enough yet.`, nextStep };
  }
  const evidence = [newest.run.evidence];
  if (newest.until <= now) {
    return { verdict: "stale", message: `No ${what} of ${system.name} is alive.`, evidence, nextStep };
  }
  return { verdict: "pass", message: `${system.name} is watched.`, evidence, validUntil: newest.until };
}

function judgeAcknowledged(system: SystemFact, { facts, now, parameter }: TestContext): Check[] {
  const least = parameter("ALERT_ACK_SHARE");
  const alerts = facts.alerts(system.id);
  const pending = alerts.filter((alert) => alert.acknowledgedAt === null && alert.acknowledgeBy > now);
  const changesAt = earliest(pending.map(({ acknowledgeBy }) => acknowledgeBy));
  const due = alerts.filter((alert) => !pending.includes(alert));
  const leaves = ({ openedAt }: AlertFact) => openedAt + BigInt(ALERT_LOOKBACK_DAYS) * MICROS_PER_DAY;
  const counting = due.filter((alert, place) => place < ALERTS_LEAST || leaves(alert) > now);
  const validUntil = earliest([changesAt, ...counting.slice(ALERTS_LEAST).map(leaves)]);
  if (counting.length === 0) {
    // Nothing is due yet: the watch alone speaks, until the first alert is.
    return pending.length === 0
      ? []
      : [{ verdict: "pass", message: `${system.name} has no alert that is due.`, validUntil }];
  }
  const missed = counting.filter(
    ({ acknowledgedAt, acknowledgeBy }) => acknowledgedAt === null || acknowledgedAt > acknowledgeBy,
  );
  const inTime = counting.length - missed.length;
  const said = `${system.name}: ${inTime} of ${counted(counting.length, "alert")} (${percent(inTime, counting.length)}) acknowledged in time`;
  if (inTime * 100 >= least * counting.length) {
    return [{ verdict: "pass", message: `${said}.`, evidence: counting.map(({ evidence }) => evidence), validUntil }];
  }
  const open = missed.find(({ acknowledgedAt }) => acknowledgedAt === null);
  const text = open
    ? `Acknowledge the alert “${open.summary}” of ${system.name}.`
    : `Acknowledge the next alerts of ${system.name} in time.`;
  return [
    {
      verdict: "fail",
      message: `${said}; at least ${least} % are wanted.`,
      evidence: missed.map(({ evidence }) => evidence),
      validUntil,
      nextStep: stepFor(system, "handle_alert", text),
    },
  ];
}

function judgeExplained(system: SystemFact, alert: AlertFact, { now }: TestContext): Check {
  const evidence = [alert.evidence];
  if (alert.explained) {
    return { verdict: "pass", message: `“${alert.summary}” has its cause and fix on record.`, evidence };
  }
  if (alert.actBy > now) {
    return { verdict: "pass", message: `“${alert.summary}” is being handled.`, evidence, validUntil: alert.actBy };
  }
  return {
    verdict: "fail",
    message: `The top-severity alert “${alert.summary}” of ${system.name} has no record of its cause and fix.`,
    evidence,
    nextStep: stepFor(system, "handle_alert", `Record cause and fix of the alert “${alert.summary}”.`),
  };
}

/** T-A.6.2.6-3: drift beyond its limit led to an action in time. */
export const driftHandled = itemsTest<SystemFact>({
  ...population,
  id: "T-A.6.2.6-3",
  codeVersion: "1",
  needs: ["systems", "deployments", "monitors", "monitorRuns", "alerts"],
  claim: [
    "is watched for drift, and what was found led to an action in time",
    "are watched for drift, and what was found led to an action in time",
  ],
  judge: (system, context) => [
    judgeWatch(system, context, ["drift"]),
    ...context.facts
      .alerts(system.id)
      .filter(({ kind }) => kind === "drift")
      .map((alert) => judgeDrift(system, alert, context)),
  ],
});

/** What the catalogue counts as an action on drift. */
const DRIFT_ACTIONS: ReadonlySet<string | null> = new Set(["retrain", "roll_back", "restrict", "accept"]);

function judgeDrift(system: SystemFact, alert: AlertFact, { now }: TestContext): Check {
  const evidence = [alert.evidence];
  const fail = (message: string, text: string): Check => ({
    verdict: "fail",
    message,
    evidence,
    nextStep: stepFor(system, "handle_alert", text),
  });
  const isActed = DRIFT_ACTIONS.has(alert.action) && alert.actedAt !== null;
  if (isActed && (alert.actedAt as Micros) <= alert.actBy) {
    return { verdict: "pass", message: `“${alert.summary}” led to an action in time.`, evidence };
  }
  if (!isActed && alert.actBy > now) {
    return { verdict: "pass", message: `“${alert.summary}” is within its time.`, evidence, validUntil: alert.actBy };
  }
  if (!isActed) {
    return fail(
      `The drift “${alert.summary}” of ${system.name} has led to no action in time.`,
      `Decide on “${alert.summary}”: retrain, roll back, restrict or accept.`,
    );
  }
  // Late is late; it is made good by saying why it was, what was changed, and closing it.
  if (alert.closed && alert.explained) {
    return { verdict: "pass", message: `“${alert.summary}” was handled late, explained and closed.`, evidence };
  }
  return fail(
    `The drift “${alert.summary}” of ${system.name} was acted on too late.`,
    `Record why “${alert.summary}” was acted on late and what keeps it from happening again, and close it.`,
  );
}
