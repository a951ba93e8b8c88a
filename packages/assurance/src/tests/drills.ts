/** T-A.6.2.8-3: a random sample of decisions can be reconstructed in full. */
import { counted, listed, MICROS_PER_HOUR } from "@steward/kernel";

import { itemsTest, watch } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { DrillFact, SystemFact } from "../facts.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

/** Greatest age of a drill: one runs every night, and one may be missed. */
export const DRILL_AGE_HOURS = 48;
/** Decisions that a message names; all of them stand in the drill. */
const NAMED_DECISIONS = 3;

export const decisionsReconstructed = itemsTest<SystemFact>({
  id: "T-A.6.2.8-3",
  codeVersion: "1",
  needs: ["systems", "deployments", "drills"],
  limits: [{ name: "DRILL_AGE", value: DRILL_AGE_HOURS, unit: "hours" }],
  called: ["AI system in operation", "AI systems in operation"],
  items: systemsInOperation,
  subject: systemSubject,
  claim: [
    "had every decision of its newest drill reconstructed",
    "had every decision of their newest drill reconstructed",
  ],
  none: noSystemInOperation,
  populationChangesAt: operationChangesAt,
  judge: (system, context) => [judgeDrill(system, context)],
});

function judgeDrill(system: SystemFact, { facts, now }: TestContext): Check {
  const drills = facts.drills(system.id);
  // A drill that drew nothing shows nothing, neither good nor bad.
  const newest = drills.find(({ sampled }) => sampled > 0);
  if (newest !== undefined && newest.reconstructed < newest.sampled) {
    return {
      verdict: "fail",
      message: `${system.name}: ${newest.sampled - newest.reconstructed} of ${counted(newest.sampled, "sampled decision")} could not be reconstructed${missingWords(newest)}.`,
      evidence: [newest.evidence],
      nextStep: stepFor(
        system,
        "repair_evidence",
        `Send what is missing from the decisions of ${system.name}, then run a drill.`,
      ),
    };
  }
  return watch(newest, BigInt(DRILL_AGE_HOURS) * MICROS_PER_HOUR, now, {
    alive: newest ? `${system.name}: all of ${counted(newest.sampled, "sampled decision")} reconstructed.` : "",
    tooOld: `The last reconstruction drill of ${system.name} is older than ${DRILL_AGE_HOURS} hours.`,
    never:
      drills.length > 0
        ? `The reconstruction drills of ${system.name} found no decision to draw.`
        : `${system.name} has had no reconstruction drill yet.`,
    nextStep: stepFor(system, "run_drill", `Run a reconstruction drill for ${system.name}.`),
  });
}

function missingWords({ missing }: DrillFact): string {
  if (missing.length === 0) return "";
  const named = missing
    .toSorted((a, b) => (a.decisionId < b.decisionId ? -1 : 1))
    .slice(0, NAMED_DECISIONS)
    .map(({ decisionId, elements }) => `${decisionId} lacks ${listed([...elements].sort())}`);
  return `: ${named.join("; ")}${missing.length > named.length ? "; and others" : ""}`;
}
