/** The facts, indexed once per evaluation, so that no test scans a list per item. */
import { type Micros, MICROS_PER_MS, type TimeAllowed } from "@steward/kernel";

import type {
  AgentRunsFact,
  AlertFact,
  ModelChangeFact,
  ModelUseFact,
  MonitorFact,
  MonitorRunFact,
} from "./facts.monitoring.ts";
import type { ContextItemFact, ContextSourceFact } from "./facts.context.ts";
import type { UseDeviationFact, UseDimension, UseEnvelopeFact, UseFact } from "./facts.use.ts";
import type {
  ControlExceptionFact,
  DeploymentFact,
  DrillFact,
  EvaluationExceptionFact,
  EvaluationFact,
  EvaluationPolicyFact,
  EvidenceRef,
  Facts,
  FactSection,
  LedgerCheckFact,
  LogDayFact,
  LogDispositionFact,
  ParameterFact,
  PersonFact,
  ReleaseFact,
  Role,
  RoleAssignmentFact,
  SoaLineFact,
  SystemFact,
} from "./facts.ts";
import { compare, contains, earliest, intersect, merge } from "./intervals.ts";
import type { Interval } from "./intervals.ts";
import type { Reconciliation } from "./reconcile/finding.ts";
import { reconcile } from "./reconcile/reconcile.ts";

/** While an active person holds a role or owns a system. */
export interface Tenure extends Interval {
  readonly evidence: readonly EvidenceRef[];
}

export interface Holding {
  /** Whether an active person holds it at the moment asked for. */
  readonly held: boolean;
  /** Whether anyone ever did, or is going to. */
  readonly everAssigned: boolean;
  readonly evidence: readonly EvidenceRef[];
  /** When `held` changes by time alone. */
  readonly changesAt: Micros | null;
}

export class FactsIndex {
  readonly facts: Facts;
  readonly systems: readonly SystemFact[];
  #persons: ReadonlyMap<string, PersonFact>;
  #parameters: ReadonlyMap<string, ParameterFact>;
  #assignments: ReadonlyMap<string, readonly RoleAssignmentFact[]>;
  #production: ReadonlyMap<string, readonly DeploymentFact[]>;
  #soaLines: ReadonlyMap<string, readonly SoaLineFact[]>;
  #controlExceptions: ReadonlyMap<string, readonly ControlExceptionFact[]>;
  #logDays: ReadonlyMap<string, readonly LogDayFact[]>;
  #logDispositions: ReadonlyMap<string, readonly LogDispositionFact[]>;
  #drills: ReadonlyMap<string, readonly DrillFact[]>;
  #monitors: ReadonlyMap<string, readonly MonitorFact[]>;
  #monitorRuns: ReadonlyMap<string, MonitorRunFact>;
  #alerts: ReadonlyMap<string, readonly AlertFact[]>;
  #agentRuns: ReadonlyMap<string, AgentRunsFact>;
  #contextSources: ReadonlyMap<string, ContextSourceFact>;
  #contextItems: ReadonlyMap<string, readonly ContextItemFact[]>;
  #releases: ReadonlyMap<string, ReleaseFact>;
  #evaluations: ReadonlyMap<string, readonly EvaluationFact[]>;
  #evaluationPolicies: ReadonlyMap<string, readonly EvaluationPolicyFact[]>;
  #evaluationExceptions: ReadonlyMap<string, readonly EvaluationExceptionFact[]>;
  #modelUses: ReadonlyMap<string, ModelUseFact>;
  #useEnvelopes: ReadonlyMap<string, UseEnvelopeFact>;
  #useDeviations: ReadonlyMap<string, UseDeviationFact>;
  #uses: ReadonlyMap<string, UseFact>;
  #modelChanges: ReadonlyMap<string, readonly ModelChangeFact[]>;
  #operation = new Map<string, readonly Interval[]>();
  #reconciled: { readonly now: Micros; readonly grace: TimeAllowed; readonly result: Reconciliation } | undefined;
  #dayFormat: Intl.DateTimeFormat | undefined;

