/** Takes in evaluations of releases as evidence, and judges each itself. */
import type { Catalogue } from "@steward/catalogue";
import type { evaluationInputSchema, EvaluationVerdict } from "@steward/contract";
import {
  type BiasStatistics,
  biasStatisticsSchema,
  type JudgedResult,
  judgeSuite,
  statisticsSize,
  STATISTICS_MAX_CELLS,
  type SuiteResult,
} from "@steward/fairness";
import { type Clock, formatInstant, type Json, type Micros, parseInstant, type Uuid } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import type { Kysely, Transaction } from "kysely";
import type { z } from "zod";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { fieldErrors, HttpProblem, invalidField } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { readClockSkew } from "../decisions/decisions.lookup.ts";
import { digestOf, type ParsedPolicy, readPolicy } from "./evaluations.policy.ts";
import { recompute } from "./evaluations.recompute.ts";
import {
  type EvaluationDraft,
  expectRelease,
  expectSystem,
  findPolicy,
  findRun,
  insertEvaluation,
  lockSystem,
  type PolicyRow,
} from "./evaluations.store.ts";

export interface EvaluationDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
}

export type EvaluationInput = z.output<typeof evaluationInputSchema>;

/** What an evaluation comes to, with everything that it follows from. */
export interface Judged {
  readonly verdict: EvaluationVerdict;
  readonly reasons: readonly string[];
  readonly results: readonly JudgedResult[];
  readonly report: object | null;
  readonly cases: number | null;
  /** What the ledger keeps, so that anybody can judge it again. */
  readonly basisBody: Readonly<Record<string, Json>>;
}

/**
 * Publishes an evaluation; answers its id. A run that is known already changes nothing.
 * @throws HttpProblem `invalid` naming the field, `forbidden`, `unavailable`
 */
export async function publishEvaluation(deps: EvaluationDeps, caller: Caller, input: EvaluationInput): Promise<Uuid> {
  // Judged before the transaction: it may take seconds, and nothing that it reads ever changes.
  const found = await withTransaction(deps.db, (tx) => resolve(deps, tx, caller, input));
  if (found.knownId !== undefined) return found.knownId;
  const judged = await judge(input, found.policy);
  return withTransaction(deps.db, async (tx) => {
    await lockSystem(tx, caller.orgId, found.draft.systemId);
    if (input.runId !== undefined) {
      const known = await findRun(tx, caller.orgId, found.draft.systemId, input.runId);
      if (known) return known.id;
    }
    const { verdict, reasons, results, report, cases } = judged;
    const draft = { ...found.draft, verdict, reasons, results, report, cases };
    return recordEvaluation(
      deps,
      tx,
      { orgId: caller.orgId, actor: caller.actor },
      draft,
      judged.basisBody,
      found.policy,
    );
  });
}

interface Resolved {
  readonly knownId?: Uuid;
  readonly policy: PolicyRow | undefined;
  readonly draft: Omit<EvaluationDraft, "verdict" | "reasons" | "results" | "report" | "cases">;
}

async function resolve(
  deps: EvaluationDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  input: EvaluationInput,
): Promise<Resolved> {
  checkShape(input);
  const system = await expectSystem(tx, caller, input.system);
  const release = await expectRelease(tx, caller.orgId, system.id, input.release);
  const policy = await expectPolicy(tx, caller.orgId, system.id, input);
  const startedAt = input.startedAt == null ? null : (parseInstant(input.startedAt) as Micros);
  const latest = deps.clock.now() + (await readClockSkew(tx, caller.orgId, deps.catalogue));
  if (startedAt !== null && startedAt > latest) throw invalidField("startedAt", "The run cannot have begun yet.");
  const known = input.runId === undefined ? undefined : await findRun(tx, caller.orgId, system.id, input.runId);
  return {
    ...(known ? { knownId: known.id } : {}),
    policy,
    draft: {
      runId: input.runId ?? null,
      systemId: system.id,
      release,
      kind: input.kind,
      suite: policy?.name ?? input.tool.name,
      basis: "test_data",
      dataset: {
        name: input.dataset.name,
        version: input.dataset.version ?? null,
        digest: input.dataset.digest ?? null,
      },
      tool: { name: input.tool.name, version: input.tool.version ?? null },
      policyId: policy?.id ?? null,
      startedAt,
    },
  };
}

function checkShape({ kind, bias, results }: EvaluationInput): void {
  if (kind === "bias" && bias === undefined) {
    throw invalidField("bias", "An evaluation of bias carries the counts that it rests on.");
  }
  if (kind !== "bias" && results === undefined) throw invalidField("results", "Send the figures that were measured.");
  if (kind === "bias" && results !== undefined) {
    throw invalidField("results", "Figures of a bias evaluation follow from its counts; leave them out.");
  }
  if (kind !== "bias" && bias !== undefined) throw invalidField("bias", "Only an evaluation of bias carries counts.");
}

