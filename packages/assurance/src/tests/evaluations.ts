/**
 * T-A.6.2.4-1 and -2: of each release in production, every mandatory suite passed on that exact digest before it was
 * deployed, under thresholds that were in the ledger before the run began.
 */
import { type Micros, MICROS_PER_SECOND } from "@steward/kernel";

import { itemsTest } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import { isNoLooser, policyOf } from "../evaluation-actions.ts";
import type { DeploymentFact, EvaluationFact, EvaluationPolicyFact, ReleaseFact, SystemFact } from "../facts.ts";
import { contains, earliest, nextBoundary } from "../intervals.ts";
import type { Subject } from "../result.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

/** A pipeline's clock, which dates deployments, may run behind the ledger's by so much. */
const CLOCK_TOLERANCE_SECONDS = 60;
const tolerance = BigInt(CLOCK_TOLERANCE_SECONDS) * MICROS_PER_SECOND;

/** A system in operation with a release that runs in production, or without one where none is recorded. */
interface Running {
  readonly system: SystemFact;
  readonly deployment: DeploymentFact | null;
  readonly release: ReleaseFact | null;
}

const shared = {
  called: ["release in production", "releases in production"],
  items: runningReleases,
  subject: subjectOf,
  none: noSystemInOperation,
  populationChangesAt: runningChangesAt,
} as const;

export const mandatorySuitesPassed = itemsTest<Running>({
  ...shared,
  id: "T-A.6.2.4-1",
  codeVersion: "1",
  needs: ["systems", "deployments", "releases", "evaluationPolicies", "evaluations"],
  limits: [{ name: "CLOCK_TOLERANCE", value: CLOCK_TOLERANCE_SECONDS, unit: "seconds" }],
  claim: ["passed every mandatory suite before it was deployed", "passed every mandatory suite before deployment"],
  judge: judgeMandatory,
});

export const thresholdsCommittedFirst = itemsTest<Running>({
  ...shared,
  id: "T-A.6.2.4-2",
  codeVersion: "1",
  needs: ["systems", "deployments", "releases", "evaluationPolicies", "evaluations"],
  claim: [
    "was evaluated under thresholds that were committed before",
    "were evaluated under thresholds that were committed before",
  ],
  judge: judgeThresholds,
});

export function runningReleases(context: TestContext): Running[] {
  const { facts, now } = context;
  return systemsInOperation(context).flatMap((system): Running[] => {
    const running = facts.production(system.id).filter((deployment) => contains(deployment, now));
    if (running.length === 0) return [{ system, deployment: null, release: null }];
    return running.map((deployment) => ({ system, deployment, release: facts.release(deployment.releaseId) ?? null }));
  });
}

export function runningChangesAt(context: TestContext): Micros | null {
  const { facts, now } = context;
  return earliest([
    operationChangesAt(context),
    ...facts.systems.map((system) => nextBoundary(facts.production(system.id), now)),
  ]);
}

function subjectOf({ system, release }: Running): Subject {
  if (release === null) return systemSubject(system);
  return { kind: "release", id: release.id, name: `${system.name} ${release.version}` };
}

/** What is said of a system of which no release is known to run. */
export function notRecorded({ system, deployment }: Running): Check {
  const message =
    deployment === null
      ? `${system.name} is in operation, but no deployment of a release to production is recorded.`
      : `${system.name} runs a release that is not recorded.`;
  const step = `Record which release of ${system.name} runs in production.`;
  return { verdict: "insufficient", message, nextStep: stepFor(system, "record_deployment", step) };
}

function judgeMandatory(item: Running, { facts }: TestContext): Check[] {
  const { system, deployment, release } = item;
  if (deployment === null || release === null) return [notRecorded(item)];
  const mandatory = policiesAt(facts.evaluationPolicies(system.id), deployment.from).filter(({ requiredFor }) =>
    requiredFor.includes(release.changeClass),
  );
  if (mandatory.length === 0) {
    return [
      {
        verdict: "insufficient",
        message: `When ${system.name} ${release.version} was deployed, no suite was mandatory for a ${release.changeClass} change.`,
        nextStep: stepFor(
          system,
          "commit_evaluation_policy",
          `Commit a policy that says which evaluations a release of ${system.name} must pass.`,
        ),
      },
    ];
  }
  const before = facts
    .evaluations(system.id)
    .filter(
      ({ basis, digest, evidence }) =>
        basis === "test_data" && digest === release.digest && evidence.at <= deployment.from + tolerance,
    );
  return mandatory.flatMap((policy) => judgeSuite(item, release, policy, before, (fact) => policyOf(fact, facts)));
}

