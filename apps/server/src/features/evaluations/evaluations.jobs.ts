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
import type { Json, Micros, Uuid } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { countPeople, markLooked, readPeople, type Watch } from "./evaluations.people.ts";
import { digestOf, readPolicy } from "./evaluations.policy.ts";
import { recompute } from "./evaluations.recompute.ts";
import { type EvaluationDeps, type Judged, recordEvaluation } from "./evaluations.service.ts";
import { lockSystem, type PolicyRow, type ReleaseRow } from "./evaluations.store.ts";

const ACTOR: Actor = { kind: "system", id: INSTALLATION_ID };
/** What the decisions are called where a data set would be named. */
const LIVE = "live decisions";
const DEFAULT_EVERY_HOURS = 24;

type Continuous = NonNullable<BiasPolicy["continuous"]>;

/**
 * Counts what came for every release that is watched, and looks at those that are due and have changed; answers how many
 * were looked at.
 * @throws AggregateError when looks failed; the others ran
 */
export async function runDueBiasLooks(deps: EvaluationDeps): Promise<number> {
  const looked = await exclusively(deps.db, "bias-looks", async () => {
    const watched = await readWatched(deps.db, deps.clock.now());
    const failures: unknown[] = [];
    let looks = 0;
    for (const due of watched) {
      await lookIfDue(deps, due).then(
        (did) => (looks += did ? 1 : 0),
        (error: unknown) => failures.push(error),
      );
    }
    if (failures.length > 0) throw new AggregateError(failures, "Looks at live decisions failed.");
    return looks;
  });
  return looked ?? 0;
}

interface Watched {
  readonly policy: PolicyRow;
  readonly release: ReleaseRow;
  /** Whether the time between two looks is over. */
  readonly due: boolean;
}

/** Every organisation's watched releases: unscoped, because it is the scheduler that asks. */
async function readWatched(db: Kysely<Tables>, now: Micros): Promise<Watched[]> {
  const { rows } = await sql<
    PolicyRow & { release_id: Uuid; release_version: string; release_digest: string; due: boolean }
  >`
    SELECT p.*, r.id AS release_id, r.version AS release_version, r.digest AS release_digest,
      coalesce(last.recorded_at <= ${moment(now)}::timestamptz - make_interval(
        hours => coalesce((p.document->'continuous'->>'everyHours')::int, ${DEFAULT_EVERY_HOURS})), true) AS due
    FROM (
      SELECT DISTINCT ON (org_id, system_id, name) * FROM evaluation_policy WHERE kind = 'bias'
      ORDER BY org_id, system_id, name, id DESC
    ) p
    JOIN LATERAL (
      SELECT DISTINCT release_id FROM deployment d WHERE d.org_id = p.org_id AND d.system_id = p.system_id
        AND NOT d.withdrawn AND d.environment = 'production' AND d.started_at <= ${moment(now)}
        AND (d.ended_at IS NULL OR d.ended_at > ${moment(now)})
    ) running ON true
    JOIN release r ON r.org_id = p.org_id AND r.id = running.release_id
    LEFT JOIN LATERAL (
      SELECT recorded_at FROM evaluation e WHERE e.org_id = p.org_id AND e.policy_id = p.id AND e.release_id = r.id
        AND e.basis = 'live_decisions' ORDER BY e.id DESC LIMIT 1
    ) last ON true
    WHERE p.document->'continuous' IS NOT NULL
    ORDER BY p.org_id, p.id, r.id`.execute(db);
  return rows.map(({ release_id, release_version, release_digest, due, ...policy }) => ({
    policy,
    release: { id: release_id, system_id: policy.system_id, version: release_version, digest: release_digest },
    due,
  }));
}

async function lookIfDue(deps: EvaluationDeps, { policy: row, release, due }: Watched): Promise<boolean> {
  const parsed = readPolicy(row.document);
  const continuous = parsed.kind === "bias" ? parsed.policy.continuous : undefined;
  if (parsed.kind !== "bias" || continuous === undefined) return false;
  const { attributes, positive } = continuous;
  const watch = {
    orgId: row.org_id,
    policyId: row.id,
    releaseId: release.id,
    since: row.recorded_at,
    attributes,
    positive,
  };
  const changed = await countPeople(deps.db, watch);
  if (!due || !changed) return false;
  await lookAt(deps, row, release, watch, parsed.policy, continuous);
  return true;
}

async function lookAt(
  deps: EvaluationDeps,
  row: PolicyRow,
  release: ReleaseRow,
  watch: Watch,
  committed: BiasPolicy,
  continuous: Continuous,
): Promise<void> {
  const startedAt = deps.clock.now();
  const { revision, cells } = await readPeople(deps.db, watch);
  const { basisBody, ...judged } = await judgeLook(cells, committed, continuous);
  await withTransaction(deps.db, async (tx) => {
    await lockSystem(tx, row.org_id, row.system_id);
    await markLooked(tx, watch, revision);
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
        tool: { name: "steward", version: null },
        policyId: row.id,
        startedAt,
        ...judged,
      },
      basisBody,
      row,
    );
  });
}

async function judgeLook(
  cells: readonly OutcomeCell[] | null,
  committed: BiasPolicy,
  continuous: Continuous,
): Promise<Judged> {
  const { attributes, sharpestAt } = continuous;
  if (cells === null) {
    const found = `The attributes ${attributes.join(", ")} tell more than ${STATISTICS_MAX_CELLS} groups apart`;
    return undecided(`${found}; watch attributes of fewer values.`);
  }
  const statistics: BiasStatistics = {
    schema: STATISTICS_SCHEMA,
    task: "classification",
    tables: [{ attributes, cells: [...cells] }],
  };
  const policy: BiasPolicy = {
    ...committed,
    slices: watchedSlices(committed, attributes),
    monitoring: { sharpestAt },
  };
  let report: BiasReport;
  try {
    report = await recompute({ statistics, options: { policy, replicates: 0 } });
  } catch (error) {
    // What the statistics themselves are refused for stays so until other decisions come: it is what the look found.
    if (error instanceof HttpProblem && error.code === "invalid") return undecided(error.message);
    throw error;
  }
  return {
    cases: report.rows,
    verdict: report.verdict ?? "none",
    reasons: report.reasons,
    results: [],
    report,
    basisBody: {
      statistics: statistics as unknown as Json,
      replicates: 0,
      seed: report.seed,
      sharpestAt,
      reportDigest: digestOf(report, "report"),
    },
  };
}

/** A look that cannot be judged says so, once: silence would look like all is well. */
function undecided(reason: string): Judged {
  return { cases: null, verdict: "insufficient", reasons: [reason], results: [], report: null, basisBody: {} };
}

/** Of the combinations that the policy lists, those of which decisions carry every attribute. */
function watchedSlices({ slices }: BiasPolicy, attributes: readonly string[]): BiasPolicy["slices"] {
  if ("ways" in slices) return slices;
  const known = slices.attributes.filter((set) => set.every((name) => attributes.includes(name)));
  return known.length === 0 ? { ways: 1 } : { attributes: known };
}