async function expectPolicy(tx: Transaction<Tables>, orgId: Uuid, systemId: Uuid, input: EvaluationInput) {
  if (input.policyDigest == null) return undefined;
  const policy = await findPolicy(tx, orgId, systemId, input.policyDigest);
  if (!policy) {
    throw invalidField(
      "policyDigest",
      "No policy of this digest is committed for the system; commit it before the run.",
    );
  }
  if (policy.kind !== input.kind) {
    throw invalidField("kind", `The policy “${policy.name}” is about ${policy.kind}, not about ${input.kind}.`);
  }
  return policy;
}

async function judge(input: EvaluationInput, row: PolicyRow | undefined): Promise<Judged> {
  const parsed = row === undefined ? null : readPolicy(row.document);
  if (input.kind === "bias") return judgeBias(input, parsed);
  const results = (input.results ?? []).map(({ name, metric, value, low, high, n }) => ({
    name,
    metric,
    value,
    low: low ?? null,
    high: high ?? null,
    n: n ?? null,
  }));
  return judgeResults(results, parsed);
}

async function judgeBias({ bias }: EvaluationInput, parsed: ParsedPolicy | null): Promise<Judged> {
  if (bias === undefined) throw invalidField("bias", "An evaluation of bias carries the counts that it rests on.");
  const statistics = readStatistics(bias.statistics);
  const { replicates, seed, reference, ways, minimumDenominator } = bias;
  const report = await recompute({
    statistics,
    options: {
      replicates,
      seed,
      ...(reference === undefined ? {} : { reference }),
      ...(parsed?.kind === "bias" ? { policy: parsed.policy } : { slices: { ways }, minimumDenominator }),
    },
  });
  const verdict = report.verdict ?? "none";
  if (bias.verdict !== undefined && bias.verdict !== verdict) {
    throw invalidField("bias/verdict", `These counts come to “${verdict}”, not to “${bias.verdict}”.`);
  }
  return {
    verdict,
    reasons: report.reasons,
    results: [],
    report,
    cases: report.rows,
    basisBody: {
      statistics: statistics as unknown as Json,
      replicates,
      seed,
      reference: reference ?? null,
      ways,
      minimumDenominator,
      reportDigest: digestOf(report, "bias/statistics"),
    },
  };
}

/** @throws HttpProblem `invalid` naming each field that is no statistics */
function readStatistics(data: Readonly<Record<string, unknown>>): BiasStatistics {
  const parsed = biasStatisticsSchema.safeParse(data);
  if (!parsed.success) {
    const errors = fieldErrors(parsed.error, "body").map((error) => ({
      ...error,
      pointer: `/bias/statistics${error.pointer}`,
    }));
    throw new HttpProblem("invalid", errors[0]?.message ?? "These are no statistics.", { errors });
  }
  // Refuses what has no canonical form, before anything is computed from it.
  digestOf(parsed.data, "bias/statistics");
  if (statisticsSize(parsed.data) > STATISTICS_MAX_CELLS) {
    throw invalidField(
      "bias/statistics",
      `The counts have more than ${STATISTICS_MAX_CELLS} cells; leave an attribute out.`,
    );
  }
  return parsed.data;
}

/** Judges typed results; without a policy they are figures and no verdict. */
export function judgeResults(results: readonly SuiteResult[], parsed: ParsedPolicy | null): Judged {
  const policy = parsed === null || parsed.kind === "bias" ? null : parsed.policy;
  const judgement = judgeSuite(policy, results);
  const sizes = judgement.results.flatMap(({ n }) => n ?? []);
  return {
    verdict: judgement.verdict ?? "none",
    reasons: judgement.reasons,
    results: judgement.results,
    report: null,
    cases: sizes.length === 0 ? null : Math.max(...sizes),
    basisBody: {},
  };
}

/** Writes an evaluation with its ledger entry; answers its id. */
export async function recordEvaluation(
  { clock }: Pick<EvaluationDeps, "clock">,
  tx: Transaction<Tables>,
  { orgId, actor }: { readonly orgId: Uuid; readonly actor: Actor },
  draft: EvaluationDraft,
  basisBody: Readonly<Record<string, Json>>,
  policy: PolicyRow | undefined,
): Promise<Uuid> {
  const { release, dataset, tool } = draft;
  const [appended] = await appendEvidence(tx, clock, orgId, [
    {
      kind: "evaluation.recorded",
      actor,
      subject: { kind: "evaluation" },
      body: {
        runId: draft.runId,
        systemId: draft.systemId,
        releaseId: release.id,
        releaseDigest: release.digest,
        kind: draft.kind,
        suite: draft.suite,
        basis: draft.basis,
        dataset,
        cases: draft.cases,
        tool,
        policyId: draft.policyId,
        policyDigest: policy?.digest ?? null,
        verdict: draft.verdict,
        reasons: draft.reasons,
        results: draft.results as unknown as Json,
        startedAt: draft.startedAt === null ? null : formatInstant(draft.startedAt),
        ...basisBody,
      },
    },
  ]);
  await insertEvaluation(tx, orgId, actor, draft, appended as Appended);
  return (appended as Appended).subjectId;
}
