/**
 * Silent changes of a vendor's model: when decisions show that another model answers than the release declares, or than
 * answered under it before, a review is opened. Each new model of a system is reviewed once.
 */
import type { Micros, Uuid } from "@steward/kernel";
import { formatInstant } from "@steward/kernel";
import { modelChange, type Register } from "@steward/registers";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { createRecord } from "../records/records.service.ts";
import type { MonitorDeps } from "./monitors.service.ts";

/** Opens the reviews that are missing; answers how many. */
export async function openModelReviews(deps: MonitorDeps): Promise<number> {
  const opened = await exclusively(deps.db, "model reviews", async () => {
    const unknown = await readUnknown(deps.db);
    for (const { org_id, system_id, response_model, before, first_at } of unknown) {
      const writer = { orgId: org_id, actor: { kind: "system" as const, id: INSTALLATION_ID }, caller: undefined };
      const values = modelChange.createSchema.parse({
        systemId: system_id,
        seenModel: response_model,
        declaredModel: before,
        origin: "detected",
        detectedAt: formatInstant(first_at),
      });
      await createRecord(deps, writer, modelChange as unknown as Register, { values: { ...values } });
    }
    return unknown.length;
  });
  return opened ?? 0;
}

/**
 * Models that answered and of which intake flagged the first decision, without a review of the system. Unscoped: it is
 * the scheduler that asks for all organisations.
 */
async function readUnknown(db: Kysely<Tables>) {
  const { rows } = await sql<{
    org_id: Uuid;
    system_id: Uuid;
    response_model: string;
    before: string | null;
    first_at: Micros;
  }>`
    SELECT DISTINCT ON (a.org_id, a.system_id, a.response_model) a.org_id, a.system_id, a.response_model, a.first_at, (
      SELECT b.response_model FROM answering_model b
      WHERE b.org_id = a.org_id AND b.system_id = a.system_id AND b.release_key = a.release_key
        AND b.request_model = a.request_model AND b.first_index < a.first_index ORDER BY b.first_index LIMIT 1
    ) AS before
    FROM answering_model a
    JOIN system s ON s.org_id = a.org_id AND s.id = a.system_id AND NOT s.withdrawn
    JOIN ledger_entry e ON e.org_id = a.org_id AND e.index = a.first_index
    JOIN decision d ON d.org_id = a.org_id AND d.id = e.subject_id::uuid AND 'model_changed' = ANY(d.flags)
    WHERE NOT EXISTS (
      SELECT FROM model_change m WHERE m.org_id = a.org_id AND m.system_id = a.system_id
        AND m.seen_model = a.response_model AND NOT m.withdrawn
    )
    ORDER BY a.org_id, a.system_id, a.response_model, a.first_index`.execute(db);
  return rows;
}
