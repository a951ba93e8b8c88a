/** The inventory as a map: each system with its suppliers and models, declared beside found. */
import {
  type ComponentFact,
  type Facts,
  type FoundComponent,
  normalName,
  reconcile,
  resourceOf,
  type SupplierAliasFact,
  type Suppliers,
  suppliersOf,
  type SystemFact,
} from "@steward/assurance";
import type { InventoryMap, MapSystem } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { loadReconcileFacts } from "../status/status.facts.ts";

/** Where no deadline is shown, none is computed. */
export const NO_GRACE = { value: 0, unit: "days" } as const;

/** `systemId`: of that system alone, and without what belongs to none. */
export async function readInventoryMap(
  db: Kysely<Tables>,
  orgId: Uuid,
  now: Micros,
  systemId?: Uuid,
): Promise<InventoryMap> {
  const [facts, items] = await Promise.all([
    loadReconcileFacts(db, orgId, { recordedAt: now, effectiveAt: now }),
    db
      .selectFrom("drift_item")
      .select(["id", "kind", "subject", "system_id", "details"])
      .where("org_id", "=", orgId)
      .where("state", "=", "open")
      .orderBy("id")
      .execute(),
  ]);
  const { systems } = reconcile(facts, { now, grace: NO_GRACE });
  const suppliers = suppliersOf(facts);
  const byId = new Map((facts.systems ?? []).map((system) => [system.id, system]));
  const components = Map.groupBy(facts.components ?? [], ({ systemId }) => systemId);
  const mapped = systems
    .flatMap((presence): MapSystem[] => {
      const system = byId.get(presence.systemId);
      if (system === undefined) return [];
      const declared = components.get(system.id) ?? [];
      return [
        {
          id: system.id,
          name: system.name,
          lifecycle: system.lifecycle,
          presence: presence.presence,
          lastSeenAt: presence.lastSeenAt === null ? null : formatInstant(presence.lastSeenAt),
          sources: [...presence.sources],
          suppliers: suppliesTo(system, declared, presence.found, suppliers),
          models: modelsOf(declared, presence.found),
          components: declared.length,
          openDrift: items.filter(({ system_id }) => system_id === system.id).length,
        },
      ];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const shadow = items
    .filter(({ kind }) => kind === "shadow")
    .map(({ id, subject, details }) => ({ itemId: id, name: subject.name, uses: details, ...usedBy(subject, facts) }));
  const map = underOneName({ systems: mapped, shadow }, suppliers, facts.supplierAliases ?? []);
  return systemId === undefined ? map : { systems: map.systems.filter(({ id }) => id === systemId), shadow: [] };
}

/** The suppliers and models that code or traffic shows of what belongs to no system. */
function usedBy(
  { kind, name }: { kind: string; name: string },
  { scans, observations }: Pick<Facts, "scans" | "observations">,
) {
  const components =
    kind === "scan" ? (scans ?? []).filter(({ source }) => source === name).flatMap((scan) => scan.components) : [];
  const seen = kind === "scan" ? [] : (observations ?? []).filter(({ service }) => service === name);
  const named = (isWanted: (kind: string) => boolean) =>
    components.filter((one) => isWanted(one.kind)).map((one) => one.name);
  const providers = seen.map(({ provider }) => provider).filter((provider) => provider !== "self");
  const models = seen.flatMap(({ model }) => (model === null ? [] : [model]));
  return {
    suppliers: [...new Set([...named((kind) => kind === "provider"), ...providers])].toSorted(),
    models: [...new Set([...named((kind) => resourceOf(kind) === "model"), ...models])].toSorted(),
  };
}

/**
 * A supplier has one name on the whole map: as systems and components declare it, else as the register of names means it,
 * else as it calls itself.
 */
function underOneName(
  { systems, shadow }: InventoryMap,
  suppliers: Suppliers,
  aliases: readonly SupplierAliasFact[],
): InventoryMap {
  const all = systems.flatMap((system) => system.suppliers);
  const declared = all.filter((one) => one.declared);
  const names = new Map<string, string>();
  const known = [
    ...declared.map((one) => one.name),
    ...aliases.map(({ supplier }) => supplier),
    ...[...all.map((one) => one.name), ...shadow.flatMap((one) => one.suppliers)].map((name) =>
      suppliers.titleOf(name),
    ),
  ];
  for (const name of known) {
    const key = suppliers.keyOf(name);
    if (!names.has(key)) names.set(key, name);
  }
  const oneName = (name: string) => names.get(suppliers.keyOf(name)) ?? name;
  return {
    systems: systems.map((system) => ({
      ...system,
      suppliers: system.suppliers.map((one) => ({ ...one, name: oneName(one.name) })),
    })),
    shadow: shadow.map((one) => ({ ...one, suppliers: [...new Set(one.suppliers.map(oneName))] })),
  };
}

/** Who supplies what to the system, under the first spelling met. */
function suppliesTo(
  system: SystemFact,
  declared: readonly ComponentFact[],
  found: readonly FoundComponent[],
  names: Suppliers,
): MapSystem["suppliers"] {
  const suppliers = new Map<string, { name: string; declared: boolean; found: boolean; supplies: Set<string> }>();
  const of = (name: string) => {
    const key = names.keyOf(name);
    const known = suppliers.get(key) ?? { name, declared: false, found: false, supplies: new Set<string>() };
    suppliers.set(key, known);
    return known;
  };
  if (system.supplier !== null) of(system.supplier).declared = true;
  for (const { name, kind, supplier } of declared) {
    const by = supplier ?? (kind === "service" ? name : null);
    if (by === null) continue;
    const known = of(by);
    known.declared = true;
    if (!names.areSame(name, by)) known.supplies.add(name);
  }
  for (const { resource, name } of found) if (resource === "service") of(name).found = true;
  return [...suppliers.values()]
    .map((one) => ({ ...one, supplies: [...one.supplies].toSorted() }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function modelsOf(declared: readonly ComponentFact[], found: readonly FoundComponent[]): MapSystem["models"] {
  const models = new Map<string, { name: string; declared: boolean; found: boolean }>();
  for (const { kind, name } of declared) {
    if (kind === "model") models.set(normalName(name), { name, declared: true, found: false });
  }
  for (const { resource, name, declared: known } of found) {
    if (resource !== "model") continue;
    const before = models.get(normalName(name));
    models.set(normalName(name), { name: before?.name ?? name, declared: before?.declared ?? known, found: true });
  }
  return [...models.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
