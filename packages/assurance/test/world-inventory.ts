/** The inventory of an organisation in order: what is declared is what is found, seen, approved and healthy. */
import { MICROS_PER_DAY, MICROS_PER_HOUR, parseInstant } from "@steward/kernel";

import type {
  ComponentFact,
  DispositionFact,
  LookFact,
  ModelCardFact,
  ObservationFact,
  ObservationSource,
  ScanComponentFact,
  ScanFact,
  UseApprovalFact,
  VulnerabilityFact,
  VulnerabilityFeedFact,
} from "../src/index.ts";

const NOW = parseInstant("2026-11-24T12:00:00Z") as bigint;
const DAY = MICROS_PER_DAY;
const HOUR = MICROS_PER_HOUR;

const evidence = (kind: string, id: string) => ({ kind, id, version: 1, ledgerIndex: 9, at: NOW - 60n * DAY });

export function component(
  systemId: string,
  name: string,
  kind: ComponentFact["kind"],
  change: Partial<ComponentFact> = {},
): ComponentFact {
  const id = change.id ?? `component-${systemId}-${name}`;
  return {
    id,
    systemId,
    kind,
    name,
    version: null,
    supplier: null,
    digest: null,
    supportEndsAt: null,
    supportChecked: true,
    evidence: evidence("component", id),
    ...change,
  };
}

export function modelCard(releaseId: string): ModelCardFact {
  return { releaseId, evidence: evidence("ai_bom", `card-${releaseId}`) };
}

export function found(name: string, kind = "package", change: Partial<ScanComponentFact> = {}): ScanComponentFact {
  return {
    kind,
    name,
    version: null,
    provider: null,
    foundSince: NOW - 30n * DAY,
    versionSince: NOW - 30n * DAY,
    ...change,
  };
}

export function scan(systemId: string | null, change: Partial<ScanFact> = {}): ScanFact {
  const id = change.id ?? `scan-${systemId ?? "nobody"}`;
  return {
    id,
    source: `repo-${systemId ?? "nobody"}`,
    systemId,
    at: NOW - 20n * HOUR,
    components: [found("scikit-learn"), found("openai", "provider")],
    evidence: evidence("scan", id),
    ...change,
  };
}

export function observation(systemId: string | null, change: Partial<ObservationFact> = {}): ObservationFact {
  const id = change.id ?? `observation-${systemId ?? "nobody"}`;
  return {
    id,
    source: "otlp",
    provider: "openai",
    model: null,
    version: null,
    digest: null,
    service: `service-${systemId ?? "nobody"}`,
    systemId,
    undeployed: false,
    knownSince: NOW - 29n * DAY,
    lastSeenAt: NOW - HOUR,
    evidence: evidence("observation", id),
    ...change,
  };
}

export function look(source: ObservationSource = "otlp", change: Partial<LookFact> = {}): LookFact {
  return { source, at: NOW - 2n * HOUR, evidence: evidence("observation_batch", `look-${source}`), ...change };
}

export function disposition(findingKey: string, change: Partial<DispositionFact> = {}): DispositionFact {
  const id = change.id ?? `disposition-${findingKey}`;
  return {
    id,
    findingKey,
    kind: "accepted",
    systemId: null,
    requesterId: "ada",
    approverId: "ben",
    at: NOW - HOUR,
    until: NOW + 30n * DAY,
    evidence: evidence("drift_disposition", id),
    ...change,
  };
}

export function useApproval(systemId: string, change: Partial<UseApprovalFact> = {}): UseApprovalFact {
  const id = change.id ?? `use-${systemId}`;
  return {
    id,
    systemId,
    services: ["OpenAI"],
    state: "approved",
    requesterId: "ada",
    approverId: "ben",
    from: NOW - 30n * DAY,
    until: null,
    evidence: evidence("use_approval", id),
    ...change,
  };
}

export function vulnerability(name: string, change: Partial<VulnerabilityFact> = {}): VulnerabilityFact {
  const id = change.id ?? "CVE-2026-0001";
  return {
    id,
    component: name,
    version: null,
    severity: "critical",
    state: "affected",
    knownSince: NOW - 3n * DAY,
    evidence: evidence("vulnerability_feed", `feed-${id}`),
    ...change,
  };
}

export function feed(change: Partial<VulnerabilityFeedFact> = {}): VulnerabilityFeedFact {
  return { at: NOW - 10n * HOUR, evidence: evidence("vulnerability_feed", "feed"), ...change };
}

/** What one system in order is made of, in the sections of the facts. */
export function goodInventoryOf(id: string) {
  return {
    components: [
      component(id, "scikit-learn", "software"),
      component(id, "openai", "service"),
      component(id, "wages 1985", "data"),
      component(id, "two cores", "compute"),
    ],
    modelCards: [modelCard(`${id}-r1`)],
    scans: [scan(id)],
    observations: [observation(id)],
    useApprovals: [useApproval(id)],
  };
}

/** What watches over the whole organisation. */
export function goodWatches() {
  return {
    looks: [look("otlp"), look("kubernetes")],
    dispositions: [] as DispositionFact[],
    vulnerabilities: [] as VulnerabilityFact[],
    vulnerabilityFeeds: [feed()],
  };
}
