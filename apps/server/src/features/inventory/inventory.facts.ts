/** The inventory as facts: what registers declare, what scans found, what was seen, and what was decided about it. */
import type {
  ComponentFact,
  DispositionFact,
  LookFact,
  ObservationFact,
  ObservationSource,
  ScanFact,
  SupplierAliasFact,
  UseApprovalFact,
} from "@steward/assurance";
import { type Micros, parseInstant, type Uuid } from "@steward/kernel";
import type { component, supplierAlias, useApproval } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { countsAsOf } from "../decisions/decisions.counts.ts";
import type { ScanComponentRow } from "../../platform/database/schema.inventory.ts";
import type { DayBorders, Version } from "../status/status.facts.ts";
import { loadCards } from "./documents.read.ts";
import { loadVulnerabilities } from "./vulnerabilities.read.ts";

/** Everything known of the inventory at a moment, beside its registers. */
export async function loadInventoryFacts(db: Kysely<Tables>, orgId: Uuid, until: Micros) {
  const [scans, seen, systemsSeen, looks, dispositions, modelCards, vulnerabilities] = await Promise.all([
    loadScans(db, orgId, until),
    loadObservations(db, orgId, until),
    loadDecidingSystems(db, orgId, until),
    loadLooks(db, orgId, until),
    loadDispositions(db, orgId, until),
    loadCards(db, orgId, until),
    loadVulnerabilities(db, orgId, until),
  ]);
  return { scans, observations: [...seen, ...systemsSeen], looks, dispositions, modelCards, ...vulnerabilities };
}

async function loadScans(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<ScanFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    source: string;
    system_id: Uuid | null;
    recorded_at: Micros;
    components: ScanComponentRow[];
    ledger_index: number;
  }>`
    SELECT DISTINCT ON (source) id, source, system_id, recorded_at, components, ledger_index FROM scan
    WHERE org_id = ${orgId} AND recorded_at <= ${until} ORDER BY source, id DESC`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    source: row.source,
    systemId: row.system_id,
    at: row.recorded_at,
    components: row.components.map(({ kind, name, version, provider, firstSeenAt, versionSeenAt }) => ({
      kind,
      name,
      version,
      provider,
      foundSince: instant(firstSeenAt),
      versionSince: instant(versionSeenAt),
    })),
    evidence: { kind: "scan", id: row.id, ledgerIndex: row.ledger_index, at: row.recorded_at },
  }));
}

