/** T-AG-02: agents take their context from registered sources, and say how far each is trusted. */
import { type Micros, MICROS_PER_DAY } from "@steward/kernel";

import { itemsTest, watch } from "../definition.ts";
import type { Check, TestContext, TestDefinition } from "../definition.ts";
import type { ContextItemFact } from "../facts.context.ts";
import type { SystemFact } from "../facts.ts";
import { withoutAgents } from "./agents.ts";
import { AGENT_RUNS_DAYS } from "./manifests.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

const ofAgents = itemsTest<SystemFact>({
  id: "T-AG-02",
  codeVersion: "1",
  needs: ["systems", "deployments", "agentRuns", "contextSources", "contextItems"],
  limits: [{ name: "AGENT_RUNS", value: AGENT_RUNS_DAYS, unit: "days" }],
  called: ["agent in operation", "agents in operation"],
  items: (context) => systemsInOperation(context).filter(({ agentic }) => agentic === true),
  subject: systemSubject,
  claim: [
    "takes its context from registered sources of known trust",
    "take their context from registered sources of known trust",
  ],
  none: (context) => ({ ...noSystemInOperation(context), reason: "No agent in scope is in operation." }),
  populationChangesAt: operationChangesAt,
  judge: (system, context) => [...judgeItems(system, context), judgeRuns(system, context)],
});

export const contextFromKnownSources: TestDefinition = {
  ...ofAgents,
  evaluate: (context) => withoutAgents(context) ?? ofAgents.evaluate(context),
};

/** Manifests are looked at while runs come, and say nothing where none is complete. */
function judgeRuns(system: SystemFact, { facts, now }: TestContext): Check {
  const runs = facts.agentRuns(system.id);
  const nextStep = stepFor(
    system,
    "send_manifests",
    `Send a complete context manifest with each run of ${system.name}.`,
  );
  if (runs !== undefined && runs.complete === 0 && facts.contextItems(system.id).length === 0) {
    return {
      verdict: "insufficient",
      message: `No run of ${system.name} says where its context comes from.`,
      evidence: [runs.evidence],
      nextStep,
    };
  }
  const proof = runs && { at: runs.lastAt, evidence: runs.evidence };
  return watch(proof, BigInt(AGENT_RUNS_DAYS) * MICROS_PER_DAY, now, {
    alive: `Runs of ${system.name} say where their context comes from.`,
    tooOld: `${system.name} has shown no run in the last ${AGENT_RUNS_DAYS} days.`,
    never: `No run of ${system.name} is known yet.`,
    nextStep,
  });
}

function judgeItems(system: SystemFact, context: TestContext): Check[] {
  const { facts } = context;
  const items = facts.contextItems(system.id);
  return items.flatMap((item): Check[] => {
    const { source } = item;
    const registered = source === null ? undefined : facts.contextSource(system.id, source);
    const evidence = registered === undefined ? [item.evidence] : [item.evidence, registered.evidence];
    const checks: Check[] = [];
    if (registered === undefined) {
      const from =
        source === null ? "from a source that it does not name" : `from “${source}”, which is not registered`;
      checks.push(
        open(
          system,
          item,
          context,
          `${system.name} takes context ${from}`,
          source === null ? "Name the source of each context item" : `Register the context source “${source}”`,
        ),
      );
    }
    if (isUnknown(item) && !items.some((other) => isLaterLabel(other, item))) {
      const what = source === null ? "context" : `context from “${source}”`;
      checks.push(
        open(system, item, context, `${system.name} takes ${what} of unknown trust`, `Say how far ${what} is trusted`),
      );
    }
    if (checks.length > 0) return checks;
    return [{ verdict: "pass", message: `${system.name} takes context from “${source}”.`, evidence }];
  });
}

/** Passes for the time that is allowed to clear it, then fails. */
function open(
  system: SystemFact,
  { firstAt, evidence }: ContextItemFact,
  { facts, now, deadline }: TestContext,
  what: string,
  todo: string,
): Check {
  const due: Micros = deadline("UNKNOWN_SOURCE_GRACE", firstAt);
  const nextStep = stepFor(system, "register_context", `${todo} (${system.name}).`);
  const since = `${what}, since ${facts.dayOf(firstAt)}`;
  if (due <= now) return { verdict: "fail", message: `${since}.`, evidence: [evidence], nextStep };
  return {
    verdict: "pass",
    message: `${since}; to be cleared by ${facts.dayOf(due)}.`,
    evidence: [evidence],
    validUntil: due,
  };
}

function isUnknown({ label }: ContextItemFact): boolean {
  return label === null || label === "unknown";
}

/** Whether the same source came with a known label on a later day: then the sender has mended it. */
function isLaterLabel(other: ContextItemFact, unknown: ContextItemFact): boolean {
  const dayOf = ({ lastAt }: ContextItemFact) => lastAt / MICROS_PER_DAY;
  return other.source !== null && other.source === unknown.source && !isUnknown(other) && dayOf(other) > dayOf(unknown);
}
