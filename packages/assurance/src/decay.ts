/** Results that are read later than they were computed still answer honestly: silence decays. */
import type { Micros } from "@steward/kernel";

import type { Evaluation } from "./evaluate.ts";
import { earliest } from "./intervals.ts";
import type { RequirementStatus, TestResult } from "./result.ts";

function hasLapsed({ validUntil }: { readonly validUntil: Micros | null }, now: Micros): boolean {
  return validUntil !== null && validUntil <= now;
}

/** The result as it reads at a later moment with no new evidence: a pass that has lapsed is stale. */
export function decay(result: TestResult, now: Micros): TestResult {
  if (result.verdict !== "pass" || !hasLapsed(result, now)) return result;
  return { ...result, verdict: "stale", reason: `This held, but has not been shown again since. ${result.reason}` };
}

/** The status as it reads at a later moment with no new evidence: what was evidenced, and has lapsed, is stale. */
export function decayStatus(status: RequirementStatus, now: Micros): RequirementStatus {
  if (!hasLapsed(status, now)) return status;
  if (status.status === "excepted") {
    // Whether it still is excepted is not known without the exceptions: what is known is what the tests said.
    const { statusOfTests } = status;
    return { ...status, status: statusOfTests === "evidenced" ? "stale" : statusOfTests, exceptionId: null };
  }
  if (status.status !== "evidenced") return status;
  return {
    ...status,
    status: "stale",
    statusOfTests: "stale",
    sentence: `This was shown, but has not been shown again since. ${status.sentence}`,
  };
}

/** A whole evaluation as it reads at a later moment with no new evidence. */
export function decayEvaluation(evaluation: Evaluation, now: Micros): Evaluation {
  if (!hasLapsed(evaluation, now)) return evaluation;
  const tests = evaluation.tests.map((result) => decay(result, now));
  const verdicts = new Map(tests.map(({ testId, verdict }) => [testId, verdict]));
  const requirements = evaluation.requirements.map((status) => ({
    ...decayStatus(status, now),
    tests: status.tests.map(({ testId, verdict }) => ({ testId, verdict: verdicts.get(testId) ?? verdict })),
  }));
  const validUntil = earliest(
    [...tests, ...requirements].map(({ validUntil }) => validUntil).filter((moment) => moment !== null && moment > now),
  );
  return { ...evaluation, tests, requirements, validUntil };
}
