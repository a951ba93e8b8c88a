/**
 * T-A.6.2.4-3: the groups of every AI system in operation are treated alike within the policy's thresholds, or the
 * failure was acted upon. Judged on the three verdicts of its evaluations, never on the point value of a gap: a gap
 * that the data cannot tell from chance neither fails nor passes.
 *
 * - Every release in production needs a bias evaluation on test data that passes, for each bias policy of the system.
 * - A failed evaluation, on test data or on live decisions, stands until it is acted upon (see evaluation-actions.ts),
 *   also when a newer one of the same release passes.
 * - Live decisions that do not yet decide anything add nothing: they are too few, not evidence against.
 */
import { itemsTest } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import { evaluationAction } from "../evaluation-actions.ts";
import type { EvaluationFact, ReleaseFact, SystemFact } from "../facts.ts";
import { contains } from "../intervals.ts";
import { newestPerDataset, notRecorded, runningChangesAt } from "./evaluations.ts";
import { noSystemInOperation, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

export const biasActedUpon = itemsTest<SystemFact>({
  id: "T-A.6.2.4-3",
  codeVersion: "1",
  needs: ["systems", "deployments", "releases", "evaluationPolicies", "evaluations", "evaluationExceptions"],
  called: ["AI system in operation", "AI systems in operation"],
  items: systemsInOperation,
  subject: systemSubject,
  claim: [
    "treats groups alike within its thresholds, or its failures were acted upon",
    "treat groups alike within their thresholds, or their failures were acted upon",
  ],
  none: noSystemInOperation,
  populationChangesAt: runningChangesAt,
  judge: judgeBias,
});

function judgeBias(system: SystemFact, context: TestContext): Check[] {
  const { facts, now } = context;
  const failures = judgeFailures(system, context);
  const suites = new Set(
    facts
      .evaluationPolicies(system.id)
      .filter(({ kind }) => kind === "bias")
      .map(({ name }) => name),
  );
  if (suites.size === 0) {
    const message = `${system.name} has no bias policy: nothing says how differently its groups may be treated.`;
    const step = `Commit a bias policy for ${system.name}, then evaluate its release.`;
    return [
      ...failures,
      { verdict: "insufficient", message, nextStep: stepFor(system, "commit_evaluation_policy", step) },
    ];
  }
  const running = facts.production(system.id).filter((deployment) => contains(deployment, now));
  if (running.length === 0) return [...failures, notRecorded({ system, deployment: null, release: null })];
  return [
    ...failures,
    ...running.flatMap((deployment) => {
      const release = facts.release(deployment.releaseId);
      if (release === undefined) return [notRecorded({ system, deployment, release: null })];
      return [...suites].flatMap((suite) => judgeRelease(system, release, suite, context));
    }),
  ];
}

function judgeRelease(system: SystemFact, release: ReleaseFact, suite: string, { facts }: TestContext): Check[] {
  const name = `${system.name} ${release.version}`;
  const own = newestPerDataset(
    facts
      .evaluations(system.id)
      .filter(
        (fact) =>
          fact.kind === "bias" && fact.suite === suite && fact.digest === release.digest && fact.policyId !== null,
      ),
  );
  const onTestData = own.filter(({ basis }) => basis === "test_data");
  if (onTestData.length === 0) {
    const message = `${name} has not been evaluated under “${suite}”.`;
    const step = `Evaluate ${name} under “${suite}” and publish the result.`;
    return [{ verdict: "insufficient", message, nextStep: stepFor(system, "run_evaluation", step) }];
  }
  // Failures are judged by what was done about them.
  return own.flatMap((fact): Check[] => {
    if (fact.verdict === "pass") {
      return [{ verdict: "pass", message: `${name} passes “${suite}” on ${fact.dataset}.`, evidence: [fact.evidence] }];
    }
    if (fact.verdict === "fail" || fact.basis === "live_decisions") return [];
    const message = `On ${fact.dataset} the data cannot tell whether ${name} keeps the thresholds of “${suite}”.`;
    const step = `Evaluate ${name} under “${suite}” on more data; the evaluation says how many cases each thin group needs.`;
    return [
      {
        verdict: "insufficient",
        message,
        evidence: [fact.evidence],
        nextStep: stepFor(system, "run_evaluation", step),
      },
    ];
  });
}

/** Every failure that stands, the newest of each release, suite, data set and basis. */
function judgeFailures(system: SystemFact, { facts, now }: TestContext): Check[] {
  const failed = facts.evaluations(system.id).filter(({ kind, verdict }) => kind === "bias" && verdict === "fail");
  const groups = Map.groupBy(failed, ({ releaseId, suite, dataset, basis }) =>
    JSON.stringify([releaseId, suite, dataset, basis]),
  );
  return [...groups.values()].flatMap(([newest]) =>
    newest === undefined ? [] : [judgeFailure(system, newest, facts, now)],
  );
}

function judgeFailure(
  system: SystemFact,
  fact: EvaluationFact,
  facts: TestContext["facts"],
  now: TestContext["now"],
): Check {
  const action = evaluationAction(fact, facts, now);
  const version = facts.release(fact.releaseId)?.version ?? fact.digest;
  const where = fact.basis === "live_decisions" ? "on its live decisions" : `on ${fact.dataset}`;
  const found = `${system.name} ${version} failed “${fact.suite}” ${where}.`;
  if (action === undefined || action.state === "open" || action.state === "overdue") {
    return {
      verdict: "fail",
      message: `${found} ${action?.sentence ?? ""}`.trim(),
      evidence: [fact.evidence],
      validUntil: action?.changesAt ?? null,
      subject: { kind: "evaluation", id: fact.id, name: `${system.name} ${version}: ${fact.suite}` },
      nextStep: {
        text: `Act on the failed evaluation “${fact.suite}” of ${system.name} ${version}: deploy a release that passes, roll back, or have an exception approved.`,
        action: "act_on_evaluation",
        subjectKind: "evaluation",
        subjectId: fact.id,
      },
    };
  }
  return {
    verdict: "pass",
    message: `${found} ${action.sentence}`,
    evidence: action.by === null ? [fact.evidence] : [fact.evidence, action.by],
    validUntil: action.changesAt,
  };
}
