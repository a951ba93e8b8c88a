/** From test results to the status of a requirement: a total function. */
import type { Requirement } from "@steward/catalogue";
import { counted, grouped, type Micros, MICROS_PER_DAY } from "@steward/kernel";

import type { FactsIndex } from "./facts-index.ts";
import type { ControlExceptionFact } from "./facts.ts";
import { earliest } from "./intervals.ts";
import { evidenceKey, worst } from "./result.ts";
import type { ItemVerdict, RequirementStatus, TestResult } from "./result.ts";
import { isBlank } from "./tests/scope.ts";

/** The longest term of an exception: after a year, a control that cannot be met needs another decision. */
export const EXCEPTION_MAX_DAYS = 366;

const STATUS_OF_VERDICT = {
  pass: "evidenced",
  fail: "failing",
  stale: "stale",
  insufficient: "insufficient",
} as const satisfies Record<ItemVerdict, string>;

/**
 * The status of one requirement.
 * @param results of the requirement's tests, in the order of the catalogue.
 */
export function requirementStatus(
  requirement: Requirement,
  results: readonly TestResult[],
  facts: FactsIndex,
  now: Micros,
): RequirementStatus {
  const applying = results.filter(({ verdict }) => verdict !== "not_applicable");
  const verdict = worst(applying.map((result) => result.verdict as ItemVerdict));
  const statusOfTests = STATUS_OF_VERDICT[verdict];
  const own = {
    requirementId: requirement.id,
    tests: results.map(({ testId, verdict }) => ({ testId, verdict })),
    evidenceCount: new Set(results.flatMap(({ evidence }) => evidence.map(evidenceKey))).size,
    validUntil: earliest(results.map(({ validUntil }) => validUntil)),
    nextSteps: applying.flatMap(({ nextStep }) => (nextStep === null ? [] : [nextStep])),
    statusOfTests,
    exceptionId: null,
  };
  const ordinary = { ...own, status: statusOfTests, sentence: sentenceOf(verdict, applying, results) };
  if (requirement.kind !== "control") return ordinary;

  const exclusion = exclusionOf(requirement.id, facts);
  if (exclusion !== undefined) {
    const sentence = `Declared not applicable: ${exclusion}`;
    return { ...own, status: "not_applicable", sentence, validUntil: null, nextSteps: [] };
  }
  const exceptions = facts.controlExceptions(requirement.id).filter(isGranted);
  const inForce = exceptions
    .filter(({ from, until }) => from <= now && now < until)
    .reduce<ControlExceptionFact | undefined>((a, b) => (a === undefined || b.until > a.until ? b : a), undefined);
  const nextTurn = earliest(exceptions.flatMap(({ from, until }) => [from, until]).filter((edge) => edge > now));
  const validUntil = earliest([own.validUntil, nextTurn]);
  if (inForce === undefined || statusOfTests === "evidenced") return { ...ordinary, validUntil };
  const lastDay = facts.dayOf(inForce.until - 1n);
  return {
    ...own,
    status: "excepted",
    sentence: `Excepted until ${lastDay}. Without the exception: ${ordinary.sentence}`,
    validUntil,
    exceptionId: inForce.id,
  };
}

/** The reason of the statement of applicability for leaving the control out, where it does so in one clear line. */
function exclusionOf(controlId: string, facts: FactsIndex): string | undefined {
  const [line, ...more] = facts.soaLines(controlId);
  if (line === undefined || more.length > 0 || line.applicable !== false || isBlank(line.reason)) return undefined;
  return line.reason ?? undefined;
}

/** Approved by another person than the one who asked, with the authority to do so, for no longer than the maximum. */
function isGranted({
  state,
  requesterId,
  approverId,
  approverHadAuthority,
  from,
  until,
}: ControlExceptionFact): boolean {
  return (
    state === "approved" &&
    approverId !== null &&
    approverId !== requesterId &&
    approverHadAuthority &&
    until - from <= BigInt(EXCEPTION_MAX_DAYS) * MICROS_PER_DAY
  );
}

function sentenceOf(verdict: ItemVerdict, applying: readonly TestResult[], all: readonly TestResult[]): string {
  const n = applying.length;
  if (n === 0) return "None of its tests applies, so nothing shows that it is met.";
  const others = all.length - n;
  const rest = others === 0 ? "" : ` ${counted(others, "test")} ${others === 1 ? "does" : "do"} not apply.`;
  if (verdict === "pass") {
    return n === 1 ? `Its test passes. ${applying[0]?.reason}${rest}` : `All ${grouped(n)} tests pass.${rest}`;
  }
  const reached = applying.filter((result) => result.verdict === verdict);
  const k = reached.length;
  const share = n === 1 ? "Its test" : `${grouped(k)} of ${counted(n, "test")}`;
  const head = {
    fail: `${share} ${k === 1 ? "fails" : "fail"}.`,
    insufficient: `${share} ${k === 1 ? "has" : "have"} not enough evidence.`,
    stale: `${share} ${k === 1 ? "rests" : "rest"} on evidence that is too old.`,
  }[verdict];
  return `${head} ${reached[0]?.reason}`;
}
