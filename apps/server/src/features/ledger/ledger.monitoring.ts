/** Compares runs of monitors and feedback with the entries that they were recorded by. */
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { entryTime } from "@steward/ledger";
import { sql } from "kysely";

import { differing } from "./ledger.findings.ts";
import type { Stream } from "./ledger.streams.ts";

interface RunRow {
  readonly id: Uuid;
  readonly monitor_id: Uuid;
  readonly system_id: Uuid;
  readonly ran_at: Micros;
  readonly origin: string;
  readonly judgement: string;
  readonly value: number | null;
  readonly threshold: number;
  readonly chance: number | null;
  readonly n: number | null;
  readonly needed_n: number | null;
  readonly from_at: Micros | null;
  readonly to_at: Micros | null;
  readonly message: string;
  readonly alert_id: Uuid | null;
  readonly ledger_index: number;
}

export const monitorRunStream: Stream<RunRow> = {
  kind: "monitor.ran",
  table: "monitor_run",
  what: "run of a monitor",
  select: (orgId, ids) => sql`SELECT * FROM monitor_run WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, body }) =>
    differing({
      monitor_id: [row.monitor_id, body["monitorId"]],
      system_id: [row.system_id, body["systemId"]],
      ran_at: [row.ran_at, entryTime(entry)],
      origin: [row.origin, body["origin"]],
      judgement: [row.judgement, body["judgement"]],
      value: [row.value, body["value"]],
      threshold: [row.threshold, body["threshold"]],
      chance: [row.chance, body["chance"]],
      n: [row.n, body["n"]],
      needed_n: [row.needed_n, body["neededN"]],
      from_at: [instant(row.from_at), body["from"]],
      to_at: [instant(row.to_at), body["to"]],
      message: [row.message, body["message"]],
      alert_id: [row.alert_id, body["alertId"]],
    }),
};

interface FeedbackRow {
  readonly id: Uuid;
  readonly external_id: string;
  readonly system_id: Uuid;
  readonly kind: string;
  readonly occurred_at: Micros;
  readonly recorded_at: Micros;
  readonly decision_external_id: string | null;
  readonly channel: string | null;
  readonly ledger_index: number;
}

export const feedbackStream: Stream<FeedbackRow> = {
  kind: "feedback.recorded",
  table: "feedback",
  what: "feedback",
  select: (orgId, ids) => sql`SELECT * FROM feedback WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, body }) => {
    const committed = {
      id: row.external_id,
      systemId: row.system_id,
      kind: row.kind,
      occurredAt: formatInstant(row.occurred_at),
      decision: row.decision_external_id,
      channel: row.channel,
    };
    return differing({ feedback: [committed, body["feedback"]], recorded_at: [row.recorded_at, entryTime(entry)] });
  },
};

function instant(micros: Micros | null): string | null {
  return micros === null ? null : formatInstant(micros);
}
