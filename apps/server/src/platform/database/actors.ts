/** Names of those who acted, as they are known now: the ledger and the history hold only ids. */
import type { Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { PREPARED } from "./prepared.ts";
import type { Tables } from "./schema.ts";

export const SYSTEM_ACTOR_NAME = "Steward";

/** The names of persons and keys by id; ids that no longer have a name are left out. */
export async function nameActors(
  db: Kysely<Tables>,
  orgId: Uuid,
  rows: readonly { actor_kind: string; actor_id: string }[],
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const ids = { person: new Set<string>(), key: new Set<string>() };
  for (const { actor_kind: kind, actor_id: id } of rows) {
    if (kind === "system") names.set(id, SYSTEM_ACTOR_NAME);
    else if (kind === "person" || kind === "key") ids[kind].add(id);
  }
  if (ids.person.size > 0) {
    const found = await sql<{ id: string; title: string }>`${PREPARED}
      SELECT id, title FROM person WHERE org_id = ${orgId} AND id = ANY(${[...ids.person]}::uuid[])`.execute(db);
    for (const { id, title } of found.rows) names.set(id, title);
  }
  if (ids.key.size > 0) {
    const found = await sql<{ id: string; name: string }>`${PREPARED}
      SELECT id, name FROM api_key WHERE org_id = ${orgId} AND id = ANY(${[...ids.key]}::uuid[])
      UNION ALL
      SELECT id, name FROM scim_token WHERE org_id = ${orgId} AND id = ANY(${[...ids.key]}::uuid[])`.execute(db);
    for (const { id, name } of found.rows) names.set(id, name);
  }
  return names;
}
