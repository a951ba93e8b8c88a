/** How a test is written, so that it reads like its sentence in the catalogue. */
import { grouped, type Micros, type TimeAllowed } from "@steward/kernel";
import type { Catalogue } from "@steward/catalogue";

import type { FactsIndex } from "./facts-index.ts";
import type { EvidenceRef, FactSection } from "./facts.ts";
import { earliest } from "./intervals.ts";
import { worstFirst, distinctEvidence, worst } from "./result.ts";
import type {
  Exception,
  ItemResult,
  ItemVerdict,
  NextStep,
  ParameterValue,
  Subject,
  TestResult,
  Verdict,
} from "./result.ts";

export interface TestContext {
  readonly catalogue: Catalogue;
  readonly facts: FactsIndex;
  readonly now: Micros;
  /** The value in force: the organisation's own, else the catalogue's default. */
  parameter(name: string): number;
  /** The same with its unit, for a parameter that counts days. */
  timeAllowed(name: string): TimeAllowed;
  /** When the time ends that a parameter allows from a moment on, in the organisation's calendar. */
  deadline(name: string, from: Micros): Micros;
  /** Results of the first stratum; empty while that stratum is evaluated. */
  readonly results: ReadonlyMap<string, TestResult>;
}

/** What a test answers; the evaluation adds what is the same for every test. */
export type Outcome = Omit<TestResult, "testId" | "codeVersion" | "parameters">;

export interface TestDefinition {
  /** Id in the catalogue. */
  readonly id: string;
  /** Raise it whenever the test may answer differently over the same facts. */
  readonly codeVersion: string;
  /** Sections of the facts without which it cannot be computed. */
  readonly needs: readonly FactSection[];
  /** Limits that the test uses beside the parameters of the catalogue. */
  readonly limits?: readonly ParameterValue[];
  /** Tests of stratum 2 read the results of stratum 1. */
  readonly stratum: 1 | 2;
  readonly evaluate: (context: TestContext) => Outcome;
}

/** One thing that is looked at in an item. */
export interface Check {
  readonly verdict: ItemVerdict;
  /** What was seen, as a whole sentence. */
  readonly message: string;
  readonly evidence?: readonly EvidenceRef[];
  /** When the verdict may change by time alone. */
  readonly validUntil?: Micros | null;
  readonly nextStep?: NextStep;
  /** Where the finding is about something else than the item, such as one window of its log. */
  readonly subject?: Subject;
}

export interface ItemsTest<T> {
  readonly id: string;
  readonly codeVersion: string;
  readonly needs: readonly FactSection[];
  readonly limits?: readonly ParameterValue[];
  /** What one item, and several, are called: ["system in scope", "systems in scope"]. */
  readonly called: readonly [one: string, many: string];
  /** In an order that does not depend on the order of the facts. */
  readonly items: (context: TestContext) => readonly T[];
  readonly subject: (item: T) => Subject;
  /** Everything that must hold for an item; the worst check is the item's verdict. */
  readonly judge: (item: T, context: TestContext) => readonly Check[];
  /** What is true of every item when the test passes: "has an AI role", "have an AI role". */
  readonly claim: readonly [one: string, many: string];
  /** What to say and do when there is no item: no items, no pass. */
  readonly none: (context: TestContext) => { readonly reason: string; readonly nextStep: NextStep };
  /** When an item may join or leave the population by time alone. */
  readonly populationChangesAt?: (context: TestContext) => Micros | null;
  readonly window?: (context: TestContext, items: readonly T[]) => TestResult["window"];
}

/** A test over a population of items: it passes when every item does, and never without one. */
export function itemsTest<T>(test: ItemsTest<T>): TestDefinition {
  const { id, codeVersion, needs, limits } = test;
  return {
    id,
    codeVersion,
    needs,
    ...(limits && { limits }),
    stratum: 1,
    evaluate(context) {
      const items = test.items(context);
      const populationChangesAt = test.populationChangesAt?.(context) ?? null;
      if (items.length === 0) {
        const { reason, nextStep } = test.none(context);
        return {
          ...nothingShown("insufficient", reason, test.called[1]),
          validUntil: populationChangesAt,
          nextStep,
        };
      }
      const judged = items.map((item) => judgeItem(test.subject(item), test.judge(item, context)));
      const verdict = worst(judged.map(({ result }) => result.verdict));
      const exceptions = distinctExceptions(judged.flatMap((item) => item.exceptions));
      return {
        verdict,
        reason: reasonOf(verdict, judged, exceptions, test),
        population: { n: items.length, description: test.called[items.length === 1 ? 0 : 1] },
        items: judged.map(({ result }) => result),
        exceptions,
        evidence: distinctEvidence(judged.flatMap((item) => item.evidence)),
        window: test.window?.(context, items) ?? null,
        validUntil: earliest([populationChangesAt, ...judged.map(({ validUntil }) => validUntil)]),
        missingSources: [],
        nextStep: exceptions.find(({ nextStep }) => nextStep !== null)?.nextStep ?? null,
      };
    },
  };
}

