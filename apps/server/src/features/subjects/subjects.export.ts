/**
 * All that is held about a person, as lines of JSON in the order of recording, read a page at a time: what there is of a
 * person knows no bound, and memory does.
 */
import type { SubjectExportLine, SubjectSummary } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

const PAGE_DECISIONS = 500;
const BEFORE_ALL: Uuid = "00000000-0000-0000-0000-000000000000";

interface HeldRow {
  readonly id: Uuid;
  readonly decision_id: Uuid | null;
  readonly recorded_at: Micros;
  readonly ledger_index: number;
  readonly body: Buffer | null;
}

interface Access {
  readonly exportedAt: string;
  readonly accessEntry: number;
  readonly summary: SubjectSummary;
}

/** Begins with the access and ends with a count of lines, by which a file that was cut off is known. */
export async function* exportLines(db: Kysely<Tables>, orgId: Uuid, subjectHash: Buffer, access: Access) {
  let lines = 0;
  const line = (value: SubjectExportLine) => {
    lines++;
    return `${JSON.stringify(value)}\n`;
  };
  yield line({ kind: "access", ...access });
  for (let after = BEFORE_ALL; ;) {
    const decisions = await readDecisions(db, orgId, subjectHash, after);
    const ids = decisions.map(({ id }) => id);
    yield decisions.map((row) => line(heldOf("decision", row))).join("");
    for (const { kind, rows } of await readWithDecisions(db, orgId, ids)) {
      yield rows.map((row) => line(heldOf(kind, row))).join("");
    }
    if (decisions.length < PAGE_DECISIONS) break;
    after = ids.at(-1) as Uuid;
  }
  const refused = await sql<HeldRow>`
    SELECT c.id, c.decision_id, c.recorded_at, c.ledger_index, b.body FROM decision_conflict c
    LEFT JOIN ledger_body b ON b.org_id = c.org_id AND b.index = c.ledger_index
    WHERE c.org_id = ${orgId} AND c.subject_hash = ${subjectHash} ORDER BY c.id`.execute(db);
  yield refused.rows.map((row) => line(heldOf("refused", row))).join("");
  yield line({ kind: "end", lines: lines + 1 });
}

async function readDecisions(db: Kysely<Tables>, orgId: Uuid, subjectHash: Buffer, after: Uuid) {
  const { rows } = await sql<HeldRow>`
    SELECT d.id, NULL AS decision_id, d.recorded_at, d.ledger_index, b.body FROM decision d
    LEFT JOIN ledger_body b ON b.org_id = d.org_id AND b.index = d.ledger_index
    WHERE d.org_id = ${orgId} AND d.subject_hash = ${subjectHash} AND d.id > ${after}
    ORDER BY d.id LIMIT ${PAGE_DECISIONS}`.execute(db);
  return rows;
}

/** What became known of decisions later, what events told of their calls, and what was said about them. */
async function readWithDecisions(db: Kysely<Tables>, orgId: Uuid, ids: readonly Uuid[]) {
  if (ids.length === 0) return [];
  const about = sql`d.org_id = ${orgId} AND d.id = ANY(${ids}::uuid[])`;
  const outcomes = await sql<HeldRow>`
    SELECT o.id, o.decision_id, o.recorded_at, o.ledger_index, b.body FROM decision_outcome o
    LEFT JOIN ledger_body b ON b.org_id = o.org_id AND b.index = o.ledger_index
    WHERE o.org_id = ${orgId} AND o.decision_id = ANY(${ids}::uuid[]) ORDER BY o.decision_id, o.version`.execute(db);
  const events = await sql<HeldRow>`
    SELECT c.id, d.id AS decision_id, c.recorded_at, c.ledger_index, b.body FROM call_event c
    JOIN decision d USING (org_id, system_id, run_id)
    LEFT JOIN ledger_body b ON b.org_id = c.org_id AND b.index = c.ledger_index
    WHERE ${about} ORDER BY c.id`.execute(db);
  const feedback = await sql<HeldRow>`
    SELECT f.id, d.id AS decision_id, f.recorded_at, f.ledger_index, b.body FROM feedback f
    JOIN decision d ON d.org_id = f.org_id AND d.system_id = f.system_id AND d.external_id = f.decision_external_id
    LEFT JOIN ledger_body b ON b.org_id = f.org_id AND b.index = f.ledger_index
    WHERE ${about} ORDER BY f.id`.execute(db);
  return [
    { kind: "outcome", rows: outcomes.rows },
    { kind: "call_events", rows: events.rows },
    { kind: "feedback", rows: feedback.rows },
  ] as const;
}

function heldOf(kind: "decision" | "outcome" | "call_events" | "feedback" | "refused", row: HeldRow) {
  return {
    kind,
    id: row.id,
    decisionId: row.decision_id,
    recordedAt: formatInstant(row.recorded_at),
    ledgerIndex: row.ledger_index,
    body: row.body === null ? null : (JSON.parse(row.body.toString("utf8")) as Record<string, unknown>),
  };
}
