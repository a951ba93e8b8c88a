/** Who most likely knows about a finding, so that a task does not start without a person. */
import type { Finding } from "@steward/assurance";
import type { Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

/**
 * The owner of the system; where there is none, whoever published what shows it, or made the key it was published with;
 * else whoever sees that the management system meets the standard.
 */
export async function guessOwners(
  db: Kysely<Tables>,
  orgId: Uuid,
  findings: readonly Finding[],
): Promise<Map<string, Uuid>> {
  const owners = await ownersOfSystems(db, orgId);
  const ownerOf = ({ systemId }: Finding) => (systemId === null ? undefined : owners.get(systemId));
  const [publishers, fallback] = await Promise.all([
    publishersOf(
      db,
      orgId,
      findings.filter((finding) => ownerOf(finding) === undefined),
    ),
    conformityLead(db, orgId),
  ]);
  const guesses = findings.map((finding) => {
    const published = finding.evidence.flatMap(({ ledgerIndex }) => publishers.get(ledgerIndex ?? -1) ?? []);
    return [finding.key, ownerOf(finding) ?? published[0] ?? fallback] as const;
  });
  return new Map(guesses.flatMap(([key, person]) => (person === undefined ? [] : [[key, person]])));
}

async function ownersOfSystems(db: Kysely<Tables>, orgId: Uuid): Promise<Map<string, Uuid>> {
  const { rows } = await sql<{ id: Uuid; owner_id: Uuid }>`
    SELECT id, owner_id FROM system WHERE org_id = ${orgId} AND owner_id IS NOT NULL`.execute(db);
  return new Map(rows.map((row) => [row.id, row.owner_id]));
}

/** The person behind each entry that these findings cite. */
async function publishersOf(db: Kysely<Tables>, orgId: Uuid, findings: readonly Finding[]): Promise<Map<number, Uuid>> {
  const indexes = findings.flatMap(({ evidence }) => evidence.flatMap(({ ledgerIndex }) => ledgerIndex ?? []));
  if (indexes.length === 0) return new Map();
  const { rows } = await sql<{ index: number; id: Uuid }>`
    SELECT e.index, p.id FROM ledger_entry e
    LEFT JOIN api_key k ON e.actor_kind = 'key' AND k.org_id = e.org_id AND k.id::text = e.actor_id
    JOIN person p ON p.org_id = e.org_id AND NOT p.withdrawn
      AND p.id::text = CASE WHEN e.actor_kind = 'person' THEN e.actor_id ELSE k.created_by::text END
    WHERE e.org_id = ${orgId} AND e.index = ANY(${indexes}::bigint[])`.execute(db);
  return new Map(rows.map((row) => [row.index, row.id]));
}

async function conformityLead(db: Kysely<Tables>, orgId: Uuid): Promise<Uuid | undefined> {
  const { rows } = await sql<{ id: Uuid }>`
    SELECT person_id AS id FROM role_assignment
    WHERE org_id = ${orgId} AND role = 'aims_conformity' AND NOT withdrawn AND valid_to IS NULL
    ORDER BY valid_from DESC, id LIMIT 1`.execute(db);
  return rows[0]?.id;
}
