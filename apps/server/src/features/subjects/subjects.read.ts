/** Reads requests for erasure. */
import type { ErasureRequest } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";
import { notFound } from "../../platform/http/problem.ts";

interface RequestRow {
  readonly id: Uuid;
  readonly state: ErasureRequest["state"];
  readonly reason: string;
  readonly requested_at: Micros;
  readonly requested_by: string;
  readonly decisions: number;
  readonly decided_at: Micros | null;
  readonly decided_by: string | null;
  readonly decision_reason: string | null;
  readonly ledger_index: number;
  readonly hold_id: Uuid | null;
  readonly hold_reason: string | null;
  readonly held_at: Micros | null;
}

const ORDER = "-id";

export async function listRequests(db: Kysely<Tables>, orgId: Uuid, query: PageQuery): Promise<Page<ErasureRequest>> {
  return pageById(
    query,
    ORDER,
    ({ before, limit }) => select(db, orgId, before === undefined ? sql`` : sql`AND r.id < ${before}`, limit),
    (rows) => viewsOf(db, orgId, rows),
  );
}

/** @throws HttpProblem `not_found`. */
export async function readRequest(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<ErasureRequest> {
  const [view] = await viewsOf(db, orgId, await select(db, orgId, sql`AND r.id = ${id}`, 1));
  if (!view) throw notFound("This request");
  return view;
}

async function select(db: Kysely<Tables>, orgId: Uuid, where: RawBuilder<unknown>, limit: number) {
  const { rows } = await sql<RequestRow>`
    SELECT r.*, h.id AS hold_id, h.reason AS hold_reason, h.placed_at AS held_at FROM erasure_request r
    LEFT JOIN legal_hold h ON h.org_id = r.org_id AND h.subject_hash = r.subject_hash AND h.lifted_at IS NULL
      AND r.state = 'requested'
    WHERE r.org_id = ${orgId} ${where} ORDER BY r.id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

/** Only people ask and decide. */
async function viewsOf(db: Kysely<Tables>, orgId: Uuid, rows: readonly RequestRow[]): Promise<ErasureRequest[]> {
  const ids = rows.flatMap(({ requested_by: asked, decided_by: decided }) =>
    decided === null ? [asked] : [asked, decided],
  );
  const names = await nameActors(
    db,
    orgId,
    ids.map((id) => ({ actor_kind: "person" as const, actor_id: id })),
  );
  const person = (id: string) => ({ kind: "person" as const, id, name: names.get(id) ?? null });
  return rows.map((row) => ({
    id: row.id,
    state: row.state,
    reason: row.reason,
    requestedAt: formatInstant(row.requested_at),
    requestedBy: person(row.requested_by),
    decisions: row.decisions,
    hold:
      row.hold_id === null
        ? null
        : { id: row.hold_id, reason: row.hold_reason ?? "", placedAt: formatInstant(row.held_at as Micros) },
    decidedAt: row.decided_at === null ? null : formatInstant(row.decided_at),
    decidedBy: row.decided_by === null ? null : person(row.decided_by),
    decisionReason: row.decision_reason,
    ledgerIndex: row.ledger_index,
  }));
}
