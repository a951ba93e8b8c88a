/** What monitors count, by days of UTC and as known at a moment: outcomes, scores, truth, attributes and feedback. */
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { countsAsOf } from "../decisions/decisions.counts.ts";
import { type CellQuery, readOutcomeCells, readScoreHistogram, readSliceCells } from "../cells/cells.read.ts";

/** Half-open: `from` is in, `to` is out. */
export interface Window {
  readonly from: Micros;
  readonly to: Micros;
}

export interface CountScope {
  readonly db: Kysely<Tables>;
  readonly orgId: Uuid;
  readonly systemId: Uuid;
  /** Nothing recorded later is counted. */
  readonly recordedAt: Micros;
}

/** Counts by label or bin. */
export type Counts<K> = ReadonlyMap<K, number>;

/** The days that the window touches. */
function daysOf({ systemId, recordedAt }: CountScope, { from, to }: Window): CellQuery {
  const day = (micros: Micros) => formatInstant(micros).slice(0, 10);
  return { systemId, from: day(from), to: day(to - 1n), asOf: recordedAt };
}

function add<K>(counts: Map<K, number>, key: K, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}

/** Decisions by outcome. Test calls are left out here and everywhere. */
export async function countOutcomes(scope: CountScope, window: Window): Promise<Counts<string>> {
  const counts = new Map<string, number>();
  const cells = await readOutcomeCells(scope.db, scope.orgId, daysOf(scope, window));
  for (const { outcome, n } of cells) add(counts, outcome, n);
  return counts;
}

/** Decisions of which the truth is known, and how many of them were wrong. */
export async function countErrors(scope: CountScope, window: Window): Promise<{ wrong: number; known: number }> {
  const cells = await readOutcomeCells(scope.db, scope.orgId, daysOf(scope, window));
  // Labels beyond those that are told apart are all empty: whether they agree is not known.
  const judged = cells.filter(({ outcome, truth }) => truth !== null && (truth !== "" || outcome !== ""));
  let [wrong, known] = [0, 0];
  for (const { outcome, truth, n } of judged) {
    known += n;
    if (outcome !== truth) wrong += n;
  }
  return { wrong, known };
}

/** Decisions by bin of their score; those without a score are left out. */
export async function countScores(scope: CountScope, window: Window): Promise<Counts<number>> {
  const counts = new Map<number, number>();
  const cells = await readScoreHistogram(scope.db, scope.orgId, daysOf(scope, window));
  for (const { bin, n } of cells) add(counts, bin, n);
  return counts;
}

/** Decisions by value of an attribute; those without it count as a value of their own. */
export async function countAttribute(scope: CountScope, window: Window, name: string): Promise<Counts<string>> {
  const counts = new Map<string, number>();
  for (const { attributes, n } of await readSliceCells(scope.db, scope.orgId, daysOf(scope, window))) {
    add(counts, JSON.stringify(attributes === null ? "other" : [attributes[name] ?? null]), n);
  }
  return counts;
}

/** Decisions of the hours that begin in the window. */
export async function countDecisions({ db, orgId, systemId, recordedAt }: CountScope, { from, to }: Window) {
  const { rows } = await sql<{ n: number }>`
    SELECT coalesce(sum(n), 0)::bigint AS n FROM ${countsAsOf(orgId, recordedAt)} c
    WHERE system_id = ${systemId} AND hour >= ${moment(from)} AND hour < ${moment(to)}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** When the newest decision happened; null where there is none. */
export async function lastDecisionAt({ db, orgId, systemId, recordedAt }: CountScope): Promise<Micros | null> {
  const { rows } = await sql<{ last_at: Micros }>`
    SELECT last_at FROM ${countsAsOf(orgId, recordedAt)} c WHERE system_id = ${systemId}
    ORDER BY hour DESC, last_at DESC LIMIT 1`.execute(db);
  return rows[0]?.last_at ?? null;
}

export async function countFeedback(
  { db, orgId, systemId, recordedAt }: CountScope,
  { from, to }: Window,
  kinds: readonly string[],
): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*) AS n FROM feedback
    WHERE org_id = ${orgId} AND system_id = ${systemId} AND kind = ANY(${kinds}::text[])
      AND occurred_at >= ${moment(from)} AND occurred_at < ${moment(to)} AND recorded_at <= ${moment(recordedAt)}
  `.execute(db);
  return rows[0]?.n ?? 0;
}
