/** Finds the decisions that outcomes belong to, by Steward's id or the sender's. */
import type { OutcomeInput } from "@steward/contract";
import { isUuid, type Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { distinct, findSystems } from "../decisions/decisions.lookup.ts";

export interface FoundDecision {
  readonly id: Uuid;
  readonly external_id: string;
  readonly system_id: Uuid | null;
  readonly system_name: string;
  readonly erased_by: number | null;
}

/** Locks what it finds, so that versions of one decision are numbered in turn. */
export async function findDecisions(tx: Transaction<Tables>, orgId: Uuid, inputs: readonly OutcomeInput[]) {
  const refs = distinct(inputs.map(({ decision }) => decision));
  const receipts = await tx
    .selectFrom("decision_receipt")
    .select("decision_id")
    .where("org_id", "=", orgId)
    .where("external_id", "in", refs)
    .execute();
  // The ids as constants, so that only their partitions are looked into.
  const ids = distinct([...receipts.map((row) => row.decision_id), ...refs.filter(isUuid)]);
  const { rows: all } = await sql<FoundDecision>`
    SELECT id, external_id, system_id, system_name, erased_by FROM decision
    WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  const systemOf = await findSystems(tx, orgId, distinct(inputs.flatMap(({ system }) => system ?? [])));
  const byId = new Map(all.map((row) => [row.id, row]));
  const byExternalId = Map.groupBy(all, (row) => row.external_id);
  return {
    all,
    decisionOf({ decision, system }: OutcomeInput): FoundDecision | "none" | "several" {
      const direct = byId.get(decision);
      const candidates = direct ? [direct] : (byExternalId.get(decision) ?? []);
      const meant = system === undefined ? undefined : systemOf(system);
      const fitting = candidates.filter(
        (row) => system === undefined || row.system_name === system || (meant && row.system_id === meant.id),
      );
      return fitting.length > 1 ? "several" : (fitting[0] ?? "none");
    },
  };
}
