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

export interface WebhookTable {
  org_id: Uuid;
  id: Uuid;
  name: string;
  url: string;
  events: string[];
  enabled: boolean;
  disabled_reason: string | null;
  secret_version: number;
  position: number;
  version: number;
  created_at: Moment;
}

export interface WebhookDeliveryTable {
  org_id: Uuid;
  id: Uuid;
  webhook_id: Uuid;
  event: string;
  ledger_index: number | null;
  payload: string;
  created_at: Moment;
  state: "pending" | "delivered" | "failed";
  tries: number;
  next_attempt_at: MaybeMoment;
}

export interface WebhookAttemptTable {
  org_id: Uuid;
  delivery_id: Uuid;
  id: Uuid;
  attempted_at: Moment;
  status: number | null;
  error: string | null;
  duration_ms: number;
}

export interface MonitoringTables {
  webhook: WebhookTable;
  webhook_delivery: WebhookDeliveryTable;
  webhook_attempt: WebhookAttemptTable;
  monitor_run: MonitorRunTable;
  feedback: FeedbackTable;
}
