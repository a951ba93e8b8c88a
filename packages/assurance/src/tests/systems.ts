/** What tests about AI systems share: who the subject is, and when a system counts as in operation. */
import type { Micros } from "@steward/kernel";

import type { TestContext } from "../definition.ts";
import type { SystemFact } from "../facts.ts";
import { contains, earliest, nextBoundary } from "../intervals.ts";
import type { Action, NextStep, Subject } from "../result.ts";

export function systemSubject({ id, name }: SystemFact): Subject {
  return { kind: "system", id, name };
}

export function stepFor(system: SystemFact, action: Action, text: string): NextStep {
  return { text, action, subjectKind: "system", subjectId: system.id };
}

const REGISTER_SYSTEM: NextStep = {
  text: "Register the AI systems that you build, sell or use.",
  action: "register_system",
  subjectKind: null,
  subjectId: null,
};

const DECIDE_SCOPE: NextStep = {
  text: "Decide which AI systems are in scope of the management system.",
  action: "decide_scope",
  subjectKind: null,
  subjectId: null,
};

const START_OPERATION: NextStep = {
  text: "Put an AI system that is in scope into operation, or record the deployment of its release to production.",
  action: "start_operation",
  subjectKind: null,
  subjectId: null,
};

/** What to say, and to do first, where a population of systems is empty. */
export interface Nothing {
  readonly reason: string;
  readonly nextStep: NextStep;
}

export function noSystem(): Nothing {
  return { reason: "No AI system is registered yet.", nextStep: REGISTER_SYSTEM };
}

export function noSystemInScope({ facts }: TestContext): Nothing {
  if (facts.systems.length === 0) return noSystem();
  return { reason: "No AI system is in scope yet.", nextStep: DECIDE_SCOPE };
}

export function noSystemInOperation(context: TestContext): Nothing {
  if (systemsInScope(context).length === 0) return noSystemInScope(context);
  return { reason: "No AI system in scope is in operation.", nextStep: START_OPERATION };
}

export function systemsInScope({ facts }: TestContext): SystemFact[] {
  return facts.systems.filter((system) => system.inScope === true);
}

/** Systems in scope whose life cycle says operation, or of which a release runs in production. */
export function systemsInOperation(context: TestContext): SystemFact[] {
  return systemsInScope(context).filter((system) =>
    context.facts.operation(system).some((interval) => contains(interval, context.now)),
  );
}

/** When a system next enters or leaves operation by time alone, as for a deployment with a planned end. */
export function operationChangesAt(context: TestContext): Micros | null {
  return earliest(systemsInScope(context).map((system) => nextBoundary(context.facts.operation(system), context.now)));
}
