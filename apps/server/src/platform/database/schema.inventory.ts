/** The tables of the inventory as Kysely sees them. */
import type { Uuid } from "@steward/kernel";

import type { Jsonb, MaybeMoment, Moment } from "./columns.ts";

export interface ScanComponentRow {
  kind: string;
  name: string;
  version: string | null;
  ecosystem: string | null;
  provider: string | null;
  confidence: string;
  places: number;
  file: string;
  line: number;
  firstSeenAt: string;
  versionSeenAt: string;
}

export interface ScanTable {
  org_id: Uuid;
  id: Uuid;
  source: string;
  system_id: Uuid | null;
  revision: string | null;
  recorded_at: Moment;
  actor_kind: string;
  actor_id: string;
  files_scanned: number;
  files_skipped: number;
  components: Jsonb<ScanComponentRow[]>;
  digest: string;
  document: Jsonb<Record<string, unknown>>;
  ledger_index: number;
}

export interface ObservationTable {
  org_id: Uuid;
  key: string;
  id: Uuid;
  source: string;
  provider: string;
  model: string | null;
  version: string | null;
  digest: string | null;
  service: string;
  system_id: Uuid | null;
  n: number;
  first_at: Moment;
  last_at: Moment;
  pending: number;
  entered_at: MaybeMoment;
  ledger_index: number | null;
}

export interface ObservationBatchTable {
  org_id: Uuid;
  id: Uuid;
  source: string;
  recorded_at: Moment;
  n: number;
  ledger_index: number;
}

export interface ObservationSightingTable {
  org_id: Uuid;
  observation_id: Uuid;
  batch_id: Uuid;
  recorded_at: Moment;
  n: number;
  first_at: Moment;
  last_at: Moment;
  ledger_index: number;
}

export interface EvidenceJson {
  kind: string;
  id: string;
  version?: number;
  ledgerIndex?: number;
  at: string;
}

export interface DriftItemTable {
  org_id: Uuid;
  id: Uuid;
  key: string;
  kind: string;
  state: "open" | "settled" | "closed";
  subject: Jsonb<{ kind: string; id: string; name: string }>;
  system_id: Uuid | null;
  since: Moment;
  due_at: Moment;
  message: string;
  details: string[];
  evidence: Jsonb<EvidenceJson[]>;
  owner_id: Uuid | null;
  changed_at: Moment;
}

export interface DriftEventTable {
  org_id: Uuid;
  item_id: Uuid;
  event: "opened" | "closed";
  recorded_at: Moment;
  ledger_index: number;
}

export interface DriftDispositionTable {
  org_id: Uuid;
  id: Uuid;
  item_id: Uuid;
  finding_key: string;
  kind: "attach" | "not_ai" | "switched_off" | "accepted";
  system_id: Uuid | null;
  reason: string;
  until_at: MaybeMoment;
  requested_by: Uuid;
  requested_at: Moment;
  request_index: number;
  state: "requested" | "in_force" | "rejected";
  decided_by: Uuid | null;
  decided_at: MaybeMoment;
  decision_reason: string | null;
  decision_index: number | null;
}

export interface DriftProgressTable {
  org_id: Uuid;
  ledger_size: number;
  look_again_at: Moment;
  decisions_until: Uuid | null;
}

export interface ReleaseDocumentTable {
  org_id: Uuid;
  id: Uuid;
  release_id: Uuid;
  kind: string;
  format: string;
  has_model_card: boolean;
  digest: string;
  document: Jsonb<Record<string, unknown>>;
  recorded_at: Moment;
  actor_kind: string;
  actor_id: string;
  ledger_index: number;
}

export interface VulnerabilityFeedTable {
  org_id: Uuid;
  id: Uuid;
  format: string;
  source: string;
  statements: number;
  digest: string;
  recorded_at: Moment;
  actor_kind: string;
  actor_id: string;
  ledger_index: number;
}

export interface VulnerabilityTable {
  org_id: Uuid;
  feed_id: Uuid;
  n: number;
  vulnerability_id: string;
  component: string;
  version: string | null;
  severity: string;
  state: string;
  recorded_at: Moment;
  ledger_index: number;
}

export interface InventoryTables {
  drift_item: DriftItemTable;
  drift_event: DriftEventTable;
  drift_disposition: DriftDispositionTable;
  drift_progress: DriftProgressTable;
  release_document: ReleaseDocumentTable;
  vulnerability_feed: VulnerabilityFeedTable;
  vulnerability: VulnerabilityTable;
  scan: ScanTable;
  observation: ObservationTable;
  observation_batch: ObservationBatchTable;
  observation_sighting: ObservationSightingTable;
}
