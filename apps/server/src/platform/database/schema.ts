/** The tables as Kysely sees them. Moments are read as Micros and written as RFC 3339 text (see `moment`). */
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import type { CallEvent, EvaluationResult } from "@steward/telemetry";
import type { ColumnType, Generated } from "kysely";

import type { Bytes, Jsonb, Moment } from "./columns.ts";
import type { AccessTables } from "./schema.access.ts";
import type { EvaluationTables } from "./schema.evaluations.ts";
import type { InventoryTables } from "./schema.inventory.ts";
import type { MonitoringTables } from "./schema.monitoring.ts";
import type { StatusTables } from "./schema.status.ts";
import type { TaskTables } from "./schema.tasks.ts";

/** A moment as the database takes it. */
export function moment(micros: Micros): string {
  return formatInstant(micros);
}

export interface LedgerLogTable {
  org_id: Uuid;
  origin: string;
  verification_key: string;
  size: Generated<number>;
  root: Bytes;
  last_at: Moment;
  created_at: Moment;
}

export interface LedgerEntryTable {
  org_id: Uuid;
  index: number;
  leaf: Bytes;
  entry_id: Uuid;
  kind: string;
  recorded_at: Moment;
  actor_kind: string;
  actor_id: string;
  subject_kind: string;
  subject_id: string;
  subject_version: number | null;
}

export interface LedgerBodyTable {
  org_id: Uuid;
  index: number;
  seed: Bytes;
  body: Bytes;
}

export interface LedgerTileTable {
  org_id: Uuid;
  level: number;
  index: number;
  hashes: Bytes;
}

export interface LedgerCheckpointTable {
  org_id: Uuid;
  size: number;
  root: Bytes;
  note: string;
  created_at: Moment;
}

export interface LedgerCosignatureTable {
  org_id: Uuid;
  size: number;
  verification_key: string;
  signature_line: string;
  created_at: Moment;
}

export interface LedgerCheckTable {
  org_id: Uuid;
  id: Uuid;
  ran_at: Moment;
  size: number;
  ok: boolean;
  findings: Jsonb<{ code: string; entry: number | null; message: string }[]>;
  duration_ms: number;
  ledger_index: number | null;
}

export interface RecordVersionTable {
  org_id: Uuid;
  kind: string;
  id: Uuid;
  version: number;
  schema_version: number;
  recorded_at: Moment;
  effective_at: Moment;
  actor_kind: string;
  actor_id: string;
  change_reason: string | null;
  withdrawn: boolean;
  body: Jsonb<Record<string, unknown>>;
  ledger_index: number;
}

export interface DecisionTable {
  org_id: Uuid;
  id: Uuid;
  external_id: string;
  system_id: Uuid | null;
  system_name: string;
  release_id: Uuid | null;
  release_name: string;
  occurred_at: Moment;
  recorded_at: Moment;
  outcome: string;
  score: number | null;
  attributes: Jsonb<Record<string, string | number | boolean | null>>;
  subject_hash: ColumnType<Buffer | null, Uint8Array | null, never>;
  oversight: string;
  sandbox: boolean;
  flags: string[];
  ledger_index: number;
  run_id: string | null;
  parent_run_id: string | null;
  step: Generated<boolean>;
  manifest: string | null;
}

export interface AnsweringModelTable {
  org_id: Uuid;
  system_id: Uuid;
  release_key: string;
  request_model: string;
  response_model: string;
  provider: string | null;
  first_at: Moment;
  first_index: number;
}

export interface DecisionUseTable {
  org_id: Uuid;
  system_id: Uuid | null;
  system_name: string;
  provider: string;
  model: string | null;
  n: number;
  recorded_at: Moment;
}

export interface ContextSourceDayTable {
  org_id: Uuid;
  system_id: Uuid;
  source_key: string;
  trust_label: string;
  day: string;
  first_at: Moment;
  first_index: number;
}

export interface CallEventTable {
  org_id: Uuid;
  id: Uuid;
  system_id: Uuid;
  run_id: string;
  digest: string;
  events: Jsonb<{ messages: CallEvent[]; evaluations: Pick<EvaluationResult, "name" | "score" | "label">[] }>;
  recorded_at: Moment;
  ledger_index: number;
}

export interface DecisionConflictTable {
  org_id: Uuid;
  id: Uuid;
  decision_id: Uuid;
  digest: Bytes;
  subject_hash: Bytes | null;
  recorded_at: Moment;
  ledger_index: number;
}

export interface DecisionReceiptTable {
  org_id: Uuid;
  external_id: string;
  system_key: string;
  digest: Bytes;
  decision_id: Uuid;
  ledger_index: number;
  recorded_at: Moment;
}

export interface DecisionOutcomeTable {
  org_id: Uuid;
  decision_id: Uuid;
  version: number;
  id: Uuid;
  outcome: string;
  observed_at: Moment;
  recorded_at: Moment;
  source: string | null;
  digest: Bytes;
  ledger_index: number;
}

export interface DecisionCountTable {
  org_id: Uuid;
  system_id: Uuid;
  hour: Moment;
  recorded_at: Moment;
  id: Uuid;
  release_id: Uuid | null;
  n: number;
  flagged: number;
  max_ahead_ms: number;
  first_at: Moment;
  last_at: Moment;
  first_index: number;
  last_index: number;
  runs: Generated<number>;
  complete_runs: Generated<number>;
  last_run_at: Moment | null;
  last_run_index: number | null;
}

export interface ServedReportTable {
  org_id: Uuid;
  system_id: Uuid;
  source: string;
  hour: Moment;
  recorded_at: Moment;
  id: Uuid;
  served: number;
  ledger_index: number;
}

export interface ReconstructionDrillTable {
  org_id: Uuid;
  id: Uuid;
  system_id: Uuid;
  ran_at: Moment;
  seed: string;
  from_at: Moment;
  to_at: Moment;
  population: number;
  sampled: number;
  reconstructed: number;
  missing: Jsonb<{ decisionId: string; elements: string[] }[]>;
  ledger_index: number;
}

export interface LedgerErasureTable {
  org_id: Uuid;
  first_index: number;
  last_index: number;
  erased_by: number;
}

export interface Tables
  extends AccessTables, EvaluationTables, InventoryTables, MonitoringTables, StatusTables, TaskTables {
  ledger_log: LedgerLogTable;
  ledger_entry: LedgerEntryTable;
  ledger_body: LedgerBodyTable;
  ledger_tile: LedgerTileTable;
  ledger_checkpoint: LedgerCheckpointTable;
  ledger_cosignature: LedgerCosignatureTable;
  ledger_check: LedgerCheckTable;
  record_version: RecordVersionTable;
  decision: DecisionTable;
  decision_receipt: DecisionReceiptTable;
  answering_model: AnsweringModelTable;
  decision_use: DecisionUseTable;
  context_source_day: ContextSourceDayTable;
  call_event: CallEventTable;
  decision_conflict: DecisionConflictTable;
  decision_outcome: DecisionOutcomeTable;
  decision_count: DecisionCountTable;
  served_report: ServedReportTable;
  reconstruction_drill: ReconstructionDrillTable;
  ledger_erasure: LedgerErasureTable;
}
