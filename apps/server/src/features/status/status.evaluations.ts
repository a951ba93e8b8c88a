/** Evaluations and their policies as facts, as they were known at a moment. */
import { DEFAULT_ACTED_UPON, type EvaluationFact, type EvaluationPolicyFact } from "@steward/assurance";
import type { Micros, Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { readPolicy, requiredFor, thresholdsOf } from "../evaluations/evaluations.policy.ts";

/** Evaluations and policies together: one says little without the other. */
export async function loadEvaluated(db: Kysely<Tables>, orgId: Uuid, until: Micros) {
  const [evaluations, evaluationPolicies] = await Promise.all([
    loadEvaluations(db, orgId, until),
    loadEvaluationPolicies(db, orgId, until),
  ]);
  return { evaluations, evaluationPolicies };
}

async function loadEvaluations(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<EvaluationFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    system_id: Uuid;
    release_id: Uuid;
    release_digest: string;
    kind: string;
    suite: string;
    dataset_name: string;
    basis: EvaluationFact["basis"];
    verdict: EvaluationFact["verdict"];
    policy_id: Uuid | null;
    started_at: Micros | null;
    recorded_at: Micros;
    ledger_index: number;
  }>`
    SELECT id, system_id, release_id, release_digest, kind, suite, dataset_name, basis, verdict, policy_id, started_at,
      recorded_at, ledger_index
    FROM evaluation WHERE org_id = ${orgId} AND recorded_at <= ${until}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    systemId: row.system_id,
    releaseId: row.release_id,
    digest: row.release_digest,
    kind: row.kind,
    suite: row.suite,
    dataset: row.dataset_name,
    basis: row.basis,
    verdict: row.verdict,
    policyId: row.policy_id,
    startedAt: row.started_at,
    evidence: { kind: "evaluation", id: row.id, ledgerIndex: row.ledger_index, at: row.recorded_at },
  }));
}

async function loadEvaluationPolicies(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<EvaluationPolicyFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    system_id: Uuid;
    name: string;
    version: string;
    document: Record<string, unknown>;
    recorded_at: Micros;
    ledger_index: number;
  }>`
    SELECT id, system_id, name, version, document, recorded_at, ledger_index FROM evaluation_policy
    WHERE org_id = ${orgId} AND recorded_at <= ${until}`.execute(db);
  return rows.map((row) => {
    const parsed = readPolicy(row.document);
    const { actedUpon } = parsed.policy;
    return {
      id: row.id,
      systemId: row.system_id,
      kind: parsed.kind,
      name: row.name,
      version: row.version,
      requiredFor: requiredFor(parsed),
      thresholds: thresholdsOf(parsed),
      actedUpon:
        actedUpon === undefined
          ? DEFAULT_ACTED_UPON
          : {
              withinDays: actedUpon.withinDays,
              by: actedUpon.by,
              exceptionMaximumDays: actedUpon.exceptionMaximumDays ?? DEFAULT_ACTED_UPON.exceptionMaximumDays,
            },
      evidence: { kind: "evaluation_policy", id: row.id, ledgerIndex: row.ledger_index, at: row.recorded_at },
    };
  });
}
