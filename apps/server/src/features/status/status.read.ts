/** Status now and in the past, both ways: as it was computed then, and today's tests over the facts of then. */
import {
  ASSURANCE_CODE_VERSION,
  decay,
  decayStatus,
  type NextAction,
  type RequirementStatus,
  type TestResult,
} from "@steward/assurance";
import { formatInstant, type Micros, parseInstant, type Uuid } from "@steward/kernel";
import { registerOf } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { cutPage, readCursor } from "../../platform/http/paging.ts";
import type { StatusDeps } from "./status.service.ts";
import { reviveStatus, reviveTest, type StoredStatus, type StoredSummary, type StoredTest } from "./status.stored.ts";
import type { Titles } from "./status.views.ts";

export type Mode = "recorded" | "recomputed";

export interface Picture {
  readonly asOf: Micros;
  /** When the newest part of it was computed; null before the first evaluation. */
  readonly evaluatedAt: Micros | null;
  readonly mode: Mode;
  readonly catalogueDigest: string;
  readonly codeVersion: string;
  readonly statuses: readonly { readonly status: RequirementStatus; readonly since: string }[];
  readonly tests: readonly (TestResult & { exceptionsTotal: number; evidenceTotal: number })[];
  readonly nextActions: readonly NextAction[];
}

/** Which test results a screen needs: their bodies are most of a picture. */
export type WantedTests = "none" | "all" | readonly string[];

/** The picture of an organisation at a moment; the present where none is given. */
export async function readPicture(
  deps: StatusDeps,
  orgId: Uuid,
  query: { asOf?: string | undefined; mode: Mode },
  wanted: WantedTests,
): Promise<Picture> {
  const now = deps.clock.now();
  const asked = query.asOf === undefined ? now : (parseInstant(query.asOf) ?? now);
  // Nothing is known of the future; asking for it answers the present.
  const asOf = asked < now ? asked : now;
  if (query.mode === "recomputed") return recompute(deps, orgId, asOf, wanted);
  return asOf === now ? readCurrent(deps, orgId, now, wanted) : readRecorded(deps, orgId, asOf);
}

async function recompute(deps: StatusDeps, orgId: Uuid, asOf: Micros, wanted: WantedTests): Promise<Picture> {
  const computed = await deps.computer.evaluateStatus({ orgId, at: asOf });
  const at = formatInstant(asOf);
  return {
    asOf,
    evaluatedAt: deps.clock.now(),
    mode: "recomputed",
    catalogueDigest: computed.catalogueDigest,
    codeVersion: computed.codeVersion,
    statuses: computed.requirements.map((stored) => ({ status: reviveStatus(stored), since: at })),
    tests: computed.tests
      .filter(({ testId }) => wanted === "all" || (wanted !== "none" && wanted.includes(testId)))
      .map(({ json }) => readTest(JSON.parse(json) as StoredTest, asOf)),
    nextActions: computed.nextActions,
  };
}

async function readCurrent(deps: StatusDeps, orgId: Uuid, now: Micros, wanted: WantedTests): Promise<Picture> {
  const row = await deps.db
    .selectFrom("status_current")
    .select(["evaluated_at", "summary", "catalogue_digest", "code_version"])
    .where("org_id", "=", orgId)
    .executeTakeFirst();
  if (!row) return recompute(deps, orgId, now, wanted).then((picture) => ({ ...picture, mode: "recorded" as const }));
  const summary = row.summary as StoredSummary;
  return {
    asOf: now,
    evaluatedAt: row.evaluated_at,
    mode: "recorded",
    catalogueDigest: row.catalogue_digest,
    codeVersion: row.code_version,
    statuses: summary.requirements.map((stored) => readStatus(stored, now)),
    tests: await readCurrentTests(deps, orgId, now, wanted),
    nextActions: summary.nextActions,
  };
}

/** In the order of the catalogue. */
async function readCurrentTests(deps: StatusDeps, orgId: Uuid, now: Micros, wanted: WantedTests) {
  if (wanted === "none") return [];
  const ids = wanted === "all" ? deps.catalogue.tests.map(({ id }) => id) : wanted;
  if (ids.length === 0) return [];
  const rows = await deps.db
    .selectFrom("test_current")
    .select(["test_id", "result"])
    .where("org_id", "=", orgId)
    .where("test_id", "in", [...ids])
    .execute();
  const byId = new Map(rows.map(({ test_id, result }) => [test_id, result as StoredTest]));
  return ids.flatMap((id) => {
    const stored = byId.get(id);
    return stored === undefined ? [] : [readTest(stored, now)];
  });
}

