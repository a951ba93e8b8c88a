/** Reads of registers: lists, one record, its history, and the register as it stood at a past moment. */
import type { HistoryItem, Permission, RecordView } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { columnName, type Register, registerOf, upcast } from "@steward/registers";
import { type Kysely, type RawBuilder, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { nameActors } from "../../platform/database/actors.ts";
import { boundSystems, type Caller } from "../../platform/http/caller.ts";
import { cutPage, type Page, readCursor } from "../../platform/http/paging.ts";
import { notFound } from "../../platform/http/problem.ts";
import { linkTable, sortExpression } from "./records.ddl.ts";
import { titleOf, type Values } from "./records.store.ts";
import { mayBy, mayDecide, readEnteredBy } from "./records.decisions.ts";

interface VersionRow {
  id: Uuid;
  version: number;
  schema_version: number;
  recorded_at: Micros;
  effective_at: Micros;
  actor_kind: "person" | "key" | "system";
  actor_id: string;
  change_reason: string | null;
  withdrawn: boolean;
  body: Values;
  ledger_index: number;
}

export interface ListQuery {
  limit: number;
  cursor?: string | undefined;
  q?: string | undefined;
  sort?: string | undefined;
  withdrawn: "exclude" | "include" | "only";
  asOf?: string | undefined;
  [filter: `where.${string}`]: string | undefined;
}

const VERSION_COLUMNS = sql`v.id, v.version, v.schema_version, v.recorded_at, v.effective_at, v.actor_kind, v.actor_id,
  v.change_reason, v.withdrawn, v.body, v.ledger_index`;

export async function listRecords(
  db: Kysely<Tables>,
  caller: Caller,
  register: Register,
  query: ListQuery,
): Promise<Page<RecordView>> {
  const sort = readSort(register, query);
  const { expression, order, name } = sort;
  const matches = sql`${conditions(register, query)} AND ${coveredRow(caller, register)}`;
  const cursor = readCursor(query.cursor, name);
  const after = cursor ? sql`AND ${afterCursor(sort, cursor)}` : sql``;
  // Where nothing can be missing, an index serves the order; it has no place for what is missing, last in both ways.
  const ordered = sql`ORDER BY ${expression} ${order} ${sort.nullable ? sql`NULLS LAST` : sql``}, r.id ${order}`;
  const source = sourceOf(caller.orgId, register, query.asOf);
  const { rows } = await sql<VersionRow & { sort_key: string | null }>`
    SELECT ${VERSION_COLUMNS}, (${expression})::text AS sort_key
    FROM (SELECT r.* FROM ${source} WHERE ${matches} ${after} ${ordered} LIMIT ${query.limit + 1}) r
    ${versionOf(register)} ${ordered}`.execute(db);
  const counted = await sql<{ n: number }>`SELECT count(*)::int AS n FROM ${source} WHERE ${matches}`.execute(db);
  const page = cutPage(rows, query.limit, (row) => [name, row.sort_key, row.id]);
  return {
    items: await toViews(db, caller, register, page.items),
    nextCursor: page.nextCursor,
    total: counted.rows[0]?.n ?? 0,
  };
}

/** One record; with moments given, the version known at `asOf` that held at `effectiveAt`. */
export async function readRecord(
  db: Kysely<Tables>,
  caller: Caller,
  register: Register,
  id: Uuid,
  at: { asOf?: string | undefined; effectiveAt?: string | undefined } = {},
): Promise<RecordView | undefined> {
  const recorded = at.asOf === undefined ? sql`true` : sql`v.recorded_at <= ${at.asOf}`;
  const effective = at.effectiveAt === undefined ? sql`true` : sql`v.effective_at <= ${at.effectiveAt}`;
  const { rows } = await sql<VersionRow>`
    SELECT ${VERSION_COLUMNS} FROM record_version v
    WHERE v.org_id = ${caller.orgId} AND v.kind = ${register.kind} AND v.id = ${id} AND ${recorded} AND ${effective}
      AND ${covered(caller, register)}
    ORDER BY v.version DESC LIMIT 1`.execute(db);
  const views = await toViews(db, caller, register, rows);
  return views[0];
}

/** @throws HttpProblem `not_found` where the organisation has no such record. */
export async function expectRecord(db: Kysely<Tables>, orgId: Uuid, kind: string, id: Uuid): Promise<void> {
  const { rows } = await sql`SELECT 1 FROM ${sql.table(kind)} WHERE org_id = ${orgId} AND id = ${id}`.execute(db);
  if (rows.length === 0) throw notFound(`This ${kind.replaceAll("_", " ")}`);
}

export async function readHistory(
  db: Kysely<Tables>,
  caller: Caller,
  register: Register,
  id: Uuid,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<HistoryItem>> {
  const cursor = readCursor(query.cursor, "version");
  const before = cursor ? sql`AND v.version < ${Number(cursor.key)}` : sql``;
  // One more than the page for the cursor, and that one's predecessor is what the last item is compared with.
  const { rows } = await sql<VersionRow>`
    SELECT ${VERSION_COLUMNS} FROM record_version v
    WHERE v.org_id = ${caller.orgId} AND v.kind = ${register.kind} AND v.id = ${id} ${before}
      AND ${covered(caller, register)}
    ORDER BY v.version DESC LIMIT ${query.limit + 1}`.execute(db);
  const names = await nameActors(db, caller.orgId, rows);
  const page = cutPage(rows, query.limit, (row) => ["version", String(row.version), row.id]);
  const items = page.items.map((row, index) => {
    const values = upcast(register, row.schema_version, row.body);
    const previous = rows[index + 1];
    return {
      ...versionFields(register, row, names),
      title: titleOf(register, values),
      values,
      changed: previous
        ? changedFields(register, values, upcast(register, previous.schema_version, previous.body))
        : [],
    };
  });
  return { items, nextCursor: page.nextCursor, total: null };
}

/** Of version `v`: whether it is of an AI system that the caller may read about. */
export function covered(caller: Caller, register: Register): RawBuilder<unknown> {
  const bound = boundSystems(caller, "records.read");
  if (bound === undefined) return sql`true`;
  if (register.kind === "system") return sql`v.id = ANY(${bound}::uuid[])`;
  return sql`v.body->>'systemId' = ANY(${bound}::text[])`;
}

/** The same of row `r`, which has a column of its own for it. */
function coveredRow(caller: Caller, register: Register): RawBuilder<unknown> {
  const bound = boundSystems(caller, "records.read");
  if (bound === undefined) return sql`true`;
  if (register.kind === "system") return sql`r.id = ANY(${bound}::uuid[])`;
  return register.fields["systemId"] ? sql`r.system_id = ANY(${bound}::uuid[])` : sql`false`;
}

/** The version that row `r` shows. Joined to the rows of a page only: all of a register would be read for each page. */
function versionOf(register: Register): RawBuilder<unknown> {
  return sql`JOIN record_version v
    ON v.org_id = r.org_id AND v.kind = ${register.kind} AND v.id = r.id AND v.version = r.current_version`;
}

/** Current rows `r`, or those that the versions which were newest at a past moment would have made. */
function sourceOf(orgId: Uuid, register: Register, asOf: string | undefined): RawBuilder<unknown> {
  if (asOf === undefined) return sql`(SELECT * FROM ${sql.table(register.kind)} WHERE org_id = ${orgId}) r`;
  return sql`(SELECT v.org_id, v.id, v.version AS current_version, v.recorded_at, v.withdrawn, v.body,
      to_tsvector('simple', v.body::text) AS search, ${pastColumns(register)}
    FROM (SELECT DISTINCT ON (id) * FROM record_version
      WHERE org_id = ${orgId} AND kind = ${register.kind} AND recorded_at <= ${asOf}
      ORDER BY id, version DESC) v) r`;
}

/** The typed columns of a past version, read from its body. */
function pastColumns(register: Register): RawBuilder<unknown> {
  const columns = Object.entries(register.fields)
    .filter(([, field]) => field.column !== "link")
    .map(([name, field]) => {
      const value =
        field.column === "text[]"
          ? sql`ARRAY(SELECT jsonb_array_elements_text(v.body->${name}))`
          : sql`(v.body->>${name})::${sql.raw(field.column)}`;
      return sql`${value} AS ${sql.ref(columnName(name))}`;
    });
  return sql.join(columns);
}

function conditions(register: Register, query: ListQuery): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [sql`true`];
  if (query.withdrawn === "exclude") parts.push(sql`NOT r.withdrawn`);
  if (query.withdrawn === "only") parts.push(sql`r.withdrawn`);
  const words = prefixQuery(query.q);
  if (words !== undefined) parts.push(sql`r.search @@ to_tsquery('simple', ${words})`);
  for (const [name, field] of Object.entries(register.fields)) {
    const wanted = query[`where.${name}`];
    if (wanted === undefined) continue;
    if (field.column === "text[]") {
      const column = sql.ref(`r.${columnName(name)}`);
      parts.push(wanted === "" ? sql`coalesce(cardinality(${column}), 0) = 0` : sql`${wanted} = ANY(${column})`);
    } else if (field.column === "link") {
      const linked = linkedTo(register, name, query.asOf);
      parts.push(wanted === "" ? sql`NOT EXISTS (${linked})` : sql`EXISTS (${linked} AND target_id::text = ${wanted})`);
    } else {
      const column = sql.ref(`r.${columnName(name)}`);
      parts.push(wanted === "" ? sql`${column} IS NULL` : sql`${column}::text = ${wanted}`);
    }
  }
  return sql.join(parts, sql` AND `);
}

/** The links of row `r`; those of a past row stand in its body. */
function linkedTo(register: Register, name: string, asOf: string | undefined): RawBuilder<unknown> {
  return asOf === undefined
    ? sql`SELECT FROM ${sql.table(linkTable(register, name))} l WHERE l.org_id = r.org_id AND l.id = r.id`
    : sql`SELECT FROM jsonb_array_elements_text(r.body->${name}) l(target_id) WHERE true`;
}

/** Every word as a prefix, so that a search finds while it is typed. */
function prefixQuery(q: string | undefined): string | undefined {
  const words = (q ?? "").match(/[\p{L}\p{N}]+/gu)?.slice(0, 10) ?? [];
  return words.length === 0 ? undefined : words.map((word) => `${word}:*`).join(" & ");
}

interface Sort {
  readonly name: string;
  readonly expression: RawBuilder<unknown>;
  readonly descending: boolean;
  readonly order: RawBuilder<unknown>;
  /** Whether rows may have no value here. */
  readonly nullable: boolean;
}

function readSort(register: Register, { sort, asOf }: ListQuery): Sort {
  const name = sort ?? "-recordedAt";
  const descending = name.startsWith("-");
  const field = descending ? name.slice(1) : name;
  const declared = register.fields[field];
  const expression = declared ? sortExpression(declared, field) : undefined;
  return {
    name,
    descending,
    order: descending ? sql`DESC` : sql`ASC`,
    expression: sql.raw(expression ?? "r.recorded_at"),
    // A version of the past may be older than a field that is required now.
    nullable: expression !== undefined && (asOf !== undefined || declared?.required !== true),
  };
}

function afterCursor(
  { expression, descending, nullable }: Sort,
  cursor: { key: string | null; id: string },
): RawBuilder<unknown> {
  const beyond = descending ? sql`<` : sql`>`;
  if (cursor.key === null) return sql`(${expression} IS NULL AND r.id ${beyond} ${cursor.id})`;
  // An untyped text literal takes the type of the expression, so the same condition serves text, numbers and times.
  const following = sql`(${expression}, r.id) ${beyond} (${sql.lit(cursor.key)}, ${cursor.id}::uuid)`;
  return nullable ? sql`(${following} OR ${expression} IS NULL)` : following;
}

async function toViews(
  db: Kysely<Tables>,
  caller: Caller,
  register: Register,
  rows: readonly VersionRow[],
): Promise<RecordView[]> {
  const [names, references, enteredBy] = await Promise.all([
    nameActors(db, caller.orgId, rows),
    readReferences(db, caller.orgId, register, rows),
    register.lifecycle?.decisions === undefined
      ? undefined
      : readEnteredBy(
          db,
          caller.orgId,
          register.kind,
          rows.map(({ id }) => id),
        ),
  ]);
  return rows.map((row) => {
    const values = upcast(register, row.schema_version, row.body);
    const systemId = (register.kind === "system" ? row.id : (values["systemId"] ?? null)) as Uuid | null;
    const may = allowed(register, caller, row.withdrawn, systemId);
    return {
      ...versionFields(register, row, names),
      title: titleOf(register, values),
      values,
      references: Object.fromEntries(
        referencedIds(register, values).flatMap((id) => {
          const found = references.get(id);
          return found ? [[id, found]] : [];
        }),
      ),
      may: {
        change: may,
        withdraw: register.singleton || register.systemCreated ? SYSTEM_MADE : may,
        decide: row.withdrawn
          ? null
          : mayDecide(register, caller, { values, systemId, enteredBy: enteredBy?.get(row.id) }),
      },
    };
  });
}

const SYSTEM_MADE = { allowed: false, reason: "Steward makes these records; they cannot be withdrawn." };

function allowed(register: Register, caller: Caller, withdrawn: boolean, systemId: Uuid | null) {
  if (withdrawn) return { allowed: false, reason: "It was withdrawn and cannot change any more." };
  return mayBy(register.writePermission as Permission, caller, systemId);
}

function versionFields(register: Register, row: VersionRow, names: ReadonlyMap<string, string>) {
  return {
    id: row.id,
    kind: register.kind,
    version: row.version,
    recordedAt: formatInstant(row.recorded_at),
    effectiveAt: formatInstant(row.effective_at),
    actor: { kind: row.actor_kind, id: row.actor_id, name: names.get(row.actor_id) ?? null },
    changeReason: row.change_reason,
    withdrawn: row.withdrawn,
    ledgerIndex: row.ledger_index,
  };
}

function referencedIds(register: Register, values: Values): string[] {
  return Object.entries(register.fields).flatMap(([name, field]) => {
    const value = values[name];
    if (field.type === "ref") return typeof value === "string" ? [value] : [];
    return field.type === "refs" ? ((value ?? []) as string[]) : [];
  });
}

async function readReferences(db: Kysely<Tables>, orgId: Uuid, register: Register, rows: readonly VersionRow[]) {
  const wanted = new Map<string, Set<string>>();
  for (const [name, field] of Object.entries(register.fields)) {
    if (field.target === undefined) continue;
    const ids = wanted.get(field.target) ?? new Set();
    for (const { body } of rows) for (const id of [body[name] ?? []].flat()) ids.add(String(id));
    wanted.set(field.target, ids);
  }
  const found = new Map<string, { id: string; kind: string; title: string; withdrawn: boolean }>();
  for (const [kind, ids] of wanted) {
    if (ids.size === 0 || !registerOf(kind)) continue;
    const result = await sql<{ id: string; title: string; withdrawn: boolean }>`
      SELECT id, title, withdrawn FROM ${sql.table(kind)} WHERE org_id = ${orgId} AND id = ANY(${[...ids]}::uuid[])
    `.execute(db);
    for (const row of result.rows) found.set(row.id, { ...row, kind });
  }
  return found;
}

function changedFields(register: Register, values: Values, previous: Values): string[] {
  return Object.keys(register.fields).filter(
    (name) => JSON.stringify(values[name] ?? null) !== JSON.stringify(previous[name] ?? null),
  );
}
