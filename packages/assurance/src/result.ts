/** What a test and a requirement answer. */
import type { Micros } from "@steward/kernel";

import type { EvidenceRef, Role } from "./facts.ts";
import { compare } from "./intervals.ts";

/** Worst first: the order in which the parts of a test, and the tests of a requirement, weigh. */
export const VERDICTS_WORST_FIRST = ["fail", "insufficient", "stale", "pass"] as const;
/** What can be said of one item. */
export type ItemVerdict = (typeof VERDICTS_WORST_FIRST)[number];
export type Verdict = ItemVerdict | "not_applicable";

export const STATUSES = ["evidenced", "failing", "stale", "insufficient", "excepted", "not_applicable"] as const;
export type Status = (typeof STATUSES)[number];

/** The thing that a sentence is about. */
export interface Subject {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** What a person can do about a result; screens and the command line know each action by its name. */
export type Action =
  | `assign_${Role}`
  | "register_system"
  | "decide_scope"
  | "decide_ai_roles"
  | "decide_agentic"
  | "decide_ai_act_tier"
  | "set_owner"
  | "set_retention"
  | "start_operation"
  | "record_decisions"
  | "report_served"
  | "complete_log"
  | "synchronise_clock"
  | "check_ledger"
  | "repair_ledger"
  | "run_drill"
  | "record_deployment"
  | "commit_evaluation_policy"
  | "run_evaluation"
  | "act_on_evaluation"
  | "repair_evidence"
  | "add_monitor"
  | "feed_monitor"
  | "handle_alert"
  | "send_manifests"
  | "register_context"
  | "describe_use"
  | "send_use"
  | "end_other_use"
  | "decide_use"
  | "record_release"
  | "name_model"
  | "review_model"
  | "write_soa_line"
  | "remove_soa_line"
  | "publish_scan"
  | "publish_observations"
  | "settle_drift"
  | "declare_components"
  | "approve_use"
  | "add_model_card"
  | "import_vulnerabilities"
  | "check_support"
  | "fix_vulnerability";

export interface NextStep {
  /** One imperative sentence. */
  readonly text: string;
  readonly action: Action;
  readonly subjectKind: string | null;
  readonly subjectId: string | null;
}

/** Something that keeps a test from passing. */
export interface Exception {
  readonly subject: Subject;
  readonly verdict: Exclude<ItemVerdict, "pass">;
  readonly message: string;
  readonly evidence: readonly EvidenceRef[];
  readonly nextStep: NextStep | null;
}

/** What the test says of one item of its population. */
export interface ItemResult {
  readonly subject: Subject;
  readonly verdict: ItemVerdict;
  readonly message: string;
  readonly nextStep: NextStep | null;
}

export interface ParameterValue {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface TestResult {
  readonly testId: string;
  readonly verdict: Verdict;
  /** The state in words, with the number of items. */
  readonly reason: string;
  readonly population: { readonly n: number; readonly description: string };
  readonly items: readonly ItemResult[];
  /** Everything that keeps it from passing, the worst first. */
  readonly exceptions: readonly Exception[];
  readonly evidence: readonly EvidenceRef[];
  /** The stretch of time that was looked at, where the test looks back. */
  readonly window: { readonly from: Micros; readonly to: Micros } | null;
  /** The earliest moment at which the verdict may change with no new evidence; null: it never does. */
  readonly validUntil: Micros | null;
  /** Every number that the test used. */
  readonly parameters: readonly ParameterValue[];
  /** Raised whenever the test's code may answer differently over the same facts. */
  readonly codeVersion: string;
  /** Sources that the test needs and that this installation does not have. */
  readonly missingSources: readonly string[];
  /** What would move it most, where a person can do something. */
  readonly nextStep: NextStep | null;
}

export interface RequirementStatus {
  readonly requirementId: string;
  readonly status: Status;
  readonly sentence: string;
  readonly tests: readonly { readonly testId: string; readonly verdict: Verdict }[];
  /** Distinct pieces of evidence that its tests cite. */
  readonly evidenceCount: number;
  /** The earliest moment at which the status may change with no new evidence; null: it never does. */
  readonly validUntil: Micros | null;
  readonly nextSteps: readonly NextStep[];
  /** What the tests alone say: differs from `status` only under an exception or an exclusion. */
  readonly statusOfTests: Exclude<Status, "excepted" | "not_applicable">;
  /** The approved exception in force, where that is why the status is `excepted`. */
  readonly exceptionId: string | null;
}

/** The worst of the verdicts; insufficient where there is none: nothing was shown. */
export function worst(verdicts: readonly ItemVerdict[]): ItemVerdict {
  return VERDICTS_WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? "insufficient";
}

/** Order of exceptions; a stable sort keeps the order of the items within each verdict. */
export function worstFirst(a: Exception, b: Exception): number {
  return VERDICTS_WORST_FIRST.indexOf(a.verdict) - VERDICTS_WORST_FIRST.indexOf(b.verdict);
}

export function evidenceKey({ kind, id, version, ledgerIndex }: EvidenceRef): string {
  return `${kind} ${id} ${version ?? ""} ${ledgerIndex ?? ""}`;
}

/** Each piece once, in a fixed order. */
export function distinctEvidence(evidence: Iterable<EvidenceRef>): EvidenceRef[] {
  const byKey = new Map<string, EvidenceRef>();
  for (const piece of evidence) byKey.set(evidenceKey(piece), piece);
  return [...byKey].toSorted(([a], [b]) => compare(a, b)).map(([, piece]) => piece);
}
