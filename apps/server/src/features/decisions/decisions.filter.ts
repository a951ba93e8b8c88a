/** Which decisions a question is about, as SQL on decision `d`. */
import type { decisionFilter } from "@steward/contract";
import { type Uuid, uuidv7Floor } from "@steward/kernel";
import { type RawBuilder, sql } from "kysely";
import type { z } from "zod";

import type { KeyStore } from "../../platform/ledger/keys.ts";
import { subjectHashOf } from "./decisions.record.ts";

type Asked = z.infer<z.ZodObject<typeof decisionFilter>>;

/** What was asked for, with the person as they are stored. */
export type DecisionFilter = Omit<Asked, "subject"> & { readonly subjectHash?: Buffer };

export async function filterOf<Q extends Asked>(keys: KeyStore, orgId: Uuid, { subject, ...rest }: Q) {
  if (subject === undefined) return rest;
  return { ...rest, subjectHash: subjectHashOf(subject, await keys.subjectKey(orgId)) };
}

export function matching(
  orgId: Uuid,
  filter: DecisionFilter,
  /** The only AI systems whose decisions may be seen; undefined: all. */
  systemIds?: readonly Uuid[],
): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [sql`d.org_id = ${orgId}`];
  if (systemIds !== undefined) parts.push(sql`d.system_id = ANY(${systemIds}::uuid[])`);
  if (filter.systemId !== undefined) parts.push(sql`d.system_id = ${filter.systemId}`);
  if (filter.releaseId !== undefined) parts.push(sql`d.release_id = ${filter.releaseId}`);
  if (filter.subjectHash !== undefined) parts.push(sql`d.subject_hash = ${filter.subjectHash}`);
  if (filter.outcome !== undefined) parts.push(sql`d.outcome = ${filter.outcome}`);
  if (filter.attribute !== undefined) {
    const [name, value] = split(filter.attribute);
    parts.push(sql`d.attributes ->> ${name} = ${value}`);
  }
  if (filter.flag !== undefined) parts.push(sql`d.flags <> '{}' AND ${filter.flag} = ANY(d.flags)`);
  if (filter.externalId !== undefined) {
    parts.push(sql`d.id IN (SELECT decision_id FROM decision_receipt
      WHERE org_id = ${orgId} AND external_id = ${filter.externalId})`);
  }
  // The id bounds the partitions that are read, to the millisecond; the moment decides.
  if (filter.from !== undefined) parts.push(sql`d.id >= ${floorOf(filter.from)} AND d.recorded_at >= ${filter.from}`);
  if (filter.to !== undefined) parts.push(sql`d.id < ${floorOf(filter.to, 1)} AND d.recorded_at < ${filter.to}`);
  return sql.join(parts, sql` AND `);
}

function split(attribute: string): [name: string, value: string] {
  const at = attribute.indexOf("=");
  return [attribute.slice(0, at), attribute.slice(at + 1)];
}

/** The smallest id of a moment's millisecond, or of a later one. */
function floorOf(instant: string, laterMs = 0): Uuid {
  return uuidv7Floor(Math.max(0, Date.parse(instant) + laterMs));
}
