/** Which suppliers and models a group of decisions names: the inventory counts them as observations afterwards. */
import type { Uuid } from "@steward/kernel";

import { rowsOf, type TableRows } from "../../platform/database/copy.ts";
import type { Appended } from "../../platform/ledger/append.ts";
import type { BodyToCommit } from "./decisions.record.ts";

interface Written {
  readonly body: BodyToCommit;
}

interface Use {
  readonly systemId: string | null;
  readonly systemName: string;
  readonly provider: string;
  /** What was asked for: what really answered may be a dated snapshot of it. */
  readonly model: string | null;
  n: number;
}

const COLUMNS = ["org_id", "system_id", "system_name", "provider", "model", "n", "recorded_at"];

/** Of decisions that name no supplier there is none. */
export function useRows(orgId: Uuid, written: readonly Written[], appended: readonly Appended[]): TableRows {
  const uses = usesIn(written);
  return rowsOf("decision_use", COLUMNS, uses.length, (row, i) => {
    const use = uses[i] as Use;
    row.uuid(orgId);
    row.uuid(use.systemId);
    row.text(use.systemName);
    row.text(use.provider);
    row.text(use.model);
    row.int8(use.n);
    row.timestamptz((appended[0] as Appended).at);
  });
}

function usesIn(written: readonly Written[]): Use[] {
  const uses = new Map<string, Use>();
  for (const { body } of written) {
    const { ai, decision } = body;
    if (!ai?.provider || decision.sandbox) continue;
    const model = ai.requestModel ?? ai.responseModel ?? null;
    const key = JSON.stringify([decision.system.id, decision.system.name, ai.provider, model]);
    const known = uses.get(key);
    if (known) known.n++;
    else {
      const { id, name } = decision.system;
      uses.set(key, { systemId: id, systemName: name, provider: ai.provider, model, n: 1 });
    }
  }
  return [...uses.values()];
}
