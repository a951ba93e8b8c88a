/**
 * Watches how live decisions treat groups, under every policy that asks for it: intervals that hold at every look
 * (a confidence sequence), so that looking every day manufactures no alarms. Each look is an evaluation like any other.
 */
import {
  type BiasPolicy,
  type BiasReport,
  type BiasStatistics,
  type OutcomeCell,
  STATISTICS_MAX_CELLS,
  STATISTICS_SCHEMA,
} from "@steward/fairness";
import { type Json, type Micros, type Uuid, uuidv7Floor } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { digestOf, readPolicy } from "./evaluations.policy.ts";
import { recompute } from "./evaluations.recompute.ts";
import { type EvaluationDeps, recordEvaluation } from "./evaluations.service.ts";
import { lockSystem, type PolicyRow, type ReleaseRow } from "./evaluations.store.ts";

const ACTOR: Actor = { kind: "system", id: INSTALLATION_ID };
/** What the decisions are called where a data set would be named. */
const LIVE = "live decisions";
const DEFAULT_EVERY_HOURS = 24;

/** Looks at every release that is due; answers how many. @throws AggregateError when looks failed; the others ran. */
export async function runDueBiasLooks(deps: EvaluationDeps): Promise<number> {
  const looked = await exclusively(deps.db, "bias-looks", async () => {
    const due = await readDue(deps.db, deps.clock.now());
    const failures: unknown[] = [];
    for (const look of due) await lookAt(deps, look).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "Looks at live decisions failed.");
    return due.length;
  });
  return looked ?? 0;
}

interface Due {
  readonly policy: PolicyRow;
  readonly release: ReleaseRow;
}

/** Every organisation's due looks: unscoped, because it is the scheduler that asks. */
async function readDue(db: Kysely<Tables>, now: Micros): Promise<Due[]> {
  const { rows } = await sql<PolicyRow & { release_id: Uuid; release_version: string; release_digest: string }>`
    SELECT p.*, r.id AS release_id, r.version AS release_version, r.digest AS release_digest FROM (
      SELECT DISTINCT ON (org_id, system_id, name) * FROM evaluation_policy WHERE kind = 'bias'
      ORDER BY org_id, system_id, name, id DESC
    ) p
    JOIN deployment d ON d.org_id = p.org_id AND d.system_id = p.system_id AND NOT d.withdrawn
      AND d.environment = 'production' AND d.started_at <= ${moment(now)}
      AND (d.ended_at IS NULL OR d.ended_at > ${moment(now)})
    JOIN release r ON r.org_id = d.org_id AND r.id = d.release_id
    LEFT JOIN LATERAL (
      SELECT recorded_at FROM evaluation e WHERE e.org_id = p.org_id AND e.policy_id = p.id AND e.release_id = r.id
        AND e.basis = 'live_decisions' ORDER BY e.id DESC LIMIT 1
    ) last ON true
    WHERE p.document->'continuous' IS NOT NULL
      AND (last.recorded_at IS NULL OR last.recorded_at <= ${moment(now)}::timestamptz - make_interval(
        hours => coalesce((p.document->'continuous'->>'everyHours')::int, ${DEFAULT_EVERY_HOURS})))
      AND EXISTS (
        SELECT FROM decision x WHERE x.org_id = p.org_id AND x.release_id = r.id AND NOT x.sandbox
          AND x.recorded_at > coalesce(last.recorded_at, p.recorded_at)
      )
    ORDER BY p.org_id, p.id, r.id`.execute(db);
  return rows.map(({ release_id, release_version, release_digest, ...policy }) => ({
    policy,
    release: { id: release_id, system_id: policy.system_id, version: release_version, digest: release_digest },
  }));
}

