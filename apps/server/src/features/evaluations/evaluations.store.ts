/** Writes evaluations and policies, and finds what they name. */
import type { EvaluationKind, EvaluationVerdict } from "@steward/contract";
import type { JudgedResult } from "@steward/fairness";
import { isUuid, type Micros, type Uuid } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";

import type { EvaluationPolicyTable } from "../../platform/database/schema.evaluations.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { type Caller, expectCovered } from "../../platform/http/caller.ts";
import { invalidField } from "../../platform/http/problem.ts";
import type { Appended } from "../../platform/ledger/append.ts";
import { findSystems } from "../decisions/decisions.lookup.ts";

export type PolicyRow = Selectable<EvaluationPolicyTable>;

export interface ReleaseRow {
  readonly id: Uuid;
  readonly system_id: Uuid;
  readonly version: string;
  readonly digest: string;
}

/** A system by its id or name. @throws HttpProblem `invalid`, or `forbidden` for a key of another system. */
export async function expectSystem(tx: Transaction<Tables>, caller: Caller, named: string) {
  const found = (await findSystems(tx, caller.orgId, [named]))(named);
  if (!found) throw invalidField("system", "No registered AI system has this id or name.");
  expectCovered(caller, "evaluations.write", found.id);
  return found;
}

/** A release of the system by its id, version or digest. @throws HttpProblem `invalid` */
export async function expectRelease(tx: Transaction<Tables>, orgId: Uuid, systemId: Uuid, named: string) {
  const { rows } = await sql<ReleaseRow>`
    SELECT id, system_id, version, digest FROM release
    WHERE org_id = ${orgId} AND system_id = ${systemId} AND NOT withdrawn
      AND (id = ANY(${isUuid(named) ? [named] : []}::uuid[]) OR version = ${named} OR digest = ${named})
    ORDER BY (id::text = ${named}) DESC, (version = ${named}) DESC, released_at DESC, id DESC LIMIT 1`.execute(tx);
  const [release] = rows;
  if (!release) {
    throw invalidField(
      "release",
      "The system has no release of this id, version or digest; record the release before it is evaluated.",
    );
  }
  return release;
}

export async function findPolicy(
  tx: Kysely<Tables>,
  orgId: Uuid,
  systemId: Uuid,
  digest: string,
): Promise<PolicyRow | undefined> {
  return tx
    .selectFrom("evaluation_policy")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("system_id", "=", systemId)
    .where("digest", "=", digest)
    .executeTakeFirst();
}

export async function findRun(tx: Transaction<Tables>, orgId: Uuid, systemId: Uuid, runId: string) {
  return tx
    .selectFrom("evaluation")
    .select("id")
    .where("org_id", "=", orgId)
    .where("system_id", "=", systemId)
    .where("run_id", "=", runId)
    .executeTakeFirst();
}

/** What is known of an evaluation before it enters the ledger. */
export interface EvaluationDraft {
  readonly runId: string | null;
  readonly systemId: Uuid;
  readonly release: ReleaseRow;
  readonly kind: EvaluationKind;
  readonly suite: string;
  readonly basis: "test_data" | "live_decisions";
  readonly dataset: { readonly name: string; readonly version: string | null; readonly digest: string | null };
  readonly cases: number | null;
  readonly tool: { readonly name: string; readonly version: string | null };
  readonly policyId: Uuid | null;
  readonly verdict: EvaluationVerdict;
  readonly reasons: readonly string[];
  readonly results: readonly JudgedResult[];
  readonly report: object | null;
  readonly startedAt: Micros | null;
}

export async function insertEvaluation(
  tx: Transaction<Tables>,
  orgId: Uuid,
  actor: Actor,
  draft: EvaluationDraft,
  { subjectId: id, at, index }: Appended,
): Promise<void> {
  await tx
    .insertInto("evaluation")
    .values({
      org_id: orgId,
      id,
      run_id: draft.runId,
      system_id: draft.systemId,
      release_id: draft.release.id,
      release_digest: draft.release.digest,
      kind: draft.kind,
      suite: draft.suite,
      basis: draft.basis,
      dataset_name: draft.dataset.name,
      dataset_version: draft.dataset.version,
      dataset_digest: draft.dataset.digest,
      cases: draft.cases,
      tool_name: draft.tool.name,
      tool_version: draft.tool.version,
      policy_id: draft.policyId,
      verdict: draft.verdict,
      reasons: JSON.stringify(draft.reasons),
      results: JSON.stringify(draft.results),
      report: draft.report === null ? null : JSON.stringify(draft.report),
      started_at: draft.startedAt === null ? null : moment(draft.startedAt),
      recorded_at: moment(at),
      actor_kind: actor.kind,
      actor_id: actor.id,
      ledger_index: index,
    })
    .execute();
}

/** Serialises what is recorded about one system's evaluations; taken before the head of the log, never after. */
export async function lockSystem(tx: Transaction<Tables>, orgId: Uuid, systemId: Uuid): Promise<void> {
  await sql`SELECT FROM system WHERE org_id = ${orgId} AND id = ${systemId} FOR NO KEY UPDATE`.execute(tx);
}
