/** What to do next: the steps that unlock the most requirements come first, then those that end a failing status. */
import type { Evaluation } from "./evaluate.ts";
import type { NextStep } from "./result.ts";

export interface NextAction extends NextStep {
  /** Requirements that wait for this step alone, as far as is known. */
  readonly onlyStepOf: readonly string[];
  /** Failing requirements that fail no longer once this step alone is done, whatever else they still wait for. */
  readonly clears: readonly string[];
  /** Requirements that it moves forward, those included. */
  readonly unlocks: readonly string[];
  readonly testIds: readonly string[];
}

/**
 * Every step that the results name, once, ordered by how many requirements wait for it alone, then by how many it keeps
 * from failing, then by how many it moves.
 */
export function nextActions({ tests, requirements }: Evaluation): NextAction[] {
  const steps = new Map<string, { step: NextStep; testIds: Set<string> }>();
  const keysOfTest = new Map<string, readonly string[]>();
  for (const { testId, verdict, exceptions, nextStep } of tests) {
    if (verdict === "pass" || verdict === "not_applicable") continue;
    const named = exceptions.flatMap((exception) => exception.nextStep ?? []);
    const ofTest = named.length > 0 ? named : nextStep === null ? [] : [nextStep];
    for (const step of ofTest) {
      const known = steps.get(keyOf(step)) ?? { step, testIds: new Set() };
      known.testIds.add(testId);
      steps.set(keyOf(step), known);
    }
    // A finding that nobody can act on blocks the test whatever else is done.
    const actionable = exceptions.every((exception) => exception.nextStep !== null) && ofTest.length > 0;
    keysOfTest.set(testId, actionable ? ofTest.map(keyOf) : [...ofTest.map(keyOf), BLOCKED]);
  }
  const unlocks = new Map<string, Set<string>>();
  const onlyStepOf = new Map<string, Set<string>>();
  const clears = new Map<string, Set<string>>();
  const keysOf = (results: readonly { testId: string }[]) =>
    new Set(results.flatMap(({ testId }) => keysOfTest.get(testId) ?? []));
  for (const { requirementId, status, tests } of requirements) {
    if (status === "evidenced" || status === "not_applicable") continue;
    const needed = keysOf(tests);
    for (const key of needed) {
      add(unlocks, key, requirementId);
      if (needed.size === 1) add(onlyStepOf, key, requirementId);
    }
    if (status !== "failing") continue;
    const [key, ...more] = keysOf(tests.filter(({ verdict }) => verdict === "fail"));
    if (key !== undefined && more.length === 0) add(clears, key, requirementId);
  }
  return [...steps]
    .map(([key, { step, testIds }]) => ({
      text: step.text,
      action: step.action,
      subjectKind: step.subjectKind,
      subjectId: step.subjectId,
      onlyStepOf: [...(onlyStepOf.get(key) ?? [])],
      clears: [...(clears.get(key) ?? [])],
      unlocks: [...(unlocks.get(key) ?? [])],
      testIds: [...testIds],
    }))
    .toSorted(
      (a, b) =>
        b.onlyStepOf.length - a.onlyStepOf.length ||
        b.clears.length - a.clears.length ||
        b.unlocks.length - a.unlocks.length,
    );
}

/** Stands for what no step of a person can change. */
const BLOCKED = "blocked";

function keyOf({ action, subjectKind, subjectId }: NextStep): string {
  return `${action} ${subjectKind ?? ""} ${subjectId ?? ""}`;
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set();
  set.add(value);
  sets.set(key, set);
}
