/** Where what a finding is about stands: files and lines of the newest scan, and what was seen at run time. */
import { normalName, resourceOf } from "@steward/assurance";
import type { DriftDetail } from "@steward/contract";
import { formatInstant, type Uuid } from "@steward/kernel";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { ScanComponentRow } from "../../platform/database/schema.inventory.ts";
import type { DriftItemRow } from "./drift.service.ts";

/** Of code and of sightings; the scan itself has the rest. */
const SHOWN_MAX = 50;

type Places = Pick<DriftDetail, "places" | "sightings" | "more">;

export async function readPlaces(db: Kysely<Tables>, orgId: Uuid, item: DriftItemRow): Promise<Places> {
  const cited = (kind: string) => item.evidence.flatMap((piece) => (piece.kind === kind ? [piece.id] : []));
  const all = await placesIn(db, orgId, item, cited("scan"));
  const observations = cited("observation");
  const places = all.slice(0, SHOWN_MAX);
  const sightings = await sightingsOf(db, orgId, observations);
  const more = all.length - places.length + observations.length - sightings.length;
  return { places, sightings, more };
}

/** A finding cites the scan that first showed it; the lines are those of the newest scan of that source. */
async function placesIn(db: Kysely<Tables>, orgId: Uuid, item: DriftItemRow, scanIds: readonly string[]) {
  if (scanIds.length === 0) return [];
  const sources = db.selectFrom("scan").select("source").where("org_id", "=", orgId).where("id", "in", scanIds);
  const scans = await db
    .selectFrom("scan")
    .distinctOn("source")
    .select(["source", "components"])
    .where("org_id", "=", orgId)
    .where("source", "in", sources)
    .orderBy("source")
    .orderBy("id", "desc")
    .execute();
  return scans.flatMap(({ source, components }) =>
    components
      .filter((row) => item.kind === "shadow" || isMeant(row, item))
      .map(({ kind, name, file, line, places }) => ({ source, kind, name, file, line, more: places - 1 })),
  );
}

/** A service is meant by its own name or by that of its supplier. */
function isMeant({ kind, name, provider }: ScanComponentRow, { subject }: DriftItemRow): boolean {
  const resource = resourceOf(kind);
  if (resource === undefined) return false;
  const names = resource === "service" && provider !== null ? [name, provider] : [name];
  return names.some((one) => normalName(one) === normalName(subject.name));
}

async function sightingsOf(db: Kysely<Tables>, orgId: Uuid, ids: readonly string[]): Promise<Places["sightings"]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("observation")
    .select(["source", "service", "provider", "model", "version", "n", "last_at"])
    .where("org_id", "=", orgId)
    .where("id", "in", ids)
    .orderBy("last_at", "desc")
    .orderBy("id")
    .limit(SHOWN_MAX)
    .execute();
  return rows.map(({ source, service, provider, model, version, n, last_at }) => ({
    source: source as Places["sightings"][number]["source"],
    service,
    provider,
    model,
    version,
    count: n,
    lastSeenAt: formatInstant(last_at),
  }));
}
