/** Whether a known vulnerability concerns what a system is made of. */
import type { VulnerabilityFact } from "../facts-inventory.ts";
import type { FoundComponent } from "./finding.ts";
import { normalName, normalVersion } from "./names.ts";

/** Versions in which a system holds each component, by its normal name; an empty set where none is known. */
export type VersionsInUse = ReadonlyMap<string, ReadonlySet<string>>;

/** What records of a system declare and code or traffic shows. */
export function versionsInUse(
  declared: readonly { readonly name: string; readonly version: string | null }[],
  found: readonly FoundComponent[],
): VersionsInUse {
  const versions = new Map<string, Set<string>>();
  const add = (name: string, list: readonly string[]) => {
    const known = versions.get(normalName(name)) ?? new Set();
    for (const version of list) known.add(normalVersion(version));
    versions.set(normalName(name), known);
  };
  for (const { name, version } of declared) add(name, version === null ? [] : [version]);
  for (const one of found) add(one.name, one.versions);
  return versions;
}

/** An unknown version, on either side, counts as any. */
export function affects({ component, version }: VulnerabilityFact, inUse: VersionsInUse): boolean {
  const versions = inUse.get(normalName(component));
  if (versions === undefined) return false;
  return version === null || versions.size === 0 || versions.has(normalVersion(version));
}

/** Whether it waits to be fixed: nobody said that it does not concern what is used, or that it is fixed. */
export function isOpen({ state }: Pick<VulnerabilityFact, "state">): boolean {
  return state === "affected" || state === "under_investigation";
}

/** A severity that nobody could read may be the worst: it counts as critical. */
export function isCritical({ severity }: VulnerabilityFact): boolean {
  return severity === "critical" || severity === "unknown";
}
