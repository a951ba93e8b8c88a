/** The facts about vendors' models: what runs on one, whether it shows which model answers, and changes of it. */
import type { DeploymentFact, EvidenceRef, ModelChangeFact, ModelUseFact } from "@steward/assurance";
import { type Micros, parseInstant, type Uuid } from "@steward/kernel";
import type { modelChange, RecordValues } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { countsAsOf } from "../decisions/decisions.counts.ts";

/** Per AI system the newest decision of a release under which a model is known to have answered. */
export async function loadModelAnswers(
  db: Kysely<Tables>,
  orgId: Uuid,
  until: Micros,
): Promise<ReadonlyMap<Uuid, Micros>> {
  const { rows } = await sql<{ system_id: Uuid; at: Micros }>`
    SELECT s.system_id, newest.at FROM (
      SELECT DISTINCT system_id, release_key FROM answering_model
      WHERE org_id = ${orgId} AND first_at <= ${moment(until)}
    ) s
    JOIN LATERAL (
      SELECT c.last_at AS at FROM ${countsAsOf(orgId, until)} c
      WHERE c.system_id = s.system_id AND coalesce(c.release_id::text, '') = s.release_key
      ORDER BY c.hour DESC, c.last_at DESC LIMIT 1
    ) newest ON true`.execute(db);
  const answers = new Map<Uuid, Micros>();
  for (const { system_id, at } of rows) {
    const known = answers.get(system_id);
    if (known === undefined || known < at) answers.set(system_id, at);
  }
  return answers;
}

/** A release as the facts need it. */
export interface KnownRelease {
  readonly modelKind: string;
  readonly evidence: EvidenceRef;
}

/** What runs in production at a moment; a system of which one release runs on a vendor's model uses it. */
export function modelUses(
  deployments: readonly DeploymentFact[],
  releases: ReadonlyMap<string, KnownRelease>,
  answers: ReadonlyMap<Uuid, Micros>,
  now: Micros,
): ModelUseFact[] {
  const running = deployments.filter(
    ({ environment, from, to }) => environment === "production" && from <= now && (to === null || now < to),
  );
  return [...Map.groupBy(running, ({ systemId }) => systemId)].flatMap(([systemId, list]) => {
    const known = list.flatMap(({ releaseId }) => releases.get(releaseId) ?? []);
    const chosen = known.find(({ modelKind }) => modelKind === "vendor_api") ?? known[0];
    if (chosen === undefined) return [];
    const vendor = chosen.modelKind === "vendor_api";
    return [{ systemId, vendor, answeredAt: answers.get(systemId) ?? null, evidence: chosen.evidence }];
  });
}

/** A change's newest version, with when its history first said that it was reviewed. */
export async function loadModelChanges(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<ModelChangeFact[]> {
  const { rows } = await sql<{
    id: Uuid;
    version: number;
    recorded_at: Micros;
    ledger_index: number;
    body: RecordValues<typeof modelChange>;
    withdrawn: boolean;
    reviewed_at: Micros | null;
  }>`
    WITH known AS (
      SELECT * FROM record_version
      WHERE org_id = ${orgId} AND kind = 'model_change' AND recorded_at <= ${moment(until)}
    )
    SELECT DISTINCT ON (id) id, version, recorded_at, ledger_index, body, withdrawn,
      (SELECT min(k.recorded_at) FROM known k WHERE k.id = known.id AND k.body->>'state' = 'reviewed') AS reviewed_at
    FROM known ORDER BY id, version DESC`.execute(db);
  return rows
    .filter(({ withdrawn }) => !withdrawn)
    .map((row) => ({
      id: row.id,
      systemId: row.body.systemId,
      model: row.body.seenModel,
      knownAt: parseInstant(row.body.detectedAt) as Micros,
      reviewedAt: row.reviewed_at,
      evidence: {
        kind: "model_change",
        id: row.id,
        version: row.version,
        ledgerIndex: row.ledger_index,
        at: row.recorded_at,
      },
    }));
}
