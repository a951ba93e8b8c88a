/** Clause 5.3 and A.3.2: who answers for what. */
import { counted, MICROS_PER_DAY, sentence } from "@steward/kernel";

import { itemsTest } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { Holding } from "../facts-index.ts";
import { COMPULSORY_ROLES, SYSTEM_ROLES } from "../facts.ts";
import type { CompulsoryRole, SystemFact, SystemRole } from "../facts.ts";
import { earliest, merge } from "../intervals.ts";
import type { Action } from "../result.ts";
import { noSystem, noSystemInScope, stepFor, systemsInScope, systemSubject } from "./systems.ts";

/** Gaps in a compulsory assignment are looked for this far back: one year, the rhythm of reviews and audits. */
export const ROLE_PERIOD_DAYS = 365;

/** What the holder is there to do. */
const DUTIES: Record<CompulsoryRole, string> = {
  aims_conformity: "see that the management system meets the standard",
  aims_performance_reporting: "report the management system's performance to top management",
};

const ROLE_NAMES: Record<SystemRole, string> = {
  risk_owner: "risk owner",
  data_owner: "data owner",
  oversight_lead: "oversight lead",
  stop_authority: "person with the authority to stop it",
};

/** T-5.3-1: both compulsory assignments are held by active people, with no long gap in the period. */
export const compulsoryRolesHeld = itemsTest<CompulsoryRole>({
  id: "T-5.3-1",
  codeVersion: "1",
  needs: ["persons", "roleAssignments"],
  limits: [{ name: "ROLE_PERIOD", value: ROLE_PERIOD_DAYS, unit: "days" }],
  called: ["compulsory assignment", "compulsory assignments"],
  items: () => COMPULSORY_ROLES,
  subject: (role) => ({ kind: "role", id: role, name: sentence(DUTIES[role]) }),
  claim: ["is held by an active person, with no long gap", "are held by active people, with no long gap"],
  // Never met: the standard makes these two for every organisation.
  none: noSystem,
  judge: (role, context) => [judgeHeldNow(role, context), judgeGaps(role, context)],
  window: ({ now }) => ({ from: now - BigInt(ROLE_PERIOD_DAYS) * MICROS_PER_DAY, to: now }),
});

function judgeHeldNow(role: CompulsoryRole, { facts, now }: TestContext): Check {
  const duty = DUTIES[role];
  const holding = facts.roleHolding(role, null, now);
  return heldCheck(holding, {
    held: `An active person is assigned to ${duty}.`,
    vacant: holding.everAssigned
      ? `Nobody who is active at present is assigned to ${duty}.`
      : `Nobody has been assigned to ${duty}.`,
    action: `assign_${role}`,
    step: `Assign an active person to ${duty}.`,
    subjectKind: "role",
    subjectId: role,
  });
}

/** The period starts with the first assignment of the role: before it, there was nothing to interrupt. */
function judgeGaps(role: CompulsoryRole, context: TestContext): Check {
  const { facts, now } = context;
  const longestDays = context.parameter("ROLE_GAP");
  const longest = BigInt(Math.round(longestDays * Number(MICROS_PER_DAY)));
  const period = BigInt(ROLE_PERIOD_DAYS) * MICROS_PER_DAY;
  const tenures = facts.tenures(role, null).filter(({ from }) => from <= now);
  const covered = merge(tenures);
  const gaps = covered.slice(1).flatMap(({ from }, index) => {
    const previous = covered[index]?.to;
    return previous === null || previous === undefined ? [] : [{ from: previous, to: from }];
  });
  const evidence = tenures.flatMap((tenure) => tenure.evidence);
  const tooLong = gaps.filter(({ from, to }) => to - from > longest && to + period > now);
  const gap = tooLong.at(-1);
  if (gap === undefined) {
    return { verdict: "pass", message: `No gap was longer than ${counted(longestDays, "day")}.`, evidence };
  }
  const days = Math.ceil(Number(gap.to - gap.from) / Number(MICROS_PER_DAY));
  return {
    verdict: "fail",
    message: `For ${counted(days, "day")} from ${facts.dayOf(gap.from)} nobody was assigned to ${DUTIES[role]}; at most ${counted(longestDays, "day")} are allowed.`,
    evidence,
    validUntil: earliest(tooLong.map(({ to }) => to + period)),
  };
}

