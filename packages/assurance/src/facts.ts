/**
 * The facts: everything that the tests read, as plain data.
 *
 * The server loads them as of a recorded time (what was known) and an effective time (when it holds). A section whose
 * source does not exist in this installation is absent; an empty section means that the source exists and holds
 * nothing. The order within a section carries no meaning. Intervals are half-open: `from` is in, `to` is out, and null
 * is without end; a register's last day therefore becomes the start of the day after, in the organisation's time zone.
 */
import type { Micros, WorkingCalendar } from "@steward/kernel";

import type {
  ComponentFact,
  DispositionFact,
  LookFact,
  ModelCardFact,
  ObservationFact,
  ScanFact,
  SupplierAliasFact,
  UseApprovalFact,
  VulnerabilityFact,
  VulnerabilityFeedFact,
} from "./facts-inventory.ts";
import type {
  AgentRunsFact,
  AlertFact,
  ModelChangeFact,
  ModelUseFact,
  MonitorFact,
  MonitorRunFact,
} from "./facts.monitoring.ts";
import type { ContextItemFact, ContextSourceFact } from "./facts.context.ts";
import type { UseDeviationFact, UseEnvelopeFact, UseFact } from "./facts.use.ts";

/** Where a fact can be seen: a record's version, a ledger entry, a cell of a stream. */
export interface EvidenceRef {
  readonly kind: string;
  readonly id: string;
  readonly version?: number;
  readonly ledgerIndex?: number;
  /** When the evidence was recorded. */
  readonly at: Micros;
}

interface Evidenced {
  readonly evidence: EvidenceRef;
}

export interface Facts {
  /** Nothing recorded after this moment is in the facts. */
  readonly recordedAt: Micros;
  readonly organisation: OrganisationFact;
  /** Parameters in force; the catalogue's default holds for one that is not here. */
  readonly parameters: readonly ParameterFact[];
  readonly persons?: readonly PersonFact[];
  readonly roleAssignments?: readonly RoleAssignmentFact[];
  readonly systems?: readonly SystemFact[];
  readonly deployments?: readonly DeploymentFact[];
  readonly soaLines?: readonly SoaLineFact[];
  readonly controlExceptions?: readonly ControlExceptionFact[];
  /** Per AI system and UTC day; see LogDayFact for how far back. */
  readonly logDays?: readonly LogDayFact[];
  /** Approved decisions about log windows that can no longer be completed. */
  readonly logDispositions?: readonly LogDispositionFact[];
  /** The newest self-check of the ledger, and every one that failed. */
  readonly ledgerChecks?: readonly LedgerCheckFact[];
  /** Every release that was recorded and not withdrawn. */
  readonly releases?: readonly ReleaseFact[];
  /** Every version of every policy. */
  readonly evaluationPolicies?: readonly EvaluationPolicyFact[];
  /** Every evaluation of a release. */
  readonly evaluations?: readonly EvaluationFact[];
  readonly evaluationExceptions?: readonly EvaluationExceptionFact[];
  /** Per AI system the newest reconstruction drills: at least back to the newest that drew a decision. */
  readonly drills?: readonly DrillFact[];
  readonly monitors?: readonly MonitorFact[];
  /** The newest run of each monitor. */
  readonly monitorRuns?: readonly MonitorRunFact[];
  readonly alerts?: readonly AlertFact[];
  /** One for each AI system of which a run of an agent is known. */
  readonly agentRuns?: readonly AgentRunsFact[];
  readonly contextSources?: readonly ContextSourceFact[];
  readonly contextItems?: readonly ContextItemFact[];
  readonly components?: readonly ComponentFact[];
  readonly modelCards?: readonly ModelCardFact[];
  /** The newest scan of each source. */
  readonly scans?: readonly ScanFact[];
  readonly observations?: readonly ObservationFact[];
  readonly looks?: readonly LookFact[];
  readonly dispositions?: readonly DispositionFact[];
  readonly useApprovals?: readonly UseApprovalFact[];
  readonly supplierAliases?: readonly SupplierAliasFact[];
  readonly vulnerabilities?: readonly VulnerabilityFact[];
  readonly vulnerabilityFeeds?: readonly VulnerabilityFeedFact[];
  readonly useEnvelopes?: readonly UseEnvelopeFact[];
  readonly useDeviations?: readonly UseDeviationFact[];
  /** One for each AI system of which a decision is counted. */
  readonly uses?: readonly UseFact[];
  readonly modelUses?: readonly ModelUseFact[];
  readonly modelChanges?: readonly ModelChangeFact[];
}

