/** The map in words and rows. */
import type { InventoryMap, MapSystem } from "@steward/client";

import { paths } from "../../paths.ts";

/** The state of the inventory as one sentence. */
export function sentenceOf({ systems, shadow }: InventoryMap): string {
  const live = systems.filter(({ presence }) => presence === "live").length;
  const odd = systems.filter(({ presence }) => presence === "silent" || presence === "retired_alive").length;
  const parts = [
    `${live} of ${systems.length} registered ${systems.length === 1 ? "system is" : "systems are"} live`,
    ...(odd > 0 ? [`${odd} ${odd === 1 ? "stands" : "stand"} otherwise than registered`] : []),
    shadow.length === 0
      ? "nothing found that belongs to none"
      : `${shadow.length} found that ${shadow.length === 1 ? "belongs" : "belong"} to none`,
  ];
  return `${parts.join("; ")}.`;
}

/** How a system stands, or that it is none yet. */
export type Standing = MapSystem["presence"] | "shadow";

/** A system, or what was found that belongs to none. */
export interface UserRow {
  id: string;
  href: string;
  name: string;
  standing: Standing;
  /** Null where it was never seen, and of what belongs to no system: its finding says more. */
  lastSeenAt: string | null;
  suppliers: MapSystem["suppliers"];
  models: MapSystem["models"];
  sources: readonly string[];
  components: number;
  openDrift: { readonly count: number; readonly href: string };
}

/** What belongs to no system, as a user of suppliers and models that no register names. */
export function userOf({ itemId, name: user, suppliers, models }: InventoryMap["shadow"][number]) {
  const found = (name: string) => ({ name, declared: false, found: true });
  return {
    id: itemId,
    name: user,
    suppliers: suppliers.map((name) => ({ ...found(name), supplies: [] })),
    models: models.map(found),
  };
}

/** What belongs to no system first, because it waits for somebody. */
export function userRows({ systems, shadow }: InventoryMap): UserRow[] {
  return [
    ...shadow.map((item) => ({
      ...userOf(item),
      href: paths.driftItem(item.itemId),
      standing: "shadow" as const,
      lastSeenAt: null,
      sources: [],
      components: 0,
      openDrift: { count: 1, href: paths.driftItem(item.itemId) },
    })),
    ...systems.map(({ presence, openDrift, ...system }) => ({
      ...system,
      href: paths.record("systems", system.id),
      standing: presence,
      openDrift: { count: openDrift, href: paths.drift({ systemId: system.id }) },
    })),
  ];
}

export interface SupplierRow {
  supplier: string;
  user: UserRow;
  supplies: readonly string[];
  shownBy: string;
}

/** One row for each supplier of each system, those of live systems first, then what belongs to none. */
export function supplierRows(users: readonly UserRow[]): SupplierRow[] {
  const rank = ({ user }: SupplierRow) => ["live", "shadow"].indexOf(user.standing) >>> 0;
  return users
    .flatMap((user) =>
      user.suppliers.map((supplier) => ({
        supplier: supplier.name,
        user,
        supplies: supplier.supplies,
        shownBy: shownBy(supplier),
      })),
    )
    .toSorted(
      (a, b) => rank(a) - rank(b) || a.supplier.localeCompare(b.supplier) || a.user.name.localeCompare(b.user.name),
    );
}

function shownBy({ declared, found }: { declared: boolean; found: boolean }): string {
  if (declared && found) return "register, and code or traffic";
  return declared ? "register only" : "code or traffic only";
}
