/** What the flags of decisions say about the inventory: systems nobody registered, releases nobody deployed. */
import { type Clock, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { recordObservations, type Sighting } from "./observations.store.ts";

/** Decisions looked at in one go; the rest follows in the next. */
const DECISIONS_PER_READ = 20_000;

/**
 * Reads the flagged decisions that came since the last time and counts them as observations, so that what they show stands
 * also after they are disposed of.
 */
export async function observeDecisions(
  { db, clock }: { readonly db: Kysely<Tables>; readonly clock: Clock },
  orgId: Uuid,
): Promise<void> {
  for (let more = true; more;) more = await withTransaction(db, (tx) => observeSome(tx, clock, orgId));
}

async function observeSome(tx: Parameters<typeof recordObservations>[0], clock: Clock, orgId: Uuid): Promise<boolean> {
  const progress = await tx
    .selectFrom("drift_progress")
    .select("decisions_until")
    .where("org_id", "=", orgId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const { rows } = await sql<{
    last_id: Uuid;
    read: number;
    system_id: Uuid | null;
    system_name: string;
    release_name: string;
    n: number;
    first_at: Micros;
    last_at: Micros;
  }>`
    WITH batch AS (
      SELECT id, system_id, system_name, release_name, recorded_at FROM decision
      WHERE org_id = ${orgId} AND flags <> '{}' AND NOT sandbox
        AND flags && ARRAY['unknown_system', 'unknown_release', 'not_deployed']
        AND id > ${progress?.decisions_until ?? INSTALLATION_FLOOR}
      ORDER BY id LIMIT ${DECISIONS_PER_READ}
    )
    SELECT max(max(id::text)) OVER ()::uuid AS last_id, sum(count(*)) OVER ()::bigint AS read, system_id, system_name,
      release_name, count(*) AS n, min(recorded_at) AS first_at, max(recorded_at) AS last_at
    FROM batch GROUP BY system_id, system_name, release_name`.execute(tx);
  const [first] = rows;
  if (first === undefined) return false;
  await recordObservations(tx, clock, orgId, {
    source: "decision_log",
    actor: { kind: "system", id: INSTALLATION_ID },
    sightings: rows.map(toSighting),
    complete: false,
  });
  await sql`
    INSERT INTO drift_progress (org_id, ledger_size, look_again_at, decisions_until)
    VALUES (${orgId}, 0, ${clock.now()}, ${first.last_id})
    ON CONFLICT (org_id) DO UPDATE SET decisions_until = excluded.decisions_until`.execute(tx);
  return first.read === DECISIONS_PER_READ;
}

const INSTALLATION_FLOOR: Uuid = "00000000-0000-0000-0000-000000000000";

function toSighting(row: {
  readonly system_id: Uuid | null;
  readonly system_name: string;
  readonly release_name: string;
  readonly n: number;
  readonly first_at: Micros;
  readonly last_at: Micros;
}): Sighting {
  return {
    provider: "self",
    model: null,
    version: row.release_name,
    digest: null,
    service: row.system_name,
    systemId: row.system_id,
    count: row.n,
    firstAt: row.first_at,
    lastAt: row.last_at,
  };
}
