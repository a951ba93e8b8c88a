/** The facts about where agents take their context from. */
import type { Micros } from "@steward/kernel";

import type { EvidenceRef } from "./facts.ts";

/** A source that the register knows, by the id under which context manifests name it. */
export interface ContextSourceFact {
  readonly systemId: string;
  readonly source: string;
  readonly evidence: EvidenceRef;
}

/**
 * Context that manifests named over the days that end with the system's newest one, by source and trust label; null is
 * one that they do not name.
 */
export interface ContextItemFact {
  readonly systemId: string;
  readonly source: string | null;
  readonly label: string | null;
  readonly firstAt: Micros;
  /** When it was first named on the newest day on which it was. */
  readonly lastAt: Micros;
  readonly evidence: EvidenceRef;
}
