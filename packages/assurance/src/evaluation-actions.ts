/**
 * What a failed evaluation asks for, and whether it was done: computed from what happened to the release, never typed.
 *
 * - withheld: the release never went into production, so there is nothing to mend;
 * - excepted: somebody else than who asked approved it for a while, with what is done meanwhile;
 * - mitigated: the release no longer runs, and a newer one has passed since under thresholds that are no looser;
 * - rolled back: the release no longer runs, and an earlier one that had passed was deployed again;
 * - else open, and overdue once the policy's time is over.
 */
import { addDays, type Micros, MICROS_PER_DAY } from "@steward/kernel";

import type { FactsIndex } from "./facts-index.ts";
import type {
  ActedUpon,
  EvaluationExceptionFact,
  EvaluationFact,
  EvaluationPolicyFact,
  EvidenceRef,
  ReleaseFact,
} from "./facts.ts";
import { contains, nextBoundary } from "./intervals.ts";

export type ActionState = "open" | "overdue" | "withheld" | "excepted" | "mitigated" | "rolled_back";

export interface EvaluationAction {
  readonly state: ActionState;
  /** Until when the policy wants it acted upon. */
  readonly due: Micros;
  readonly sentence: string;
  /** What settles it. */
  readonly by: EvidenceRef | null;
  /** When the state may change with no new evidence, becoming overdue apart. */
  readonly changesAt: Micros | null;
}

/** Where a policy does not say what counts as acted upon. */
export const DEFAULT_ACTED_UPON: ActedUpon = {
  withinDays: 30,
  by: ["later-pass", "approved-exception", "rollback"],
  exceptionMaximumDays: 90,
};

/** The action of a failed evaluation; undefined for one that did not fail. */
export function evaluationAction(
  evaluation: EvaluationFact,
  facts: FactsIndex,
  now: Micros,
): EvaluationAction | undefined {
  if (evaluation.verdict !== "fail") return undefined;
  const policy = policyOf(evaluation, facts);
  const rules = policy?.actedUpon ?? DEFAULT_ACTED_UPON;
  const due = addDays(evaluation.evidence.at, rules.withinDays, facts.facts.organisation.timeZone);
  const exceptions = exceptionsOf(evaluation, facts, rules);
  const changesAt = nextBoundary(
    [...facts.production(evaluation.systemId), ...exceptions.map(({ from, until }) => ({ from, to: until }))],
    now,
  );
  const settled = settlement({ evaluation, facts, now, rules, policy, exceptions });
  if (settled !== undefined) return { ...settled, due, changesAt };
  const overdue = due <= now;
  const sentence = overdue
    ? `It should have been acted upon by ${facts.dayOf(due)}.`
    : `It must be acted upon by ${facts.dayOf(due)}: by ${waysOut(rules)}.`;
  return { state: overdue ? "overdue" : "open", due, sentence, by: null, changesAt };
}

const WAYS: Readonly<Record<ActedUpon["by"][number], string>> = {
  "later-pass": "a newer release that passes",
  "approved-exception": "an approved exception",
  rollback: "a rollback",
};

function waysOut({ by }: ActedUpon): string {
  const ways = by.map((way) => WAYS[way]);
  const last = ways.at(-1) ?? "";
  return ways.length < 2 ? last : `${ways.slice(0, -1).join(", ")} or ${last}`;
}

interface Case {
  readonly evaluation: EvaluationFact;
  readonly facts: FactsIndex;
  readonly now: Micros;
  readonly rules: ActedUpon;
  readonly policy: EvaluationPolicyFact | undefined;
  readonly exceptions: readonly EvaluationExceptionFact[];
}

type Settlement = Pick<EvaluationAction, "state" | "sentence" | "by">;

function settlement(given: Case): Settlement | undefined {
  const { evaluation, facts, now, rules, exceptions } = given;
  const runs = facts.production(evaluation.systemId).filter(({ releaseId }) => releaseId === evaluation.releaseId);
  if (!runs.some(({ from }) => from <= now)) {
    return { state: "withheld", sentence: "The release was never deployed to production.", by: null };
  }
  const exception = exceptions.find(({ from, until }) => contains({ from, to: until }, now));
  if (exception !== undefined) {
    const sentence = `An exception is approved until ${facts.dayOf(exception.until - 1n)}.`;
    return { state: "excepted", sentence, by: exception.evidence };
  }
  if (runs.some((run) => contains(run, now))) return undefined;
  return (
    (rules.by.includes("later-pass") ? laterPass(given) : undefined) ??
    (rules.by.includes("rollback") ? rollback(given) : undefined)
  );
}

