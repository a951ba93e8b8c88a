/** Questions about the past: what ran at a moment, and what an incident would have touched. */
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { type DecisionFilter, matching } from "./decisions.filter.ts";

/** The releases whose production deployments cover the moment, the newest deployment first. */
export async function readRunningAt(db: Kysely<Tables>, orgId: Uuid, systemId: Uuid, at: Micros) {
  const { rows } = await sql<{
    release_id: Uuid;
    version: string;
    digest: string;
    deployment_id: Uuid;
    started_at: Micros;
    ended_at: Micros | null;
  }>`
    SELECT r.id AS release_id, r.version, r.digest, p.id AS deployment_id, p.started_at, p.ended_at
    FROM deployment p JOIN release r ON r.org_id = p.org_id AND r.id = p.release_id
    WHERE p.org_id = ${orgId} AND p.system_id = ${systemId} AND NOT p.withdrawn AND p.environment = 'production'
      AND p.started_at <= ${moment(at)} AND (p.ended_at IS NULL OR p.ended_at > ${moment(at)})
    ORDER BY p.started_at DESC, p.id`.execute(db);
  return {
    at: formatInstant(at),
    releases: rows.map((row) => ({
      releaseId: row.release_id,
      version: row.version,
      digest: row.digest,
      deploymentId: row.deployment_id,
      startedAt: formatInstant(row.started_at),
      endedAt: row.ended_at === null ? null : formatInstant(row.ended_at),
    })),
  };
}

/** Counted over the decisions themselves, so that the answer is exact and may be cut by anything. */
export async function countAffected(db: Kysely<Tables>, orgId: Uuid, filter: DecisionFilter) {
  const which = matching(orgId, filter);
  const { rows } = await sql<{
    decisions: number;
    subjects: number;
    first_at: Micros | null;
    last_at: Micros | null;
  }>`
    SELECT count(*) AS decisions, count(DISTINCT d.subject_hash) AS subjects, min(d.occurred_at) AS first_at,
      max(d.occurred_at) AS last_at
    FROM decision d WHERE ${which}`.execute(db);
  const groups = await sql<{
    systemId: Uuid | null;
    systemName: string;
    releaseId: Uuid | null;
    releaseVersion: string;
    outcome: string;
    decisions: number;
  }>`
    SELECT d.system_id AS "systemId", d.system_name AS "systemName", d.release_id AS "releaseId",
      d.release_name AS "releaseVersion", d.outcome, count(*) AS decisions
    FROM decision d WHERE ${which} GROUP BY 1, 2, 3, 4, 5 ORDER BY decisions DESC, 2, 4, 5
    LIMIT ${sql.lit(GROUPS_MAX)}`.execute(db);
  const [total] = rows;
  return {
    decisions: total?.decisions ?? 0,
    subjects: total?.subjects ?? 0,
    firstAt: total?.first_at == null ? null : formatInstant(total.first_at),
    lastAt: total?.last_at == null ? null : formatInstant(total.last_at),
    groups: groups.rows,
  };
}

/** The largest groups of an answer. */
const GROUPS_MAX = 200;