async function lookAt(deps: EvaluationDeps, { policy: row, release }: Due): Promise<void> {
  const parsed = readPolicy(row.document);
  const continuous = parsed.kind === "bias" ? parsed.policy.continuous : undefined;
  if (parsed.kind !== "bias" || continuous === undefined) return;
  const startedAt = deps.clock.now();
  const statistics = await countDecisions(deps.db, row, release, continuous);
  const policy: BiasPolicy = {
    ...parsed.policy,
    slices: watchedSlices(parsed.policy, continuous.attributes),
    monitoring: { sharpestAt: continuous.sharpestAt },
  };
  const report: BiasReport = await recompute({ statistics, options: { policy, replicates: 0 } });
  await withTransaction(deps.db, async (tx) => {
    await lockSystem(tx, row.org_id, row.system_id);
    await recordEvaluation(
      deps,
      tx,
      { orgId: row.org_id, actor: ACTOR },
      {
        runId: null,
        systemId: row.system_id,
        release,
        kind: "bias",
        suite: row.name,
        basis: "live_decisions",
        dataset: { name: LIVE, version: null, digest: null },
        cases: report.rows,
        tool: { name: "steward", version: null },
        policyId: row.id,
        verdict: report.verdict ?? "none",
        reasons: report.reasons,
        results: [],
        report,
        startedAt,
      },
      {
        statistics: statistics as unknown as Json,
        replicates: 0,
        seed: report.seed,
        sharpestAt: continuous.sharpestAt,
        reportDigest: digestOf(report, "report"),
      },
      row,
    );
  });
}

/** Of the combinations that the policy lists, those of which decisions carry every attribute. */
function watchedSlices({ slices }: BiasPolicy, attributes: readonly string[]): BiasPolicy["slices"] {
  if ("ways" in slices) return slices;
  const known = slices.attributes.filter((set) => set.every((name) => attributes.includes(name)));
  return known.length === 0 ? { ways: 1 } : { attributes: known };
}

/**
 * The first decision about each person by the release since the policy was committed: deciding about somebody again is
 * no new evidence. With the truth, where it has become known since. Decisions without a subject count each by itself.
 */
async function countDecisions(
  db: Kysely<Tables>,
  policy: PolicyRow,
  release: ReleaseRow,
  { positive, attributes }: NonNullable<BiasPolicy["continuous"]>,
): Promise<BiasStatistics> {
  const since = policy.recorded_at;
  const columns = attributes.map((name, i) => sql`attributes->>${name} AS ${sql.ref(`g${i}`)}`);
  const keys = attributes.map((_, i) => sql.ref(`g${i}`));
  const { rows } = await sql<
    Record<`g${number}`, string | null> & { selected: boolean; truth: boolean | null; n: number }
  >`
    WITH first AS (
      SELECT DISTINCT ON (coalesce(subject_hash, uuid_send(id))) id, attributes, outcome FROM decision
      WHERE org_id = ${policy.org_id} AND release_id = ${release.id} AND NOT sandbox
        AND id >= ${uuidv7Floor(Number(since / 1000n))} AND recorded_at > ${moment(since)}
      ORDER BY coalesce(subject_hash, uuid_send(id)), id
    ), known AS (
      SELECT ${sql.join(columns)}, first.outcome = ANY(${positive}::text[]) AS selected,
        (SELECT o.outcome = ANY(${positive}::text[]) FROM decision_outcome o
          WHERE o.org_id = ${policy.org_id} AND o.decision_id = first.id
          ORDER BY o.observed_at DESC, o.version DESC LIMIT 1) AS truth
      FROM first
    )
    SELECT ${sql.join(keys)}, selected, truth, count(*) AS n FROM known GROUP BY ${sql.join(keys)}, selected, truth
    LIMIT ${STATISTICS_MAX_CELLS + 1}`.execute(db);
  if (rows.length > STATISTICS_MAX_CELLS) {
    throw new Error(`The attributes ${attributes.join(", ")} tell more than ${STATISTICS_MAX_CELLS} groups apart.`);
  }
  const cells = rows.map((row): OutcomeCell => ({
    key: attributes.map((_, i) => row[`g${i}`] ?? null),
    outcome: outcomeOf(row.selected, row.truth),
    n: row.n,
  }));
  return { schema: STATISTICS_SCHEMA, task: "classification", tables: [{ attributes, cells }] };
}

function outcomeOf(selected: boolean, truth: boolean | null): OutcomeCell["outcome"] {
  if (truth === null) return selected ? "selectedUnlabelled" : "rejectedUnlabelled";
  if (selected) return truth ? "tp" : "fp";
  return truth ? "fn" : "tn";
}