  constructor(facts: Facts) {
    this.facts = facts;
    this.systems = byId(facts.systems);
    this.#persons = new Map((facts.persons ?? []).map((person) => [person.id, person]));
    this.#parameters = new Map(facts.parameters.map((parameter) => [parameter.name, parameter]));
    this.#assignments = Map.groupBy(byId(facts.roleAssignments), ({ role, systemId }) => seat(role, systemId));
    this.#production = Map.groupBy(
      byId(facts.deployments).filter(({ environment }) => environment === "production"),
      ({ systemId }) => systemId,
    );
    this.#soaLines = Map.groupBy(byId(facts.soaLines), ({ controlId }) => controlId);
    this.#controlExceptions = Map.groupBy(byId(facts.controlExceptions), ({ controlId }) => controlId);
    this.#logDays = Map.groupBy(
      (facts.logDays ?? []).toSorted((a, b) => a.day - b.day),
      ({ systemId }) => systemId,
    );
    this.#logDispositions = Map.groupBy(facts.logDispositions ?? [], ({ systemId }) => systemId);
    this.#releases = new Map((facts.releases ?? []).map((release) => [release.id, release]));
    const recordedLast = <T extends { readonly id: string; readonly evidence: EvidenceRef }>(a: T, b: T) =>
      compare(b.evidence.at, a.evidence.at) || compare(b.id, a.id);
    this.#evaluations = Map.groupBy((facts.evaluations ?? []).toSorted(recordedLast), ({ systemId }) => systemId);
    this.#evaluationPolicies = Map.groupBy(
      (facts.evaluationPolicies ?? []).toSorted(recordedLast),
      ({ systemId }) => systemId,
    );
    this.#evaluationExceptions = Map.groupBy(byId(facts.evaluationExceptions), ({ systemId }) => systemId);
    this.#drills = Map.groupBy(newestFirst(facts.drills), ({ systemId }) => systemId);
    this.#monitors = Map.groupBy(byId(facts.monitors), ({ systemId }) => systemId);
    this.#monitorRuns = new Map(
      newestFirst(facts.monitorRuns)
        .toReversed()
        .map((run) => [run.monitorId, run]),
    );
    this.#alerts = Map.groupBy(
      byId(facts.alerts).toSorted((a, b) => compare(b.openedAt, a.openedAt)),
      ({ systemId }) => systemId,
    );
    this.#modelUses = new Map((facts.modelUses ?? []).map((use) => [use.systemId, use]));
    this.#useEnvelopes = new Map((facts.useEnvelopes ?? []).map((one) => [one.systemId, one]));
    this.#useDeviations = new Map(
      (facts.useDeviations ?? []).map((one) => [JSON.stringify([one.systemId, one.dimension, one.value]), one]),
    );
    this.#uses = new Map((facts.uses ?? []).map((one) => [one.systemId, one]));
    this.#modelChanges = Map.groupBy(byId(facts.modelChanges), ({ systemId }) => systemId);
    this.#agentRuns = new Map((facts.agentRuns ?? []).map((runs) => [runs.systemId, runs]));
    this.#contextSources = new Map(
      (facts.contextSources ?? []).map((one) => [JSON.stringify([one.systemId, one.source]), one]),
    );
    this.#contextItems = Map.groupBy(
      (facts.contextItems ?? []).toSorted((a, b) => compare(contextKey(a), contextKey(b))),
      ({ systemId }) => systemId,
    );
  }

  has(section: FactSection): boolean {
    return this.facts[section] !== undefined;
  }

  parameter(name: string): ParameterFact | undefined {
    return this.#parameters.get(name);
  }

  /** Whether an active person holds the role at the moment. */
  roleHolding(role: Role, systemId: string | null, now: Micros): Holding {
    return holdingOf(this.tenures(role, systemId), now);
  }

  /** Whether the system's owner is an active person at the moment. */
  ownerHolding(system: SystemFact, now: Micros): Holding {
    const owner = system.ownerId === null ? undefined : this.#persons.get(system.ownerId);
    if (owner === undefined) return holdingOf([], now);
    return holdingOf([{ ...activity(owner), evidence: [system.evidence, owner.evidence] }], now);
  }

  /** Every stretch in which an active person holds the role; they may overlap. */
  tenures(role: Role, systemId: string | null): Tenure[] {
    return (this.#assignments.get(seat(role, systemId)) ?? []).flatMap((assignment) => {
      const person = this.#persons.get(assignment.personId);
      const term = { from: assignment.validFrom, to: assignment.validTo };
      const served = person && intersect(term, activity(person));
      return served === undefined ? [] : [{ ...served, evidence: [assignment.evidence, person!.evidence] }];
    });
  }

  /** When the system is in operation: its life cycle says so, or a release of it runs in production. */
  operation(system: SystemFact): readonly Interval[] {
    const known = this.#operation.get(system.id);
    if (known !== undefined) return known;
    const deployed = this.#production.get(system.id) ?? [];
    const declared = system.lifecycle === "operation" ? [{ from: system.lifecycleSince, to: null }] : [];
    const whole = merge([...declared, ...deployed]);
    this.#operation.set(system.id, whole);
    return whole;
  }

  soaLines(controlId: string): readonly SoaLineFact[] {
    return this.#soaLines.get(controlId) ?? [];
  }

  controlExceptions(controlId: string): readonly ControlExceptionFact[] {
    return this.#controlExceptions.get(controlId) ?? [];
  }

  /** In the order of time. */
  logDays(systemId: string): readonly LogDayFact[] {
    return this.#logDays.get(systemId) ?? [];
  }

  logDispositions(systemId: string): readonly LogDispositionFact[] {
    return this.#logDispositions.get(systemId) ?? [];
  }

  /** Newest first. */
  drills(systemId: string): readonly DrillFact[] {
    return this.#drills.get(systemId) ?? [];
  }

  monitors(systemId: string): readonly MonitorFact[] {
    return this.#monitors.get(systemId) ?? [];
  }

  /** The newest run of a monitor. */
  monitorRun(monitorId: string): MonitorRunFact | undefined {
    return this.#monitorRuns.get(monitorId);
  }

  /** Newest first. */
  alerts(systemId: string): readonly AlertFact[] {
    return this.#alerts.get(systemId) ?? [];
  }

  modelUse(systemId: string): ModelUseFact | undefined {
    return this.#modelUses.get(systemId);
  }

  useEnvelope(systemId: string): UseEnvelopeFact | undefined {
    return this.#useEnvelopes.get(systemId);
  }

  useDeviation(systemId: string, dimension: UseDimension, value: string): UseDeviationFact | undefined {
    return this.#useDeviations.get(JSON.stringify([systemId, dimension, value]));
  }

  use(systemId: string): UseFact | undefined {
    return this.#uses.get(systemId);
  }

  modelChanges(systemId: string): readonly ModelChangeFact[] {
    return this.#modelChanges.get(systemId) ?? [];
  }

  agentRuns(systemId: string): AgentRunsFact | undefined {
    return this.#agentRuns.get(systemId);
  }

  contextSource(systemId: string, source: string): ContextSourceFact | undefined {
    return this.#contextSources.get(JSON.stringify([systemId, source]));
  }

  /** By source and label. */
  contextItems(systemId: string): readonly ContextItemFact[] {
    return this.#contextItems.get(systemId) ?? [];
  }

  release(id: string): ReleaseFact | undefined {
    return this.#releases.get(id);
  }

  /** Deployments to production, those that ended and those to come included. */
  production(systemId: string): readonly DeploymentFact[] {
    return this.#production.get(systemId) ?? [];
  }

  /** Newest first. */
  evaluations(systemId: string): readonly EvaluationFact[] {
    return this.#evaluations.get(systemId) ?? [];
  }

  /** Newest first, all versions. */
  evaluationPolicies(systemId: string): readonly EvaluationPolicyFact[] {
    return this.#evaluationPolicies.get(systemId) ?? [];
  }

  evaluationExceptions(systemId: string): readonly EvaluationExceptionFact[] {
    return this.#evaluationExceptions.get(systemId) ?? [];
  }

  /** Newest first. */
  ledgerChecks(): readonly LedgerCheckFact[] {
    return newestFirst(this.facts.ledgerChecks);
  }

  /** What is declared against what is found and seen; computed once for a moment and a grace. */
  reconciliation(now: Micros, grace: TimeAllowed): Reconciliation {
    const known = this.#reconciled;
    if (
      known !== undefined &&
      known.now === now &&
      known.grace.value === grace.value &&
      known.grace.unit === grace.unit
    )
      return known.result;
    const result = reconcile(this.facts, { now, grace });
    this.#reconciled = { now, grace, result };
    return result;
  }

  /** The day of a moment in the organisation's time zone: 2026-03-31. */
  dayOf(moment: Micros): string {
    // Sweden writes dates as ISO 8601 does.
    this.#dayFormat ??= new Intl.DateTimeFormat("sv-SE", { timeZone: this.facts.organisation.timeZone });
    return this.#dayFormat.format(Number(moment / MICROS_PER_MS));
  }
}

function contextKey({ source, label }: ContextItemFact): string {
  return JSON.stringify([source, label]);
}

function seat(role: Role, systemId: string | null): string {
  return `${role} ${systemId ?? ""}`;
}

function activity({ activeFrom, activeTo }: PersonFact): Interval {
  return { from: activeFrom, to: activeTo };
}

function holdingOf(tenures: readonly Tenure[], now: Micros): Holding {
  const present = tenures.filter((tenure) => contains(tenure, now));
  const whole = merge(tenures);
  const current = whole.find((interval) => contains(interval, now));
  return {
    held: current !== undefined,
    everAssigned: tenures.length > 0,
    evidence: present.flatMap(({ evidence }) => evidence),
    changesAt: current ? current.to : earliest(whole.map(({ from }) => from).filter((from) => from > now)),
  };
}

function byId<T extends { readonly id: string }>(list: readonly T[] | undefined): T[] {
  return (list ?? []).toSorted((a, b) => compare(a.id, b.id));
}

function newestFirst<T extends { readonly id: string; readonly at: Micros }>(list: readonly T[] | undefined): T[] {
  return (list ?? []).toSorted((a, b) => compare(b.at, a.at) || compare(a.id, b.id));
}
