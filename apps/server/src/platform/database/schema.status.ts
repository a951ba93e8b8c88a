/** The tables of computed status. */
import type { Uuid } from "@steward/kernel";

import type { Jsonb, MaybeMoment, Moment } from "./columns.ts";

interface TestResultTable {
  org_id: Uuid;
  test_id: string;
  evaluated_at: Moment;
  verdict: string;
  valid_until: MaybeMoment;
  result: Jsonb<unknown>;
  catalogue_digest: string;
  code_version: string;
}

interface RequirementStatusTable {
  org_id: Uuid;
  requirement_id: string;
  evaluated_at: Moment;
  status: string;
  previous_status: string | null;
  because: string;
  valid_until: MaybeMoment;
  result: Jsonb<unknown>;
  catalogue_digest: string;
  code_version: string;
  ledger_index: number | null;
}

interface StatusCurrentTable {
  org_id: Uuid;
  evaluated_at: Moment;
  ledger_size: number;
  valid_until: MaybeMoment;
  summary: Jsonb<unknown>;
  catalogue_digest: string;
  code_version: string;
}

interface TestCurrentTable {
  org_id: Uuid;
  test_id: string;
  verdict: string;
  result_digest: string;
  statement_digest: string;
  result: Jsonb<unknown>;
}

export interface StatusTables {
  test_current: TestCurrentTable;
  test_result: TestResultTable;
  requirement_status: RequirementStatusTable;
  status_current: StatusCurrentTable;
}
