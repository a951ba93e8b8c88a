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

interface DeploymentRow {
  readonly release_id: Uuid;
  readonly started_at: Micros;
  readonly ended_at: Micros | null;
}

/** A system by its id or name. */
export async function findSystems(tx: Transaction<Tables>, orgId: Uuid, named: readonly string[]) {
  const { rows } = await sql<SystemRow>`${PREPARED}
    SELECT id, name, lifecycle, in_scope FROM system
    WHERE org_id = ${orgId} AND NOT withdrawn
      AND (id = ANY(${named.filter(isUuid)}::uuid[]) OR name = ANY(${named}::text[]))`.execute(tx);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byName = new Map(rows.map((row) => [row.name, row]));
  return (name: string): SystemRow | undefined => byId.get(name) ?? byName.get(name);
}

/**
 * Finds for each record its system, its release (by id, version or digest, the newest where several share a digest; the
 * only one in production where none is named) and whether that was in production. `tolerance` is the difference between
 * clocks that is allowed for.
 */
export async function resolveRecords(
  tx: Transaction<Tables>,
  orgId: Uuid,
  records: readonly DecisionRecord[],
  tolerance: Micros,
): Promise<Resolved[]> {
  const systemOf = await findSystems(tx, orgId, distinct(records.map(({ input }) => input.system)));
  const systems = records.map(({ input }) => systemOf(input.system));
  const systemIds = distinct(systems.flatMap((system) => (system ? [system.id] : [])));
  const named = distinct(records.flatMap(({ input }) => input.release ?? []));
  const releaseOf = await findReleases(tx, orgId, systemIds, named);
  const unnamed = systems.flatMap((system, i) => (system && !records[i]?.input.release ? [system.id] : []));
  const runningOf = await findRunning(tx, orgId, distinct(unnamed));
  const releases = records.map(({ input, occurredAt }, i) =>
    input.release ? releaseOf(systems[i]?.id, input.release) : runningOf(systems[i]?.id, occurredAt),
  );
  const releaseIds = distinct(releases.flatMap((release) => (release ? [release.id] : [])));
  const deployments = await findDeployments(tx, orgId, releaseIds);
  return records.map((record, i) => {
    const release = releases[i];
    const deployed = (deployments.get(release?.id ?? "") ?? []).some(
      ({ started_at, ended_at }) =>
        started_at - tolerance <= record.occurredAt && (ended_at === null || record.occurredAt < ended_at + tolerance),
    );
    return { record, system: systems[i], release, deployed };
  });
}

async function findReleases(
  tx: Transaction<Tables>,
  orgId: Uuid,
  systemIds: readonly Uuid[],
  named: readonly string[],
): Promise<(systemId: Uuid | undefined, name: string) => ReleaseRow | undefined> {
  if (systemIds.length === 0) return () => undefined;
  const { rows } = await sql<ReleaseRow>`${PREPARED}
    SELECT id, system_id, version, digest FROM release
    WHERE org_id = ${orgId} AND NOT withdrawn AND system_id = ANY(${systemIds}::uuid[])
      AND (id = ANY(${named.filter(isUuid)}::uuid[]) OR version = ANY(${named}::text[]) OR digest = ANY(${named}::text[]))
    ORDER BY released_at, id`.execute(tx);
  const found = new Map<string, ReleaseRow>();
  // Later ones overwrite: the newest of a digest, then versions over digests and ids over both.
  for (const name of ["digest", "version", "id"] as const) {
    for (const row of rows) found.set(`${row.system_id} ${row[name]}`, row);
  }
  return (systemId, name) => found.get(`${systemId} ${name}`);
}

/** The release of a system that was in production at a moment; undefined where none or several were. */
async function findRunning(
  tx: Transaction<Tables>,
  orgId: Uuid,
  systemIds: readonly Uuid[],
): Promise<(systemId: Uuid | undefined, at: Micros) => ReleaseRow | undefined> {
  if (systemIds.length === 0) return () => undefined;
  const { rows } = await sql<ReleaseRow & DeploymentRow>`${PREPARED}
    SELECT r.id, r.system_id, r.version, r.digest, d.release_id, d.started_at, d.ended_at
    FROM deployment d JOIN release r ON r.org_id = d.org_id AND r.id = d.release_id
    WHERE d.org_id = ${orgId} AND NOT d.withdrawn AND NOT r.withdrawn AND d.environment = 'production'
      AND d.system_id = ANY(${systemIds}::uuid[])`.execute(tx);
  const ofSystem = Map.groupBy(rows, (row) => row.system_id);
  return (systemId, at) => {
    const running = (ofSystem.get(systemId ?? "") ?? []).filter(
      ({ started_at, ended_at }) => started_at <= at && (ended_at === null || at < ended_at),
    );
    return distinct(running.map(({ id }) => id)).length === 1 ? running[0] : undefined;
  };
}

async function findDeployments(tx: Transaction<Tables>, orgId: Uuid, releaseIds: readonly Uuid[]) {
  const byRelease = new Map<Uuid, DeploymentRow[]>();
  if (releaseIds.length === 0) return byRelease;
  const { rows } = await sql<DeploymentRow>`${PREPARED}
    SELECT release_id, started_at, ended_at FROM deployment
    WHERE org_id = ${orgId} AND NOT withdrawn AND environment = 'production'
      AND release_id = ANY(${releaseIds}::uuid[])`.execute(tx);
  for (const row of rows) byRelease.set(row.release_id, [...(byRelease.get(row.release_id) ?? []), row]);
  return byRelease;
}

/** The largest difference between clocks that the organisation allows. */
export async function readClockSkew(tx: Transaction<Tables>, orgId: Uuid, catalogue: Catalogue): Promise<Micros> {
  const seconds = await readParameter(tx, orgId, catalogue, "CLOCK_SKEW");
  return BigInt(Math.round(seconds * 1000)) * (MICROS_PER_SECOND / 1000n);
}

/** A number that the organisation may have changed, else the catalogue's default. */
export async function readParameter(tx: Transaction<Tables>, orgId: Uuid, catalogue: Catalogue, name: string) {
  const { rows } = await sql<{ value: number }>`${PREPARED}
    SELECT value FROM parameter WHERE org_id = ${orgId} AND name = ${name} AND NOT withdrawn`.execute(tx);
  const value = rows[0]?.value ?? catalogue.parameter(name)?.value;
  if (value === undefined) throw new Error(`The catalogue has no parameter ${name}.`);
  return value;
}

export function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
