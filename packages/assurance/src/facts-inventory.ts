/** Facts about what AI systems are made of, what code contains, what runs, and who decided what about it. */
import type { Micros } from "@steward/kernel";

import type { EvidenceRef } from "./facts.ts";

interface Evidenced {
  readonly evidence: EvidenceRef;
}

/** A component as its register declares it. */
export interface ComponentFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  readonly kind: "model" | "data" | "software" | "service" | "prompt" | "compute";
  readonly name: string;
  readonly version: string | null;
  readonly digest: string | null;
  readonly supplier: string | null;
  /** When its supplier stops maintaining it; null where no end is known. */
  readonly supportEndsAt: Micros | null;
  /** Whether somebody looked up the end of support. */
  readonly supportChecked: boolean;
}

/** The newest model card of a release, by itself or in an AI-BOM. */
export interface ModelCardFact extends Evidenced {
  readonly releaseId: string;
}

/** One component that a scan found. */
export interface ScanComponentFact {
  /** Kind in the words of `steward/scan/v1`. */
  readonly kind: string;
  readonly name: string;
  readonly version: string | null;
  readonly provider: string | null;
  /** Since when every scan of the source has found it. */
  readonly foundSince: Micros;
  /** Since when every scan of the source has found it in this version. */
  readonly versionSince: Micros;
}

/** The newest scan of a source. */
export interface ScanFact extends Evidenced {
  readonly id: string;
  /** What was scanned: the address or name of a repository. */
  readonly source: string;
  /** The system it was published for; null where none. */
  readonly systemId: string | null;
  readonly at: Micros;
  readonly components: readonly ScanComponentFact[];
}

export type ObservationSource = "otlp" | "kubernetes" | "cloudtrail" | "mlflow" | "decision_log";

/** One thing that was seen at run time. */
export interface ObservationFact extends Evidenced {
  readonly id: string;
  readonly source: ObservationSource;
  /** Supplier of what was used; `self` where it is an AI system of the organisation that was seen. */
  readonly provider: string;
  readonly model: string | null;
  readonly version: string | null;
  readonly digest: string | null;
  /** What used it, or what ran: service name, workload, account and role. */
  readonly service: string;
  /** The system that the sender named; null where none. */
  readonly systemId: string | null;
  /** Whether it ran although no deployment of that version is recorded. */
  readonly undeployed: boolean;
  readonly knownSince: Micros;
  readonly lastSeenAt: Micros;
}

/** Another name of a supplier, as the organisation's register gives it. */
export interface SupplierAliasFact extends Evidenced {
  readonly id: string;
  readonly alias: string;
  readonly supplier: string;
}

/** Somebody looked, whatever was found: the newest look of each runtime source. */
export interface LookFact extends Evidenced {
  readonly source: ObservationSource;
  readonly at: Micros;
}

/** A decision about a finding of the reconciliation; only those that took effect. */
export interface DispositionFact extends Evidenced {
  readonly id: string;
  /** The finding's key. */
  readonly findingKey: string;
  readonly kind: "attach" | "not_ai" | "switched_off" | "accepted";
  /** The system it was attached to. */
  readonly systemId: string | null;
  readonly requesterId: string;
  /** Null where no approval is asked for (attach). */
  readonly approverId: string | null;
  /** It speaks of what was known at this moment, and of nothing newer. */
  readonly at: Micros;
  readonly until: Micros | null;
}

export interface UseApprovalFact extends Evidenced {
  readonly id: string;
  readonly systemId: string;
  /** Suppliers, services or models whose use is approved. */
  readonly services: readonly string[];
  readonly state: "requested" | "approved" | "rejected" | "revoked";
  readonly requesterId: string;
  readonly approverId: string | null;
  readonly from: Micros;
  readonly until: Micros | null;
}

/** A known vulnerability of a component, as the newest statement of the feeds has it. */
export interface VulnerabilityFact extends Evidenced {
  readonly id: string;
  /** Name of the package or model, and the affected version where the feed gives one. */
  readonly component: string;
  readonly version: string | null;
  readonly severity: "critical" | "high" | "medium" | "low" | "unknown";
  readonly state: "affected" | "not_affected" | "fixed" | "under_investigation";
  /** When it was first imported: its deadline runs from here. */
  readonly knownSince: Micros;
}

/** The newest import of vulnerability data. */
export interface VulnerabilityFeedFact extends Evidenced {
  readonly at: Micros;
}
