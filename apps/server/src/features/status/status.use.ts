/** The facts about intended use: what the registers say, and what the cells count of the decisions, as known at a moment. */
import {
  type ContextSourceFact,
  USE_DAYS,
  USE_DIMENSIONS,
  type UseDeviationFact,
  type UseDimension,
  type UseEnvelopeFact,
  type UseFact,
} from "@steward/assurance";
import { type Micros, type Uuid, uuidv7Floor } from "@steward/kernel";
import type { contextSource, useDeviation, useEnvelope } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { Version } from "./status.facts.ts";

export function useEnvelopeFact({ values, evidence }: Version<typeof useEnvelope>): UseEnvelopeFact {
  const { tasks, userGroups, regions, dataClasses } = values;
  return {
    systemId: values.systemId,
    intended: { task: tasks, user_group: userGroups, region: regions, data_class: dataClasses },
    limitPercent: values.limitPercent,
    evidence,
  };
}

export function useDeviationFact({ values, evidence }: Version<typeof useDeviation>): UseDeviationFact {
  return { systemId: values.systemId, dimension: values.dimension, value: values.value, evidence };
}

export function contextSourceFact({ values, evidence }: Version<typeof contextSource>): ContextSourceFact {
  return { systemId: values.systemId, source: values.sourceKey, evidence };
}

/**
 * The decisions of each system with an intended use over the days that end with its newest one, by slice. Slices beyond
 * the number that is told apart do not say where they fall.
 */
export async function loadUses(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<UseFact[]> {
  const { rows } = await sql<{
    system_id: Uuid;
    attributes: Readonly<Record<string, unknown>> | null;
    n: number;
    last_at: Micros;
    ledger_index: number;
  }>`
    WITH limited AS (
      SELECT DISTINCT (body->>'systemId')::uuid AS system_id FROM record_version
      WHERE org_id = ${orgId} AND kind = 'use_envelope' AND recorded_at <= ${moment(until)}
    )
    SELECT l.system_id, s.attributes, sum(c.n)::bigint AS n, newest.last_at, newest.ledger_index
    FROM limited l
    JOIN LATERAL (
      SELECT max(day) AS day, least(max(recorded_at), (max(day) + 1)::timestamp AT TIME ZONE 'UTC') AS last_at,
        (SELECT ledger_index FROM decision d WHERE d.org_id = ${orgId} AND d.system_id = l.system_id
          AND d.id < ${uuidv7Floor(Number(until / 1000n) + 1)} ORDER BY d.id DESC LIMIT 1) AS ledger_index
      FROM decision_slice_cell c
      WHERE c.org_id = ${orgId} AND c.system_id = l.system_id AND c.recorded_at <= ${moment(until)}
    ) newest ON newest.day IS NOT NULL AND newest.ledger_index IS NOT NULL
    JOIN decision_slice_cell c ON c.org_id = ${orgId} AND c.system_id = l.system_id
      AND c.day > newest.day - ${sql.lit(USE_DAYS)} AND c.recorded_at <= ${moment(until)}
    LEFT JOIN decision_slice s ON s.org_id = c.org_id AND s.system_id = c.system_id AND s.id = c.slice_id
    GROUP BY l.system_id, s.id, s.attributes, newest.last_at, newest.ledger_index HAVING sum(c.n) > 0`.execute(db);
  return [...Map.groupBy(rows, (row) => row.system_id)].map(([systemId, of]) => {
    const { last_at: lastAt, ledger_index: ledgerIndex } = of[0] as (typeof rows)[number];
    return {
      systemId,
      groups: of.map(({ attributes, n }) => ({ ...placeOf(attributes ?? {}), decisions: n })),
      lastAt,
      evidence: { kind: "use", id: `${systemId}/${lastAt}`, ledgerIndex, at: lastAt },
    };
  });
}

function placeOf(attributes: Readonly<Record<string, unknown>>): Record<UseDimension, string | null> {
  const valueOf = (value: unknown) => (value === undefined || value === null ? null : String(value));
  return Object.fromEntries(USE_DIMENSIONS.map((name) => [name, valueOf(attributes[name])])) as Record<
    UseDimension,
    string | null
  >;
}
