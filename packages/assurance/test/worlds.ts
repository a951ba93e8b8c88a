/** Generated organisations: small, so that what they hold meets often, and with every kind of trouble. */
import fc from "fast-check";

import { COMPULSORY_ROLES, SYSTEM_ROLES } from "../src/index.ts";
import type {
  ControlExceptionFact,
  DeploymentFact,
  DrillFact,
  Facts,
  LedgerCheckFact,
  LogDayFact,
  PersonFact,
  Role,
  RoleAssignmentFact,
  SoaLineFact,
  SystemFact,
} from "../src/index.ts";
import {
  ORGANISATION,
  ALL_HOURS,
  changed,
  CONTROL_IDS,
  DAY,
  evidence,
  goodFacts,
  goodSystem,
  HOUR,
  logDay,
  MORNING,
  NOW,
  parameter,
  TODAY,
} from "./world.ts";
import { around, end, often, past, SYSTEMS } from "./chance.ts";
import {
  agentRuns,
  alerts,
  contextItems,
  contextSources,
  modelChanges,
  modelUses,
  monitorRuns,
  monitors,
} from "./worlds-monitoring.ts";
import { useDeviations, useEnvelopes, uses } from "./worlds-use.ts";
import { evaluationExceptions, evaluationPolicies, evaluations, releases } from "./worlds-evaluations.ts";
import { withInventory } from "./worlds-inventory.ts";

const PERSONS = ["ada", "ben", "cleo"];

const persons: fc.Arbitrary<PersonFact[]> = fc.tuple(
  ...PERSONS.map((id) =>
    fc.record({
      id: fc.constant(id),
      activeFrom: often(NOW - 500n * DAY, around),
      activeTo: often<bigint | null>(null, end),
      evidence: fc.constant(evidence("person", id)),
    }),
  ),
);

const seats: { role: Role; systemId: string | null }[] = [
  ...COMPULSORY_ROLES.map((role) => ({ role, systemId: null })),
  ...SYSTEMS.flatMap((systemId) => SYSTEM_ROLES.map((role) => ({ role, systemId }))),
];

const assignments: fc.Arbitrary<RoleAssignmentFact[]> = fc
  .tuple(
    ...seats.map((seat) =>
      fc
        .array(
          fc.record({
            personId: fc.constantFrom(...PERSONS),
            validFrom: often(NOW - 400n * DAY, around),
            validTo: end,
          }),
          { minLength: 0, maxLength: 2, size: "max" },
        )
        .map((held) => held.map((term, index) => assignmentOf(seat, index, term))),
    ),
  )
  .map((held) => held.flat());

function assignmentOf(
  { role, systemId }: (typeof seats)[number],
  index: number,
  term: Pick<RoleAssignmentFact, "personId" | "validFrom" | "validTo">,
): RoleAssignmentFact {
  const id = `${role}-${systemId ?? "organisation"}-${index}`;
  return { id, role, systemId, evidence: evidence("role_assignment", id), ...term };
}

function systemNamed(id: string): fc.Arbitrary<SystemFact> {
  const yes = <T>(value: T) => often<T | null>(value, fc.constant(null));
  return fc.record({
    id: fc.constant(id),
    name: fc.constant(`System ${id}`),
    supplier: often<string | null>(null, fc.constant("OpenAI")),
    inScope: often<boolean | null>(true, fc.constantFrom(false, null)),
    scopeReason: yes("Minor."),
    scopeApproverId: yes("ada"),
    aiRoles: often<string[]>(["provider"], fc.constant([])),
    aiRolesDeciderId: yes("ada"),
    aiRolesDecidedAt: often<bigint | null>(NOW - 20n * DAY, fc.oneof(past, fc.constant(null))),
    purposeChangedAt: often<bigint | null>(null, past),
    supplierChangedAt: often<bigint | null>(null, past),
    lifecycle: often<SystemFact["lifecycle"]>("operation", fc.constantFrom("inception", "build", "deploy", "retired")),
    lifecycleSince: fc.constantFrom(NOW - 3n * DAY, NOW - 2n * DAY - 5n * HOUR, NOW - 100n * DAY),
    registeredAt: fc.constantFrom(NOW - DAY, NOW - 7n * DAY, NOW - 100n * DAY),
    ownerId: often<string | null>("ada", fc.constantFrom("ben", "nobody", null)),
    aiActTier: often<SystemFact["aiActTier"]>("minimal", fc.constantFrom("high_risk", "undetermined")),
    agentic: often<boolean | null>(false, fc.constantFrom(true, null)),
    retentionDays: often<number | null>(400, fc.constantFrom(null, 100)),
    retentionRuleDays: often<number | null>(90, fc.constantFrom(null, 365)),
    evidence: fc.constant(evidence("system", id)),
  });
}

