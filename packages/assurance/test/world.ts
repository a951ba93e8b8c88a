/** An organisation in which every live test passes, and the means to spoil it. */
import { loadCatalogue } from "@steward/catalogue";
import { MICROS_PER_DAY, MICROS_PER_HOUR, MONDAY_TO_FRIDAY, parseInstant } from "@steward/kernel";
import type { Micros } from "@steward/kernel";

import { COMPULSORY_ROLES, evaluate, MONITOR_KINDS, SYSTEM_ROLES } from "../src/index.ts";
import { goodInventoryOf, goodWatches } from "./world-inventory.ts";
import { use, useDeviation, useEnvelope } from "./world-use.ts";
import type {
  AgentRunsFact,
  AlertFact,
  ContextItemFact,
  ContextSourceFact,
  DeploymentFact,
  DrillFact,
  EvidenceRef,
  Facts,
  LedgerCheckFact,
  LogDayFact,
  ModelChangeFact,
  ModelUseFact,
  MonitorFact,
  MonitorKind,
  MonitorRunFact,
  PersonFact,
  RequirementStatus,
  Role,
  RoleAssignmentFact,
  SoaLineFact,
  SystemFact,
  TestResult,
} from "../src/index.ts";
import { evaluation, evaluationPolicy, release } from "./world-evaluations.ts";

export const catalogue = await loadCatalogue();

export const ORGANISATION = { id: "org", timeZone: "Europe/Berlin", workingDays: MONDAY_TO_FRIDAY, holidays: [] };

export const DAY = MICROS_PER_DAY;
export const HOUR = MICROS_PER_HOUR;

export function at(instant: string): Micros {
  const moment = parseInstant(instant);
  if (moment === undefined) throw new Error(`${instant} is no instant`);
  return moment;
}

/** Noon of the day on which the examples happen. */
export const NOW = at("2026-11-24T12:00:00Z");
export const TODAY = Number(NOW / DAY);
export const ALL_HOURS = 2 ** 24 - 1;
/** The hours of today that have ended by NOW. */
export const MORNING = 2 ** 12 - 1;

/** The same thing with some values changed. */
export function changed<T extends object>(thing: T, change: Partial<T>): T {
  return { ...thing, ...change };
}

export function evidence(kind: string, id: string, when: Micros = NOW - 60n * DAY): EvidenceRef {
  return { kind, id, version: 1, ledgerIndex: 7, at: when };
}

export function person(id: string, change: Partial<PersonFact> = {}): PersonFact {
  return { id, activeFrom: NOW - 1000n * DAY, activeTo: null, evidence: evidence("person", id), ...change };
}

export function assignment(
  role: Role,
  systemId: string | null,
  change: Partial<RoleAssignmentFact> = {},
): RoleAssignmentFact {
  const id = change.id ?? `${role}-${systemId ?? "organisation"}`;
  return {
    id,
    personId: "ada",
    role,
    systemId,
    validFrom: NOW - 300n * DAY,
    validTo: null,
    evidence: evidence("role_assignment", id),
    ...change,
  };
}

export function system(id: string, change: Partial<SystemFact> = {}): SystemFact {
  return {
    id,
    name: `System ${id}`,
    supplier: null,
    inScope: true,
    scopeReason: null,
    scopeApproverId: null,
    aiRoles: ["provider"],
    aiRolesDeciderId: "ada",
    aiRolesDecidedAt: NOW - 50n * DAY,
    purposeChangedAt: null,
    supplierChangedAt: null,
    lifecycle: "operation",
    lifecycleSince: NOW - 30n * DAY,
    registeredAt: NOW - 30n * DAY,
    ownerId: "ada",
    aiActTier: "minimal",
    agentic: false,
    retentionDays: 400,
    retentionRuleDays: 365,
    evidence: evidence("system", id),
    ...change,
  };
}

export function deployment(systemId: string, change: Partial<DeploymentFact> = {}): DeploymentFact {
  const id = change.id ?? `deployment-${systemId}`;
  return {
    id,
    systemId,
    releaseId: `${systemId}-r1`,
    environment: "production",
    from: NOW - 30n * DAY,
    to: null,
    evidence: evidence("deployment", id),
    ...change,
  };
}

