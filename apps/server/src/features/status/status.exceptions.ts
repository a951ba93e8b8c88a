/** Approved departures as facts: exceptions to controls, and accepted evaluations. */
import type { ControlExceptionFact, EvaluationExceptionFact, Role, RoleAssignmentFact } from "@steward/assurance";
import type { Micros } from "@steward/kernel";
import type { evaluationException, exception } from "@steward/registers";

import type { DayBorders, Version } from "./status.facts.ts";

/** Who may approve a departure. */
const APPROVING_ROLES: ReadonlySet<Role> = new Set(["top_management", "aims_conformity"]);

function hadAuthority(
  approverId: string | null,
  recordedAt: Micros,
  assignments: readonly RoleAssignmentFact[],
): boolean {
  return assignments.some(
    (held) =>
      held.personId === approverId &&
      APPROVING_ROLES.has(held.role) &&
      held.validFrom <= recordedAt &&
      (held.validTo === null || held.validTo > recordedAt),
  );
}

export function exceptionFact(
  { id, values, recordedAt, evidence }: Version<typeof exception>,
  days: DayBorders,
  assignments: readonly RoleAssignmentFact[],
): ControlExceptionFact {
  return {
    id,
    controlId: `iso42001:${values.controlId}`,
    requesterId: values.requestedById,
    approverId: values.approvedById,
    approverHadAuthority: hadAuthority(values.approvedById, recordedAt, assignments),
    reason: values.justification,
    state: values.state,
    from: days.start(values.validFrom),
    until: days.end(values.validTo),
    evidence,
  };
}

export function evaluationExceptionFact(
  { id, values, recordedAt, evidence }: Version<typeof evaluationException>,
  days: DayBorders,
  assignments: readonly RoleAssignmentFact[],
): EvaluationExceptionFact {
  return {
    id,
    systemId: values.systemId,
    evaluationId: values.evaluationId,
    requesterId: values.requestedById,
    approverId: values.approvedById,
    approverHadAuthority: hadAuthority(values.approvedById, recordedAt, assignments),
    mitigation: values.mitigation,
    state: values.state,
    from: days.start(values.validFrom),
    until: days.end(values.validTo),
    evidence,
  };
}
