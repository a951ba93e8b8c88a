/** What changed between two bills of materials, as of two releases. */
import { componentKey } from "../component-key.ts";
import type { Component } from "../types.ts";

/** The fields of which a change is told; where a component was found may change with every commit. */
const COMPARED = ["version", "provider", "confidence"] as const;
export type ComparedField = (typeof COMPARED)[number];

export interface ChangedComponent {
  readonly before: Component;
  readonly after: Component;
  readonly fields: readonly ComparedField[];
}

export interface BomDiff {
  readonly added: readonly Component[];
  readonly removed: readonly Component[];
  readonly changed: readonly ChangedComponent[];
  readonly unchanged: readonly Component[];
}

/** Compares by kind, ecosystem and name. Every component of `before` and of `after` is in exactly one list. */
export function diffComponents(before: readonly Component[], after: readonly Component[]): BomDiff {
  const earlier = new Map(before.map((component) => [componentKey(component), component]));
  const later = new Map(after.map((component) => [componentKey(component), component]));
  const pairs = [...later].flatMap(([key, component]) => {
    const known = earlier.get(key);
    if (known === undefined) return [];
    return { before: known, after: component, fields: COMPARED.filter((field) => known[field] !== component[field]) };
  });
  return {
    added: [...later].flatMap(([key, component]) => (earlier.has(key) ? [] : component)),
    removed: [...earlier].flatMap(([key, component]) => (later.has(key) ? [] : component)),
    changed: pairs.filter(({ fields }) => fields.length > 0),
    unchanged: pairs.flatMap(({ fields, after: component }) => (fields.length === 0 ? component : [])),
  };
}
