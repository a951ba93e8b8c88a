/** Rebuilds one decision from what is stored, and says what cannot be had any more. */
import type { Micros, Uuid } from "@steward/kernel";
import { checkBody, decodeEntry, type Entry, entryTime, LedgerError } from "@steward/ledger";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { type DecisionColumns, differingColumns } from "../decisions/decisions.projection.ts";
import type { DecisionBody } from "../decisions/decisions.record.ts";
import { type ReadEvents, readCallEvents } from "../decisions/events.service.ts";

/** What it takes to say how a decision came about. */
export const DRILL_ELEMENTS = {
  evidence: "What is stored is what its ledger entry committed to.",
  input: "The input is named by a digest or a reference.",
  release: "The release is registered, with a digest.",
  prompt_version: "The version of prompt, policy or configuration is named, or said not to be used.",
  tools: "The tools that were called are named, or said to be none.",
  output: "The outcome is stored.",
  human_action: "What a person did is recorded, where a person had to look at it.",
} as const;
export type DrillElement = keyof typeof DRILL_ELEMENTS;

interface StoredDecision extends DecisionColumns {
  readonly leaf: Buffer;
  readonly seed: Buffer | null;
  readonly body: Buffer | null;
  readonly release_digest: string | null;
}

/** The elements that are missing of each decision that exists, by its id; what was erased for a person is no gap. */
export async function reconstructDecisions(
  tx: Transaction<Tables>,
  orgId: Uuid,
  ids: readonly Uuid[],
): Promise<Map<Uuid, DrillElement[]>> {
  const { rows } = await sql<StoredDecision>`
    SELECT d.*, e.leaf, b.seed, b.body, r.digest AS release_digest
    FROM decision d
    JOIN ledger_entry e ON e.org_id = d.org_id AND e.index = d.ledger_index
    LEFT JOIN ledger_body b ON b.org_id = d.org_id AND b.index = d.ledger_index
    LEFT JOIN release r ON r.org_id = d.org_id AND r.id = d.release_id
    WHERE d.org_id = ${orgId} AND d.id = ANY(${ids}::uuid[]) AND d.erased_by IS NULL`.execute(tx);
  const eventsOf = await readCallEvents(
    tx,
    orgId,
    rows.flatMap(({ run_id }) => run_id ?? []),
  );
  return new Map(rows.map((row) => [row.id, missingElements(row, eventsOf(row.system_id, row.run_id))]));
}

/** What events told of the call counts as much as what its span did. */
function missingElements(row: StoredDecision, events: ReadEvents): DrillElement[] {
  const body = committedBody(row);
  if (body === undefined) return ["evidence"];
  const { decision, input, process } = body;
  const there: Record<DrillElement, boolean> = {
    evidence: true,
    input: (input?.digest ?? input?.reference ?? events.inputDigest ?? null) !== null,
    release: decision.release.digest !== null && decision.release.digest === row.release_digest,
    prompt_version: (process?.promptVersion ?? null) !== null,
    tools: (process?.toolsCalled ?? events.tools ?? null) !== null,
    output: decision.outcome.length > 0,
    // Acts of people have no source yet: where one was due, none can be shown.
    human_action: decision.oversight === "none",
  };
  return (Object.keys(there) as DrillElement[]).filter((element) => !there[element]);
}

/** The body, where it is what the leaf commits to and what the row says. */
function committedBody(row: StoredDecision): DecisionBody | undefined {
  if (row.body === null || row.seed === null) return undefined;
  let entry: Entry;
  let body: DecisionBody;
  try {
    entry = decodeEntry(row.leaf);
    body = JSON.parse(row.body.toString("utf8")) as DecisionBody;
    if (checkBody(entry, row.seed, body as never).length > 0) return undefined;
  } catch (error) {
    if (error instanceof LedgerError || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const at: Micros = entryTime(entry);
  return differingColumns(row, { subjectId: entry.subject.id, at }, body).length === 0 ? body : undefined;
}
