/** The facts about what AI systems are used for: what is intended, what was seen, and what was decided about the rest. */
import type { Micros } from "@steward/kernel";

import type { EvidenceRef } from "./facts.ts";

/** What an intended use limits, by the attribute of a decision that says where it falls. */
export const USE_DIMENSIONS = ["task", "user_group", "region", "data_class"] as const;
export type UseDimension = (typeof USE_DIMENSIONS)[number];

/** What a system may be used for; a dimension without values is not limited. One for a system at most. */
export interface UseEnvelopeFact {
  readonly systemId: string;
  readonly intended: Readonly<Record<UseDimension, readonly string[]>>;
  /** Largest share of decisions outside it. */
  readonly limitPercent: number;
  readonly evidence: EvidenceRef;
}

/** What was decided about a use outside the intended one. */
export interface UseDeviationFact {
  readonly systemId: string;
  readonly dimension: UseDimension;
  readonly value: string;
  readonly evidence: EvidenceRef;
}

/** The decisions of a system over the days that end with its newest one, by where they fall. */
export interface UseFact {
  readonly systemId: string;
  readonly groups: readonly (Readonly<Record<UseDimension, string | null>> & { readonly decisions: number })[];
  /** The newest day on which it decided, at its end. */
  readonly lastAt: Micros;
  readonly evidence: EvidenceRef;
}
