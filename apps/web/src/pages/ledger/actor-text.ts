import type { Actor } from "@steward/client";

const KINDS = { person: "a person", key: "an API key", system: "Steward" } as const;

/** Who acted, as known now; a name that was erased is not made up. */
export function actorText({ kind, name }: Actor): string {
  if (kind === "system") return "Steward";
  if (name === null) return `${KINDS[kind]} whose name was erased`;
  return kind === "key" ? `API key ${name}` : name;
}
