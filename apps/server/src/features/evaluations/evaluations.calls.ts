/**
 * Results that a team's own evaluators report with calls of models (`gen_ai.evaluation.result` events): gathered under
 * every policy that asks for it, and judged like the report of any other tool. Results about test calls count as a test
 * of the release, those about live calls as a look at live decisions.
 */
import type { SuiteResult } from "@steward/fairness";
import { formatInstant, type Json, type Micros, MICROS_PER_MINUTE, type Uuid } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { readPolicy } from "./evaluations.policy.ts";
import { type EvaluationDeps, judgeResults, recordEvaluation } from "./evaluations.service.ts";
import { lockSystem, type PolicyRow, type ReleaseRow } from "./evaluations.store.ts";

const ACTOR: Actor = { kind: "system", id: INSTALLATION_ID };
/** The event that carries one result, by the semantic conventions of OpenTelemetry for generative AI. */
const TOOL = "gen_ai.evaluation.result";
const DEFAULT_EVERY_HOURS = 24;
/** A result may come before the call that it is about: exporters batch spans and events apart. */
const SETTLED_AFTER: Micros = 5n * MICROS_PER_MINUTE;
/** Evaluators and labels that one look tells apart; what is beyond would be no categories. */
const MAX_GROUPS = 10_000;

