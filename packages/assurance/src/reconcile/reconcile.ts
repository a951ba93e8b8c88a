/**
 * Reconciliation: what is declared against what code contains, what is deployed and what is seen.
 *
 * Laws (held by property tests): the answer does not depend on the order of the facts; a finding stands until what it is
 * about is declared, attached, no longer found by a newer scan, or settled by an approved decision; a decision settles
 * nothing that became known after it; a sighting is never undone by silence; what concerns one system never depends on
 * the records of another.
 */
import { deadlineAfter, type Micros, type TimeAllowed } from "@steward/kernel";

import type { ObservationFact, ScanFact } from "../facts-inventory.ts";
import type { Facts, SystemFact } from "../facts.ts";
import { compare } from "../intervals.ts";
import { Dispositions } from "./dispositions.ts";
import type { Finding, Reconciliation, SystemPresence } from "./finding.ts";
import { normalName } from "./names.ts";
import { presenceOf } from "./presence.ts";
import { shadowFindings } from "./shadow.ts";
import { type Suppliers, suppliersOf } from "./suppliers.ts";
import { systemFindings } from "./system-findings.ts";

export type ReconcileFacts = Pick<
  Facts,
  | "organisation"
  | "systems"
  | "components"
  | "releases"
  | "deployments"
  | "scans"
  | "observations"
  | "dispositions"
  | "supplierAliases"
>;

export interface ReconcileOptions {
  readonly now: Micros;
  /** Time to settle a finding: the parameter DRIFT_GRACE. */
  readonly grace: TimeAllowed;
}

/** What every part of the reconciliation works on. */
export interface Ground {
  readonly now: Micros;
  /** When a finding starts to count against the status. */
  dueAt(since: Micros): Micros;
  readonly dispositions: Dispositions;
  readonly suppliers: Suppliers;
}

/** A registered system with everything that belongs to it. */
export interface SystemGround {
  readonly system: SystemFact;
  readonly components: readonly NonNullable<Facts["components"]>[number][];
  readonly releases: readonly NonNullable<Facts["releases"]>[number][];
  readonly deployments: readonly NonNullable<Facts["deployments"]>[number][];
  readonly scans: readonly ScanFact[];
  readonly observations: readonly ObservationFact[];
}

export function reconcile(facts: ReconcileFacts, { now, grace }: ReconcileOptions): Reconciliation {
  const ground: Ground = {
    now,
    dueAt: (since) => deadlineAfter(since, grace, facts.organisation),
    dispositions: new Dispositions(facts.dispositions ?? [], now),
    suppliers: suppliersOf(facts),
  };
  const systems = (facts.systems ?? []).toSorted((a, b) => compare(a.id, b.id));
  const attribution = new Attribution(systems, ground.dispositions);
  const scans = Map.groupBy(newestScans(facts.scans ?? []), (scan) => attribution.ofScan(scan));
  const observations = Map.groupBy(
    (facts.observations ?? []).toSorted((a, b) => compare(a.id, b.id)),
    (observation) => attribution.ofObservation(observation),
  );
  const components = Map.groupBy(
    (facts.components ?? []).toSorted((a, b) => compare(a.id, b.id)),
    ({ systemId }) => systemId,
  );
  const releases = Map.groupBy(
    (facts.releases ?? []).toSorted((a, b) => compare(a.id, b.id)),
    ({ systemId }) => systemId,
  );
  const deployments = Map.groupBy(
    (facts.deployments ?? []).toSorted((a, b) => compare(a.id, b.id)),
    ({ systemId }) => systemId,
  );
  const findings: Finding[] = shadowFindings(scans.get(null) ?? [], observations.get(null) ?? [], ground);
  const presences: SystemPresence[] = [];
  for (const system of systems) {
    const own: SystemGround = {
      system,
      components: components.get(system.id) ?? [],
      releases: releases.get(system.id) ?? [],
      deployments: deployments.get(system.id) ?? [],
      scans: scans.get(system.id) ?? [],
      observations: observations.get(system.id) ?? [],
    };
    const presence = presenceOf(own, ground);
    presences.push(presence);
    findings.push(...systemFindings(own, presence, ground));
  }
  return {
    findings: findings.toSorted((a, b) => compare(a.key, b.key)),
    systems: presences,
    systemOfSource: new Map([...scans].flatMap(([id, list]) => list.map(({ source }) => [source, id] as const))),
    systemOfObservation: new Map([...observations].flatMap(([id, list]) => list.map((one) => [one.id, id] as const))),
  };
}

/** Which registered system a scan or an observation belongs to: attached by a person, named by its sender, or by name. */
class Attribution {
  #ids: ReadonlySet<string>;
  #byName: ReadonlyMap<string, string>;
  #dispositions: Dispositions;

  constructor(systems: readonly SystemFact[], dispositions: Dispositions) {
    this.#ids = new Set(systems.map(({ id }) => id));
    this.#byName = new Map(systems.toReversed().map(({ id, name }) => [normalName(name), id]));
    this.#dispositions = dispositions;
  }

  ofScan({ source, systemId }: ScanFact): string | null {
    return this.#known(this.#dispositions.attachedTo(sourceKey(source))) ?? this.#known(systemId);
  }

  ofObservation({ source, service, systemId }: ObservationFact): string | null {
    return (
      this.#known(this.#dispositions.attachedTo(serviceKey(source, service))) ??
      this.#known(systemId) ??
      this.#byName.get(normalName(service)) ??
      null
    );
  }

  /** A system that was withdrawn from the register owns nothing any more. */
  #known(id: string | null | undefined): string | null {
    return id !== null && id !== undefined && this.#ids.has(id) ? id : null;
  }
}

/** Key of the shadow finding of a scanned source. */
export function sourceKey(source: string): string {
  return `shadow:source:${source}`;
}

/** Key of the shadow finding of a service that was seen. */
export function serviceKey(source: string, service: string): string {
  return `shadow:${source}:${service}`;
}

function newestScans(scans: readonly ScanFact[]): ScanFact[] {
  const newest = new Map<string, ScanFact>();
  for (const scan of scans.toSorted((a, b) => compare(a.at, b.at) || compare(a.id, b.id)))
    newest.set(scan.source, scan);
  return [...newest.values()].toSorted((a, b) => compare(a.source, b.source));
}
