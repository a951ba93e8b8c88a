/** The tables of evaluations and their policies. */
import type { Uuid } from "@steward/kernel";
import type { ColumnType } from "kysely";

import type { Jsonb, MaybeMoment, Moment } from "./columns.ts";

export interface EvaluationPolicyTable {
  org_id: Uuid;
  id: Uuid;
  system_id: Uuid;
  kind: string;
  name: string;
  version: string;
  digest: string;
  document: Jsonb<Record<string, unknown>>;
  repository: string | null;
  path: string | null;
  revision: string | null;
  recorded_at: Moment;
  actor_kind: string;
  actor_id: string;
  ledger_index: number;
}

interface EvaluationTable {
  org_id: Uuid;
  id: Uuid;
  run_id: string | null;
  system_id: Uuid;
  release_id: Uuid;
  release_digest: string;
  kind: string;
  suite: string;
  basis: string;
  dataset_name: string;
  dataset_version: string | null;
  dataset_digest: string | null;
  cases: number | null;
  tool_name: string;
  tool_version: string | null;
  policy_id: Uuid | null;
  verdict: string;
  reasons: Jsonb<string[]>;
  results: Jsonb<unknown[]>;
  report: ColumnType<Record<string, unknown> | null, string | null, never>;
  started_at: MaybeMoment;
  recorded_at: Moment;
  actor_kind: string;
  actor_id: string;
  ledger_index: number;
}

export interface EvaluationTables {
  evaluation_policy: EvaluationPolicyTable;
  evaluation: EvaluationTable;
}
