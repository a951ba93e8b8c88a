/** Whether a stored decision still says what its ledger entry committed to. */
import { isDeepStrictEqual } from "node:util";

import { formatInstant, type Micros, type Uuid } from "@steward/kernel";

import { runColumns } from "./decisions.ai.ts";
import type { DecisionBody } from "./decisions.record.ts";

/** The columns of a decision. */
export interface DecisionColumns {
  readonly id: Uuid;
  readonly external_id: string;
  readonly system_id: Uuid | null;
  readonly system_name: string;
  readonly release_id: Uuid | null;
  readonly release_name: string;
  readonly occurred_at: Micros;
  readonly recorded_at: Micros;
  readonly outcome: string;
  readonly score: number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly subject_hash: Buffer | null;
  readonly oversight: string;
  readonly sandbox: boolean;
  readonly flags: readonly string[];
  readonly run_id: string | null;
  readonly parent_run_id: string | null;
  readonly step: boolean;
  readonly manifest: string | null;
}

/** Names the columns that differ from the body and from its entry's subject and time. */
export function differingColumns(
  row: DecisionColumns,
  entry: { readonly subjectId: Uuid; readonly at: Micros },
  body: DecisionBody,
): string[] {
  const { decision, attributes = {}, subject } = body;
  const run = runColumns(body);
  const pairs: Record<keyof DecisionColumns, [unknown, unknown]> = {
    id: [row.id, entry.subjectId],
    external_id: [row.external_id, decision.id],
    system_id: [row.system_id, decision.system.id],
    system_name: [row.system_name, decision.system.name],
    release_id: [row.release_id, decision.release.id],
    release_name: [row.release_name, decision.release.version],
    occurred_at: [formatInstant(row.occurred_at), decision.occurredAt],
    recorded_at: [row.recorded_at, entry.at],
    outcome: [row.outcome, decision.outcome],
    score: [row.score, decision.score],
    attributes: [row.attributes, attributes],
    subject_hash: [row.subject_hash?.toString("hex") ?? null, subject ?? null],
    oversight: [row.oversight, decision.oversight],
    sandbox: [row.sandbox, decision.sandbox],
    flags: [row.flags, decision.flags],
    run_id: [row.run_id, run.runId],
    parent_run_id: [row.parent_run_id, run.parentRunId],
    step: [row.step, run.step],
    manifest: [row.manifest, run.manifest],
  };
  return Object.entries(pairs).flatMap(([name, [stored, committed]]) =>
    isDeepStrictEqual(stored, committed) ? [] : [name],
  );
}

/** Whether a stored body has the form of a decision's, so that it can be compared: it may have been altered. */
export function isDecisionBody(body: Readonly<Record<string, unknown>>): boolean {
  const { decision } = body as { decision?: Partial<DecisionBody["decision"]> };
  return [decision, decision?.system, decision?.release, decision?.named].every(
    (part) => typeof part === "object" && part !== null,
  );
}
