/** Turns results into what the API answers: with titles, in our words, and honest about when they were computed. */
import {
  type EvidenceRef,
  LIVE_TESTS,
  type NextAction,
  type NextStep,
  type RequirementStatus,
  type TestResult,
} from "@steward/assurance";
import type { Catalogue, Requirement } from "@steward/catalogue";
import {
  type EvidenceView,
  type NextAction as NextActionView,
  type RequirementStatusView,
  type StatusChange,
  type TestResultView,
  VERDICTS,
} from "@steward/contract";
import { formatInstant, type Micros } from "@steward/kernel";

export interface Titles {
  of(kind: string, id: string): string | null;
}

export function requirementRef(id: string): string {
  return id.replace(/^iso42001:/, "");
}

export function statusView(catalogue: Catalogue, status: RequirementStatus, since: string): RequirementStatusView {
  const requirement = catalogue.requirement(status.requirementId) as Requirement;
  return {
    requirementId: status.requirementId,
    ref: requirement.ref,
    title: requirement.title,
    kind: requirement.kind,
    group: requirement.group,
    status: status.status,
    sentence: status.sentence,
    since,
    validUntil: text(status.validUntil),
    tests: status.tests.map(({ testId, verdict }) => ({ testId, verdict })),
    evidenceCount: status.evidenceCount,
  };
}

/** For whoever may see some AI systems only: what a requirement's sentence and count say of others is left out. */
export function withoutSystems(view: RequirementStatusView): RequirementStatusView {
  return { ...view, sentence: verdictsSentence(view.tests), evidenceCount: null };
}

/**
 * A test for the same: its verdict, and what stands against it of the AI systems that they may see.
 * @param view its exceptions are the first ones, where there are more than are kept
 */
export function ofSystems(view: TestResultView, systemIds: readonly string[]): TestResultView {
  const visible = (kind: string | null, id: string | null) =>
    kind === "system" && id !== null && systemIds.includes(id);
  const exceptions = view.exceptions.filter(({ subjectKind, subjectId }) => visible(subjectKind, subjectId));
  const step = view.nextStep;
  return {
    ...view,
    reason: exceptionsSentence(exceptions.length, view.exceptions.length < view.exceptionsTotal),
    population: null,
    exceptions,
    exceptionsTotal: exceptions.length,
    evidence: [],
    evidenceTotal: 0,
    nextStep: step !== null && visible(step.subjectKind, step.subjectId) ? step : null,
  };
}

function exceptionsSentence(n: number, more: boolean): string {
  const against = n === 0 ? "none stands" : n === 1 ? "1 stands" : `${n} stand`;
  const known = more ? ", as far as its exceptions are listed" : "";
  return `Of the AI systems that you may see, ${against} against it${known}. ${LEFT_OUT}`;
}

/** Said to whoever may see some AI systems only. */
const LEFT_OUT = "Your access leaves out the rest.";
const WHY_LEFT_OUT = "Your access leaves out why.";

/** A move of a status for the same: what moved it may name other AI systems, and stands in an entry closed to them. */
export function changeOfSystems(change: StatusChange): StatusChange {
  return { ...change, because: WHY_LEFT_OUT, ledgerIndex: null };
}

/** "Tests: 1 fail, 2 insufficient." */
function verdictsSentence(tests: RequirementStatusView["tests"]): string {
  const parts = VERDICTS.flatMap((verdict) => {
    const n = tests.filter((test) => test.verdict === verdict).length;
    return n === 0 ? [] : [`${n} ${verdict.replaceAll("_", " ")}`];
  });
  return `Tests: ${parts.join(", ")}. ${WHY_LEFT_OUT}`;
}

export function testView(
  catalogue: Catalogue,
  result: TestResult & { exceptionsTotal?: number; evidenceTotal?: number },
  titles: Titles,
): TestResultView {
  const test = catalogue.test(result.testId);
  const evidence = (piece: EvidenceRef): EvidenceView => ({
    kind: piece.kind,
    id: piece.id,
    version: piece.version ?? null,
    title: titles.of(piece.kind, piece.id),
    ledgerIndex: piece.ledgerIndex ?? null,
    at: formatInstant(piece.at),
  });
  return {
    testId: result.testId,
    name: test?.name ?? null,
    passesWhen: test?.passesWhen ?? "",
    automation: test?.automation ?? "auto",
    live: LIVE_TESTS.has(result.testId),
    verdict: result.verdict,
    reason: result.reason,
    population: { ...result.population },
    exceptions: result.exceptions.map((exception) => ({
      subjectKind: exception.subject.kind,
      subjectId: exception.subject.id,
      subjectTitle: exception.subject.name,
      message: exception.message,
      evidence: exception.evidence.map(evidence),
    })),
    exceptionsTotal: result.exceptionsTotal ?? result.exceptions.length,
    evidence: result.evidence.map(evidence),
    evidenceTotal: result.evidenceTotal ?? result.evidence.length,
    window: result.window && { from: formatInstant(result.window.from), to: formatInstant(result.window.to) },
    validUntil: text(result.validUntil),
    parameters: result.parameters.map((parameter) => ({ ...parameter })),
    missingSources: [...result.missingSources],
    nextStep: result.nextStep && stepView(result.nextStep),
    codeVersion: result.codeVersion,
  };
}

export function stepView({ text: sentence, action, subjectKind, subjectId }: NextStep) {
  return { text: sentence, action, subjectKind, subjectId };
}

export function actionView(action: NextAction): NextActionView {
  return { ...stepView(action), unlocks: action.unlocks.map(requirementRef), testIds: [...action.testIds] };
}

function text(moment: Micros | null): string | null {
  return moment === null ? null : formatInstant(moment);
}
