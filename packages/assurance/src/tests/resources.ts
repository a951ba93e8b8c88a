/** A.4.2: what systems are made of is recorded, and scans show nothing else. */
import { listed, type Micros, MICROS_PER_DAY } from "@steward/kernel";

import { itemsTest, watch } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { ComponentFact } from "../facts-inventory.ts";
import { SYSTEM_ROLES } from "../facts.ts";
import type { SystemFact } from "../facts.ts";
import { compare, nextBoundary } from "../intervals.ts";
import { DISCOVERY_AGE_DAYS, DISCOVERY_LIMIT, judgeFinding, reconciliationOf } from "./discovery.ts";
import { noSystem, stepFor, systemSubject } from "./systems.ts";

const DISCOVERY_AGE: Micros = BigInt(DISCOVERY_AGE_DAYS) * MICROS_PER_DAY;
const DESIGN_TO_OPERATION: ReadonlySet<string> = new Set(["design", "build", "verify", "deploy", "operation"]);

export function systemsInLife({ facts }: TestContext): SystemFact[] {
  return facts.systems.filter(({ lifecycle }) => DESIGN_TO_OPERATION.has(lifecycle));
}

export function noSystemInLife() {
  return { ...noSystem(), reason: "No AI system is in design, build, verification, deployment or operation." };
}

/** T-A.4.2-1: every system from design to operation has its resources recorded, and a scan shows none that is not. */
export const resourcesRecorded = itemsTest<SystemFact>({
  id: "T-A.4.2-1",
  codeVersion: "1",
  needs: ["systems", "components", "roleAssignments", "persons", "scans", "observations", "dispositions"],
  limits: [DISCOVERY_LIMIT],
  called: ["AI system from design to operation", "AI systems from design to operation"],
  items: systemsInLife,
  subject: systemSubject,
  claim: [
    "has its data, tools, compute and people recorded, and its scan shows no other component",
    "have their data, tools, compute and people recorded, and their scans show no other component",
  ],
  none: noSystemInLife,
  judge: (system, context) => [
    judgeRecord(system, context),
    judgePeople(system, context),
    judgeScanned(system, context),
    ...reconciliationOf(context)
      .findings.filter(({ kind, systemId }) => kind === "undeclared" && systemId === system.id)
      .map((finding) => ({ ...judgeFinding(finding, context.now), nextStep: declareStep(system) })),
  ],
});

const RECORDED = [
  { word: "data", kinds: ["data"] },
  { word: "tools", kinds: ["software", "service"] },
  { word: "compute", kinds: ["compute"] },
] as const;

function judgeRecord(system: SystemFact, { facts }: TestContext): Check {
  const components = componentsOf(system, facts.facts.components);
  const missing = RECORDED.filter(
    ({ kinds }) => !components.some(({ kind }) => (kinds as readonly string[]).includes(kind)),
  );
  const evidence = components.map((component) => component.evidence);
  if (missing.length === 0) return { verdict: "pass", message: `${system.name} has its resources recorded.`, evidence };
  return {
    verdict: "fail",
    message: `The resource record of ${system.name} names no ${listed(missing.map(({ word }) => word)).replace(" and ", " and no ")}.`,
    evidence,
    nextStep: declareStep(system),
  };
}

/** The people of a system are its owner and those who hold its roles. */
function judgePeople(system: SystemFact, { facts, now }: TestContext): Check {
  const holdings = [
    facts.ownerHolding(system, now),
    ...SYSTEM_ROLES.map((role) => facts.roleHolding(role, system.id, now)),
  ];
  const held = holdings.filter((holding) => holding.held);
  const validUntil = nextBoundary(
    holdings.flatMap(({ changesAt }) => (changesAt === null ? [] : [{ from: changesAt, to: null }])),
    now,
  );
  if (held.length > 0) {
    const evidence = held.flatMap((holding) => holding.evidence);
    return { verdict: "pass", message: `${system.name} has people recorded.`, evidence, validUntil };
  }
  return {
    verdict: "fail",
    message: `No active person is recorded for ${system.name}.`,
    validUntil,
    nextStep: stepFor(system, "set_owner", `Name an active owner for ${system.name}.`),
  };
}

export function judgeScanned(system: SystemFact, context: TestContext): Check {
  const { facts, now } = context;
  const { systemOfSource } = reconciliationOf(context);
  const newest = (facts.facts.scans ?? [])
    .filter(({ source }) => systemOfSource.get(source) === system.id)
    .toSorted((a, b) => compare(b.at, a.at) || compare(a.id, b.id))[0];
  return watch(newest, DISCOVERY_AGE, now, {
    alive: `The code of ${system.name} is being scanned.`,
    tooOld: `The code of ${system.name} was not scanned in the last ${DISCOVERY_AGE_DAYS} days.`,
    never: `The code of ${system.name} has not been scanned yet.`,
    nextStep: stepFor(system, "publish_scan", `Scan the code of ${system.name} and publish the result.`),
  });
}

export function componentsOf(system: SystemFact, components: readonly ComponentFact[] | undefined): ComponentFact[] {
  return (components ?? []).filter(({ systemId }) => systemId === system.id).toSorted((a, b) => compare(a.id, b.id));
}

export function declareStep(system: SystemFact) {
  return stepFor(system, "declare_components", `Bring the components of ${system.name} up to date.`);
}
