/** What the registers know of the systems and releases that decisions name: a few queries for a whole group. */
import type { Catalogue } from "@steward/catalogue";
import { isUuid, type Micros, MICROS_PER_SECOND, type Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import { PREPARED } from "../../platform/database/prepared.ts";
import type { Tables } from "../../platform/database/schema.ts";
import type { DecisionRecord, Resolved } from "./decisions.record.ts";

export interface SystemRow {
  readonly id: Uuid;
  readonly name: string;
  readonly lifecycle: string;
  readonly in_scope: string;
}

export interface ReleaseRow {
  readonly id: Uuid;
  readonly system_id: Uuid;
  readonly version: string;
  readonly digest: string;
}

/** A release with a time in which it was in production. */
interface Deployed extends ReleaseRow {
  readonly started_at: Micros;
  readonly ended_at: Micros | null;
}

/** A system by its id or name. */
export async function findSystems(tx: Transaction<Tables>, orgId: Uuid, named: readonly string[]) {
  const { rows } = await sql<SystemRow>`${PREPARED}
    SELECT id, name, lifecycle, in_scope FROM system
    WHERE org_id = ${orgId} AND NOT withdrawn
      AND (id = ANY(${named.filter(isUuid)}::uuid[]) OR name = ANY(${named}::text[]))`.execute(tx);
  return byIdOrName(rows);
}

function byIdOrName(rows: readonly SystemRow[]): (name: string) => SystemRow | undefined {
  const byId = new Map(rows.map((row) => [row.id as string, row]));
  const byName = new Map(rows.map((row) => [row.name, row]));
  return (name) => byId.get(name) ?? byName.get(name);
}

/** What the registers say of a group of records. */
export interface Registers {
  /** The largest difference between clocks that the organisation allows. */
  readonly clockSkew: Micros;
  /** In the order of the records. */
  readonly resolved: readonly Resolved[];
}

/** A system that is named, with a release of it that is named, with a time in which that was in production. */
interface NamedRow extends SystemRow {
  readonly clock_skew: number | null;
  readonly release: ReleaseRow | null;
  readonly started_at: Micros | null;
  readonly ended_at: Micros | null;
}

/**
 * Finds for each record its system, its release (by id, version or digest, the newest where several share a digest; the
 * only one in production where none is named) and whether that was in production, give or take the difference between
 * clocks. In one exchange, because a group waits for each; in two where a record names no release.
 */
export async function readRegisters(
  tx: Transaction<Tables>,
  orgId: Uuid,
  records: readonly DecisionRecord[],
  catalogue: Catalogue,
): Promise<Registers> {
  const systemNames = distinct(records.map(({ input }) => input.system));
  const releaseNames = distinct(records.flatMap(({ input }) => input.release ?? []));
  // Joined to one row that is always there, so that the parameter is read where no system is known.
  const { rows } = await sql<NamedRow | { clock_skew: number | null; id: null }>`${PREPARED}
    SELECT p.value AS clock_skew, s.id, s.name, s.lifecycle, s.in_scope,
      CASE WHEN r.id IS NOT NULL
        THEN json_build_object('id', r.id, 'system_id', r.system_id, 'version', r.version, 'digest', r.digest)
      END AS release, d.started_at, d.ended_at
    FROM (SELECT ${orgId}::uuid AS org_id) org
    LEFT JOIN parameter p ON p.org_id = org.org_id AND p.name = ${CLOCK_SKEW} AND NOT p.withdrawn
    LEFT JOIN system s ON s.org_id = org.org_id AND NOT s.withdrawn
      AND (s.id = ANY(${systemNames.filter(isUuid)}::uuid[]) OR s.name = ANY(${systemNames}::text[]))
    LEFT JOIN release r ON r.org_id = s.org_id AND r.system_id = s.id AND NOT r.withdrawn
      AND (r.id = ANY(${releaseNames.filter(isUuid)}::uuid[]) OR r.version = ANY(${releaseNames}::text[])
        OR r.digest = ANY(${releaseNames}::text[]))
    LEFT JOIN deployment d ON d.org_id = r.org_id AND d.release_id = r.id AND NOT d.withdrawn
      AND d.environment = 'production'
    ORDER BY r.released_at, r.id`.execute(tx);
  const clockSkew = skewOf(parameterOf(rows[0]?.clock_skew, catalogue, CLOCK_SKEW));
  const named = rows.filter((row): row is NamedRow => row.id !== null);
  const systemOf = byIdOrName(named);
  const releaseOf = byAnyName(named);
  const systems = records.map(({ input }) => systemOf(input.system));
  const unnamed = systems.flatMap((system, i) => (system && !records[i]?.input.release ? [system.id] : []));
  const running = await readDeployed(tx, orgId, distinct(unnamed));
  const runningOf = Map.groupBy(running, ({ system_id }) => system_id);
  const deployments = Map.groupBy<Uuid | undefined, Deployed>(
    [
      ...running,
      ...named.flatMap(({ release, started_at, ended_at }) =>
        release && started_at !== null ? [{ ...release, started_at, ended_at }] : [],
      ),
    ],
    ({ id }) => id,
  );
  const resolved = records.map((record, i): Resolved => {
    const { input, occurredAt } = record;
    const system = systems[i];
    const release = input.release
      ? releaseOf(system?.id, input.release)
      : onlyOneAt(runningOf.get(system?.id as Uuid) ?? [], occurredAt);
    const deployed = (deployments.get(release?.id) ?? []).some((one) => isDeployedAt(one, occurredAt, clockSkew));
    return { record, system, release, deployed };
  });
  return { clockSkew, resolved };
}

/** A release by what it is called within its system; `rows` in the order in which they were released. */
function byAnyName(rows: readonly NamedRow[]) {
  const found = new Map<string, ReleaseRow>();
  // Later ones overwrite: the newest of a digest, then versions over digests and ids over both.
  for (const name of ["digest", "version", "id"] as const) {
    for (const { release } of rows) if (release) found.set(`${release.system_id} ${release[name]}`, release);
  }
  return (systemId: Uuid | undefined, name: string): ReleaseRow | undefined => found.get(`${systemId} ${name}`);
}

/** All that was in production of these systems, and when. */
async function readDeployed(
  tx: Transaction<Tables>,
  orgId: Uuid,
  systemIds: readonly Uuid[],
): Promise<readonly Deployed[]> {
  if (systemIds.length === 0) return [];
  const { rows } = await sql<Deployed>`${PREPARED}
    SELECT r.id, r.system_id, r.version, r.digest, d.started_at, d.ended_at
    FROM deployment d JOIN release r ON r.org_id = d.org_id AND r.id = d.release_id
    WHERE d.org_id = ${orgId} AND NOT d.withdrawn AND NOT r.withdrawn AND d.environment = 'production'
      AND d.system_id = ANY(${systemIds}::uuid[])`.execute(tx);
  return rows;
}

/** The release that was in production at a moment; undefined where none or several were. */
function onlyOneAt(deployed: readonly Deployed[], at: Micros): ReleaseRow | undefined {
  const running = deployed.filter((one) => isDeployedAt(one, at, 0n));
  return distinct(running.map(({ id }) => id)).length === 1 ? running[0] : undefined;
}

function isDeployedAt({ started_at, ended_at }: Deployed, at: Micros, tolerance: Micros): boolean {
  return started_at - tolerance <= at && (ended_at === null || at < ended_at + tolerance);
}

const CLOCK_SKEW = "CLOCK_SKEW";

/** The largest difference between clocks that the organisation allows. */
export async function readClockSkew(tx: Transaction<Tables>, orgId: Uuid, catalogue: Catalogue): Promise<Micros> {
  return skewOf(await readParameter(tx, orgId, catalogue, CLOCK_SKEW));
}

function skewOf(seconds: number): Micros {
  return BigInt(Math.round(seconds * 1000)) * (MICROS_PER_SECOND / 1000n);
}

/** A number that the organisation may have changed, else the catalogue's default. */
export async function readParameter(tx: Transaction<Tables>, orgId: Uuid, catalogue: Catalogue, name: string) {
  const { rows } = await sql<{ value: number }>`${PREPARED}
    SELECT value FROM parameter WHERE org_id = ${orgId} AND name = ${name} AND NOT withdrawn`.execute(tx);
  return parameterOf(rows[0]?.value, catalogue, name);
}

function parameterOf(changed: number | null | undefined, catalogue: Catalogue, name: string): number {
  const value = changed ?? catalogue.parameter(name)?.value;
  if (value === undefined) throw new Error(`The catalogue has no parameter ${name}.`);
  return value;
}

export function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
