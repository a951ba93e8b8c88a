/** What of a scan no register names: what a pipeline fails on, by the same answer as the inventory. */
import { resourceOf } from "./names.ts";
import { componentKey } from "./presence.ts";
import { reconcile, type ReconcileFacts, type ReconcileOptions, sourceKey } from "./reconcile.ts";
import { suppliersOf } from "./suppliers.ts";
import { undeclaredKey } from "./system-findings.ts";

/** A component as a scan names it. */
export interface NamedComponent {
  readonly kind: string;
  readonly name: string;
}

/**
 * The components that stand as open findings: all of a source that belongs to no system; of a system's, those that it does
 * not declare and that no decision covers.
 */
export function unregisteredOf<C extends NamedComponent>(
  facts: ReconcileFacts,
  options: ReconcileOptions,
  { source, components }: { readonly source: string; readonly components: readonly C[] },
): C[] {
  const { findings, systemOfSource } = reconcile(facts, options);
  const open = new Set(findings.filter(({ disposition }) => disposition === null).map(({ key }) => key));
  const systemId = systemOfSource.get(source) ?? null;
  if (systemId === null) return open.has(sourceKey(source)) ? [...components] : [];
  const suppliers = suppliersOf(facts);
  return components.filter(({ kind, name }) => {
    const resource = resourceOf(kind);
    return (
      resource !== undefined && open.has(undeclaredKey(systemId, resource, componentKey(resource, name, suppliers)))
    );
  });
}
