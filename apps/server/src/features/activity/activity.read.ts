/** Who did what, read from the ledger's entries and the versions that they made. */
import type { Activity, ActivityActor, ActivityGroup, Actor } from "@steward/contract";
import { formatInstant, type Micros, parseInstant, type Uuid } from "@steward/kernel";
import { registerOf, registers, upcast } from "@steward/registers";
import { type Kysely, type RawBuilder, sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { cutPage, type Page, readCursor } from "../../platform/http/paging.ts";
import { IS_ACT } from "../../platform/ledger/acts.ts";
import { readTitles } from "../ledger/ledger.titles.ts";

export interface ActivityQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly actor?: ActivityActor | undefined;
  readonly actorId?: string | undefined;
  readonly group?: ActivityGroup | undefined;
  readonly systemId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The first words of the kinds of a group. */
const GROUPS: Readonly<Record<ActivityGroup, readonly string[]>> = {
  registers: registers.map(({ kind }) => kind),
  tasks: ["task"],
  evaluations: ["evaluation", "evaluation_policy"],
  inventory: ["scan", "drift", "ai_bom", "model_card", "vulnerabilities"],
  access: [
    "membership",
    "api_key",
    "webhook",
    "identity_provider",
    "scim_token",
    "scim_user",
    "scim_group",
    "break_glass",
    "auditor_reads",
  ],
  status: ["status"],
  evidence: ["ledger", "drill", "erasure", "subject", "backup", "decision"],
};

interface Row {
  readonly index: number;
  readonly entry_id: Uuid;
  readonly kind: string;
  readonly recorded_at: Micros;
  readonly actor_kind: Actor["kind"];
  readonly actor_id: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly subject_version: number | null;
  readonly system_id: string | null;
  readonly system_name: string | null;
  /** Of kinds whose words stand in their body. */
  readonly body: StatusBody | ReadsBody | null;
}

interface StatusBody {
  readonly requirementId: string;
  readonly from: string | null;
  readonly to: string;
}

interface ReadsBody {
  readonly day: string;
  readonly reads: number;
  readonly readsByKind: Readonly<Record<string, number>>;
}

const ORDER = "-index";
/** What an entry is about, where its body says so. */
const SYSTEM_OF_BODY = sql`CASE WHEN e.subject_kind = 'system' THEN e.subject_id
  ELSE convert_from(b.body, 'UTF8')::jsonb->>'systemId' END`;

/** Newest first. */
export async function listActivity(db: Kysely<Tables>, orgId: Uuid, query: ActivityQuery): Promise<Page<Activity>> {
  const cursor = readCursor(query.cursor, ORDER);
  const parts: RawBuilder<unknown>[] = [sql`e.org_id = ${orgId} AND ${IS_ACT}`, ...filtersOf(query)];
  if (cursor) parts.push(sql`e.index < ${Number(cursor.key)}`);
  const { rows } = await sql<Row>`
    SELECT e.*, s.id AS system_id, s.name AS system_name,
      CASE WHEN e.kind IN ('status.changed', 'auditor_reads.digested')
        THEN convert_from(b.body, 'UTF8')::jsonb END AS body
    FROM ledger_entry e
    LEFT JOIN ledger_body b ON b.org_id = e.org_id AND b.index = e.index
    LEFT JOIN system s ON s.org_id = e.org_id AND s.id::text = ${SYSTEM_OF_BODY}
    WHERE ${sql.join(parts, sql` AND `)}
    ORDER BY e.index DESC LIMIT ${query.limit + 1}`.execute(db);
  const page = cutPage(rows, query.limit, (row) => [ORDER, String(row.index), row.entry_id]);
  const [names, titles, changes] = await Promise.all([
    nameActors(db, orgId, page.items),
    readTitles(db, orgId, page.items),
    readChanges(db, orgId, page.items),
  ]);
  return {
    items: page.items.map((row) => ({
      ledgerIndex: row.index,
      at: formatInstant(row.recorded_at),
      actor: { kind: row.actor_kind, id: row.actor_id, name: names.get(row.actor_id) ?? null },
      kind: row.kind,
      subject: {
        kind: row.subject_kind,
        id: row.subject_id,
        version: row.subject_version,
        title: titles.get(row.subject_id) ?? null,
      },
      system: row.system_id === null ? null : { id: row.system_id, name: row.system_name ?? "" },
      ...(changes.get(row.index) ?? { changed: bodyWords(row), reason: null }),
    })),
    nextCursor: page.nextCursor,
    total: null,
  };
}

/** Which status changed, and how; or what an auditor read on a day. */
function bodyWords({ body }: Row): string[] {
  if (body === null) return [];
  if ("reads" in body) {
    const kinds = Object.entries(body.readsByKind).map(([kind, n]) => `${kind} ${n}`);
    return [`${body.reads} on ${body.day}`, ...kinds];
  }
  const { requirementId, from, to } = body;
  return [`${requirementId.slice(requirementId.indexOf(":") + 1)} from ${from ?? "not computed"} to ${to}`];
}

function filtersOf({ actor, actorId, group, systemId, from, to }: ActivityQuery): RawBuilder<unknown>[] {
  const at = (text: string) => moment(parseInstant(text) as Micros);
  return [
    ...(actor === undefined ? [] : [sql`e.actor_kind = ${actor}`]),
    ...(actorId === undefined ? [] : [sql`e.actor_id = ${actorId}`]),
    ...(group === undefined ? [] : [sql`split_part(e.kind, '.', 1) = ANY(${[...GROUPS[group]]}::text[])`]),
    ...(systemId === undefined ? [] : [sql`${SYSTEM_OF_BODY} = ${systemId}`]),
    ...(from === undefined ? [] : [sql`e.recorded_at >= ${at(from)}::timestamptz`]),
    ...(to === undefined ? [] : [sql`e.recorded_at < ${at(to)}::timestamptz`]),
  ];
}

interface VersionRow {
  readonly ledger_index: number;
  readonly kind: string;
  readonly change_reason: string | null;
  readonly schema_version: number;
  readonly body: Record<string, unknown>;
  readonly before_version: number | null;
  readonly before: Record<string, unknown> | null;
}

/** Which fields a new version changed, by their labels, and why. */
async function readChanges(db: Kysely<Tables>, orgId: Uuid, rows: readonly Row[]) {
  const indexes = rows.filter(({ subject_version }) => subject_version !== null).map(({ index }) => index);
  if (indexes.length === 0) return new Map<number, { changed: string[]; reason: string | null }>();
  const { rows: versions } = await sql<VersionRow>`
    SELECT v.ledger_index, v.kind, v.change_reason, v.schema_version, v.body,
      p.schema_version AS before_version, p.body AS before
    FROM record_version v
    LEFT JOIN record_version p ON p.org_id = v.org_id AND p.kind = v.kind AND p.id = v.id AND p.version = v.version - 1
    WHERE v.org_id = ${orgId} AND v.ledger_index = ANY(${indexes}::bigint[])`.execute(db);
  return new Map(
    versions.map((version) => [
      version.ledger_index,
      { changed: changedLabels(version), reason: version.change_reason },
    ]),
  );
}

function changedLabels({ kind, schema_version, body, before_version, before }: VersionRow): string[] {
  const register = registerOf(kind);
  if (register === undefined || before === null || before_version === null) return [];
  const [now, then] = [upcast(register, schema_version, body), upcast(register, before_version, before)];
  return Object.entries(register.fields)
    .filter(([name]) => JSON.stringify(now[name] ?? null) !== JSON.stringify(then[name] ?? null))
    .map(([, field]) => field.label);
}
