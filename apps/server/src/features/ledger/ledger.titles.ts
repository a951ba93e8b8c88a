/** What the subjects of entries are called. */
import { isUuid, type Uuid } from "@steward/kernel";
import { registerOf } from "@steward/registers";
import { type Kysely, type RawBuilder, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

/** What subjects are called now: records by their title, decisions by their sender's id. */
export async function readTitles(
  db: Kysely<Tables>,
  orgId: Uuid,
  rows: readonly { readonly subject_kind: string; readonly subject_id: string }[],
): Promise<Map<string, string>> {
  const byKind = Map.groupBy(rows, (row) => row.subject_kind);
  const titles = new Map<string, string>();
  for (const [kind, group] of byKind) {
    const ids = group.map((row) => row.subject_id).filter(isUuid);
    const source = sourceOf(kind);
    if (source === undefined) continue;
    const found = await sql<{ id: string; title: string }>`
      ${source} WHERE x.org_id = ${orgId} AND x.id = ANY(${ids}::uuid[])`.execute(db);
    for (const { id, title } of found.rows) titles.set(id, title);
  }
  return titles;
}

function sourceOf(kind: string): RawBuilder<unknown> | undefined {
  if (kind === "decision") return sql`SELECT x.id, x.external_id AS title FROM decision x`;
  if (kind === "task") return sql`SELECT x.id, x.title FROM task x`;
  if (kind === "task_comment") {
    return sql`SELECT x.id, t.title FROM task_comment x JOIN task t ON t.org_id = x.org_id AND t.id = x.task_id`;
  }
  if (kind === "api_key") return sql`SELECT x.id, x.name AS title FROM api_key x`;
  if (kind === "scim_token") return sql`SELECT x.id, x.name AS title FROM scim_token x`;
  if (kind === "scim_group") return sql`SELECT x.id, x.display_name AS title FROM scim_group x`;
  if (kind === "identity_provider") return sql`SELECT x.id, x.name AS title FROM identity_provider x`;
  if (kind === "membership" || kind === "scim_user") {
    return sql`SELECT x.id, p.title FROM membership x JOIN person p ON p.org_id = x.org_id AND p.id = x.person_id`;
  }
  if (kind === "webhook") return sql`SELECT x.id, x.name AS title FROM webhook x`;
  return registerOf(kind) ? sql`SELECT x.id, x.title FROM ${sql.table(kind)} x` : undefined;
}