/** Approved by another person with authority, no longer than the policy allows; it covers the suite on the release. */
function exceptionsOf(
  evaluation: EvaluationFact,
  facts: FactsIndex,
  rules: ActedUpon,
): readonly EvaluationExceptionFact[] {
  if (!rules.by.includes("approved-exception")) return [];
  const covered = new Set(
    facts
      .evaluations(evaluation.systemId)
      .filter(({ releaseId, suite }) => releaseId === evaluation.releaseId && suite === evaluation.suite)
      .map(({ id }) => id),
  );
  // Both days of a term count, and a day with a change of the clock is longer.
  const longest = BigInt(rules.exceptionMaximumDays + 1) * MICROS_PER_DAY + MICROS_PER_DAY / 24n;
  return facts
    .evaluationExceptions(evaluation.systemId)
    .filter(
      ({ evaluationId, state, approverId, requesterId, approverHadAuthority, mitigation, from, until }) =>
        covered.has(evaluationId) &&
        state === "approved" &&
        approverId !== null &&
        approverId !== requesterId &&
        approverHadAuthority &&
        mitigation.trim() !== "" &&
        until - from <= longest,
    );
}

/** A newer release passed since, or had passed and was deployed since. */
function laterPass(given: Case): Settlement | undefined {
  const { evaluation, facts, now } = given;
  const failed = facts.release(evaluation.releaseId);
  const since = evaluation.evidence.at;
  const found = passes(given).find(({ fact, release }) => {
    if (failed === undefined || release.releasedAt <= failed.releasedAt) return false;
    return (
      fact.evidence.at >= since ||
      facts
        .production(evaluation.systemId)
        .some(({ releaseId, from }) => releaseId === release.id && from >= since && from <= now)
    );
  });
  if (found === undefined) return undefined;
  return {
    state: "mitigated",
    sentence: `Release ${found.release.version} has passed since.`,
    by: found.fact.evidence,
  };
}

/** An earlier release that had passed was deployed after the failure. */
function rollback(given: Case): Settlement | undefined {
  const { evaluation, facts, now } = given;
  const failed = facts.release(evaluation.releaseId);
  const since = evaluation.evidence.at;
  for (const { release } of passes(given)) {
    if (failed === undefined || release.releasedAt >= failed.releasedAt) continue;
    const back = facts
      .production(evaluation.systemId)
      .find(({ releaseId, from }) => releaseId === release.id && from >= since && from <= now);
    if (back !== undefined) {
      return { state: "rolled_back", sentence: `Release ${release.version} was deployed again.`, by: back.evidence };
    }
  }
  return undefined;
}

/** Passing evaluations of the same suite under thresholds that are no looser. */
function passes({ evaluation, facts, policy }: Case): { fact: EvaluationFact; release: ReleaseFact }[] {
  return facts.evaluations(evaluation.systemId).flatMap((fact) => {
    if (fact.verdict !== "pass" || fact.suite !== evaluation.suite || fact.kind !== evaluation.kind) return [];
    const release = facts.release(fact.releaseId);
    const other = policyOf(fact, facts);
    if (release === undefined || other === undefined || policy === undefined) return [];
    return isNoLooser(other, policy) ? [{ fact, release }] : [];
  });
}

export function policyOf({ systemId, policyId }: EvaluationFact, facts: FactsIndex): EvaluationPolicyFact | undefined {
  return policyId === null ? undefined : facts.evaluationPolicies(systemId).find(({ id }) => id === policyId);
}

/** Whether everything that one policy asks for is asked for by the other too, at least as strictly. */
export function isNoLooser(policy: EvaluationPolicyFact, than: EvaluationPolicyFact): boolean {
  return than.thresholds.every(({ metric, direction, limit }) =>
    policy.thresholds.some(
      (own) =>
        own.metric === metric &&
        own.direction === direction &&
        (direction === "at_least" ? own.limit >= limit : own.limit <= limit),
    ),
  );
}
