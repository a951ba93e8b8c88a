/** Writes a group of decisions in one transaction: receipts, evidence, rows and counts. */
import type { Catalogue } from "@steward/catalogue";
import type { DecisionFlag } from "@steward/contract";
import type { Clock, Uuid } from "@steward/kernel";
import type { Actor, BodyTexts } from "@steward/ledger";
import { type Kysely, sql, type Transaction } from "kysely";

import { DatabaseError } from "../../platform/database/errors.ts";
import { rowsOf, type TableRows } from "../../platform/database/copy.ts";
import { PREPARED } from "../../platform/database/prepared.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { runColumns } from "./decisions.ai.ts";
import { keepConflicts } from "./decisions.conflicts.ts";
import { insertContextSources } from "./decisions.context.ts";
import { countRows } from "./decisions.counts.ts";
import { readRegisters } from "./decisions.lookup.ts";
import { insertModels, readModels } from "./decisions.models.ts";
import { bodyOf, type BodyToCommit, type DecisionRecord, flagsOf, type Resolved } from "./decisions.record.ts";
import { useRows } from "./decisions.uses.ts";

/** Who sends: `systemId` is the only AI system that a bound key may write for. */
export interface Sender {
  readonly actor: Actor;
  readonly systemId: Uuid | null;
}

/** A record with its sender. */
export interface Sent {
  readonly sender: Sender;
  readonly record: DecisionRecord;
}

export type Outcome =
  | {
      readonly result: "accepted" | "duplicate" | "conflict";
      /** The decision that is stored under this id. */
      readonly decisionId: Uuid;
      readonly ledgerIndex: number;
      readonly flags: readonly DecisionFlag[];
    }
  | { readonly result: "forbidden" };

export interface StoreDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
}

/** A record that is to be written, or the outcome that it has without being written. */
interface Planned {
  readonly sent: Sent;
  readonly resolved: Resolved;
  readonly flags: readonly DecisionFlag[];
  readonly body: BodyToCommit;
}

/** Another node may store the same ids at the same moment; whoever comes second looks again. */
const MAX_ATTEMPTS = 3;

