/** Reads of scans for screens. */
import type { Scan, ScanDocument, ScanKind } from "@steward/contract";
import { formatInstant, type Uuid } from "@steward/kernel";
import type { Kysely, Selectable } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import type { Tables } from "../../platform/database/schema.ts";
import type { ScanTable } from "../../platform/database/schema.inventory.ts";
import { newestOf, type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";
import { notFound } from "../../platform/http/problem.ts";

export interface ScanQuery extends PageQuery {
  readonly systemId?: string | undefined;
  readonly source?: string | undefined;
}

type ScanRow = Omit<Selectable<ScanTable>, "components" | "document"> & { readonly found: number };

const COLUMNS = [
  "org_id",
  "id",
  "source",
  "system_id",
  "revision",
  "recorded_at",
  "actor_kind",
  "actor_id",
  "files_scanned",
  "files_skipped",
  "digest",
  "ledger_index",
] as const;

const ORDER = "-id";

function selectScans(db: Kysely<Tables>, orgId: Uuid) {
  return db
    .selectFrom("scan")
    .select(COLUMNS)
    .select(({ fn }) => fn<number>("jsonb_array_length", ["components"]).as("found"))
    .where("org_id", "=", orgId);
}

/** Newest first; ids carry the time of the scan. */
export async function listScans(db: Kysely<Tables>, orgId: Uuid, query: ScanQuery): Promise<Page<Scan>> {
  let select = selectScans(db, orgId);
  if (query.systemId !== undefined) select = select.where("system_id", "=", query.systemId);
  if (query.source !== undefined) select = select.where("source", "=", query.source);
  return pageById(query, ORDER, newestOf(select), async (rows) => {
    const names = await nameActors(db, orgId, rows);
    return rows.map((row) => scanView(row, names));
  });
}

/** @throws HttpProblem `not_found`. */
export async function readScan(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<Scan & { report: ScanDocument }> {
  const row = await selectScans(db, orgId).select("document").where("id", "=", id).executeTakeFirst();
  if (!row) throw notFound("This scan");
  const names = await nameActors(db, orgId, [row]);
  return { ...scanView(row, names), report: row.document as ScanDocument };
}

/** What was scanned and what was found there. @throws HttpProblem `not_found`. */
export async function readScanned(db: Kysely<Tables>, orgId: Uuid, id: Uuid) {
  const row = await db
    .selectFrom("scan")
    .select(["source", "components"])
    .where("org_id", "=", orgId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw notFound("This scan");
  return { source: row.source, components: row.components.map(({ kind, name }) => ({ kind: kind as ScanKind, name })) };
}

function scanView(row: ScanRow, names: ReadonlyMap<string, string>): Scan {
  return {
    id: row.id,
    source: row.source,
    systemId: row.system_id,
    revision: row.revision,
    recordedAt: formatInstant(row.recorded_at),
    sender: {
      kind: row.actor_kind as Scan["sender"]["kind"],
      id: row.actor_id,
      name: names.get(row.actor_id) ?? null,
    },
    filesScanned: row.files_scanned,
    filesSkipped: row.files_skipped,
    components: row.found,
    digest: row.digest,
    ledgerIndex: row.ledger_index,
  };
}
