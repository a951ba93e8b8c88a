/** Generated releases, evaluations, policies and exceptions. */
import fc from "fast-check";

import type { EvaluationExceptionFact, EvaluationFact, EvaluationPolicyFact } from "../src/index.ts";
import { often, past, SYSTEMS } from "./chance.ts";
import { evaluation, evaluationException, evaluationPolicy, release } from "./world-evaluations.ts";
import { DAY, evidence, NOW } from "./world.ts";

export const releases = SYSTEMS.flatMap((systemId) =>
  ["r0", "r1", "r2"].map((name, place) =>
    release(systemId, {
      id: `${systemId}-${name}`,
      version: `${place}.0`,
      changeClass: place === 0 ? "patch" : "major",
      releasedAt: NOW - BigInt(50 - 20 * place) * DAY,
    }),
  ),
);

export const evaluationPolicies: fc.Arbitrary<EvaluationPolicyFact[]> = fc
  .tuple(
    ...SYSTEMS.map((systemId) =>
      often<EvaluationPolicyFact[]>(
        [evaluationPolicy(systemId)],
        fc.constantFrom<EvaluationPolicyFact[]>(
          [],
          [evaluationPolicy(systemId, { requiredFor: ["minor"] })],
          [
            evaluationPolicy(systemId),
            evaluationPolicy(systemId, { id: `${systemId}-acc`, kind: "accuracy", name: "acc" }),
          ],
        ),
      ),
    ),
  )
  .map((lists) => lists.flat());

/** For some system a few evaluations, among them often one that its first release passed. */
export const evaluations: fc.Arbitrary<EvaluationFact[]> = fc
  .tuple(
    fc.subarray(SYSTEMS),
    fc.array(
      fc.record({
        systemId: fc.constantFrom(...SYSTEMS),
        release: fc.constantFrom("r0", "r1", "r1", "r2"),
        accuracy: often(false, fc.constant(true)),
        basis: often<EvaluationFact["basis"]>("test_data", fc.constant("live_decisions")),
        verdict: fc.constantFrom<EvaluationFact["verdict"]>("pass", "fail", "insufficient"),
        withPolicy: often(true, fc.constant(false)),
        startedAt: fc.constantFrom(NOW - 40n * DAY, NOW - 55n * DAY, NOW - 40n * DAY, null),
        at: past,
      }),
      { maxLength: 5 },
    ),
  )
  .map(([good, more]) => [
    ...good.map((systemId) => evaluation(systemId)),
    ...more.map(({ systemId, release: name, accuracy, withPolicy, at, ...rest }, index) =>
      evaluation(systemId, {
        ...rest,
        id: `evaluation-${index}`,
        releaseId: `${systemId}-${name}`,
        kind: accuracy ? "accuracy" : "bias",
        suite: accuracy ? "acc" : "fair",
        policyId: withPolicy ? (accuracy ? `${systemId}-acc` : `policy-${systemId}`) : null,
        evidence: evidence("evaluation", `evaluation-${index}`, at),
      }),
    ),
  ]);

export const evaluationExceptions: fc.Arbitrary<EvaluationExceptionFact[]> = fc
  .array(
    fc.record({
      systemId: fc.constantFrom(...SYSTEMS),
      evaluationId: fc.constantFrom("evaluation-0", "evaluation-1", "evaluation-2"),
      approverId: often("ben", fc.constant("ada")),
      state: often<EvaluationExceptionFact["state"]>("approved", fc.constantFrom("requested", "revoked")),
      from: fc.oneof(past, fc.constant(NOW + 2n * DAY)),
      until: fc.constantFrom(NOW + 20n * DAY, NOW - DAY),
    }),
    { maxLength: 3 },
  )
  .map((list) =>
    list.map(({ systemId, ...given }, index) =>
      evaluationException(systemId, {
        ...given,
        id: `acceptance-${index}`,
        evidence: evidence("evaluation_exception", `acceptance-${index}`),
      }),
    ),
  );
