/** Keeps, day by day, from which sources an AI system's agents took their context, and under which trust labels. */
import type { Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { plainArray } from "../../platform/database/values.ts";
import type { Appended } from "../../platform/ledger/append.ts";
import type { DecisionBody, Resolved } from "./decisions.record.ts";

/** Sources and labels of a system's day that are told apart; the rest count as items that name no source. */
export const CONTEXT_SOURCES_MAX = 2000;

interface Written {
  readonly resolved: Resolved;
  readonly body: Pick<DecisionBody, "decision" | "manifest">;
}

/** Nothing for decisions without a manifest. The head of the log is held, so that nobody else counts at the same time. */
export async function insertContextSources(
  tx: Transaction<Tables>,
  orgId: Uuid,
  written: readonly Written[],
  appended: readonly Appended[],
): Promise<void> {
  const met = new Map<string, { systemId: Uuid; source: string; label: string; index: number }>();
  for (const [i, { resolved, body }] of written.entries()) {
    const { system } = resolved;
    if (!system || body.decision.sandbox) continue;
    for (const { source, label } of itemsOf(body)) {
      const key = JSON.stringify([system.id, source, label]);
      if (!met.has(key)) met.set(key, { systemId: system.id, source, label, index: (appended[i] as Appended).index });
    }
  }
  if (met.size === 0) return;
  const rows = [...met.values()];
  const at = moment((appended[0] as Appended).at);
  await sql`
    WITH met AS (
      SELECT t.*, (${at}::timestamptz AT TIME ZONE 'UTC')::date AS day
      FROM unnest(${rows.map(({ systemId }) => systemId)}::uuid[], ${rows.map(({ source }) => source)}::text[],
        ${rows.map(({ label }) => label)}::text[], ${plainArray(rows.map(({ index }) => index))}::bigint[]
      ) AS t (system_id, source_key, trust_label, first_index)
    ), fresh AS (
      SELECT met.*, row_number() OVER (PARTITION BY system_id ORDER BY first_index, source_key, trust_label) +
        (SELECT count(*) FROM context_source_day k
          WHERE k.org_id = ${orgId} AND k.system_id = met.system_id AND k.day = met.day) AS place
      FROM met WHERE NOT EXISTS (SELECT FROM context_source_day k WHERE k.org_id = ${orgId} AND k.day = met.day
        AND k.system_id = met.system_id AND k.source_key = met.source_key AND k.trust_label = met.trust_label)
    ), kept AS (
      SELECT system_id, CASE WHEN place <= ${sql.lit(CONTEXT_SOURCES_MAX)} THEN source_key ELSE '' END AS source_key,
        CASE WHEN place <= ${sql.lit(CONTEXT_SOURCES_MAX)} THEN trust_label ELSE '' END AS trust_label, day, first_index
      FROM fresh
    )
    INSERT INTO context_source_day (org_id, system_id, source_key, trust_label, day, first_at, first_index)
    SELECT ${orgId}::uuid, system_id, source_key, trust_label, day, ${at}::timestamptz, min(first_index) FROM kept
    GROUP BY system_id, source_key, trust_label, day
    ON CONFLICT DO NOTHING`.execute(tx);
}

function itemsOf({ manifest }: Pick<DecisionBody, "manifest">) {
  return (manifest?.items ?? []).map(({ sourceId, trustLabel }) => ({
    source: sourceId ?? "",
    label: trustLabel ?? "",
  }));
}
