/** Compares what the inventory stores (scans, observations, documents, drift) with the entries that it was recorded by. */
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { entryTime } from "@steward/ledger";
import { sql } from "kysely";

import { documentDigest } from "../inventory/scans.service.ts";
import { statementsDigest } from "../inventory/vulnerabilities.service.ts";
import { differing, missing, altered, extra, EXTRA_ROWS_NAMED, type ProjectionCheck } from "./ledger.findings.ts";
import { type RecordedRow, recordedPairs } from "./ledger.recorded.ts";
import type { Stream } from "./ledger.streams.ts";

interface ScanRow extends RecordedRow {
  readonly source: string;
  readonly system_id: Uuid | null;
  readonly revision: string | null;
  readonly files_scanned: number;
  readonly files_skipped: number;
  readonly components: readonly object[];
  readonly digest: string;
  readonly document: { readonly components: readonly object[] };
}

export const scanStream: Stream<ScanRow> = {
  kind: "scan.recorded",
  table: "scan",
  what: "scan",
  select: (orgId, ids) => sql`SELECT * FROM scan WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, read) => {
    const { body } = read;
    return differing({
      ...recordedPairs(row, read),
      source: [row.source, body["source"]],
      system_id: [row.system_id, body["systemId"]],
      revision: [row.revision, body["revision"]],
      files_scanned: [row.files_scanned, body["filesScanned"]],
      files_skipped: [row.files_skipped, body["filesSkipped"]],
      digest: [row.digest, body["digest"]],
      document: [documentDigest(row.document), body["digest"]],
      components: [row.components.map(identityOf), row.document.components.map(identityOf)],
    });
  },
};

function identityOf(component: object) {
  const { kind, name, version, provider, confidence } = component as Readonly<Record<string, unknown>>;
  return [kind, name, version ?? null, provider ?? null, confidence];
}

interface DocumentRow extends RecordedRow {
  readonly release_id: Uuid;
  readonly format: string;
  readonly has_model_card: boolean;
  readonly digest: string;
  readonly document: object;
}

export const bomStream: Stream<DocumentRow> = {
  kind: "ai_bom.recorded",
  table: "release_document",
  what: "AI bill of materials",
  select: (orgId, ids) => sql`SELECT * FROM release_document WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, read) => {
    const { body } = read;
    return differing({
      ...recordedPairs(row, read),
      release_id: [row.release_id, body["releaseId"]],
      format: [row.format, body["format"]],
      has_model_card: [row.has_model_card, body["hasModelCard"]],
      digest: [row.digest, body["digest"]],
      document: [documentDigest(row.document), body["digest"]],
    });
  },
};

interface FeedRow extends RecordedRow {
  readonly source: string;
  readonly format: string;
  readonly statements: number;
  readonly digest: string;
  readonly said: readonly Parameters<typeof statementsDigest>[0][number][];
}

export const feedStream: Stream<FeedRow> = {
  kind: "vulnerabilities.imported",
  table: "vulnerability_feed",
  what: "vulnerability feed",
  select: (orgId, ids) => sql`
    SELECT f.*, coalesce((
      SELECT jsonb_agg(jsonb_build_object('id', v.vulnerability_id, 'component', v.component, 'version', v.version,
        'severity', v.severity, 'state', v.state) ORDER BY v.n)
      FROM vulnerability v WHERE v.org_id = f.org_id AND v.feed_id = f.id AND v.recorded_at = f.recorded_at
    ), '[]') AS said
    FROM vulnerability_feed f WHERE f.org_id = ${orgId} AND f.id = ANY(${ids}::uuid[])`,
  differing: (row, read) => {
    const { body } = read;
    return differing({
      ...recordedPairs(row, read),
      source: [row.source, body["source"]],
      format: [row.format, body["format"]],
      digest: [row.digest, body["digest"]],
      statements: [
        [row.statements, row.said.length],
        [body["statements"], body["statements"]],
      ],
      // Entries of before say only how many there are.
      ...(body["statementsDigest"] === undefined
        ? {}
        : { said: [statementsDigest(row.said), body["statementsDigest"]] as const }),
    });
  },
  finish: async (db, orgId) => {
    const { rows } = await sql<{ feed_id: Uuid; ledger_index: number }>`
      SELECT DISTINCT feed_id, ledger_index FROM vulnerability v WHERE org_id = ${orgId} AND NOT EXISTS (
        SELECT FROM vulnerability_feed f WHERE f.org_id = v.org_id AND f.id = v.feed_id AND f.ledger_index = v.ledger_index
      ) LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
    return rows.map((row) => extra("A vulnerability of the feed", row.feed_id, row.ledger_index));
  },
};

interface BatchRow {
  readonly id: Uuid;
  readonly source: string;
  readonly recorded_at: Micros;
  readonly n: number;
  readonly ledger_index: number;
  readonly sightings: readonly Readonly<Record<string, unknown>>[];
}

export const observationStream: Stream<BatchRow> = {
  kind: "observations.recorded",
  table: "observation_batch",
  what: "look at what runs",
  select: (orgId, ids) => sql`
    SELECT b.*, coalesce((
      SELECT jsonb_agg(jsonb_build_object('id', s.observation_id, 'provider', o.provider, 'model', o.model,
        'version', o.version, 'digest', o.digest, 'service', o.service, 'systemId', o.system_id, 'count', s.n,
        'firstAt', s.first_at, 'lastAt', s.last_at, 'index', s.ledger_index) ORDER BY s.observation_id)
      FROM observation_sighting s JOIN observation o ON o.org_id = s.org_id AND o.id = s.observation_id
      WHERE s.org_id = b.org_id AND s.batch_id = b.id
    ), '[]') AS sightings
    FROM observation_batch b WHERE b.org_id = ${orgId} AND b.id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, index, body }) => {
    const committed = (body["sightings"] as readonly Readonly<Record<string, unknown>>[]).toSorted((a, b) =>
      String(a["id"]) < String(b["id"]) ? -1 : 1,
    );
    return differing({
      source: [row.source, body["source"]],
      recorded_at: [row.recorded_at, entryTime(entry)],
      n: [row.n, committed.length],
      sightings: [
        row.sightings.map((seen) => ({ ...seen, firstAt: instant(seen["firstAt"]), lastAt: instant(seen["lastAt"]) })),
        committed.map((seen) => ({ ...seen, index })),
      ],
    });
  },
};