/** A day on which everything served was logged. */
export function logDay(systemId: string, day: number, change: Partial<LogDayFact> = {}): LogDayFact {
  return {
    systemId,
    day,
    logged: 1000,
    served: 1000,
    servedHours: day === TODAY ? MORNING : ALL_HOURS,
    loggedInServedHours: 1000,
    maxClockSkewSeconds: 0.4,
    evidence: evidence("log_day", `${systemId}/${day}`, BigInt(day + 1) * DAY),
    ...change,
  };
}

export function logDays(systemId: string, fromDay: number, toDay = TODAY): LogDayFact[] {
  return Array.from({ length: toDay - fromDay + 1 }, (_, index) => logDay(systemId, fromDay + index));
}

export function ledgerCheck(change: Partial<LedgerCheckFact> = {}): LedgerCheckFact {
  const id = change.id ?? "check";
  return {
    id,
    at: NOW - 9n * HOUR,
    ok: true,
    size: 5000,
    firstBadEntry: null,
    evidence: evidence("ledger_check", id),
    ...change,
  };
}

export function drill(systemId: string, change: Partial<DrillFact> = {}): DrillFact {
  const id = change.id ?? `drill-${systemId}`;
  return {
    id,
    systemId,
    at: NOW - 10n * HOUR,
    seed: "5f2c",
    sampled: 20,
    reconstructed: 20,
    missing: [],
    evidence: evidence("drill", id),
    ...change,
  };
}

export function monitor(systemId: string, kind: MonitorKind, change: Partial<MonitorFact> = {}): MonitorFact {
  const id = change.id ?? `monitor-${kind}-${systemId}`;
  const base = { id, systemId, name: `Watch ${kind}`, kind, active: true, heartbeatHours: 24 };
  return { ...base, evidence: evidence("monitor", id), ...change };
}

export function monitorRun(monitorId: string, change: Partial<MonitorRunFact> = {}): MonitorRunFact {
  const id = change.id ?? `run-${monitorId}`;
  const at = change.at ?? NOW - 5n * HOUR;
  return { id, monitorId, at, judgement: "within", evidence: evidence("monitor_run", id, at), ...change };
}

/** An alert that was acknowledged, acted on, explained and closed in time. */
export function alert(systemId: string, kind: MonitorKind, change: Partial<AlertFact> = {}): AlertFact {
  const id = change.id ?? `alert-${kind}-${systemId}`;
  const openedAt = change.openedAt ?? NOW - 9n * DAY;
  return {
    id,
    systemId,
    kind,
    summary: `Alert ${id}`,
    top: false,
    openedAt,
    acknowledgeBy: openedAt + DAY,
    actBy: openedAt + 5n * DAY,
    acknowledgedAt: openedAt + HOUR,
    action: "retrain",
    actedAt: openedAt + 2n * DAY,
    explained: true,
    closed: true,
    evidence: evidence("alert", id),
    ...change,
  };
}

export function agentRuns(systemId: string, change: Partial<AgentRunsFact> = {}): AgentRunsFact {
  const lastAt = change.lastAt ?? NOW - 3n * HOUR;
  return {
    systemId,
    runs: 1000,
    complete: 1000,
    lastAt,
    evidence: evidence("agent_runs", systemId, lastAt),
    ...change,
  };
}

export function contextSource(systemId: string, change: Partial<ContextSourceFact> = {}): ContextSourceFact {
  const source = change.source ?? "handbook";
  return { systemId, source, evidence: evidence("context_source", `${systemId}-${source}`), ...change };
}

/** Named for twenty days, and today. */
export function contextItem(systemId: string, change: Partial<ContextItemFact> = {}): ContextItemFact {
  const { source = "handbook", label = "owned" } = change;
  return {
    systemId,
    source,
    label,
    firstAt: NOW - 20n * DAY,
    lastAt: NOW - 3n * HOUR,
    evidence: evidence("context_item", `${systemId}-${source}-${label}`),
    ...change,
  };
}

export function modelUse(systemId: string, change: Partial<ModelUseFact> = {}): ModelUseFact {
  const answeredAt = change.answeredAt === undefined ? NOW - 2n * HOUR : change.answeredAt;
  return { systemId, vendor: true, answeredAt, evidence: evidence("model_use", systemId), ...change };
}