/** The parts of the facts that may be absent. */
export type FactSection = {
  [K in keyof Facts]-?: undefined extends Facts[K] ? K : never;
}[keyof Facts];

/** Days in sentences are days of its time zone; its calendar says which of them count as working days. */
export interface OrganisationFact extends WorkingCalendar {
  readonly id: string;
}

export interface ParameterFact extends Evidenced {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface PersonFact extends Evidenced {
  readonly id: string;
  readonly activeFrom: Micros;
  readonly activeTo: Micros | null;
}

/** The two assignments that clause 5.3 makes compulsory. */
export const COMPULSORY_ROLES = ["aims_conformity", "aims_performance_reporting"] as const;
/** Roles that are held for one AI system. */
export const SYSTEM_ROLES = ["risk_owner", "data_owner", "oversight_lead", "stop_authority"] as const;
export type CompulsoryRole = (typeof COMPULSORY_ROLES)[number];
export type SystemRole = (typeof SYSTEM_ROLES)[number];
export type Role = CompulsoryRole | SystemRole | "top_management";

/** Ended assignments belong here too: gaps are looked for in the last twelve months. */
export interface RoleAssignmentFact extends Evidenced {
  readonly id: string;
  readonly personId: string;
  readonly role: Role;
  /** Null for the roles of the organisation. */
  readonly systemId: string | null;
  readonly validFrom: Micros;
  readonly validTo: Micros | null;
}

export type LifecycleStage = "inception" | "design" | "build" | "verify" | "deploy" | "operation" | "retired";
export type AiActTier = "undetermined" | "outside" | "prohibited" | "high_risk" | "transparency" | "minimal";

export interface SystemFact extends Evidenced {
  readonly id: string;
  readonly name: string;
  /** Who supplies it or its main model. */
  readonly supplier: string | null;
  /** Null where nobody has decided. */
  readonly inScope: boolean | null;
  readonly scopeReason: string | null;
  readonly scopeApproverId: string | null;
  readonly aiRoles: readonly string[];
  readonly aiRolesDeciderId: string | null;
  /** A decision known by its day counts from the end of that day: it may answer a change of the same day. */
  readonly aiRolesDecidedAt: Micros | null;
  /** When the purpose last changed after registration; null if it never did. */
  readonly purposeChangedAt: Micros | null;
  readonly supplierChangedAt: Micros | null;
  readonly lifecycle: LifecycleStage;
  readonly lifecycleSince: Micros;
  /** When it was first recorded: what it did before could be seen by nobody. */
  readonly registeredAt: Micros;
  readonly ownerId: string | null;
  readonly aiActTier: AiActTier;
  /** Whether it acts by itself (an agent); null where nobody has decided. */
  readonly agentic: boolean | null;
  /** How long its decision log is kept; null where it is not set. */
  readonly retentionDays: number | null;
  /** How long its own rule asks for; null where it is not set. */
  readonly retentionRuleDays: number | null;
}

export interface DeploymentFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly releaseId: string;
  readonly environment: "production" | "staging" | "test";
  readonly from: Micros;
  readonly to: Micros | null;
}

export interface SoaLineFact extends Evidenced {
  readonly id: string;
  /** Catalogue id (`iso42001:A.6.2.8`), or the organisation's own number where `own`. */
  readonly controlId: string;
  /** A control of the organisation's own. */
  readonly own: boolean;
  /** Null where nobody has decided. */
  readonly applicable: boolean | null;
  readonly reason: string | null;
  readonly implementationState: string | null;
}

export interface ControlExceptionFact extends Evidenced {
  readonly id: string;
  /** Catalogue id of an Annex A control. */
  readonly controlId: string;
  readonly requesterId: string;
  readonly approverId: string | null;
  /** Whether the approver held the authority when approving. */
  readonly approverHadAuthority: boolean;
  readonly reason: string;
  readonly state: "requested" | "approved" | "rejected" | "revoked";
  readonly from: Micros;
  readonly until: Micros;
}

