/** The columns that every row has which one entry recorded. */
import type { Micros, Uuid } from "@steward/kernel";
import { entryTime } from "@steward/ledger";

import type { ReadEntry } from "./ledger.findings.ts";

export interface RecordedRow {
  readonly id: Uuid;
  readonly recorded_at: Micros;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly ledger_index: number;
}

export function recordedPairs(row: RecordedRow, { entry }: ReadEntry) {
  return {
    recorded_at: [row.recorded_at, entryTime(entry)],
    actor_kind: [row.actor_kind, entry.actor.kind],
    actor_id: [row.actor_id, entry.actor.id],
  } as const;
}
