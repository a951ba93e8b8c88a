/** T-A.9.4-1: AI systems are used as intended, and every other use that was seen was decided upon. */
import { counted, listed, MICROS_PER_DAY, percent } from "@steward/kernel";

import { itemsTest, watch } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { SystemFact } from "../facts.ts";
import { USE_DIMENSIONS, type UseDimension, type UseEnvelopeFact, type UseFact } from "../facts.use.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

/** Uses are looked at over so many days up to the newest one; older than that they show nothing any more. */
export const USE_DAYS = 30;

export const usedAsIntended = itemsTest<SystemFact>({
  id: "T-A.9.4-1",
  codeVersion: "1",
  needs: ["systems", "deployments", "useEnvelopes", "useDeviations", "uses"],
  limits: [{ name: "USE_LOOKBACK", value: USE_DAYS, unit: "days" }],
  called: ["AI system in operation", "AI systems in operation"],
  items: systemsInOperation,
  subject: systemSubject,
  claim: ["is used as intended", "are used as intended"],
  none: noSystemInOperation,
  populationChangesAt: operationChangesAt,
  judge: (system, context) => judgeUse(system, context),
});

function judgeUse(system: SystemFact, { facts, now }: TestContext): Check[] {
  const envelope = facts.useEnvelope(system.id);
  if (envelope === undefined) {
    return [
      {
        verdict: "fail",
        message: `Nobody has said what ${system.name} may be used for.`,
        evidence: [system.evidence],
        nextStep: stepFor(system, "describe_use", `Describe the intended use of ${system.name}.`),
      },
    ];
  }
  const use = facts.use(system.id);
  const seen = watch(use && { at: use.lastAt, evidence: use.evidence }, BigInt(USE_DAYS) * MICROS_PER_DAY, now, {
    alive: `${system.name} is used as intended.`,
    tooOld: `${system.name} has decided nothing in the last ${USE_DAYS} days.`,
    never: `No decision of ${system.name} is known yet.`,
    nextStep: stepFor(system, "send_use", `Send the decisions of ${system.name} with what they are used for.`),
  });
  if (use === undefined) return [{ ...seen, evidence: [envelope.evidence] }];
  const checks = [...judgeShare(system, envelope, use), ...judgeValues(system, envelope, use, facts)];
  return checks.some(({ verdict }) => verdict === "fail") ? checks : [...checks, seen];
}

/** How many decisions lie outside, and of how many it is not known. */
function judgeShare(system: SystemFact, envelope: UseEnvelopeFact, use: UseFact): Check[] {
  const { limitPercent } = envelope;
  let total = 0;
  let outside = 0;
  let unknown = 0;
  const unsaid = new Set<UseDimension>();
  for (const group of use.groups) {
    const places = USE_DIMENSIONS.map(
      (dimension) => [dimension, placeOf(envelope, dimension, group[dimension])] as const,
    );
    total += group.decisions;
    if (places.some(([, place]) => place === "outside")) outside += group.decisions;
    else if (places.some(([, place]) => place === "unknown")) {
      unknown += group.decisions;
      for (const [dimension, place] of places) if (place === "unknown") unsaid.add(dimension);
    }
  }
  const evidence = [envelope.evidence, use.evidence];
  const share = `${percent(outside, total)} of ${counted(total, "decision")}`;
  if (outside * 100 > limitPercent * total) {
    return [
      {
        verdict: "fail",
        message: `${system.name}: ${share} lie outside the intended use; at most ${limitPercent} % may.`,
        evidence,
        nextStep: stepFor(system, "end_other_use", `End the use of ${system.name} for what it is not intended for.`),
      },
    ];
  }
  if ((outside + unknown) * 100 > limitPercent * total) {
    const attributes = listed([...unsaid].sort());
    return [
      {
        verdict: "insufficient",
        message: `${system.name}: ${percent(unknown, total)} of ${counted(total, "decision")} do not say where they fall: ${attributes}.`,
        evidence,
        nextStep: stepFor(system, "send_use", `Send ${attributes} with each decision of ${system.name}.`),
      },
    ];
  }
  return [{ verdict: "pass", message: `${system.name}: ${share} lie outside the intended use.`, evidence }];
}

/** Every value outside needs a decision about it, however few decisions carry it. */
function judgeValues(
  system: SystemFact,
  envelope: UseEnvelopeFact,
  use: UseFact,
  facts: TestContext["facts"],
): Check[] {
  const outside = new Map<string, { dimension: UseDimension; value: string }>();
  for (const group of use.groups) {
    for (const dimension of USE_DIMENSIONS) {
      const value = group[dimension];
      if (value === null || placeOf(envelope, dimension, value) !== "outside") continue;
      outside.set(JSON.stringify([dimension, value]), { dimension, value });
    }
  }
  return [...outside.keys()].sort().map((key): Check => {
    const { dimension, value } = outside.get(key) as { dimension: UseDimension; value: string };
    const deviation = facts.useDeviation(system.id, dimension, value);
    const message = `${system.name} was used outside its intended use: ${dimension} “${value}”`;
    if (deviation !== undefined) {
      return { verdict: "pass", message: `${message}, which was decided upon.`, evidence: [deviation.evidence] };
    }
    return {
      verdict: "fail",
      message: `${message}, and nobody has decided about it.`,
      evidence: [use.evidence],
      nextStep: stepFor(system, "decide_use", `Decide about the use of ${system.name} with ${dimension} “${value}”.`),
    };
  });
}

function placeOf(envelope: UseEnvelopeFact, dimension: UseDimension, value: string | null) {
  const intended = envelope.intended[dimension];
  if (intended.length === 0) return "inside";
  if (value === null) return "unknown";
  return intended.includes(value) ? "inside" : "outside";
}
