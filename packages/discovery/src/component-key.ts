/** What makes two entries the same component, whatever its version and its places. */
import { normalName } from "./rules/rule-book.ts";
import { ECOSYSTEMS, type Ecosystem } from "./rules/rule.ts";
import type { Component } from "./types.ts";

/** Kind, ecosystem and name, with the name as its registry compares it. */
export function componentKey({ kind, name, ecosystem }: Pick<Component, "kind" | "name" | "ecosystem">): string {
  return `${kind}\u0000${ecosystem ?? ""}\u0000${isEcosystem(ecosystem) ? normalName(ecosystem, name) : name}`;
}

/** True for a package URL type whose manifests are read. */
export function isEcosystem(text: string | undefined): text is Ecosystem {
  return ECOSYSTEMS.some((ecosystem) => ecosystem === text);
}
