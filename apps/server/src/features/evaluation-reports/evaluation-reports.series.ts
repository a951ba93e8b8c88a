/** What each rule found over releases and time. */
import {
  type EVALUATION_BASES,
  type EvaluationSeries,
  type EvaluationVerdict,
  SERIES_MAX_EVALUATIONS,
} from "@steward/contract";
import { disparityKind, disparityWords, type Finding, sliceWords } from "@steward/fairness";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

export interface SeriesQuery {
  readonly systemId: Uuid;
  readonly kind: string;
  readonly suite?: string | undefined;
  readonly basis?: string | undefined;
}

interface SeriesRow {
  readonly id: Uuid;
  readonly release_version: string;
  readonly basis: (typeof EVALUATION_BASES)[number];
  readonly recorded_at: Micros;
  readonly findings: Finding[] | null;
  readonly results: Result[];
}

interface Result {
  readonly name: string;
  readonly metric: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly direction: "at_least" | "at_most" | null;
  readonly threshold: number | null;
  readonly verdict: EvaluationVerdict | null;
}

/** What a point of a series rests on: a handful of live cases says little beside a data set, so each has its own. */
const ON: Readonly<Record<(typeof EVALUATION_BASES)[number], string>> = {
  test_data: "",
  live_decisions: ", in live decisions",
};

/** The newest evaluations, in the order in which they were made; each rule, slice and basis is a series. */
export async function listSeries(db: Kysely<Tables>, orgId: Uuid, query: SeriesQuery): Promise<EvaluationSeries[]> {
  const is = (column: string, value: string | undefined) =>
    value === undefined ? sql`true` : sql`${sql.ref(`e.${column}`)} = ${value}`;
  const { rows } = await sql<SeriesRow>`
    SELECT e.id, r.version AS release_version, e.basis, e.recorded_at, e.report->'findings' AS findings, e.results
    FROM evaluation e JOIN release r ON r.org_id = e.org_id AND r.id = e.release_id
    WHERE e.org_id = ${orgId} AND e.system_id = ${query.systemId} AND e.kind = ${query.kind}
      AND ${is("suite", query.suite)} AND ${is("basis", query.basis)}
    ORDER BY e.id DESC LIMIT ${SERIES_MAX_EVALUATIONS}`.execute(db);
  const series = new Map<string, EvaluationSeries>();
  for (const row of rows.toReversed()) {
    const results = row.findings === null ? row.results : row.findings.map(resultOf);
    for (const result of results) addPoint(series, row, result);
  }
  return [...series.values()];
}

function resultOf({ disparity, slice, value, low, high, threshold, verdict }: Finding): Result {
  const by = slice.attributes.length === 0 ? "" : ` by ${sliceWords(slice)}`;
  const direction = disparityKind(disparity) === "ratio" ? "at_least" : "at_most";
  return { name: `${disparityWords(disparity)}${by}`, metric: "", value, low, high, threshold, direction, verdict };
}

function addPoint(series: Map<string, EvaluationSeries>, row: SeriesRow, result: Result): void {
  const title = `${result.metric === "" ? result.name : `${result.metric} of ${result.name}`}${ON[row.basis]}`;
  const { value, low, high, threshold, direction } = result;
  const point = {
    evaluationId: row.id,
    releaseVersion: row.release_version,
    recordedAt: formatInstant(row.recorded_at),
    value,
    low,
    high,
    verdict: result.verdict ?? "none",
  };
  const before = series.get(title);
  if (before === undefined) series.set(title, { title, threshold, direction, points: [point] });
  else {
    before.points.push(point);
    // The chart shows the limit that holds now; each point was judged by the one of its time.
    Object.assign(before, { threshold, direction });
  }
}
