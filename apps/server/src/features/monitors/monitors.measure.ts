/** What a monitor sees at one look: the figure of its measure, held against its threshold. */
import { counted, type Micros, MICROS_PER_DAY, MICROS_PER_HOUR, parseInstant, type Uuid } from "@steward/kernel";
import type { monitor, RecordValues } from "@steward/registers";
import { judgeShare, kolmogorovSmirnov, type Look, lookAlpha, populationStability } from "@steward/statistics";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import {
  countAttribute,
  countDecisions,
  countErrors,
  countFeedback,
  countOutcomes,
  countScores,
  type Counts,
  type CountScope,
  lastDecisionAt,
  type Window,
} from "./monitors.counts.ts";

export type MonitorValues = RecordValues<typeof monitor>;

/** One look. */
export interface Sight extends Look {
  readonly window: Window | null;
  readonly message: string;
}

/** The chance that a monitor raises a false alarm in a whole year, however often it looks. */
export const FALSE_ALARMS_A_YEAR = 0.05;
/** A monitor looks so often in each heartbeat, so that one look may be late. */
export const LOOKS_PER_HEARTBEAT = 2;
const HOURS_PER_YEAR = 8766;

/** What one look of a monitor may spend of its year's chance of a false alarm. */
export function alphaOf({ heartbeatHours }: Pick<MonitorValues, "heartbeatHours">): number {
  return lookAlpha(FALSE_ALARMS_A_YEAR, (HOURS_PER_YEAR / heartbeatHours) * LOOKS_PER_HEARTBEAT);
}

/** Whole days (UTC) up to and with today. */
export function windowOf({ windowDays }: Pick<MonitorValues, "windowDays">, now: Micros): Window {
  return { from: (now / MICROS_PER_DAY - BigInt(windowDays - 1)) * MICROS_PER_DAY, to: now };
}

/** Reads what the monitor reads; undefined for one whose values another tool reports. */
export async function look(
  db: Kysely<Tables>,
  orgId: Uuid,
  values: MonitorValues,
  now: Micros,
): Promise<Sight | undefined> {
  const scope: CountScope = { db, orgId, systemId: values.systemId, recordedAt: now };
  const window = windowOf(values, now);
  switch (values.measure) {
    case "silence":
      return lookForSilence(scope, values, now);
    case "outcome_share": {
      const outcomes = await countOutcomes(scope, window);
      const failures = sum(values.outcomes.map((outcome) => outcomes.get(outcome) ?? 0));
      return shareSight(values, window, failures, sum(outcomes.values()), "decisions failed");
    }
    case "error_share": {
      const { wrong, known } = await countErrors(scope, window);
      return shareSight(values, window, wrong, known, "decisions of which the truth is known were wrong");
    }
    case "misuse_share":
    case "negative_share": {
      const misuse = values.measure === "misuse_share";
      const events = await countFeedback(scope, window, misuse ? ["misuse"] : ["complaint", "correction"]);
      const said = misuse ? "decisions were reported as misuse" : "decisions drew a complaint or a correction";
      return shareSight(values, window, events, await countDecisions(scope, window), said);
    }
    case "score_psi":
    case "score_ks":
    case "outcome_psi":
    case "input_psi":
      return lookForDrift(scope, values, window);
    case "reported":
      return undefined;
  }
}

async function lookForSilence(scope: CountScope, { threshold }: MonitorValues, now: Micros): Promise<Sight> {
  const last = await lastDecisionAt(scope);
  const base = { chance: null, neededN: null, n: last === null ? 0 : 1, window: null };
  if (last === null) return { ...base, judgement: "insufficient", value: null, message: "No decision has come yet." };
  const hours = Math.max(0, Number(now - last) / Number(MICROS_PER_HOUR));
  const judgement = hours > threshold ? "beyond" : "within";
  const value = Math.round(hours * 100) / 100;
  const message = `The last decision was ${figure(value)} hours ago; at most ${figure(threshold)} are expected.`;
  return { ...base, judgement, value, message };
}

function shareSight(values: MonitorValues, window: Window, events: number, n: number, said: string): Sight {
  const { threshold } = values;
  const seen = judgeShare(events, n, { limit: Math.min(1, Math.max(0, threshold / 100)), alpha: alphaOf(values) });
  const share = (part: number | null) => (part === null ? null : part * 100);
  const look = { ...seen, value: share(seen.value), chance: share(seen.chance) };
  const counts = `${grouped(events)} of ${grouped(n)} ${said} in ${daysText(values)}`;
  return { ...look, window, message: `${counts}; the limit is ${figure(threshold)} %.${tooFew(look)}` };
}

async function lookForDrift(scope: CountScope, values: MonitorValues, window: Window): Promise<Sight> {
  const reference = referenceOf(values);
  const options = { limit: values.threshold, alpha: alphaOf(values) };
  const seen = await compare(scope, values, reference, window, options);
  const name = driftName(values);
  if (seen.value === null) {
    const where = seen.n === 0 ? `the last ${daysText(values)}` : "the reference days";
    return { ...seen, window, message: `${name}: there is nothing to compare in ${where}.` };
  }
  const message = `The ${name} is ${figure(seen.value)} over ${grouped(seen.n)} decisions in ${daysText(values)}; the limit is ${figure(values.threshold)}, and chance alone reaches ${figure(seen.chance ?? 0)}.${tooFew(seen)}`;
  return { ...seen, window, message };
}

async function compare(
  scope: CountScope,
  values: MonitorValues,
  reference: Window,
  window: Window,
  options: { limit: number; alpha: number },
): Promise<Look> {
  if (values.measure === "score_psi" || values.measure === "score_ks") {
    const [before, after] = [await countScores(scope, reference), await countScores(scope, window)];
    const bins = [...new Set([...before.keys(), ...after.keys()])].toSorted((a, b) => a - b);
    const [was, is] = [over(bins, before), over(bins, after)];
    if (values.measure === "score_ks") return kolmogorovSmirnov(was, is, options);
    return populationStability(was, is, { ...options, ordered: true });
  }
  const count = (days: Window) =>
    values.measure === "input_psi" ? countAttribute(scope, days, values.attribute ?? "") : countOutcomes(scope, days);
  const [before, after] = [await count(reference), await count(window)];
  const labels = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return populationStability(over(labels, before), over(labels, after), { ...options, ordered: false });
}

function over<K>(keys: readonly K[], counts: Counts<K>): number[] {
  return keys.map((key) => counts.get(key) ?? 0);
}

/** The declaration's rule makes sure that a comparing monitor has both days. */
function referenceOf({ referenceFrom, referenceTo }: MonitorValues): Window {
  const start = (day: string | null) => parseInstant(`${day}T00:00:00Z`) as Micros;
  return { from: start(referenceFrom), to: start(referenceTo) + MICROS_PER_DAY };
}

function driftName({ measure, attribute }: MonitorValues): string {
  if (measure === "score_psi") return "PSI of the scores";
  if (measure === "score_ks") return "KS distance of the scores";
  return measure === "outcome_psi" ? "PSI of the outcomes" : `PSI of the attribute “${attribute}”`;
}

function tooFew({ judgement, n, neededN }: Look): string {
  if (judgement !== "insufficient") return "";
  if (neededN === null) return " The reference days hold too few to compare with.";
  return n < neededN ? ` That is too few to tell; ${grouped(neededN)} would do.` : " It could still be chance.";
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const one of numbers) total += one;
  return total;
}

function daysText({ windowDays }: MonitorValues): string {
  return counted(windowDays, "day");
}

/** Three significant digits, without an exponent. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function grouped(n: number): string {
  return n.toLocaleString("en");
}