/** JSON of PostgreSQL writes moments with an offset and without trailing zeros. */
function instant(text: unknown): string | null {
  const match = /^(.{19})(?:\.(\d+))?\+00:00$/.exec(String(text));
  return match === null ? null : `${match[1]}.${(match[2] ?? "").padEnd(6, "0")}Z`;
}

interface DispositionRow {
  readonly id: Uuid;
  readonly item_id: Uuid;
  readonly finding_key: string;
  readonly kind: string;
  readonly system_id: Uuid | null;
  readonly reason: string;
  readonly until_at: Micros | null;
  readonly requested_by: Uuid;
  readonly requested_at: Micros;
  readonly state: string;
  readonly decided_by: Uuid | null;
  readonly decided_at: Micros | null;
  readonly decision_reason: string | null;
  readonly decision_index: number | null;
  readonly ledger_index: number;
}

export const dispositionStream: Stream<DispositionRow> = {
  kind: "drift.disposed",
  table: "drift_disposition",
  indexColumn: "request_index",
  what: "decision about drift",
  select: (orgId, ids) => sql`
    SELECT *, request_index AS ledger_index FROM drift_disposition
    WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, body }) =>
    differing({
      item_id: [row.item_id, body["item"]],
      finding_key: [row.finding_key, body["key"]],
      kind: [row.kind, body["kind"]],
      system_id: [row.system_id, body["systemId"]],
      reason: [row.reason, body["reason"]],
      until_at: [row.until_at === null ? null : formatInstant(row.until_at), body["until"]],
      requested_by: [row.requested_by, entry.actor.id],
      requested_at: [row.requested_at, entryTime(entry)],
      // Without an entry of another person's decision it is asked for, or takes effect by its kind.
      state: [
        row.decision_index === null ? row.state : "decided",
        row.decision_index === null ? (row.kind === "attach" ? "in_force" : "requested") : "decided",
      ],
    }),
};

export const driftDecisionStream: Stream<DispositionRow> = {
  kind: "drift.decided",
  table: "drift_disposition",
  indexColumn: "decision_index",
  what: "answer to a decision about drift",
  select: (orgId, ids) => sql`
    SELECT *, decision_index AS ledger_index FROM drift_disposition
    WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, { entry, body }) =>
    differing({
      item_id: [row.item_id, body["item"]],
      finding_key: [row.finding_key, body["key"]],
      state: [row.state, body["decision"] === "approve" ? "in_force" : "rejected"],
      decision_reason: [row.decision_reason, body["reason"]],
      decided_by: [row.decided_by, entry.actor.id],
      decided_at: [row.decided_at, entryTime(entry)],
    }),
};

/** One entry speaks of every item that a reconciliation opened or closed. */
export function driftEventCheck(): ProjectionCheck {
  let matched = 0;
  return {
    async check(db, orgId, entries) {
      const own = entries.filter(({ entry, body }) => entry.kind === "drift.reconciled" && body !== undefined);
      if (own.length === 0) return [];
      const { rows } = await sql<{ item_id: Uuid; event: string; recorded_at: Micros; ledger_index: number }>`
        SELECT item_id, event, recorded_at, ledger_index FROM drift_event
        WHERE org_id = ${orgId} AND ledger_index = ANY(${own.map(({ index }) => index)}::bigint[])`.execute(db);
      const stored = Map.groupBy(rows, ({ ledger_index }) => ledger_index);
      return own.flatMap(({ entry, index, body }) => {
        const found = stored.get(index) ?? [];
        const committed = eventsOf(body ?? {});
        if (found.length === 0 && committed.length > 0) return [missing("The drift", index)];
        matched += found.length;
        const wrong = differing({
          events: [found.map(({ item_id, event }) => `${event} ${item_id}`).toSorted(), committed.toSorted()],
          recorded_at: [found.filter(({ recorded_at }) => recorded_at !== entryTime(entry)).length, 0],
        });
        return altered("The drift", index, wrong);
      });
    },
    async finish(db, orgId) {
      const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM drift_event WHERE org_id = ${orgId}`.execute(
        db,
      );
      if (rows[0]?.n === matched) return [];
      const more = await sql<{ item_id: Uuid; ledger_index: number }>`
        SELECT item_id, ledger_index FROM drift_event d WHERE org_id = ${orgId} AND NOT EXISTS (
          SELECT FROM ledger_entry e WHERE e.org_id = d.org_id AND e.index = d.ledger_index AND e.kind = 'drift.reconciled'
        ) ORDER BY ledger_index LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
      return more.rows.map((row) => extra("The drift of item", row.item_id, row.ledger_index));
    },
  };
}

function eventsOf(body: Readonly<Record<string, unknown>>): string[] {
  return (["opened", "closed"] as const).flatMap((event) =>
    (body[event] as readonly { readonly id: string }[]).map(({ id }) => `${event} ${id}`),
  );
}