const systems = fc.subarray(SYSTEMS).chain((ids) => fc.tuple(...ids.map(systemNamed)));

const deployments: fc.Arbitrary<DeploymentFact[]> = fc
  .array(
    fc.record({
      systemId: fc.constantFrom(...SYSTEMS),
      release: often("r1", fc.constantFrom("r0", "r2", "unknown")),
      environment: often<DeploymentFact["environment"]>("production", fc.constant("staging")),
      from: around,
      to: end,
    }),
    { maxLength: 3 },
  )
  .map((list) =>
    list.map(({ release, ...deployment }, index) =>
      numbered("deployment", index, { ...deployment, releaseId: `${deployment.systemId}-${release}` }),
    ),
  );

/** Days that count for one system: mostly complete, now and then short, in surplus, uncounted or with a bad clock. */
function logOf(systemId: string): fc.Arbitrary<LogDayFact[]> {
  const days = [TODAY - 130, ...[...Array(6).keys()].map((back) => TODAY - 5 + back), TODAY + 1];
  return fc
    .tuple(...days.map((day) => logDayOf(systemId, day)))
    .map((cells) => cells.filter((cell) => cell !== undefined));
}

function logDayOf(systemId: string, day: number): fc.Arbitrary<LogDayFact | undefined> {
  const hours = day === TODAY ? MORNING : ALL_HOURS;
  const cell = fc
    .record({
      logged: often(1000, fc.constant(0)),
      served: often(1000, fc.constantFrom(0, 1001)),
      loggedInServedHours: often(1000, fc.constantFrom(990, 1010, 1001)),
      servedHours: often(hours, fc.constantFrom(0, hours & ~0b1000, hours >> 4)),
      maxClockSkewSeconds: often<number | null>(0.2, fc.constantFrom(null, 90)),
    })
    .map((values) => {
      const cell = logDay(systemId, day, values);
      return cell.servedHours === 0 ? changed(cell, { served: 0, loggedInServedHours: 0 }) : cell;
    });
  const usual = day >= TODAY - 3 && day <= TODAY;
  return fc.oneof(
    { weight: usual ? 6 : 1, arbitrary: cell },
    { weight: usual ? 1 : 4, arbitrary: fc.constant(undefined) },
  );
}

const ledgerChecks: fc.Arbitrary<LedgerCheckFact[]> = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 40 }).map((hours) => NOW - BigInt(hours) * HOUR),
      ok: often(true, fc.constant(false)),
      size: fc.constantFrom(100, 200),
      firstBadEntry: fc.constant(null),
    }),
    { maxLength: 3 },
  )
  .map((list) => list.map((check, index) => numbered("ledger_check", index, check)));

const drills: fc.Arbitrary<DrillFact[]> = fc
  .array(
    fc.record({
      systemId: fc.constantFrom(...SYSTEMS),
      at: fc.integer({ min: 0, max: 60 }).map((hours) => NOW - BigInt(hours) * HOUR),
      seed: fc.constant("5f2c"),
      sampled: often<number>(20, fc.constant(0)),
      reconstructed: often<number>(20, fc.constant(19)),
      missing: fc.constant([]),
    }),
    { maxLength: 6 },
  )
  .map((list) =>
    list.map((drill, index) =>
      numbered("drill", index, changed(drill, { reconstructed: Math.min(drill.sampled, drill.reconstructed) })),
    ),
  );

const soaLines: fc.Arbitrary<SoaLineFact[]> = fc
  .tuple(
    fc.constantFrom(0, 0, 0, 3),
    fc.array(fc.constantFrom<Partial<SoaLineFact>>({ applicable: false }, { reason: "" }, { applicable: null }), {
      maxLength: 3,
    }),
    fc.array(fc.constantFrom(...CONTROL_IDS), { minLength: 3, maxLength: 3 }),
  )
  .map(([missing, changes, targets]) =>
    (goodFacts().soaLines ?? []).slice(missing).map((line) => {
      const index = targets.indexOf(line.controlId);
      return changed(line, changes[index] ?? {});
    }),
  );

const controlExceptions: fc.Arbitrary<ControlExceptionFact[]> = fc
  .array(
    fc.record({
      controlId: fc.constantFrom("iso42001:A.6.2.8", "iso42001:A.3.2", "iso42001:A.7.4", "iso42001:5.3"),
      requesterId: fc.constantFrom("ada", "ben"),
      approverId: fc.constantFrom("ada", "ben", null),
      approverHadAuthority: often(true, fc.constant(false)),
      reason: fc.constant("The new log store arrives in spring."),
      state: often<ControlExceptionFact["state"]>("approved", fc.constantFrom("requested", "revoked")),
      from: around,
      until: fc.oneof(around, fc.constant(NOW + 900n * DAY)),
    }),
    { maxLength: 3 },
  )
  .map((list) => list.map((exception, index) => numbered("exception", index, exception)));

