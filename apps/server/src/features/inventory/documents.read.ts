/** Reads of documents about releases: AI-BOMs and model cards. */
import type { ModelCardFact } from "@steward/assurance";
import type { BomChanges, ReleaseBom } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { notFound } from "../../platform/http/problem.ts";
import { componentsOf } from "./documents.components.ts";
import { diffComponents } from "./documents.diff.ts";

/** The newest document with a model card of each release. */
export async function loadCards(db: Kysely<Tables>, orgId: Uuid, until: Micros): Promise<ModelCardFact[]> {
  const { rows } = await sql<{ release_id: Uuid; id: Uuid; kind: string; recorded_at: Micros; ledger_index: number }>`
    SELECT DISTINCT ON (release_id) release_id, id, kind, recorded_at, ledger_index FROM release_document
    WHERE org_id = ${orgId} AND has_model_card AND recorded_at <= ${until} ORDER BY release_id, id DESC`.execute(db);
  return rows.map((row) => ({
    releaseId: row.release_id,
    evidence: { kind: row.kind, id: row.id, ledgerIndex: row.ledger_index, at: row.recorded_at },
  }));
}

/** @throws HttpProblem `not_found` where the release or its AI-BOM does not exist. */
export async function readReleaseBom(db: Kysely<Tables>, orgId: Uuid, releaseId: Uuid) {
  const row = await db
    .selectFrom("release_document")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("release_id", "=", releaseId)
    .where("kind", "=", "ai_bom")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row) throw notFound("An AI-BOM of this release");
  const bom: ReleaseBom = {
    id: row.id,
    releaseId,
    format: row.format,
    hasModelCard: row.has_model_card,
    digest: row.digest,
    recordedAt: formatInstant(row.recorded_at),
    ledgerIndex: row.ledger_index,
  };
  return { ...bom, components: componentsOf(row.document), document: row.document };
}

/** What changed from one release's AI-BOM to another's; another version of the same thing is a change of it. */
export async function diffReleaseBoms(
  db: Kysely<Tables>,
  orgId: Uuid,
  releaseId: Uuid,
  fromId: Uuid,
): Promise<BomChanges> {
  const { components: after, document: _to, ...to } = await readReleaseBom(db, orgId, releaseId);
  const { components: before, document: _from, ...from } = await readReleaseBom(db, orgId, fromId);
  return { from, to, ...diffComponents(before, after) };
}
