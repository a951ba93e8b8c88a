/**
 * T-A.6.2.8-1: logging is on for every system in operation, and in every window the decisions logged come to the
 * requests served.
 *
 * How it is judged, per system:
 * - A window of which too few decisions were logged fails, the current one included, for ever: until the missing
 *   decisions arrive or someone approves what is to be made of the gap. Only hours that have a count are compared.
 * - More decisions than requests prove nothing about completeness: the two counts disagree, so the window is
 *   insufficient. Nothing ever counts for more than 100 %.
 * - Silence decays: an hour of operation without a count is stale one window (and LOG_GRACE) after it ended, wherever
 *   it lies, at the end or in between.
 * - No decision, or no count at all, in the look-back is insufficient.
 */
import { counted, grouped, type Micros, MICROS_PER_DAY, percent } from "@steward/kernel";

import { itemsTest } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { LogDayFact, SystemFact } from "../facts.ts";
import { earliest } from "../intervals.ts";
import { CountedHours, formatDay, hourOf, HOURS_PER_DAY, startOfDay, startOfHour, wholeHours } from "../log-hours.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

/** How far back silence and disagreeing counts are looked for: a quarter, as long as a surveillance sample reaches. */
export const LOG_LOOKBACK_DAYS = 90;
/** Time that counts and decisions may take to arrive beyond their window: they are sent by the hour. */
export const LOG_GRACE_HOURS = 1;

export const logComplete = itemsTest<SystemFact>({
  id: "T-A.6.2.8-1",
  codeVersion: "1",
  needs: ["systems", "deployments", "logDays"],
  limits: [
    { name: "LOG_LOOKBACK", value: LOG_LOOKBACK_DAYS, unit: "days" },
    { name: "LOG_GRACE", value: LOG_GRACE_HOURS, unit: "hours" },
  ],
  called: ["AI system in operation", "AI systems in operation"],
  items: systemsInOperation,
  subject: systemSubject,
  claim: ["logs its decisions completely in every window", "log their decisions completely in every window"],
  none: noSystemInOperation,
  populationChangesAt: operationChangesAt,
  judge: (system, context) => judgeLog(system, context),
  window: ({ now }) => ({ from: now - lookback, to: now }),
});

const lookback = BigInt(LOG_LOOKBACK_DAYS) * MICROS_PER_DAY;

function judgeLog(system: SystemFact, context: TestContext): Check[] {
  const windowDays = context.parameter("LOG_WINDOW");
  if (!Number.isInteger(windowDays) || windowDays < 1) {
    return [{ verdict: "insufficient", message: "LOG_WINDOW must be a whole number of days." }];
  }
  const days = context.facts.logDays(system.id);
  const hours = new CountedHours(days, context.facts.facts.recordedAt);
  const log: Log = { system, context, days, hours, windowDays };
  return [judgeLoggingOn(log), judgeCounted(log), ...judgeWindows(log), ...judgeSilence(log)];
}

interface Log {
  readonly system: SystemFact;
  readonly context: TestContext;
  readonly days: readonly LogDayFact[];
  readonly hours: CountedHours;
  readonly windowDays: number;
}

/** A day is looked at while any of it lies in the look-back. */
function leavesLookback(day: number): Micros {
  return startOfDay(day + 1) + lookback;
}

function judgeLoggingOn({ system, context, days }: Log): Check {
  const newest = days.findLast(({ logged }) => logged > 0);
  const until = newest && leavesLookback(newest.day);
  if (newest === undefined || until === undefined || until <= context.now) {
    return {
      verdict: "insufficient",
      message: `No decision of ${system.name} has arrived in the last ${LOG_LOOKBACK_DAYS} days.`,
      nextStep: stepFor(system, "record_decisions", `Send the decisions of ${system.name} to Steward.`),
    };
  }
  return {
    verdict: "pass",
    message: `Decisions of ${system.name} arrive, last on ${formatDay(newest.day)}.`,
    evidence: [newest.evidence],
    validUntil: until,
  };
}

function judgeCounted({ system, context, days, hours }: Log): Check {
  const newest = hours.newestDay;
  const until = newest === undefined ? undefined : leavesLookback(newest);
  if (until === undefined || until <= context.now) {
    return {
      verdict: "insufficient",
      message: `${system.name} has no count of the requests it served, so nothing says whether its log is complete.`,
      nextStep: reportServed(system),
    };
  }
  const evidence = days.filter(({ day }) => day === newest).map((day) => day.evidence);
  return { verdict: "pass", message: `Requests served by ${system.name} are counted.`, evidence, validUntil: until };
}

function reportServed(system: SystemFact) {
  return stepFor(system, "report_served", `Report how many requests ${system.name} serves per hour.`);
}

function judgeWindows(log: Log): Check[] {
  const { days, windowDays, context, hours } = log;
  const recordedDay = Math.floor(hourOf(context.facts.facts.recordedAt) / HOURS_PER_DAY);
  const seen = days.filter(({ day }) => day <= recordedDay);
  if (!hours.some) return [];
  const windows = Map.groupBy(seen, ({ day }) => Math.floor(day / windowDays));
  return [...windows].flatMap(([index, ofWindow]) => judgeWindow(log, index * windowDays, ofWindow));
}