const parameters = fc.subarray([
  parameter("LOG_COMPLETENESS", 98),
  parameter("LOG_WINDOW", 2),
  parameter("ROLE_GAP", 5),
  parameter("CLOCK_SKEW", 120),
]);

/** Any organisation. */
const troubled: fc.Arbitrary<Facts> = fc.record({
  recordedAt: fc.constant(NOW),
  organisation: fc.constant(ORGANISATION),
  parameters,
  persons,
  roleAssignments: assignments,
  systems,
  deployments,
  releases: fc.constant(releases),
  evaluationPolicies,
  evaluations,
  evaluationExceptions,
  soaLines,
  controlExceptions,
  logDays: fc.tuple(...SYSTEMS.map(logOf)).map((logs) => logs.flat()),
  logDispositions: fc.constant([]),
  ledgerChecks,
  drills,
  monitors,
  monitorRuns,
  alerts,
  agentRuns,
  contextSources,
  contextItems,
  useEnvelopes,
  useDeviations,
  uses,
  modelUses,
  modelChanges,
});

/** An organisation in order, with a few parts of a troubled one: near the line between pass and not. */
const nearlyGood: fc.Arbitrary<Facts> = fc
  .tuple(
    troubled,
    fc.subarray([
      "roleAssignments",
      "logDays",
      "ledgerChecks",
      "drills",
      "soaLines",
      "persons",
      "monitors",
      "monitorRuns",
      "alerts",
      "agentRuns",
      "contextSources",
      "contextItems",
      "evaluations",
      "evaluationPolicies",
      "evaluationExceptions",
      "useEnvelopes",
      "useDeviations",
      "uses",
      "modelUses",
      "modelChanges",
    ] as const),
    fc.boolean(),
  )
  .map(([trouble, parts, agentic]) => {
    const good = goodFacts({ controlExceptions: trouble.controlExceptions ?? [], parameters: trouble.parameters });
    const systems = (good.systems ?? []).map((one) => changed(one, { agentic }));
    return changed(changed(good, { systems }), Object.fromEntries(parts.map((part) => [part, trouble[part]])));
  });

export const worlds = fc.oneof(
  withInventory(fc.oneof(troubled, nearlyGood)),
  nearlyGood,
  fc.tuple(troubled, fc.constant(goodFacts())).map(([trouble, good]) => ({ ...good, ...trouble })),
);

function numbered<T extends object>(kind: string, index: number, thing: T) {
  const id = `${kind}-${index}`;
  return { id, ...thing, evidence: evidence(kind, id, NOW - 3n * DAY) };
}

/** The facts together with another system that is in order in every respect. */
export function withGoodSystem(facts: Facts, id: string): Facts {
  const good = goodSystem(id);
  return changed(facts, {
    persons: [...(facts.persons ?? [])],
    systems: [...(facts.systems ?? []), ...good.systems],
    roleAssignments: [...(facts.roleAssignments ?? []), ...good.roleAssignments],
    deployments: [...(facts.deployments ?? []), ...good.deployments],
    evaluationPolicies: [...(facts.evaluationPolicies ?? []), ...good.evaluationPolicies],
    evaluations: [...(facts.evaluations ?? []), ...good.evaluations],
    logDays: [...(facts.logDays ?? []), ...good.logDays],
    drills: [...(facts.drills ?? []), ...good.drills],
    monitors: [...(facts.monitors ?? []), ...good.monitors],
    monitorRuns: [...(facts.monitorRuns ?? []), ...good.monitorRuns],
    alerts: [...(facts.alerts ?? []), ...good.alerts],
    agentRuns: [...(facts.agentRuns ?? []), ...good.agentRuns],
    contextSources: [...(facts.contextSources ?? []), ...good.contextSources],
    contextItems: [...(facts.contextItems ?? []), ...good.contextItems],
    components: [...(facts.components ?? []), ...good.components],
    releases: [...(facts.releases ?? []), ...good.releases],
    modelCards: [...(facts.modelCards ?? []), ...good.modelCards],
    scans: [...(facts.scans ?? []), ...good.scans],
    observations: [...(facts.observations ?? []), ...good.observations],
    useApprovals: [...(facts.useApprovals ?? []), ...good.useApprovals],
    useEnvelopes: [...(facts.useEnvelopes ?? []), ...good.useEnvelopes],
    useDeviations: [...(facts.useDeviations ?? []), ...good.useDeviations],
    uses: [...(facts.uses ?? []), ...good.uses],
    modelUses: [...(facts.modelUses ?? []), ...good.modelUses],
    modelChanges: [...(facts.modelChanges ?? []), ...good.modelChanges],
  });
}