async function loadObservations(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<ObservationFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    source: ObservationSource;
    provider: string;
    model: string | null;
    version: string | null;
    digest: string | null;
    service: string;
    system_id: Uuid | null;
    known_since: Micros;
    last_at: Micros;
    recorded_at: Micros;
    ledger_index: number;
  }>`
    SELECT o.id, o.source, o.provider, o.model, o.version, o.digest, o.service, o.system_id,
      s.known_since, s.last_at, s.recorded_at, s.ledger_index
    FROM observation o JOIN (
      SELECT observation_id, min(recorded_at) AS known_since, max(last_at) AS last_at, max(recorded_at) AS recorded_at,
        max(ledger_index) AS ledger_index
      FROM observation_sighting WHERE org_id = ${orgId} AND recorded_at <= ${until} GROUP BY observation_id
    ) s ON s.observation_id = o.id
    WHERE o.org_id = ${orgId}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    source: row.source,
    provider: row.provider,
    model: row.model,
    version: row.version,
    digest: row.digest,
    service: row.service,
    systemId: row.system_id,
    // Of a registered system itself the decision log only reports what no deployment or release explains.
    undeployed: row.source === "decision_log" && row.system_id !== null && row.provider === "self",
    knownSince: row.known_since,
    lastSeenAt: row.last_at,
    evidence: { kind: "observation", id: row.id, ledgerIndex: row.ledger_index, at: row.recorded_at },
  }));
}

/** Systems whose decisions arrive, with the moment of the newest. */
async function loadDecidingSystems(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<ObservationFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    name: string;
    first_at: Micros;
    last_at: Micros;
    last_index: number;
    recorded_at: Micros;
  }>`
    SELECT s.id, s.name, first.first_at, last.last_at, last.last_index, last.recorded_at FROM system s
    JOIN LATERAL (
      SELECT last_at, last_index, recorded_at FROM ${countsAsOf(orgId, until)} c
      WHERE c.system_id = s.id ORDER BY hour DESC, id DESC LIMIT 1
    ) last ON true
    JOIN LATERAL (
      SELECT first_at FROM ${countsAsOf(orgId, until)} c
      WHERE c.system_id = s.id ORDER BY hour, id LIMIT 1
    ) first ON true
    WHERE s.org_id = ${orgId}`.execute(db);
  return rows.map((row) => ({
    id: `decisions-${row.id}`,
    source: "decision_log",
    provider: "self",
    model: null,
    version: null,
    digest: null,
    service: row.name,
    systemId: row.id,
    undeployed: false,
    knownSince: row.first_at,
    lastSeenAt: row.last_at,
    evidence: { kind: "decision_count", id: row.id, ledgerIndex: row.last_index, at: row.recorded_at },
  }));
}

async function loadLooks(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<LookFact[]> {
  const { rows } = await sql<{ id: Uuid; source: ObservationSource; recorded_at: Micros; ledger_index: number }>`
    SELECT DISTINCT ON (source) id, source, recorded_at, ledger_index FROM observation_batch
    WHERE org_id = ${orgId} AND recorded_at <= ${until} ORDER BY source, recorded_at DESC`.execute(db);
  return rows.map((row) => ({
    source: row.source,
    at: row.recorded_at,
    evidence: { kind: "observation_batch", id: row.id, ledgerIndex: row.ledger_index, at: row.recorded_at },
  }));
}

async function loadDispositions(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<DispositionFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    finding_key: string;
    kind: DispositionFact["kind"];
    system_id: Uuid | null;
    until_at: Micros | null;
    requested_by: Uuid;
    requested_at: Micros;
    decided_by: Uuid | null;
    decided_at: Micros;
    index: number;
  }>`
    SELECT id, finding_key, kind, system_id, until_at, requested_by, requested_at, decided_by,
      coalesce(decided_at, requested_at) AS decided_at, coalesce(decision_index, request_index) AS index
    FROM drift_disposition
    WHERE org_id = ${orgId} AND state = 'in_force' AND coalesce(decided_at, requested_at) <= ${until}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    findingKey: row.finding_key,
    kind: row.kind,
    systemId: row.system_id,
    requesterId: row.requested_by,
    approverId: row.decided_by,
    at: row.requested_at,
    until: row.until_at,
    evidence: { kind: "drift_disposition", id: row.id, ledgerIndex: row.index, at: row.decided_at },
  }));
}

export function componentFact({ id, values, evidence }: Version<typeof component>, days: DayBorders): ComponentFact {
  return {
    id,
    systemId: values.systemId,
    kind: values.componentKind,
    name: values.name,
    version: values.version,
    digest: values.digest,
    supplier: values.supplier,
    supportEndsAt: values.supportEndsOn === null ? null : days.end(values.supportEndsOn),
    supportChecked: values.supportCheckedOn !== null,
    evidence,
  };
}

export function supplierAliasFact({ id, values, evidence }: Version<typeof supplierAlias>): SupplierAliasFact {
  return { id, alias: values.alias, supplier: values.supplier, evidence };
}

export function useApprovalFact(
  { id, values, evidence }: Version<typeof useApproval>,
  days: DayBorders,
): UseApprovalFact {
  return {
    id,
    systemId: values.systemId,
    services: values.services,
    state: values.state,
    requesterId: values.requestedById,
    approverId: values.approvedById,
    from: days.start(values.validFrom),
    until: values.validTo === null ? null : days.end(values.validTo),
    evidence,
  };
}

function instant(text: string): Micros {
  const moment = parseInstant(text);
  if (moment === undefined) throw new RangeError(`A stored moment cannot be read: ${text}`);
  return moment;
}
