/** Reads of observations for screens. */
import type { Observation, ObservationSource } from "@steward/contract";
import { formatInstant, type Uuid } from "@steward/kernel";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { cutPage, type Page, readCursor } from "../../platform/http/paging.ts";

export interface ObservationQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly source?: ObservationSource | undefined;
  readonly systemId?: string | undefined;
}

const ORDER = "-lastAt";

/** The last seen first. */
export async function listObservations(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: ObservationQuery,
): Promise<Page<Observation>> {
  const cursor = readCursor(query.cursor, ORDER);
  let select = db.selectFrom("observation").selectAll().where("org_id", "=", orgId);
  if (query.source !== undefined) select = select.where("source", "=", query.source);
  if (query.systemId !== undefined) select = select.where("system_id", "=", query.systemId);
  if (cursor?.key) {
    const { key, id } = cursor;
    select = select.where(({ eb, refTuple, tuple }) => eb(refTuple("last_at", "id"), "<", tuple(key as never, id)));
  }
  const rows = await select
    .orderBy("last_at", "desc")
    .orderBy("id", "desc")
    .limit(query.limit + 1)
    .execute();
  const page = cutPage(rows, query.limit, (row) => [ORDER, formatInstant(row.last_at), row.id]);
  const items = page.items.map((row) => ({
    id: row.id,
    source: row.source as ObservationSource,
    provider: row.provider,
    model: row.model,
    version: row.version,
    digest: row.digest,
    service: row.service,
    systemId: row.system_id,
    count: row.n,
    firstSeenAt: formatInstant(row.first_at),
    lastSeenAt: formatInstant(row.last_at),
    ledgerIndex: row.ledger_index as number,
  }));
  return { items, nextCursor: page.nextCursor, total: null };
}
