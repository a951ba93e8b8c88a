/** Clause 4: roles of the organisation for each system, and what is in scope. */
import { itemsTest } from "../definition.ts";
import type { Check } from "../definition.ts";
import type { SystemFact } from "../facts.ts";
import { noSystem, noSystemInScope, stepFor, systemsInScope, systemSubject } from "./systems.ts";

/** T-4.1-1: each system in scope has an AI role with decider and date, no older than purpose and supplier. */
export const aiRolesDecided = itemsTest<SystemFact>({
  id: "T-4.1-1",
  codeVersion: "1",
  needs: ["systems"],
  called: ["AI system in scope", "AI systems in scope"],
  items: systemsInScope,
  subject: systemSubject,
  claim: [
    "has an AI role that was decided by a named person and is no older than its purpose and supplier",
    "have an AI role that was decided by a named person and is no older than their purpose and supplier",
  ],
  none: noSystemInScope,
  judge: (system) => [judgeAiRoles(system)],
});

function judgeAiRoles(system: SystemFact): Check {
  const { name, aiRoles, aiRolesDeciderId, aiRolesDecidedAt, purposeChangedAt, supplierChangedAt } = system;
  const evidence = [system.evidence];
  const fail = (message: string, text: string): Check => ({
    verdict: "fail",
    message,
    evidence,
    nextStep: stepFor(system, "decide_ai_roles", text),
  });
  if (aiRoles.length === 0) {
    return fail(`${name} has no AI role.`, `Decide which AI role you have for ${name}.`);
  }
  if (aiRolesDeciderId === null || aiRolesDecidedAt === null) {
    return fail(
      `The AI roles of ${name} lack who decided them, or when.`,
      `Say who decided the AI roles of ${name}, and when.`,
    );
  }
  for (const [what, changedAt] of [["purpose", purposeChangedAt] as const, ["supplier", supplierChangedAt] as const]) {
    if (changedAt !== null && aiRolesDecidedAt < changedAt) {
      return fail(
        `The AI roles of ${name} were decided before its ${what} changed.`,
        `Decide the AI roles of ${name} again: its ${what} has changed.`,
      );
    }
  }
  return { verdict: "pass", message: `The AI roles of ${name} are decided and current.`, evidence };
}

/** T-4.3-2: each system has a scope decision; leaving one out has a reason and an approver. */
export const scopeDecided = itemsTest<SystemFact>({
  id: "T-4.3-2",
  codeVersion: "1",
  needs: ["systems"],
  called: ["AI system", "AI systems"],
  items: ({ facts }) => facts.systems,
  subject: systemSubject,
  claim: [
    "has a scope decision that can stand",
    "have a scope decision; each one left out has a reason and an approver",
  ],
  none: noSystem,
  judge: (system) => [judgeScope(system)],
});

function judgeScope(system: SystemFact): Check {
  const { name, inScope, scopeReason, scopeApproverId } = system;
  const evidence = [system.evidence];
  const fail = (message: string, text: string): Check => ({
    verdict: "fail",
    message,
    evidence,
    nextStep: stepFor(system, "decide_scope", text),
  });
  if (inScope === null) {
    return fail(`Nobody has decided whether ${name} is in scope.`, `Decide whether ${name} is in scope.`);
  }
  if (inScope) return { verdict: "pass", message: `${name} is in scope.`, evidence };
  if (isBlank(scopeReason)) {
    return fail(`${name} is out of scope without a reason.`, `Say why ${name} is out of scope.`);
  }
  if (scopeApproverId === null) {
    return fail(
      `Nobody has approved leaving ${name} out of scope.`,
      `Have someone approve leaving ${name} out of scope.`,
    );
  }
  return { verdict: "pass", message: `${name} is out of scope, with reason and approver.`, evidence };
}

export function isBlank(text: string | null): boolean {
  return text === null || text.trim() === "";
}