/** Gathers the results of every policy that is due; answers how many evaluations that made. */
export async function runDueCallEvaluations(deps: EvaluationDeps): Promise<number> {
  const made = await exclusively(deps.db, "call-evaluations", async () => {
    const until = deps.clock.now() - SETTLED_AFTER;
    const due = await readDue(deps.db, until);
    let evaluations = 0;
    const failures: unknown[] = [];
    for (const window of due) {
      try {
        evaluations += await gather(deps, window, until);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "Results about calls could not be gathered.");
    return evaluations;
  });
  return made ?? 0;
}

interface Due {
  readonly policy: PolicyRow;
  /** Events up to here were gathered before. */
  readonly since: Micros;
}

/** Every organisation's policies with results to gather: unscoped, because it is the scheduler that asks. */
async function readDue(db: Kysely<Tables>, until: Micros): Promise<Due[]> {
  const { rows } = await sql<PolicyRow & { since: Micros }>`
    SELECT p.*, since.at AS since FROM (
      SELECT DISTINCT ON (org_id, system_id, name) * FROM evaluation_policy WHERE kind <> 'bias'
      ORDER BY org_id, system_id, name, id DESC
    ) p
    JOIN LATERAL (
      SELECT coalesce(max(e.dataset_version::timestamptz), p.recorded_at) AS at, max(e.dataset_version::timestamptz) AS last
      FROM evaluation e WHERE e.org_id = p.org_id AND e.policy_id = p.id AND e.tool_name = ${TOOL} AND e.actor_kind = 'system'
    ) since ON true
    WHERE p.document->'continuous' IS NOT NULL
      AND (since.last IS NULL OR since.last <= ${moment(until)}::timestamptz - make_interval(
        hours => coalesce((p.document->'continuous'->>'everyHours')::int, ${DEFAULT_EVERY_HOURS})))
      AND EXISTS (
        SELECT FROM call_event c WHERE c.org_id = p.org_id AND c.system_id = p.system_id
          AND c.recorded_at > since.at AND c.recorded_at <= ${moment(until)}
      )
    ORDER BY p.org_id, p.id`.execute(db);
  return rows.map(({ since, ...policy }) => ({ policy, since }));
}

interface Group {
  readonly release: ReleaseRow;
  readonly sandbox: boolean;
  readonly results: SuiteResult[];
  readonly firstAt: Micros;
}

async function gather(deps: EvaluationDeps, { policy: row, since }: Due, until: Micros): Promise<number> {
  const parsed = readPolicy(row.document);
  if (parsed.kind === "bias") return 0;
  const groups = await readGroups(deps.db, row, since, until);
  await withTransaction(deps.db, async (tx) => {
    await lockSystem(tx, row.org_id, row.system_id);
    for (const { release, sandbox, results, firstAt } of groups) {
      const { verdict, reasons, results: judged, cases } = judgeResults(results, parsed);
      const draft = {
        runId: null,
        systemId: row.system_id,
        release,
        kind: parsed.policy.kind,
        suite: row.name,
        basis: sandbox ? ("test_data" as const) : ("live_decisions" as const),
        // What these calls are a version of is the time up to which they were gathered.
        dataset: { name: sandbox ? "test calls" : "live calls", version: formatInstant(until), digest: null },
        cases,
        tool: { name: TOOL, version: null },
        policyId: row.id,
        verdict,
        reasons,
        results: judged,
        report: null,
        startedAt: firstAt,
      };
      const body: Record<string, Json> = { since: formatInstant(since), until: formatInstant(until) };
      await recordEvaluation(deps, tx, { orgId: row.org_id, actor: ACTOR }, draft, body, row);
    }
  });
  return groups.length;
}

interface GroupRow {
  readonly release_id: Uuid;
  readonly version: string;
  readonly digest: string;
  readonly sandbox: boolean;
  readonly name: string;
  readonly label: string | null;
  readonly n: number;
  readonly scored: number;
  readonly total: number | null;
  readonly first_at: Micros;
}

/** Results by release and kind of call. Results about calls of unknown releases are about no release. */
async function readGroups(db: Kysely<Tables>, policy: PolicyRow, since: Micros, until: Micros): Promise<Group[]> {
  const { rows } = await sql<GroupRow>`
    SELECT call.release_id, r.version, r.digest, call.sandbox, result->>'name' AS name, result->>'label' AS label,
      count(*) AS n, count(result->>'score') AS scored, sum((result->>'score')::double precision) AS total,
      min(c.recorded_at) AS first_at
    FROM call_event c
    CROSS JOIN LATERAL jsonb_array_elements(c.events->'evaluations') AS result
    JOIN LATERAL (
      SELECT d.release_id, d.sandbox FROM decision d
      WHERE d.org_id = c.org_id AND d.run_id = c.run_id AND d.system_id = c.system_id ORDER BY d.id LIMIT 1
    ) call ON true
    JOIN release r ON r.org_id = c.org_id AND r.id = call.release_id
    WHERE c.org_id = ${policy.org_id} AND c.system_id = ${policy.system_id}
      AND c.recorded_at > ${moment(since)} AND c.recorded_at <= ${moment(until)}
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 4, 5, 6 LIMIT ${MAX_GROUPS + 1}`.execute(db);
  if (rows.length > MAX_GROUPS) {
    throw new Error(`The results about calls under “${policy.name}” have more than ${MAX_GROUPS} names and labels.`);
  }
  const groups = Map.groupBy(rows, ({ release_id, sandbox }) => `${release_id} ${sandbox}`);
  return [...groups.values()].map((own) => {
    const [{ release_id, version, digest, sandbox }] = own as [GroupRow];
    return {
      release: { id: release_id, system_id: policy.system_id, version, digest },
      sandbox,
      results: [...Map.groupBy(own, ({ name }) => name)].flatMap(([name, some]) => resultsOf(name, some)),
      firstAt: own.map(({ first_at }) => first_at).reduce((a, b) => (a < b ? a : b)),
    };
  });
}

/** Of one evaluator: the mean of its scores, and the share of its labelled results that has each label. */
function resultsOf(name: string, rows: readonly GroupRow[]): SuiteResult[] {
  const scored = rows.reduce((n, row) => n + row.scored, 0);
  const total = rows.reduce((sum, row) => sum + (row.total ?? 0), 0);
  const labelled = rows.filter(({ label }) => label !== null);
  const n = labelled.reduce((count, row) => count + row.n, 0);
  return [
    ...(scored === 0 ? [] : [{ name, metric: "score", value: total / scored, n: scored }]),
    ...labelled.map((row) => ({ name, metric: `${row.label} rate`, value: row.n / n, n })),
  ];
}
