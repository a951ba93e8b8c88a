/** What the reconciliation answers. */
import type { Micros } from "@steward/kernel";

import type { DispositionFact } from "../facts-inventory.ts";
import type { EvidenceRef } from "../facts.ts";
import type { Subject } from "../result.ts";
import type { Resource } from "./names.ts";

export const FINDING_KINDS = {
  shadow: "Seen in code or at run time, and belongs to no registered system",
  undeclared: "A registered system uses it, and its register does not say so",
  version_drift: "Another version is found or runs than the one that is declared",
  silent: "Registered as in operation, and nothing was seen of it",
  retired_alive: "Registered as retired, and still seen",
} as const;
export type FindingKind = keyof typeof FINDING_KINDS;

export interface Finding {
  /** The same for the same thing in every run. */
  readonly key: string;
  readonly kind: FindingKind;
  readonly subject: Subject;
  /** The system it concerns; null for shadow. */
  readonly systemId: string | null;
  /** Since when it stands, in Steward's knowledge. */
  readonly since: Micros;
  /** When it must be settled. */
  readonly dueAt: Micros;
  readonly message: string;
  readonly evidence: readonly EvidenceRef[];
  /** What settles it for now; null where it is open. */
  readonly disposition: DispositionFact | null;
  /** What it is made of: suppliers, models, packages, for a person who decides. */
  readonly details: readonly string[];
}

/** `unseen`: in operation for too short a time to call it silent, and not seen yet. */
export type Presence = "live" | "unseen" | "silent" | "retired_alive" | "retired" | "planned";

/** How a registered system stands: what is declared beside what is seen. */
export interface SystemPresence {
  readonly systemId: string;
  readonly presence: Presence;
  readonly lastSeenAt: Micros | null;
  /** Scans that belong to it. */
  readonly sources: readonly string[];
  /** Components in its code, declared or not. */
  readonly found: readonly FoundComponent[];
}

/** A component that code or traffic of a system shows. */
export interface FoundComponent {
  readonly resource: Resource;
  readonly name: string;
  readonly versions: readonly string[];
  readonly since: Micros;
  readonly declared: boolean;
  readonly evidence: readonly EvidenceRef[];
}

export interface Reconciliation {
  /** In the order of their keys. */
  readonly findings: readonly Finding[];
  /** One for each system, in the order of their ids. */
  readonly systems: readonly SystemPresence[];
  /** The system that the newest scan of each source belongs to. */
  readonly systemOfSource: ReadonlyMap<string, string | null>;
  /** The system that each observation belongs to, by the observation's id. */
  readonly systemOfObservation: ReadonlyMap<string, string | null>;
}
