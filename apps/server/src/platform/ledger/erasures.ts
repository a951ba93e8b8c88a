/** Which bodies are gone, so that an audit pack can name the erasure of each. */
import type { Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../database/schema.ts";

/** Removes the bodies of entries and says that entry `erasedBy` justifies it. What was erased before stays so by that act. */
export async function eraseBodies(
  tx: Transaction<Tables>,
  orgId: Uuid,
  indexes: readonly number[],
  erasedBy: number,
): Promise<void> {
  const removed = await sql<{ index: number }>`
    DELETE FROM ledger_body WHERE org_id = ${orgId} AND index = ANY(${indexes}::bigint[]) RETURNING index`.execute(tx);
  const ranges: { first: number; last: number }[] = [];
  for (const index of removed.rows.map((row) => row.index).sort((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open && open.last + 1 === index) open.last = index;
    else ranges.push({ first: index, last: index });
  }
  await sql`
    INSERT INTO ledger_erasure (org_id, first_index, last_index, erased_by)
    SELECT ${orgId}::uuid, first_index, last_index, ${erasedBy}::bigint
    FROM unnest(${ranges.map(({ first }) => first)}::bigint[], ${ranges.map(({ last }) => last)}::bigint[])
      AS t (first_index, last_index)`.execute(tx);
}
