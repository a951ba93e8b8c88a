/** The facts about systems in operation: what watches them, what was found, and how they are used. */
import type { Micros } from "@steward/kernel";

import type { EvidenceRef } from "./facts.ts";

interface Evidenced {
  readonly evidence: EvidenceRef;
}

/** What control A.6.2.6 asks to be watched. */
export const MONITOR_KINDS = ["health", "output_quality", "drift", "misuse", "feedback"] as const;
export type MonitorKind = (typeof MONITOR_KINDS)[number];

export interface MonitorFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly name: string;
  readonly kind: MonitorKind;
  /** A paused monitor watches nothing. */
  readonly active: boolean;
  /** Silent for longer than this it counts as dead. */
  readonly heartbeatHours: number;
}

/** The newest run of a monitor. */
export interface MonitorRunFact extends Evidenced {
  readonly id: string;
  readonly monitorId: string;
  readonly at: Micros;
  /** `insufficient`: it ran, and saw too few cases to tell. */
  readonly judgement: "within" | "beyond" | "insufficient";
}

/** Every alert that is not withdrawn. */
export interface AlertFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly kind: MonitorKind;
  readonly summary: string;
  /** Of the top severity. */
  readonly top: boolean;
  readonly openedAt: Micros;
  readonly acknowledgeBy: Micros;
  readonly actBy: Micros;
  /** When it was first known to be more than open. */
  readonly acknowledgedAt: Micros | null;
  readonly action: "retrain" | "roll_back" | "restrict" | "accept" | "fix" | null;
  /** When an action was first recorded. */
  readonly actedAt: Micros | null;
  /** Whether its cause and its fix are on record. */
  readonly explained: boolean;
  readonly closed: boolean;
}

/**
 * The runs of one agent over the thirty days that end with its newest run: runs without a manifest, and those of which
 * the manifest lacks a field, are not complete.
 */
export interface AgentRunsFact extends Evidenced {
  readonly systemId: string;
  readonly runs: number;
  readonly complete: number;
  /** When the newest run happened. */
  readonly lastAt: Micros;
}

/** What the release that runs in production is built on; one for each AI system of which a release runs there. */
export interface ModelUseFact extends Evidenced {
  readonly systemId: string;
  /** Whether its model is the service of a vendor. */
  readonly vendor: boolean;
  /** The newest decision of a release of which the answering model is known; null where none is. */
  readonly answeredAt: Micros | null;
}

/** A change of a vendor's model. */
export interface ModelChangeFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  /** The new model, as the vendor names it. */
  readonly model: string;
  /** When it was announced or first seen. */
  readonly knownAt: Micros;
  /** When its review was first recorded. */
  readonly reviewedAt: Micros | null;
}