function judgeWindow(log: Log, firstDay: number, days: readonly LogDayFact[]): Check[] {
  const logged = sum(days, (day) => day.loggedInServedHours);
  const served = sum(days, (day) => day.served);
  if (isShort(logged, served, log.context.parameter("LOG_COMPLETENESS"))) {
    return isSettled(log, firstDay, days) ? [] : [shortfall(log, firstDay, days, logged, served)];
  }
  return logged > served ? surplus(log, firstDay, days, logged, served) : [];
}

/** What a finding about one window has in common: which window, what was counted, and where that can be seen. */
function aboutWindow(log: Log, firstDay: number, days: readonly LogDayFact[], logged: number, served: number) {
  const { system, windowDays } = log;
  const date = formatDay(firstDay);
  const when = windowDays === 1 ? `on ${date}` : `in the ${windowDays} days from ${date}`;
  return {
    when,
    counts: `${system.name} ${when}: ${grouped(logged)} decisions logged for ${counted(served, "request")} served`,
    subject: { kind: "log_window", id: `${system.id}/${date}`, name: `${system.name} ${date}` },
    evidence: days.map((day) => day.evidence),
  };
}

function shortfall(log: Log, firstDay: number, days: readonly LogDayFact[], logged: number, served: number): Check {
  const { name } = log.system;
  const { when, counts, subject, evidence } = aboutWindow(log, firstDay, days, logged, served);
  const step = `Send the decisions of ${name} that are missing ${when}, or have the gap dealt with and approved.`;
  return {
    verdict: "fail",
    message: `${counts} (${percent(logged, served)}).`,
    evidence,
    subject,
    nextStep: stepFor(log.system, "complete_log", step),
  };
}

function surplus(log: Log, firstDay: number, days: readonly LogDayFact[], logged: number, served: number): Check[] {
  const { system, context, windowDays } = log;
  const { when, counts, subject, evidence } = aboutWindow(log, firstDay, days, logged, served);
  const closes = startOfHour((firstDay + windowDays) * HOURS_PER_DAY + LOG_GRACE_HOURS);
  if (context.now < closes) {
    return [{ verdict: "pass", message: `Counts ${when} are still arriving.`, validUntil: closes }];
  }
  const until = leavesLookback(firstDay + windowDays - 1);
  if (until <= context.now) return [];
  return [
    {
      verdict: "insufficient",
      message: `${counts}. More than was served cannot be right, so nothing shows that the log is complete.`,
      evidence,
      subject,
      validUntil: until,
      nextStep: stepFor(system, "report_served", `Correct the count of requests that ${system.name} served ${when}.`),
    },
  ];
}

/** Compared as whole numbers: 999 of 1,000 is exactly 99.9 %. */
function isShort(logged: number, served: number, leastPercent: number): boolean {
  const PARTS_PER_PERCENT = 10_000;
  return logged * 100 * PARTS_PER_PERCENT < Math.round(leastPercent * PARTS_PER_PERCENT) * served;
}

/** An approved disposition covers what was known when it was approved. */
function isSettled({ system, context, windowDays }: Log, firstDay: number, days: readonly LogDayFact[]): boolean {
  return context.facts
    .logDispositions(system.id)
    .some(
      ({ day, approvedAt }) =>
        day >= firstDay && day < firstDay + windowDays && days.every(({ evidence }) => evidence.at <= approvedAt),
    );
}

function judgeSilence({ system, context, hours, windowDays }: Log): Check[] {
  // Without any count there is nothing that could fall silent; judgeCounted says so.
  if (!hours.some) return [];
  const patienceHours = windowDays * HOURS_PER_DAY + LOG_GRACE_HOURS;
  const firstInLookback = hourOf(context.now) - LOG_LOOKBACK_DAYS * HOURS_PER_DAY + 1;
  const endOfDue = hourOf(context.now) - patienceHours;
  const silences = context.facts.operation(system).map((interval) => {
    const { first, end } = wholeHours(interval);
    const due = Math.min(end, endOfDue);
    const start = Math.max(first, firstInLookback);
    return { holes: hours.holes(start, due), next: hours.firstHole(Math.max(start, endOfDue), end) };
  });
  const count = sum(silences, ({ holes }) => holes.count);
  if (count > 0) {
    const first = Math.min(...silences.flatMap(({ holes }) => holes.first ?? []));
    const at = new Date(Number(startOfHour(first) / 1000n)).toISOString().slice(0, 16).replace("T", " ");
    return [
      {
        verdict: "stale",
        message: `${system.name} has no count of served requests for ${counted(count, "hour")}, the first at ${at} UTC.`,
        validUntil: startOfHour(first) + lookback,
        nextStep: reportServed(system),
      },
    ];
  }
  const due = silences.map(({ next }) => (next === undefined ? null : startOfHour(next + 1 + patienceHours)));
  const message = `Every hour of operation of ${system.name} that is due has a count.`;
  return [{ verdict: "pass", message, validUntil: earliest(due) }];
}

function sum<T>(list: readonly T[], value: (item: T) => number): number {
  return list.reduce((total, item) => total + value(item), 0);
}
