/** T-A.10.3-3: a change of a vendor's model, announced or detected, is reviewed in time. */
import { counted, MICROS_PER_DAY } from "@steward/kernel";

import { itemsTest, nothingShown, watch } from "../definition.ts";
import type { Check, Outcome, TestContext, TestDefinition } from "../definition.ts";
import type { ModelChangeFact } from "../facts.monitoring.ts";
import type { SystemFact } from "../facts.ts";
import { compare } from "../intervals.ts";
import { noSystemInOperation, operationChangesAt, stepFor, systemsInOperation, systemSubject } from "./systems.ts";

/** The answering model must have been seen in so many days, or a silent change would have gone unseen. */
export const MODEL_SIGHT_AGE_DAYS = 7;

const ofVendors = itemsTest<SystemFact>({
  id: "T-A.10.3-3",
  codeVersion: "3",
  needs: ["systems", "deployments", "modelUses", "modelChanges"],
  limits: [{ name: "MODEL_SIGHT_AGE", value: MODEL_SIGHT_AGE_DAYS, unit: "days" }],
  // A system of which nothing is known is among them until it is known to run on no vendor's model.
  called: ["AI system in operation on a vendor's model", "AI systems in operation on vendors' models"],
  items: (context) => systemsInOperation(context).filter((system) => !isOwn(system, context)),
  subject: systemSubject,
  claim: [
    "shows which model answers, and every change of it was reviewed in time",
    "show which model answers, and every change of it was reviewed in time",
  ],
  none: noSystemInOperation,
  populationChangesAt: operationChangesAt,
  judge: (system, context) => [
    ...judgeOrigin(system, context),
    ...judgeSight(system, context),
    ...context.facts.modelChanges(system.id).flatMap((change) => judgeOpen(system, change, context)),
    ...judgeNewest(system, context),
  ],
});

export const modelChangesReviewed: TestDefinition = {
  ...ofVendors,
  evaluate: (context) => withoutVendors(context) ?? ofVendors.evaluate(context),
};

/** Not applicable only where the deployed release of each system in operation is known to run on no vendor's model. */
function withoutVendors(context: TestContext): Outcome | undefined {
  const running = systemsInOperation(context);
  if (running.length === 0 || !running.every((system) => isOwn(system, context))) return undefined;
  const reason = "No AI system in operation runs on a vendor's model.";
  return {
    ...nothingShown("not_applicable", reason, "AI systems in operation on vendors' models"),
    evidence: running.flatMap(({ id }) => context.facts.modelUse(id)?.evidence ?? []),
    validUntil: operationChangesAt(context),
  };
}

function isOwn({ id }: SystemFact, { facts }: TestContext): boolean {
  return facts.modelUse(id)?.vendor === false && facts.modelChanges(id).length === 0;
}

function judgeOrigin(system: SystemFact, { facts }: TestContext): Check[] {
  if (facts.modelUse(system.id) !== undefined || facts.modelChanges(system.id).length > 0) return [];
  return [
    {
      verdict: "insufficient",
      message: `Where the model of ${system.name} comes from is not known.`,
      nextStep: stepFor(
        system,
        "record_release",
        `Record the release of ${system.name} that runs, and its deployment.`,
      ),
    },
  ];
}

function judgeSight(system: SystemFact, { facts, now }: TestContext): Check[] {
  const use = facts.modelUse(system.id);
  if (use?.vendor !== true) return [];
  const proof = use.answeredAt === null ? undefined : { at: use.answeredAt, evidence: use.evidence };
  const sight = watch(proof, BigInt(MODEL_SIGHT_AGE_DAYS) * MICROS_PER_DAY, now, {
    alive: `The decisions of ${system.name} show which model answers.`,
    tooOld: `No decision of ${system.name} has shown in ${MODEL_SIGHT_AGE_DAYS} days which model answers.`,
    never: `The decisions of ${system.name} do not say which model answers, so a silent change would go unseen.`,
    nextStep: stepFor(system, "name_model", `Send the answering model with the decisions of ${system.name}.`),
  });
  return [sight];
}

function judgeOpen(system: SystemFact, change: ModelChangeFact, context: TestContext): Check[] {
  if (change.reviewedAt !== null) return [];
  const { now, parameter } = context;
  const days = parameter("CHANGE_REVIEW_TIME");
  const deadline = context.deadline("CHANGE_REVIEW_TIME", change.knownAt);
  const evidence = [change.evidence];
  if (deadline > now) {
    const message = `The change of ${system.name} to ${change.model} is within its time for review.`;
    return [{ verdict: "pass", message, evidence, validUntil: deadline }];
  }
  return [
    {
      verdict: "fail",
      message: `The change of ${system.name} to ${change.model} was not reviewed within ${counted(days, "working day")}.`,
      evidence,
      nextStep: stepFor(system, "review_model", `Review the change of ${system.name} to ${change.model}.`),
    },
  ];
}

/** A review that came late is held against the system until a later change is reviewed in time. */
function judgeNewest(system: SystemFact, { facts, parameter, deadline }: TestContext): Check[] {
  const days = parameter("CHANGE_REVIEW_TIME");
  const reviewed = facts.modelChanges(system.id).filter(({ reviewedAt }) => reviewedAt !== null);
  const newest = reviewed.toSorted((a, b) => compare(b.knownAt, a.knownAt) || compare(a.id, b.id))[0];
  if (newest?.reviewedAt === undefined || newest.reviewedAt === null) return [];
  const evidence = [newest.evidence];
  if (newest.reviewedAt <= deadline("CHANGE_REVIEW_TIME", newest.knownAt)) {
    return [
      { verdict: "pass", message: `The change of ${system.name} to ${newest.model} was reviewed in time.`, evidence },
    ];
  }
  return [
    {
      verdict: "fail",
      message: `The change of ${system.name} to ${newest.model} was reviewed after more than ${counted(days, "working day")}.`,
      evidence,
      nextStep: stepFor(system, "review_model", `Review the next change of the model of ${system.name} in time.`),
    },
  ];
}