/** What was computed then. Before the first evaluation there was no answer, and none is made up. */
async function readRecorded(deps: StatusDeps, orgId: Uuid, asOf: Micros): Promise<Picture> {
  const at = formatInstant(asOf);
  const statuses = await sql<{
    result: StoredStatus;
    evaluated_at: Micros;
    catalogue_digest: string;
    code_version: string;
  }>`
    SELECT DISTINCT ON (requirement_id) result, evaluated_at, catalogue_digest, code_version FROM requirement_status
    WHERE org_id = ${orgId} AND evaluated_at <= ${at} ORDER BY requirement_id, evaluated_at DESC`.execute(deps.db);
  const tests = await sql<{ result: StoredTest }>`
    SELECT DISTINCT ON (test_id) result FROM test_result
    WHERE org_id = ${orgId} AND evaluated_at <= ${at} ORDER BY test_id, evaluated_at DESC`.execute(deps.db);
  const byId = new Map(statuses.rows.map((row) => [row.result.requirementId, row.result]));
  const testsById = new Map(tests.rows.map((row) => [row.result.testId, row.result]));
  const newest = statuses.rows.toSorted((a, b) => (a.evaluated_at < b.evaluated_at ? 1 : -1))[0];
  return {
    asOf,
    evaluatedAt: newest?.evaluated_at ?? null,
    mode: "recorded",
    catalogueDigest: newest?.catalogue_digest ?? deps.catalogue.digest,
    codeVersion: newest?.code_version ?? ASSURANCE_CODE_VERSION,
    statuses: deps.catalogue.requirements.map(({ id, tests: needed }) => {
      const stored = byId.get(id);
      return stored ? readStatus(stored, asOf) : { status: notYetComputed(id, needed), since: at };
    }),
    tests: deps.catalogue.tests.flatMap(({ id }) => {
      const stored = testsById.get(id);
      return stored ? [readTest(stored, asOf)] : [];
    }),
    nextActions: [],
  };
}

function notYetComputed(requirementId: string, tests: readonly string[]): RequirementStatus {
  return {
    requirementId,
    status: "insufficient",
    sentence: "Nothing had been computed at this moment.",
    tests: tests.map((testId) => ({ testId, verdict: "insufficient" })),
    evidenceCount: 0,
    validUntil: null,
    nextSteps: [],
    statusOfTests: "insufficient",
    exceptionId: null,
  };
}

function readStatus(stored: StoredStatus, at: Micros) {
  const revived = reviveStatus(stored);
  const status = decayStatus(revived, at);
  // What lapsed since it was computed has been stale since it lapsed.
  const since = status.status === revived.status ? stored.since : formatInstant(revived.validUntil ?? at);
  return { status, since };
}

function readTest(stored: StoredTest, at: Micros) {
  const { exceptionsTotal, evidenceTotal } = stored;
  return { ...decay(reviveTest(stored), at), exceptionsTotal, evidenceTotal };
}

export interface ChangeRow {
  evaluated_at: Micros;
  requirement_id: string;
  status: string;
  previous_status: string | null;
  because: string;
  ledger_index: number | null;
}

/** Moves of status, newest first. The first computation moved nothing: it is part of the history only where asked for. */
export async function readChanges(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: {
    limit: number;
    cursor?: string | undefined;
    since?: string | undefined;
    until?: string | undefined;
    requirementId?: string;
    first?: boolean;
  },
) {
  const cursor = readCursor(query.cursor, "changes");
  const { rows } = await sql<ChangeRow & { id: string }>`
    SELECT evaluated_at, requirement_id, status, previous_status, because, ledger_index,
      ('00000000-0000-8000-8000-' || lpad(ledger_index::text, 12, '0')) AS id
    FROM requirement_status
    WHERE org_id = ${orgId} AND ledger_index IS NOT NULL
      ${query.first === true ? sql`` : sql`AND previous_status IS NOT NULL`}
      ${query.since === undefined ? sql`` : sql`AND evaluated_at >= ${query.since}`}
      ${query.until === undefined ? sql`` : sql`AND evaluated_at <= ${query.until}`}
      ${query.requirementId === undefined ? sql`` : sql`AND requirement_id = ${query.requirementId}`}
      ${cursor ? sql`AND ledger_index < ${Number(cursor.key)}` : sql``}
    ORDER BY ledger_index DESC LIMIT ${query.limit + 1}`.execute(db);
  return cutPage(rows, query.limit, (row) => ["changes", String(row.ledger_index), row.id]);
}

/** Titles of the records that results cite; a day's log is called by its system and its day (UTC). */
export async function readTitles(db: Kysely<Tables>, orgId: Uuid, tests: readonly TestResult[]): Promise<Titles> {
  const wanted = new Map<string, Set<string>>();
  const want = (kind: string, id: string) => wanted.set(kind, (wanted.get(kind) ?? new Set()).add(id));
  for (const test of tests) {
    for (const { kind, id } of [...test.evidence, ...test.exceptions.flatMap((exception) => exception.evidence)]) {
      if (kind === "log_day") want("system", logDayOf(id).systemId);
      else if (registerOf(kind)) want(kind, id);
    }
  }
  const titles = new Map<string, string>();
  for (const [kind, ids] of wanted) {
    const { rows } = await sql<{ id: string; title: string }>`
      SELECT id, title FROM ${sql.table(kind)} WHERE org_id = ${orgId} AND id = ANY(${[...ids]}::uuid[])`.execute(db);
    for (const { id, title } of rows) titles.set(`${kind} ${id}`, title);
  }
  return {
    of(kind, id) {
      if (kind !== "log_day") return titles.get(`${kind} ${id}`) ?? null;
      const { systemId, day } = logDayOf(id);
      return `${titles.get(`system ${systemId}`) ?? "An AI system"}, ${day}`;
    },
  };
}

/** The parts of a log day's id, as `status.log-days.ts` makes it: the system, and days since 1970. */
function logDayOf(id: string): { systemId: string; day: string } {
  const [systemId = "", days = ""] = id.split("/");
  return { systemId, day: new Date(Number(days) * 86_400_000).toISOString().slice(0, 10) };
}