/** An outcome without items, evidence or a moment at which it changes. */
export function nothingShown(verdict: Verdict, reason: string, description: string): Outcome {
  return {
    verdict,
    reason,
    population: { n: 0, description },
    items: [],
    exceptions: [],
    evidence: [],
    window: null,
    validUntil: null,
    missingSources: [],
    nextStep: null,
  };
}

/**
 * A watch proves something only while it is alive: it passes while its newest proof is younger than its greatest age.
 * With no proof at all nothing was shown.
 */
export function watch(
  proof: { readonly at: Micros; readonly evidence: EvidenceRef } | undefined,
  greatestAge: Micros,
  now: Micros,
  say: { readonly alive: string; readonly tooOld: string; readonly never: string; readonly nextStep: NextStep },
): Check {
  if (proof === undefined) return { verdict: "insufficient", message: say.never, nextStep: say.nextStep };
  const evidence = [proof.evidence];
  const expires = proof.at + greatestAge;
  if (expires <= now) return { verdict: "stale", message: say.tooOld, evidence, nextStep: say.nextStep };
  return { verdict: "pass", message: say.alive, evidence, validUntil: expires };
}

interface JudgedItem {
  readonly result: ItemResult;
  readonly exceptions: readonly Exception[];
  readonly evidence: readonly EvidenceRef[];
  readonly validUntil: Micros | null;
}

function judgeItem(subject: Subject, checks: readonly Check[]): JudgedItem {
  const verdict = worst(checks.map((check) => check.verdict));
  const exceptions = checks.flatMap((check): Exception[] =>
    check.verdict === "pass"
      ? []
      : [
          {
            subject: check.subject ?? subject,
            verdict: check.verdict,
            message: check.message,
            evidence: check.evidence ?? [],
            nextStep: check.nextStep ?? null,
          },
        ],
  );
  exceptions.sort(worstFirst);
  return {
    result: {
      subject,
      verdict,
      message: (exceptions.length > 0 ? exceptions : checks).map(({ message }) => message).join(" "),
      nextStep: exceptions.find(({ nextStep }) => nextStep !== null)?.nextStep ?? null,
    },
    exceptions,
    evidence: checks.flatMap((check) => check.evidence ?? []),
    validUntil: earliest(checks.map((check) => check.validUntil ?? null)),
  };
}

/** Items that share a thing (one ledger) report its fault once. */
function distinctExceptions(exceptions: readonly Exception[]): Exception[] {
  const byKey = new Map<string, Exception>();
  for (const exception of exceptions) {
    const { subject, message } = exception;
    byKey.set(`${subject.kind} ${subject.id} ${message}`, exception);
  }
  return [...byKey.values()].toSorted(worstFirst);
}

function reasonOf(
  verdict: ItemVerdict,
  judged: readonly JudgedItem[],
  exceptions: readonly Exception[],
  { called, claim }: Pick<ItemsTest<never>, "called" | "claim">,
): string {
  const n = judged.length;
  if (verdict === "pass") {
    return n === 1 ? `The one ${called[0]} ${claim[0]}.` : `All ${grouped(n)} ${called[1]} ${claim[1]}.`;
  }
  const k = judged.filter(({ result }) => result.verdict === verdict).length;
  const share = `${grouped(k)} of ${grouped(n)} ${called[n === 1 ? 0 : 1]}`;
  const head = {
    fail: `${share} ${k === 1 ? "fails" : "fail"}`,
    insufficient: `Not enough evidence for ${share}`,
    stale: `The evidence for ${share} is too old`,
  }[verdict];
  const rest = exceptions.length - 1;
  return `${head}: ${exceptions[0]?.message ?? ""}${rest > 0 ? ` And ${grouped(rest)} more.` : ""}`;
}