/** The newest version of each policy that was in the ledger at a moment. */
function policiesAt(policies: readonly EvaluationPolicyFact[], moment: Micros): EvaluationPolicyFact[] {
  const known = policies.filter(({ evidence }) => evidence.at <= moment + tolerance);
  return [...Map.groupBy(known, ({ name }) => name).values()].flatMap(([newest]) => newest ?? []);
}

function judgeSuite(
  { system }: Running,
  release: ReleaseFact,
  policy: EvaluationPolicyFact,
  before: readonly EvaluationFact[],
  policyOfFact: (fact: EvaluationFact) => EvaluationPolicyFact | undefined,
): Check[] {
  const name = `${system.name} ${release.version}`;
  const own = before.filter((fact) => {
    const under = policyOfFact(fact);
    return fact.suite === policy.name && fact.kind === policy.kind && under !== undefined && isNoLooser(under, policy);
  });
  const step = stepFor(
    system,
    "run_evaluation",
    `Evaluate the next release of ${system.name} under “${policy.name}” before it is deployed.`,
  );
  if (own.length === 0) {
    const message = `${name} was deployed without the mandatory evaluation “${policy.name}”.`;
    return [{ verdict: "fail", message, evidence: [policy.evidence], nextStep: step }];
  }
  return newestPerDataset(own).map((fact): Check => {
    const evidence = [fact.evidence, policy.evidence];
    if (fact.verdict === "pass") {
      return { verdict: "pass", message: `${name} passed “${policy.name}” on ${fact.dataset}.`, evidence };
    }
    const verdict = fact.verdict === "fail" ? "fail" : "insufficient";
    const found = verdict === "fail" ? "failed" : "was not decided by";
    const message = `${name} was deployed although it ${found} “${policy.name}” on ${fact.dataset}.`;
    return { verdict, message, evidence: [fact.evidence], nextStep: step };
  });
}

/** Given newest first, the newest for each data set and basis. */
export function newestPerDataset(evaluations: readonly EvaluationFact[]): EvaluationFact[] {
  const groups = Map.groupBy(evaluations, ({ suite, dataset, basis }) => JSON.stringify([suite, dataset, basis]));
  return [...groups.values()].flatMap(([newest]) => newest ?? []);
}

function judgeThresholds(item: Running, { facts }: TestContext): Check[] {
  const { system, release } = item;
  if (release === null) return [notRecorded(item)];
  const name = `${system.name} ${release.version}`;
  const judged = newestPerDataset(
    facts.evaluations(system.id).filter(({ digest, policyId }) => digest === release.digest && policyId !== null),
  );
  if (judged.length === 0) {
    return [
      {
        verdict: "insufficient",
        message: `${name} has no evaluation under a committed policy.`,
        nextStep: stepFor(
          system,
          "run_evaluation",
          `Evaluate ${name} under a policy that is committed before the run.`,
        ),
      },
    ];
  }
  return judged.map((fact) => judgeOrder(system, name, fact, policyOf(fact, facts)));
}

function judgeOrder(
  system: SystemFact,
  name: string,
  fact: EvaluationFact,
  policy: EvaluationPolicyFact | undefined,
): Check {
  const step = stepFor(system, "run_evaluation", `Commit the policy “${fact.suite}”, then evaluate ${name} again.`);
  const evidence = [fact.evidence];
  if (policy === undefined || fact.startedAt === null) {
    const message = `Nothing says when the evaluation “${fact.suite}” of ${name} on ${fact.dataset} began.`;
    return { verdict: "insufficient", message, evidence, nextStep: step };
  }
  if (policy.evidence.at > fact.startedAt) {
    const message = `The thresholds of “${fact.suite}” were committed after the evaluation of ${name} on ${fact.dataset} began.`;
    return { verdict: "fail", message, evidence: [fact.evidence, policy.evidence], nextStep: step };
  }
  const message = `“${fact.suite}” was committed before the evaluation of ${name} on ${fact.dataset} began.`;
  return { verdict: "pass", message, evidence: [fact.evidence, policy.evidence] };
}