/** T-5.3-2: each system in build to operation has an active owner and a named person who may stop it. */
export const systemsHaveOwnerAndStop = itemsTest<SystemFact>({
  id: "T-5.3-2",
  codeVersion: "1",
  needs: ["systems", "persons", "roleAssignments"],
  called: ["AI system in build to operation", "AI systems in build to operation"],
  items: ({ facts }) => facts.systems.filter(({ lifecycle }) => BUILD_TO_OPERATION.has(lifecycle)),
  subject: systemSubject,
  claim: [
    "has an active owner and a named person with the authority to stop it",
    "have an active owner and a named person with the authority to stop them",
  ],
  none: () => ({
    ...noSystem(),
    reason: "No AI system is in build, verification, deployment or operation.",
  }),
  judge: (system, context) => [judgeOwner(system, context), judgeRole(system, "stop_authority", context)],
});

const BUILD_TO_OPERATION: ReadonlySet<string> = new Set(["build", "verify", "deploy", "operation"]);

/** T-A.3.2-1: for each system in scope every required role is held by an active person. */
export const requiredRolesHeld = itemsTest<SystemFact>({
  id: "T-A.3.2-1",
  codeVersion: "1",
  needs: ["systems", "persons", "roleAssignments"],
  called: ["AI system in scope", "AI systems in scope"],
  items: systemsInScope,
  subject: systemSubject,
  claim: [
    "has an active owner, risk owner, data owner, oversight lead and stop authority",
    "have an active owner, risk owner, data owner, oversight lead and stop authority",
  ],
  none: noSystemInScope,
  judge: (system, context) => [
    judgeOwner(system, context),
    ...SYSTEM_ROLES.map((role) => judgeRole(system, role, context)),
  ],
});

function judgeOwner(system: SystemFact, { facts, now }: TestContext): Check {
  const { name, ownerId } = system;
  return heldCheck(facts.ownerHolding(system, now), {
    held: `${name} has an active owner.`,
    vacant: ownerId === null ? `${name} has no owner.` : `The owner of ${name} is not active.`,
    ...stepTarget(system),
    action: "set_owner",
    step: `Name an active owner for ${name}.`,
  });
}

function judgeRole(system: SystemFact, role: SystemRole, { facts, now }: TestContext): Check {
  const { name } = system;
  const holding = facts.roleHolding(role, system.id, now);
  return heldCheck(holding, {
    held: `${name} has a ${ROLE_NAMES[role]}.`,
    vacant: holding.everAssigned
      ? `The ${ROLE_NAMES[role]} of ${name} is not assigned, or not active, at present.`
      : `${name} has no ${ROLE_NAMES[role]}.`,
    ...stepTarget(system),
    action: `assign_${role}`,
    step: `Assign a ${ROLE_NAMES[role]} for ${name}.`,
  });
}

function stepTarget(system: SystemFact) {
  const { subjectKind, subjectId } = stepFor(system, "set_owner", "");
  return { subjectKind, subjectId };
}

interface HeldWords {
  readonly held: string;
  readonly vacant: string;
  readonly action: Action;
  readonly step: string;
  readonly subjectKind: string | null;
  readonly subjectId: string | null;
}

function heldCheck({ held, evidence, changesAt }: Holding, words: HeldWords): Check {
  if (held) return { verdict: "pass", message: words.held, evidence, validUntil: changesAt };
  const { step: text, action, subjectKind, subjectId } = words;
  return {
    verdict: "fail",
    message: words.vacant,
    validUntil: changesAt,
    nextStep: { text, action, subjectKind, subjectId },
  };
}
