/** What auditors read: written down before it is answered, so that the organisation knows what was shown. */
import type { AuditorRead } from "@steward/contract";
import { type Clock, formatInstant, type Micros, newId, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Witness } from "../../platform/http/bind.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { type IdsBelow, type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";

interface Deps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/** A longer path is cut: it is for people to look at. */
const PATH_MAX_CHARS = 300;

export function auditorWitness({ db, clock }: Deps): Witness {
  return async (caller, endpoint, request) => {
    // Of their own account and session nothing is shown that is the organisation's.
    if (!caller.roles.includes("auditor") || endpoint.access === "signed_in") return;
    if (caller.membershipId === undefined || endpoint.method !== "GET") return;
    await db
      .insertInto("auditor_read")
      .values({
        org_id: caller.orgId,
        id: newId(clock),
        membership_id: caller.membershipId,
        operation_id: endpoint.operationId,
        path: (request.url.split("?", 1)[0] ?? "").slice(0, PATH_MAX_CHARS),
        read_at: formatInstant(clock.now()),
        ledger_index: null,
      })
      .execute();
  };
}

const ORDER = "-id";

export async function listAuditorReads(
  { db }: Deps,
  caller: Caller,
  query: PageQuery & { memberId?: Uuid | undefined },
): Promise<Page<AuditorRead>> {
  const read = ({ before, limit }: IdsBelow) =>
    sql<ReadRow>`
    SELECT r.id, r.membership_id, a.name, r.operation_id, r.path, r.read_at, r.ledger_index
    FROM auditor_read r JOIN membership m ON m.org_id = r.org_id AND m.id = r.membership_id
    JOIN account a ON a.id = m.account_id
    WHERE r.org_id = ${caller.orgId} ${before === undefined ? sql`` : sql`AND r.id < ${before}`}
      ${query.memberId === undefined ? sql`` : sql`AND r.membership_id = ${query.memberId}`}
    ORDER BY r.id DESC LIMIT ${limit}`.execute(db);
  return pageById(
    query,
    ORDER,
    async (part) => (await read(part)).rows,
    (rows) => rows.map(readView),
  );
}

interface ReadRow {
  readonly id: Uuid;
  readonly membership_id: Uuid;
  readonly name: string;
  readonly operation_id: string;
  readonly path: string;
  readonly read_at: Micros;
  readonly ledger_index: number | null;
}

function readView(row: ReadRow): AuditorRead {
  return {
    id: row.id,
    memberId: row.membership_id,
    name: row.name,
    operationId: row.operation_id,
    path: row.path,
    readAt: formatInstant(row.read_at),
    ledgerIndex: row.ledger_index,
  };
}
