/** T-AG-01: nearly every run of an agent in operation has a complete context manifest. */
import { counted, MICROS_PER_DAY, percent } from "@steward/kernel";

import { itemsTest, watch } from "../definition.ts";
import type { Check, TestContext, TestDefinition } from "../definition.ts";
import type { SystemFact } from "../facts.ts";
import { withoutAgents } from "./agents.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

/** Runs are looked at over so many days up to the newest one; older than that it shows nothing any more. */
export const AGENT_RUNS_DAYS = 30;

const ofAgents = itemsTest<SystemFact>({
  id: "T-AG-01",
  codeVersion: "1",
  needs: ["systems", "deployments", "agentRuns"],
  limits: [{ name: "AGENT_RUNS", value: AGENT_RUNS_DAYS, unit: "days" }],
  called: ["agent in operation", "agents in operation"],
  items: (context) => systemsInOperation(context).filter(({ agentic }) => agentic === true),
  subject: systemSubject,
  claim: ["has complete manifests of its runs", "have complete manifests of their runs"],
  none: (context) => ({ ...noSystemInOperation(context), reason: "No agent in scope is in operation." }),
  populationChangesAt: operationChangesAt,
  judge: (system, context) => [judgeRuns(system, context)],
});

export const manifestsComplete: TestDefinition = {
  ...ofAgents,
  evaluate: (context) => withoutAgents(context) ?? ofAgents.evaluate(context),
};

function judgeRuns(system: SystemFact, { facts, now, parameter }: TestContext): Check {
  const least = parameter("MANIFEST_COMPLETENESS");
  const runs = facts.agentRuns(system.id);
  const text = `Send a complete context manifest with each run of ${system.name}.`;
  const nextStep = stepFor(system, "send_manifests", text);
  if (runs !== undefined && runs.complete * 100 < least * runs.runs) {
    return {
      verdict: "fail",
      message: `${system.name}: ${percent(runs.complete, runs.runs)} of ${counted(runs.runs, "run")} have a complete context manifest; at least ${least} % are wanted.`,
      evidence: [runs.evidence],
      nextStep,
    };
  }
  const proof = runs && { at: runs.lastAt, evidence: runs.evidence };
  return watch(proof, BigInt(AGENT_RUNS_DAYS) * MICROS_PER_DAY, now, {
    alive: runs
      ? `${system.name}: ${percent(runs.complete, runs.runs)} of ${counted(runs.runs, "run")} have a complete context manifest.`
      : "",
    tooOld: `${system.name} has shown no run in the last ${AGENT_RUNS_DAYS} days.`,
    never: `No run of ${system.name} is known yet.`,
    nextStep,
  });
}