/**
 * What one AI system logged and served in production on one UTC day; test calls are left out.
 *
 * Load the days of the last LOG_LOOKBACK_DAYS, and older ones of which fewer decisions were logged than requests served
 * (with a LOG_WINDOW of several days: all days of such a window): a shortfall stands until it is made good.
 */
export interface LogDayFact extends Evidenced {
  readonly systemId: string;
  /** Days since 1970-01-01. */
  readonly day: number;
  /** Decisions that happened on this day. */
  readonly logged: number;
  /** Requests served, as counted apart from logging: the sum over the hours that have a count. */
  readonly served: number;
  /** Bit h is set where the hour from h:00 has a count, zero included. */
  readonly servedHours: number;
  /** Decisions that happened in the hours that have a count: what `served` can be compared with. */
  readonly loggedInServedHours: number;
  /** Largest difference seen between the sender's clock and ours; null where nothing could be measured. */
  readonly maxClockSkewSeconds: number | null;
}

export interface LogDispositionFact extends Evidenced {
  readonly systemId: string;
  /** The day, or any day of the window. */
  readonly day: number;
  readonly reason: string;
  readonly approvedAt: Micros;
}

export interface LedgerCheckFact extends Evidenced {
  readonly id: string;
  readonly at: Micros;
  readonly ok: boolean;
  /** Entries that were checked. */
  readonly size: number;
  readonly firstBadEntry: number | null;
}

/**
 * One reconstruction drill. Besides its random sample a drill must draw the decisions that the drill before it could
 * not reconstruct, so that a lucky sample hides nothing.
 */
export interface DrillFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly at: Micros;
  readonly seed: string;
  readonly sampled: number;
  readonly reconstructed: number;
  readonly missing: readonly { readonly decisionId: string; readonly elements: readonly string[] }[];
}

export type ChangeClass = "major" | "minor" | "patch";

export interface ReleaseFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly version: string;
  readonly digest: string;
  /** What the digest is of; null where nobody said. */
  readonly artefactKind: "image" | "model_file" | "other" | null;
  readonly changeClass: ChangeClass;
  readonly releasedAt: Micros;
}

export interface EvaluationThreshold {
  readonly metric: string;
  readonly direction: "at_least" | "at_most";
  readonly limit: number;
}

/** What counts as having acted on a failed evaluation. */
export interface ActedUpon {
  readonly withinDays: number;
  readonly by: readonly ("later-pass" | "approved-exception" | "rollback")[];
  readonly exceptionMaximumDays: number;
}

/** One version of a policy. Its thresholds hold from its ledger entry on, which is when its evidence was recorded. */
export interface EvaluationPolicyFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly kind: string;
  /** Versions of one policy share its name, which is the name of the suite. */
  readonly name: string;
  readonly version: string;
  /** Changes after which a release must pass before it is deployed. */
  readonly requiredFor: readonly ChangeClass[];
  readonly thresholds: readonly EvaluationThreshold[];
  readonly actedUpon: ActedUpon;
}

export interface EvaluationFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly releaseId: string;
  /** Digest of the artefact that was evaluated. */
  readonly digest: string;
  readonly kind: string;
  readonly suite: string;
  readonly dataset: string;
  readonly basis: "test_data" | "live_decisions";
  readonly verdict: "pass" | "fail" | "insufficient" | "none";
  readonly policyId: string | null;
  /** Null where the run does not say when it began. */
  readonly startedAt: Micros | null;
}

/** An approved, time-limited acceptance of a failed evaluation, with what is done meanwhile. */
export interface EvaluationExceptionFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly evaluationId: string;
  readonly requesterId: string;
  readonly approverId: string | null;
  /** Whether the approver held the authority when approving. */
  readonly approverHadAuthority: boolean;
  /** What holds the harm down meanwhile. */
  readonly mitigation: string;
  readonly state: "requested" | "approved" | "rejected" | "revoked";
  readonly from: Micros;
  readonly until: Micros;
}
