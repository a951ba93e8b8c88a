/** Releases, their evaluations and the policies of these, all in order unless told otherwise. */
import type { EvaluationExceptionFact, EvaluationFact, EvaluationPolicyFact, ReleaseFact } from "../src/index.ts";
import { DAY, evidence, NOW } from "./world.ts";

export function release(systemId: string, change: Partial<ReleaseFact> = {}): ReleaseFact {
  const id = change.id ?? `${systemId}-r1`;
  return {
    id,
    systemId,
    version: "1.0",
    digest: `sha256:${id}`,
    artefactKind: null,
    changeClass: "major",
    releasedAt: NOW - 40n * DAY,
    evidence: evidence("release", id),
    ...change,
  };
}

export function evaluationPolicy(systemId: string, change: Partial<EvaluationPolicyFact> = {}): EvaluationPolicyFact {
  const id = change.id ?? `policy-${systemId}`;
  return {
    id,
    systemId,
    kind: "bias",
    name: "fair",
    version: "1",
    requiredFor: ["major", "minor", "patch"],
    thresholds: [{ metric: "demographicParityRatio", direction: "at_least", limit: 0.8 }],
    actedUpon: { withinDays: 30, by: ["later-pass", "approved-exception", "rollback"], exceptionMaximumDays: 90 },
    evidence: evidence("evaluation_policy", id, NOW - 50n * DAY),
    ...change,
  };
}

/** A passing evaluation of the system's first release, before it was deployed. */
export function evaluation(systemId: string, change: Partial<EvaluationFact> = {}): EvaluationFact {
  const id = change.id ?? `evaluation-${systemId}`;
  const releaseId = change.releaseId ?? `${systemId}-r1`;
  return {
    id,
    systemId,
    releaseId,
    digest: `sha256:${releaseId}`,
    kind: "bias",
    suite: "fair",
    dataset: "holdout",
    basis: "test_data",
    verdict: "pass",
    policyId: `policy-${systemId}`,
    startedAt: NOW - 36n * DAY,
    evidence: evidence("evaluation", id, NOW - 35n * DAY),
    ...change,
  };
}

export function evaluationException(
  systemId: string,
  change: Partial<EvaluationExceptionFact> = {},
): EvaluationExceptionFact {
  const id = change.id ?? `acceptance-${systemId}`;
  return {
    id,
    systemId,
    evaluationId: `evaluation-${systemId}`,
    requesterId: "ada",
    approverId: "ben",
    approverHadAuthority: true,
    mitigation: "A person reviews every refusal.",
    state: "approved",
    from: NOW - 5n * DAY,
    until: NOW + 20n * DAY,
    evidence: evidence("evaluation_exception", id, NOW - 5n * DAY),
    ...change,
  };
}
