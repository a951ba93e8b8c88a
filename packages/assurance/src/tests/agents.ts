/** T-AG-01 to T-AG-13 apply only where agents are in scope. */
import { listed } from "@steward/kernel";
import type { CatalogueTest } from "@steward/catalogue";

import { nothingShown } from "../definition.ts";
import type { Outcome, TestContext, TestDefinition } from "../definition.ts";
import { missingSourcesOf, pendingOutcome } from "./pending.ts";
import { noSystemInScope, stepFor } from "./systems.ts";

/** Not applicable once every system that is, or may be, in scope is known not to act by itself. */
export function agentTest(test: CatalogueTest): TestDefinition {
  return { id: test.id, codeVersion: "1", needs: ["systems"], stratum: 1, evaluate: (context) => judge(test, context) };
}

function judge(test: CatalogueTest, context: TestContext): Outcome {
  return withoutAgents(context) ?? pendingOutcome(missingSourcesOf(test), DESCRIPTION);
}

const DESCRIPTION = "agents in scope";

/** What a test about agents answers where none is known to be in scope; undefined where one is. */
export function withoutAgents(context: TestContext): Outcome | undefined {
  const { facts } = context;
  const description = DESCRIPTION;
  const running = facts.systems.filter(({ lifecycle }) => lifecycle !== "retired");
  const inScope = running.filter((system) => system.inScope === true);
  if (inScope.length === 0) {
    const { reason, nextStep } = noSystemInScope(context);
    return { ...nothingShown("insufficient", reason, description), nextStep };
  }
  if (inScope.some(({ agentic }) => agentic === true)) return undefined;
  const undecided = running.filter(({ inScope, agentic }) => inScope !== false && agentic !== false);
  const [first] = undecided;
  if (first === undefined) {
    const evidence = inScope.map((system) => system.evidence);
    const reason = "No agents are in scope: every AI system in scope is known not to act by itself.";
    return { ...nothingShown("not_applicable", reason, description), evidence };
  }
  const names = listed(undecided.map(({ name }) => name).sort());
  return {
    ...nothingShown("insufficient", `Nobody has decided whether these act by themselves: ${names}.`, description),
    nextStep: stepFor(first, "decide_agentic", `Decide whether ${first.name} acts by itself (is an agent).`),
  };
}
