/** Reads of documents about releases: AI-BOMs and model cards. */
import type { ModelCardFact } from "@steward/assurance";
import type { BomChanges, BomComponent, ReleaseBom } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { notFound } from "../../platform/http/problem.ts";
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

type Document = Record<string, unknown>;

/** Components at every depth, and the format in words; undefined for what is no CycloneDX. */
export function readBom(document: Document): { format: string; components: Document[] } | undefined {
  const { bomFormat, specVersion, components } = document;
  if (bomFormat !== "CycloneDX" || typeof specVersion !== "string" || !/^1\.\d{1,2}$/.test(specVersion))
    return undefined;
  if (components !== undefined && !Array.isArray(components)) return undefined;
  const root = (document["metadata"] as Document | null | undefined)?.["component"];
  return { format: `CycloneDX ${specVersion}`, components: [...flatten(components), ...flatten([root])] };
}

function flatten(components: unknown): Document[] {
  if (!Array.isArray(components)) return [];
  return components.flatMap((one: unknown): Document[] =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? [one as Document, ...flatten((one as Document)["components"])]
      : [],
  );
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

/** What a document lists, each thing once. */
function componentsOf(document: Document): BomComponent[] {
  const listed = (readBom(document)?.components ?? []).flatMap((component): BomComponent[] => {
    const { type, name, version, supplier } = component;
    if (typeof name !== "string") return [];
    const provider = (supplier as Document | null | undefined)?.["name"];
    return [
      {
        kind: typeof type === "string" ? type : "component",
        name,
        version: typeof version === "string" ? version : null,
        provider: typeof provider === "string" ? provider : null,
      },
    ];
  });
  return [...new Map(listed.map((one) => [keyOf(one), one])).values()];
}

function keyOf({ kind, name, version }: BomComponent): string {
  return JSON.stringify([kind, name, version]);
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
