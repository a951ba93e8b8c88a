/** The map in words and rows. */
import type { InventoryMap, MapSystem } from "@steward/client";

/** The state of the inventory as one sentence. */
export function sentenceOf({ systems, shadow }: InventoryMap): string {
  const live = systems.filter(({ presence }) => presence === "live").length;
  const odd = systems.filter(({ presence }) => presence === "silent" || presence === "retired_alive").length;
  const parts = [
    `${live} of ${systems.length} registered ${systems.length === 1 ? "system is" : "systems are"} live`,
    ...(odd > 0 ? [`${odd} ${odd === 1 ? "stands" : "stand"} otherwise than registered`] : []),
    `${shadow.length === 0 ? "nothing" : shadow.length} found that belongs to none`,
  ];
  return `${parts.join("; ")}.`;
}

export interface SupplierRow {
  supplier: string;
  systemId: string;
  systemName: string;
  presence: MapSystem["presence"];
  supplies: readonly string[];
  shownBy: string;
}

/** One row for each supplier of each system, those of live systems first. */
export function supplierRows(systems: readonly MapSystem[]): SupplierRow[] {
  return systems
    .flatMap(({ id, name, presence, suppliers }) =>
      suppliers.map((supplier) => ({
        supplier: supplier.name,
        systemId: id,
        systemName: name,
        presence,
        supplies: supplier.supplies,
        shownBy: shownBy(supplier),
      })),
    )
    .toSorted(
      (a, b) =>
        Number(b.presence === "live") - Number(a.presence === "live") ||
        a.supplier.localeCompare(b.supplier) ||
        a.systemName.localeCompare(b.systemName),
    );
}

function shownBy({ declared, found }: { declared: boolean; found: boolean }): string {
  if (declared && found) return "register, and code or traffic";
  return declared ? "register only" : "code or traffic only";
}
