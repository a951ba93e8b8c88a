/**
 * Keeps what was seen at run time. Every sighting is counted; the ledger hears of a thing when it is first seen and then
 * at most once an hour, and of all that a call brings in one entry, so that busy traffic does not fill it.
 */
import { createHash } from "node:crypto";

import type { ObservationSource } from "@steward/contract";
import {
  canonicalJson,
  type Clock,
  formatInstant,
  type Micros,
  MICROS_PER_HOUR,
  newId,
  type Uuid,
} from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";

/** One thing that was seen: a supplier's service or model, and what used it. */
export interface Sighting {
  /** Supplier, as a scan names it: `openai`. */
  readonly provider: string;
  readonly model: string | null;
  readonly version: string | null;
  /** Digest of what runs, such as an image. */
  readonly digest: string | null;
  /** Service name, workload, or account and role. */
  readonly service: string;
  /** The system that the sender named or is bound to; reconciliation finds others by the name of the service. */
  readonly systemId: Uuid | null;
  readonly count: number;
  readonly firstAt: Micros;
  readonly lastAt: Micros;
}

export interface Sightings {
  readonly source: ObservationSource;
  readonly actor: Actor;
  readonly sightings: readonly Sighting[];
  /** Enter it in the ledger although it may hold no news: somebody looked, and what is not here was not there. */
  readonly complete: boolean;
}

/** The ledger hears of the same thing again after so long. */
const ENTRY_EVERY: Micros = MICROS_PER_HOUR;

interface Counted {
  readonly id: Uuid;
  readonly key: string;
  readonly pending: number;
  readonly entered_at: Micros | null;
  readonly last_at: Micros;
  readonly first_at: Micros;
}

/**
 * Counts sightings inside the caller's transaction; answers the index of the ledger entry, or undefined where there was
 * no news. Locks the rows that it counts and then the head of the log: call it before any other append of the transaction.
 */
export async function recordObservations(
  tx: Transaction<Tables>,
  clock: Clock,
  orgId: Uuid,
  { source, actor, sightings, complete }: Sightings,
): Promise<number | undefined> {
  const merged = mergeByKey(source, sightings);
  const counted = await count(tx, clock, orgId, source, merged);
  const now = clock.now();
  const due = counted.filter((row) => complete || row.entered_at === null || row.entered_at + ENTRY_EVERY <= now);
  if (due.length === 0 && !complete) return undefined;
  const [appended] = await appendEvidence(tx, clock, orgId, [
    {
      kind: "observations.recorded",
      actor,
      subject: { kind: "observation_batch" },
      body: { source, sightings: due.map((row) => sightingBody(row, merged.get(row.key) as Sighting)) },
    },
  ]);
  if (appended === undefined) return undefined;
  const { subjectId, at, index } = appended;
  await tx
    .insertInto("observation_batch")
    .values({ org_id: orgId, id: subjectId, source, recorded_at: moment(at), n: due.length, ledger_index: index })
    .execute();
  if (due.length > 0) await enter(tx, orgId, due, { batchId: subjectId, at, index });
  return index;
}

/** One sighting for each thing, in the order of their keys: rows are always locked in this order. */
function mergeByKey(source: string, sightings: readonly Sighting[]): Map<string, Sighting> {
  const merged = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const key = keyOf(source, sighting);
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined
        ? sighting
        : {
            ...known,
            count: known.count + sighting.count,
            firstAt: known.firstAt < sighting.firstAt ? known.firstAt : sighting.firstAt,
            lastAt: known.lastAt > sighting.lastAt ? known.lastAt : sighting.lastAt,
          },
    );
  }
  return new Map([...merged].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function keyOf(source: string, { provider, model, version, digest, service, systemId }: Sighting): string {
  const identity = canonicalJson([source, provider, model, version, digest, service, systemId]);
  return createHash("sha256").update(identity).digest("base64url");
}

async function count(
  tx: Transaction<Tables>,
  clock: Clock,
  orgId: Uuid,
  source: string,
  merged: ReadonlyMap<string, Sighting>,
): Promise<Counted[]> {
  if (merged.size === 0) return [];
  const rows = await tx
    .insertInto("observation")
    .values(
      [...merged].map(([key, sighting]) => ({
        org_id: orgId,
        key,
        id: newId(clock),
        source,
        provider: sighting.provider,
        model: sighting.model,
        version: sighting.version,
        digest: sighting.digest,
        service: sighting.service,
        system_id: sighting.systemId,
        n: sighting.count,
        first_at: moment(sighting.firstAt),
        last_at: moment(sighting.lastAt),
        pending: sighting.count,
        entered_at: null,
        ledger_index: null,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(["org_id", "key"]).doUpdateSet({
        n: sql`observation.n + excluded.n`,
        pending: sql`observation.pending + excluded.n`,
        first_at: sql`least(observation.first_at, excluded.first_at)`,
        last_at: sql`greatest(observation.last_at, excluded.last_at)`,
      }),
    )
    .returning(["id", "key", "pending", "entered_at", "first_at", "last_at"])
    .execute();
  return rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function sightingBody(row: Counted, { provider, model, version, digest, service, systemId }: Sighting) {
  return {
    id: row.id,
    provider,
    model,
    version,
    digest,
    service,
    systemId,
    count: row.pending,
    firstAt: formatInstant(row.first_at),
    lastAt: formatInstant(row.last_at),
  };
}

async function enter(
  tx: Transaction<Tables>,
  orgId: Uuid,
  due: readonly Counted[],
  { batchId, at, index }: { batchId: Uuid; at: Micros; index: number },
): Promise<void> {
  await tx
    .insertInto("observation_sighting")
    .values(
      due.map((row) => ({
        org_id: orgId,
        observation_id: row.id,
        batch_id: batchId,
        recorded_at: moment(at),
        n: row.pending,
        first_at: moment(row.first_at),
        last_at: moment(row.last_at),
        ledger_index: index,
      })),
    )
    .execute();
  await tx
    .updateTable("observation")
    .set({ pending: 0, entered_at: moment(at), ledger_index: index })
    .where("org_id", "=", orgId)
    .where(
      "id",
      "in",
      due.map(({ id }) => id),
    )
    .execute();
}