/** A change that became known two weeks ago and was reviewed a day later. */
export function modelChange(systemId: string, change: Partial<ModelChangeFact> = {}): ModelChangeFact {
  const id = change.id ?? `change-${systemId}`;
  const knownAt = change.knownAt ?? NOW - 14n * DAY;
  const base = { id, systemId, model: "gpt-next", knownAt, reviewedAt: knownAt + DAY };
  return { ...base, evidence: evidence("model_change", id), ...change };
}

export function soaLine(controlId: string, change: Partial<SoaLineFact> = {}): SoaLineFact {
  const id = change.id ?? `line-${controlId}`;
  return {
    id,
    controlId,
    own: false,
    applicable: true,
    reason: "It treats a risk.",
    implementationState: "partly",
    evidence: evidence("soa_line", id),
    ...change,
  };
}

export const CONTROL_IDS = catalogue.requirements.filter(({ kind }) => kind === "control").map(({ id }) => id);

/** Facts about one system that is in order in every respect. */
export function goodSystem(id: string) {
  return {
    systems: [system(id)],
    roleAssignments: SYSTEM_ROLES.map((role) => assignment(role, id)),
    deployments: [deployment(id)],
    releases: [release(id)],
    evaluationPolicies: [evaluationPolicy(id)],
    evaluations: [evaluation(id)],
    logDays: logDays(id, TODAY - 30),
    drills: [drill(id)],
    monitors: MONITOR_KINDS.map((kind) => monitor(id, kind)),
    monitorRuns: MONITOR_KINDS.map((kind) => monitorRun(`monitor-${kind}-${id}`)),
    alerts: [alert(id, "drift")],
    agentRuns: [agentRuns(id)],
    contextSources: [contextSource(id)],
    contextItems: [contextItem(id)],
    ...goodInventoryOf(id),
    useEnvelopes: [useEnvelope(id)],
    useDeviations: [useDeviation(id)],
    uses: [use(id)],
    modelUses: [modelUse(id)],
    modelChanges: [modelChange(id)],
  };
}

/** Every live test passes. */
export function goodFacts(change: Partial<Facts> = {}): Facts {
  const good = goodSystem("s1");
  return {
    recordedAt: NOW,
    organisation: ORGANISATION,
    parameters: [],
    persons: [person("ada"), person("ben")],
    ...good,
    ...goodWatches(),
    roleAssignments: [...COMPULSORY_ROLES.map((role) => assignment(role, null)), ...good.roleAssignments],
    soaLines: CONTROL_IDS.map((id) => soaLine(id)),
    controlExceptions: [],
    evaluationExceptions: [],
    logDispositions: [],
    ledgerChecks: [ledgerCheck()],
    ...change,
  };
}

/** Every source exists, and holds nothing. */
export function emptyFacts(): Facts {
  return {
    recordedAt: NOW,
    organisation: ORGANISATION,
    parameters: [],
    persons: [],
    roleAssignments: [],
    systems: [],
    deployments: [],
    releases: [],
    evaluationPolicies: [],
    evaluations: [],
    evaluationExceptions: [],
    soaLines: [],
    controlExceptions: [],
    logDays: [],
    logDispositions: [],
    ledgerChecks: [],
    drills: [],
    monitors: [],
    monitorRuns: [],
    alerts: [],
    agentRuns: [],
    contextSources: [],
    contextItems: [],
    components: [],
    modelCards: [],
    scans: [],
    observations: [],
    looks: [],
    dispositions: [],
    useApprovals: [],
    vulnerabilities: [],
    vulnerabilityFeeds: [],
    useEnvelopes: [],
    useDeviations: [],
    uses: [],
    modelUses: [],
    modelChanges: [],
  };
}

export function resultOf(testId: string, facts: Facts, now: Micros = NOW): TestResult {
  const result = evaluate(catalogue, facts, now).tests.find((test) => test.testId === testId);
  if (result === undefined) throw new Error(`no result for ${testId}`);
  return result;
}

export function statusOf(ref: string, facts: Facts, now: Micros = NOW): RequirementStatus {
  const status = evaluate(catalogue, facts, now).requirements.find(
    ({ requirementId }) => requirementId === `iso42001:${ref}`,
  );
  if (status === undefined) throw new Error(`no status for ${ref}`);
  return status;
}

export function parameter(name: string, value: number) {
  return { name, value, unit: catalogue.parameter(name)?.unit ?? "", evidence: evidence("parameter", name) };
}
