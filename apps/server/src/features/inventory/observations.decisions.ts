/** What decisions say about the inventory: systems nobody registered, releases nobody deployed, suppliers and models in use. */
import { type Clock, type Micros, type Uuid } from "@steward/kernel";
import { supplierOf } from "@steward/telemetry";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { recordObservations, type Sighting } from "./observations.store.ts";

/** Decisions looked at in one go; the rest follows in the next. */
const DECISIONS_PER_READ = 20_000;
/** Each stands for the decisions of one group that name the same supplier and model. */
const USES_PER_READ = 20_000;

/**
 * Reads what came since the last time and counts it as observations, so that what it shows stands also after the decisions
 * are disposed of.
 */
export async function observeDecisions(
  { db, clock }: { readonly db: Kysely<Tables>; readonly clock: Clock },
  orgId: Uuid,
): Promise<void> {
  for (let more = true; more;) more = await withTransaction(db, (tx) => observeSome(tx, clock, orgId));
}

async function observeSome(tx: Transaction<Tables>, clock: Clock, orgId: Uuid): Promise<boolean> {
  const flagged = await readFlagged(tx, orgId);
  const uses = await takeUses(tx, orgId);
  const sightings = [...flagged.sightings, ...uses.sightings];
  if (sightings.length === 0) return false;
  await recordObservations(tx, clock, orgId, {
    source: "decision_log",
    actor: { kind: "system", id: INSTALLATION_ID },
    sightings,
    complete: false,
  });
  if (flagged.lastId !== undefined) {
    await sql`
      INSERT INTO drift_progress (org_id, ledger_size, look_again_at, decisions_until)
      VALUES (${orgId}, 0, ${clock.now()}, ${flagged.lastId})
      ON CONFLICT (org_id) DO UPDATE SET decisions_until = excluded.decisions_until`.execute(tx);
  }
  return flagged.more || uses.more;
}

interface Found {
  readonly sightings: Sighting[];
  /** Whether there may be more behind it. */
  readonly more: boolean;
}

/** The flagged decisions that nobody looked at yet. */
async function readFlagged(tx: Transaction<Tables>, orgId: Uuid): Promise<Found & { readonly lastId?: Uuid }> {
  const progress = await tx
    .selectFrom("drift_progress")
    .select("decisions_until")
    .where("org_id", "=", orgId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const { rows } = await sql<Counted & { last_id: Uuid; read: number; release_name: string }>`
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
  if (first === undefined) return { sightings: [], more: false };
  return {
    sightings: rows.map((row) => sightingOf(row, { provider: "self", model: null, version: row.release_name })),
    more: first.read === DECISIONS_PER_READ,
    lastId: first.last_id,
  };
}

/** The suppliers and models that decisions named; they are taken away, because observations keep them from now on. */
async function takeUses(tx: Transaction<Tables>, orgId: Uuid): Promise<Found> {
  const { rows } = await sql<Counted & { taken: number; provider: string; model: string | null }>`
    WITH taken AS (
      DELETE FROM decision_use WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM decision_use WHERE org_id = ${orgId} LIMIT ${USES_PER_READ} FOR UPDATE SKIP LOCKED
      )) RETURNING *
    )
    SELECT system_id, system_name, provider, model, sum(n)::bigint AS n, min(recorded_at) AS first_at,
      max(recorded_at) AS last_at, sum(count(*)) OVER ()::bigint AS taken
    FROM taken GROUP BY system_id, system_name, provider, model`.execute(tx);
  return {
    sightings: rows.flatMap((row) => {
      const provider = supplierOf(row.provider.toLowerCase());
      // That word stands for the system itself.
      return provider === "self" ? [] : [sightingOf(row, { provider, model: row.model, version: null })];
    }),
    more: rows[0]?.taken === USES_PER_READ,
  };
}

const INSTALLATION_FLOOR: Uuid = "00000000-0000-0000-0000-000000000000";

interface Counted {
  readonly system_id: Uuid | null;
  readonly system_name: string;
  readonly n: number;
  readonly first_at: Micros;
  readonly last_at: Micros;
}

function sightingOf(row: Counted, seen: Pick<Sighting, "provider" | "model" | "version">): Sighting {
  return {
    ...seen,
    digest: null,
    service: row.system_name,
    systemId: row.system_id,
    count: row.n,
    firstAt: row.first_at,
    lastAt: row.last_at,
  };
}
