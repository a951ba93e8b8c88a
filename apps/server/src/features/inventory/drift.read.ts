/** Reads of drift for screens: the inbox, and one item with its decisions and history. */
import type { Actor, DriftDetail, DriftDisposition, DriftItem, DriftKind, DriftState } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, type Selectable, sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import type { Tables } from "../../platform/database/schema.ts";
import type { DriftDispositionTable, DriftItemTable } from "../../platform/database/schema.inventory.ts";
import { cutPage, type Page, readCursor } from "../../platform/http/paging.ts";
import { notFound } from "../../platform/http/problem.ts";
import { choicesOf } from "./drift.choices.ts";
import { readPlaces } from "./drift.places.ts";

export interface DriftQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly state: DriftState;
  readonly kind?: DriftKind | undefined;
  readonly systemId?: string | undefined;
}

const ORDER = "dueAt";

type Row = Selectable<DriftItemTable> & {
  readonly system_name: string | null;
  readonly owner_name: string | null;
  readonly awaiting: Uuid | null;
};

function selectItems(db: Kysely<Tables>, orgId: Uuid) {
  return db
    .selectFrom("drift_item as i")
    .selectAll("i")
    .select(({ ref }) => [
      sql<
        string | null
      >`(SELECT name FROM system s WHERE s.org_id = ${ref("i.org_id")} AND s.id = ${ref("i.system_id")})`.as(
        "system_name",
      ),
      sql<
        string | null
      >`(SELECT name FROM person p WHERE p.org_id = ${ref("i.org_id")} AND p.id = ${ref("i.owner_id")})`.as(
        "owner_name",
      ),
      sql<Uuid | null>`(SELECT id FROM drift_disposition d WHERE d.org_id = ${ref("i.org_id")}
        AND d.item_id = ${ref("i.id")} AND d.state = 'requested' ORDER BY d.id DESC LIMIT 1)`.as("awaiting"),
    ])
    .where("i.org_id", "=", orgId);
}

/** The earliest deadline first. */
export async function listDrift(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: DriftQuery,
  now: Micros,
): Promise<Page<DriftItem>> {
  const cursor = readCursor(query.cursor, ORDER);
  let select = selectItems(db, orgId).where("i.state", "=", query.state);
  if (query.kind !== undefined) select = select.where("i.kind", "=", query.kind);
  if (query.systemId !== undefined) select = select.where("i.system_id", "=", query.systemId);
  const counted = await select
    .clearSelect()
    .select(({ fn }) => fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  if (cursor?.key) {
    const { key, id } = cursor;
    select = select.where(sql<boolean>`(i.due_at, i.id) > (${key}::timestamptz, ${id}::uuid)`);
  }
  const rows = await select
    .orderBy("i.due_at")
    .orderBy("i.id")
    .limit(query.limit + 1)
    .execute();
  const page = cutPage(rows, query.limit, (row) => [ORDER, formatInstant(row.due_at), row.id]);
  return { items: page.items.map((row) => itemView(row, now)), nextCursor: page.nextCursor, total: counted.n };
}

/** @throws HttpProblem `not_found`. */
export async function readDrift(db: Kysely<Tables>, orgId: Uuid, id: Uuid, now: Micros): Promise<DriftDetail> {
  const row = await selectItems(db, orgId).where("i.id", "=", id).executeTakeFirst();
  if (!row) throw notFound("This item of drift");
  const events = await db
    .selectFrom("drift_event")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("item_id", "=", id)
    .orderBy("ledger_index", "desc")
    .execute();
  return {
    ...itemView(row, now),
    ...(await readPlaces(db, orgId, row)),
    choices: choicesOf(row),
    dispositions: await readDispositions(db, orgId, id),
    events: events.map((one) => ({
      event: one.event,
      at: formatInstant(one.recorded_at),
      ledgerIndex: one.ledger_index,
    })),
  };
}

function itemView(row: Row, now: Micros): DriftItem {
  return {
    id: row.id,
    kind: row.kind as DriftKind,
    state: row.state,
    subject: row.subject,
    systemId: row.system_id,
    systemName: row.system_name,
    since: formatInstant(row.since),
    dueAt: formatInstant(row.due_at),
    overdue: row.state === "open" && row.due_at <= now,
    message: row.message,
    details: row.details,
    evidence: row.evidence,
    owner: row.owner_id === null ? null : { id: row.owner_id, name: row.owner_name },
    awaiting: row.awaiting,
  };
}

async function readDispositions(db: Kysely<Tables>, orgId: Uuid, itemId: Uuid): Promise<DriftDisposition[]> {
  const rows = await db
    .selectFrom("drift_disposition as d")
    .selectAll("d")
    .select(
      sql<string | null>`(SELECT name FROM system s WHERE s.org_id = d.org_id AND s.id = d.system_id)`.as(
        "system_name",
      ),
    )
    .where("d.org_id", "=", orgId)
    .where("d.item_id", "=", itemId)
    .orderBy("d.id", "desc")
    .execute();
  const people = rows.flatMap((row) => [row.requested_by, ...(row.decided_by === null ? [] : [row.decided_by])]);
  const names = await nameActors(
    db,
    orgId,
    people.map((id) => ({ actor_kind: "person", actor_id: id })),
  );
  return rows.map((row) => dispositionView(row, names));
}

function dispositionView(
  row: Selectable<DriftDispositionTable> & { readonly system_name: string | null },
  names: ReadonlyMap<string, string>,
): DriftDisposition {
  const person = (id: Uuid): Actor => ({ kind: "person", id, name: names.get(id) ?? null });
  return {
    id: row.id,
    kind: row.kind,
    systemId: row.system_id,
    systemName: row.system_name,
    reason: row.reason,
    until: row.until_at === null ? null : formatInstant(row.until_at),
    state: row.state,
    requestedBy: person(row.requested_by),
    requestedAt: formatInstant(row.requested_at),
    decidedBy: row.decided_by === null ? null : person(row.decided_by),
    decidedAt: row.decided_at === null ? null : formatInstant(row.decided_at),
    decisionReason: row.decision_reason,
    ledgerIndex: row.decision_index ?? row.request_index,
  };
}