/** Stores a group; answers for each record, in order. @throws DatabaseError where nothing, or nobody knows what, is stored. */
export async function writeDecisions(deps: StoreDeps, orgId: Uuid, sent: readonly Sent[]): Promise<Outcome[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withTransaction(deps.db, (tx) => writeInTransaction(deps, tx, orgId, sent));
    } catch (error) {
      const raced = error instanceof DatabaseError && error.constraint === "decision_receipt_pkey";
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function writeInTransaction(
  deps: StoreDeps,
  tx: Transaction<Tables>,
  orgId: Uuid,
  sent: readonly Sent[],
): Promise<Outcome[]> {
  const now = deps.clock.now();
  const records = sent.map(({ record }) => record);
  const { clockSkew, resolved } = await readRegisters(tx, orgId, records, deps.catalogue);
  const receipts = await readReceipts(tx, orgId, resolved);
  const models = await readModels(tx, orgId, resolved);
  const planned: Planned[] = [];
  const fresh = new Map<string, number>();
  // Outcomes of records that are written, and of their repetitions in the same group, are known only afterwards.
  const conflicts: { at: number; stored: Uuid | { first: number } }[] = [];
  const outcomes = resolved.map((one, i): Outcome | { first: number; repeats: boolean; same: boolean } => {
    const { sender } = sent[i] as Sent;
    if (sender.systemId !== null && one.system?.id !== sender.systemId) return { result: "forbidden" };
    const stored = receipts(one);
    if (stored) {
      const result = stored.digest.equals(one.record.digest) ? "duplicate" : "conflict";
      // Of what was erased nothing comes back, not even beside it.
      if (result === "conflict" && !stored.erased) conflicts.push({ at: i, stored: stored.decision_id });
      return { result, decisionId: stored.decision_id, ledgerIndex: stored.ledger_index, flags: stored.flags ?? [] };
    }
    const key = receiptKey(one.record.input.id, systemKey(one));
    const first = fresh.get(key);
    if (first !== undefined) {
      const same = (planned[first] as Planned).resolved.record.digest.equals(one.record.digest);
      if (!same) conflicts.push({ at: i, stored: { first } });
      return { first, repeats: true, same };
    }
    const flags = flagsOf(one, models, now, clockSkew);
    fresh.set(key, planned.length);
    planned.push({ sent: sent[i] as Sent, resolved: one, flags, body: bodyOf(one, flags) });
    return { first: planned.length - 1, repeats: false, same: true };
  });
  const appended = await append(deps.clock, tx, orgId, planned);
  const refused = conflicts.map(({ at, stored }) => ({
    sent: sent[at] as Sent,
    decisionId: typeof stored === "string" ? stored : (appended[stored.first] as Appended).subjectId,
    body: bodyOf(resolved[at] as Resolved, flagsOf(resolved[at] as Resolved, models, now, clockSkew)),
  }));
  await keepConflicts(tx, deps.clock, orgId, refused);
  return outcomes.map((outcome) => {
    if ("result" in outcome) return outcome;
    const { index, subjectId } = appended[outcome.first] as Appended;
    const { flags } = planned[outcome.first] as Planned;
    const result = outcome.repeats ? (outcome.same ? "duplicate" : "conflict") : "accepted";
    return { result, decisionId: subjectId, ledgerIndex: index, flags };
  });
}

async function append(
  clock: Clock,
  tx: Transaction<Tables>,
  orgId: Uuid,
  planned: readonly Planned[],
): Promise<Appended[]> {
  if (planned.length === 0) return [];
  const appended = await appendEvidence(
    tx,
    clock,
    orgId,
    planned.map(({ sent, body }) => ({
      kind: "decision.recorded",
      actor: sent.sender.actor,
      subject: { kind: "decision" },
      body: body as unknown as BodyTexts,
    })),
    (entries) => [
      decisionRows(orgId, planned, entries),
      receiptRows(orgId, planned, entries),
      countRows(orgId, planned, entries),
      useRows(orgId, planned, entries),
    ],
  );
  await insertModels(tx, orgId, planned, appended);
  await insertContextSources(tx, orgId, planned, appended);
  return appended;
}

/** The name under which a system's receipts are kept: its id, or what the sender calls it while it is unknown. */
function systemKey({ system, record }: Resolved): string {
  return system?.id ?? record.input.system;
}

function receiptKey(externalId: string, key: string): string {
  return JSON.stringify([externalId, key]);
}

interface ReceiptRow {
  readonly external_id: string;
  readonly system_key: string;
  readonly digest: Buffer;
  readonly decision_id: Uuid;
  readonly ledger_index: number;
  readonly flags: DecisionFlag[] | null;
  readonly erased: boolean;
}

/** Finds what is stored under a record's id; also what was stored before its system was registered. */
async function readReceipts(tx: Transaction<Tables>, orgId: Uuid, resolved: readonly Resolved[]) {
  const { rows } = await sql<ReceiptRow>`${PREPARED}
    SELECT r.external_id, r.system_key, r.digest, r.decision_id, r.ledger_index, d.flags,
      d.erased_by IS NOT NULL AS erased
    FROM decision_receipt r LEFT JOIN LATERAL (
      SELECT flags, erased_by FROM decision d WHERE d.org_id = r.org_id AND d.id = r.decision_id LIMIT 1
    ) d ON true
    WHERE r.org_id = ${orgId} AND r.external_id = ANY(${resolved.map(({ record }) => record.input.id)}::text[])
  `.execute(tx);
  const byKey = new Map(rows.map((row) => [receiptKey(row.external_id, row.system_key), row]));
  return (one: Resolved): ReceiptRow | undefined => {
    const { id, system } = one.record.input;
    return byKey.get(receiptKey(id, systemKey(one))) ?? byKey.get(receiptKey(id, system));
  };
}

const DECISION_COLUMNS = [
  "org_id",
  "id",
  "external_id",
  "system_id",
  "system_name",
  "release_id",
  "release_name",
  "occurred_at",
  "recorded_at",
  "outcome",
  "score",
  "attributes",
  "subject_hash",
  "oversight",
  "sandbox",
  "flags",
  "ledger_index",
  "run_id",
  "parent_run_id",
  "step",
  "manifest",
];
const RECEIPT_COLUMNS = ["org_id", "external_id", "system_key", "digest", "decision_id", "ledger_index", "recorded_at"];

function decisionRows(orgId: Uuid, planned: readonly Planned[], appended: readonly Appended[]): TableRows {
  return rowsOf("decision", DECISION_COLUMNS, planned.length, (row, i) => {
    const { body, resolved } = planned[i] as Planned;
    const { index, at, subjectId } = appended[i] as Appended;
    const { decision } = body;
    const { runId, parentRunId, step, manifest } = runColumns(body);
    row.uuid(orgId);
    row.uuid(subjectId);
    row.text(decision.id);
    row.uuid(decision.system.id);
    row.text(decision.system.name);
    row.uuid(decision.release.id);
    row.text(decision.release.version);
    row.timestamptz(resolved.record.occurredAt);
    row.timestamptz(at);
    row.text(decision.outcome);
    row.float8(decision.score);
    row.jsonb(body.attributes?.text ?? "{}");
    row.bytea(resolved.record.subjectHash);
    row.text(decision.oversight);
    row.boolean(decision.sandbox);
    row.texts(decision.flags);
    row.int8(index);
    row.text(runId);
    row.text(parentRunId);
    row.boolean(step);
    row.text(manifest);
  });
}

function receiptRows(orgId: Uuid, planned: readonly Planned[], appended: readonly Appended[]): TableRows {
  return rowsOf("decision_receipt", RECEIPT_COLUMNS, planned.length, (row, i) => {
    const { body, resolved } = planned[i] as Planned;
    const { index, at, subjectId } = appended[i] as Appended;
    row.uuid(orgId);
    row.text(body.decision.id);
    row.text(systemKey(resolved));
    row.bytea(resolved.record.digest);
    row.uuid(subjectId);
    row.int8(index);
    row.timestamptz(at);
  });
}
