/** How a registered system stands: what is declared beside what is found and seen. */
import { type Micros, MICROS_PER_DAY } from "@steward/kernel";

import type { ObservationFact } from "../facts-inventory.ts";
import type { EvidenceRef } from "../facts.ts";
import { compare, contains } from "../intervals.ts";
import type { FoundComponent, Presence, SystemPresence } from "./finding.ts";
import { normalName, type Resource, resourceOf } from "./names.ts";
import type { Ground, SystemGround } from "./reconcile.ts";
import type { Suppliers } from "./suppliers.ts";

/** A system in operation of which nothing was seen for so long is silent. */
export const SILENT_AFTER_DAYS = 7;
const SILENT_AFTER: Micros = BigInt(SILENT_AFTER_DAYS) * MICROS_PER_DAY;

export function presenceOf(own: SystemGround, { now, suppliers }: Ground): SystemPresence {
  const lastSeenAt = own.observations.filter(isAlive).reduce<Micros | null>(latestSeen, null);
  return {
    systemId: own.system.id,
    presence: presence(own, lastSeenAt, now),
    lastSeenAt,
    sources: own.scans.map(({ source }) => source),
    found: foundComponents(own, suppliers),
  };
}

function presence(own: SystemGround, lastSeenAt: Micros | null, now: Micros): Presence {
  const { lifecycle, lifecycleSince } = own.system;
  if (lifecycle === "retired") {
    const seenSince = lastSeenAt !== null && lastSeenAt > lifecycleSince;
    return seenSince || runsInProduction(own, now) ? "retired_alive" : "retired";
  }
  if (inOperationSince(own, now) === null) return "planned";
  if (now > silentSince(own, lastSeenAt, now)) return "silent";
  return lastSeenAt === null ? "unseen" : "live";
}

/** Since when the register says that it runs; null where it does not. */
export function inOperationSince({ system, deployments }: SystemGround, now: Micros): Micros | null {
  const starts = deployments
    .filter((one) => one.environment === "production" && contains(one, now))
    .map(({ from }) => from);
  if (system.lifecycle === "operation" && system.lifecycleSince <= now) starts.push(system.lifecycleSince);
  return starts.length === 0 ? null : starts.reduce((a, b) => (a < b ? a : b));
}

function runsInProduction({ deployments }: SystemGround, now: Micros): boolean {
  return deployments.some((one) => one.environment === "production" && contains(one, now));
}

/** A registry lists models whether or not they run. */
function isAlive({ source }: ObservationFact): boolean {
  return source !== "mlflow";
}

function latestSeen(latest: Micros | null, { lastSeenAt }: ObservationFact): Micros | null {
  return latest === null || lastSeenAt > latest ? lastSeenAt : latest;
}

/** When silence begins, where nothing more is seen: before a system was registered nobody looked for it. */
export function silentSince(own: SystemGround, lastSeenAt: Micros | null, now: Micros): Micros {
  const moments = [inOperationSince(own, now) ?? now, own.system.registeredAt, lastSeenAt ?? 0n];
  return moments.reduce((a, b) => (a > b ? a : b)) + SILENT_AFTER;
}

interface Trace {
  readonly resource: Resource;
  readonly name: string;
  readonly version: string | null;
  readonly since: Micros;
  readonly evidence: EvidenceRef;
}

function foundComponents(own: SystemGround, suppliers: Suppliers): FoundComponent[] {
  const isDeclared = declaredIn(own, suppliers);
  const traces = [...scannedTraces(own), ...observedTraces(own)];
  const byName = Map.groupBy(traces, ({ resource, name }) => `${resource}:${componentKey(resource, name, suppliers)}`);
  return [...byName]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([, found]) => {
      const [{ resource, name }] = found.toSorted((a, b) => compare(a.name, b.name)) as [Trace, ...Trace[]];
      return {
        resource,
        name,
        versions: [...new Set(found.flatMap(({ version }) => version ?? []))].toSorted(compare),
        since: found.reduce((since, trace) => (trace.since < since ? trace.since : since), (found[0] as Trace).since),
        declared: isDeclared(resource, name),
        evidence: found.map(({ evidence }) => evidence),
      };
    });
}

function scannedTraces({ scans }: SystemGround): Trace[] {
  return scans.flatMap(({ components, evidence }) =>
    components.flatMap(({ kind, name, version, foundSince }): Trace[] => {
      const resource = resourceOf(kind);
      return resource === undefined ? [] : [{ resource, name, version, since: foundSince, evidence }];
    }),
  );
}

function observedTraces({ observations }: SystemGround): Trace[] {
  return observations.flatMap(({ provider, model, version, knownSince, evidence }): Trace[] => {
    if (provider === "self") return [];
    const trace = { since: knownSince, evidence };
    return [
      { ...trace, resource: "service", name: provider, version: null },
      ...(model === null ? [] : [{ ...trace, resource: "model" as const, name: model, version }]),
    ];
  });
}

/** Whether the system's register names a component; a supplier is also named by being one's supplier. */
function declaredIn({ system, components }: SystemGround, suppliers: Suppliers) {
  const names = new Set(components.map(({ name }) => normalName(name)));
  const services = new Set(
    [
      system.supplier,
      ...components.flatMap(({ name, supplier, kind }) => (kind === "service" ? [name, supplier] : [supplier])),
    ]
      .filter((name) => name !== null)
      .map((name) => suppliers.keyOf(name)),
  );
  return (resource: Resource, name: string): boolean =>
    names.has(normalName(name)) || (resource === "service" && services.has(suppliers.keyOf(name)));
}

/** What makes two names the same component: a service goes by its supplier. */
export function componentKey(resource: Resource, name: string, suppliers: Suppliers): string {
  return resource === "service" ? suppliers.keyOf(name) : normalName(name);
}
