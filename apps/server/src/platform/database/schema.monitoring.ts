/** Tables of monitors, feedback and webhooks, as Kysely sees them. */
import type { Uuid } from "@steward/kernel";

import type { MaybeMoment, Moment } from "./columns.ts";

export interface MonitorRunTable {
  org_id: Uuid;
  id: Uuid;
  monitor_id: Uuid;
  system_id: Uuid;
  ran_at: Moment;
  origin: "steward" | "reported";
  judgement: "within" | "beyond" | "insufficient";
  value: number | null;
  threshold: number;
  chance: number | null;
  n: number | null;
  needed_n: number | null;
  from_at: MaybeMoment;
  to_at: MaybeMoment;
  message: string;
  alert_id: Uuid | null;
  ledger_index: number;
}

export interface FeedbackTable {
  org_id: Uuid;
  id: Uuid;
  external_id: string;
  system_id: Uuid;
  kind: string;
  occurred_at: Moment;
  recorded_at: Moment;
  decision_external_id: string | null;
  channel: string | null;
  ledger_index: number;
}

export interface MonitoringTables {
  monitor_run: MonitorRunTable;
  feedback: FeedbackTable;
}
