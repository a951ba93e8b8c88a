/** The facts about AI systems, with since when they are as they are. */
import type { SystemFact } from "@steward/assurance";
import type { Micros, Uuid } from "@steward/kernel";
import type { system } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { DayBorders, Moment, Version } from "./status.facts.ts";

interface SystemChanges {
  purposeChangedAt: Micros | null;
  supplierChangedAt: Micros | null;
  lifecycleSince: Micros;
  registeredAt: Micros;
}

/** Since when a system is known and in its stage, and when its purpose and supplier last changed after registration. */
export async function loadSystemChanges(
  db: Kysely<Tables>,
  orgId: Uuid,
  at: Moment,
): Promise<Map<Uuid, SystemChanges>> {
  const { rows } = await sql<{
    id: Uuid;
    purpose: Micros | null;
    supplier: Micros | null;
    lifecycle: Micros;
    known: Micros;
  }>`
    SELECT id,
      max(effective_at) FILTER (WHERE version > 1 AND body->>'purpose' IS DISTINCT FROM old->>'purpose') AS purpose,
      max(effective_at) FILTER (WHERE version > 1 AND body->>'supplier' IS DISTINCT FROM old->>'supplier') AS supplier,
      max(effective_at) FILTER (WHERE version = 1 OR body->>'lifecycle' IS DISTINCT FROM old->>'lifecycle') AS lifecycle,
      min(recorded_at) AS known
    FROM (
      SELECT id, version, recorded_at, effective_at, body, lag(body) OVER (PARTITION BY id ORDER BY version) AS old
      FROM record_version
      WHERE org_id = ${orgId} AND kind = 'system'
        AND recorded_at <= ${at.recordedAt} AND effective_at <= ${at.effectiveAt}
    ) steps GROUP BY id`.execute(db);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        purposeChangedAt: row.purpose,
        supplierChangedAt: row.supplier,
        lifecycleSince: row.lifecycle,
        registeredAt: row.known,
      },
    ]),
  );
}

export function systemFact(
  version: Version<typeof system>,
  days: DayBorders,
  changes: SystemChanges | undefined,
): SystemFact {
  const { id, values, evidence: seen } = version;
  const decidedOn = values.aiRolesDecidedOn;
  return {
    id,
    name: values.name,
    supplier: values.supplier,
    inScope: yesNo(values.inScope),
    scopeReason: values.scopeReason,
    scopeApproverId: values.scopeApproverId,
    aiRoles: values.aiRoles,
    aiRolesDeciderId: values.aiRolesDecidedById,
    aiRolesDecidedAt: decidedOn === null ? null : days.end(decidedOn),
    purposeChangedAt: changes?.purposeChangedAt ?? null,
    supplierChangedAt: changes?.supplierChangedAt ?? null,
    lifecycle: values.lifecycle,
    lifecycleSince: changes?.lifecycleSince ?? version.effectiveAt,
    registeredAt: changes?.registeredAt ?? version.recordedAt,
    ownerId: values.ownerId,
    aiActTier: values.aiActTier,
    agentic: yesNo(values.agentic),
    retentionDays: values.retentionDays,
    retentionRuleDays: values.retentionRuleDays,
    evidence: seen,
  };
}

export function yesNo(value: string): boolean | null {
  return value === "yes" ? true : value === "no" ? false : null;
}
