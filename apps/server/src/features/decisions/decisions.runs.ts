/** What surrounds a call: the run that it is part of, and the calls, tools and sub-agents that are part of it. */
import type { Decision } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { missingFields, runColumns } from "./decisions.ai.ts";
import type { DecisionBody } from "./decisions.record.ts";

type Run = NonNullable<Decision["run"]>;

/** A page shows so many parts of a run; an agent that takes more steps is read by its steps. */
const CHILDREN_MAX = 200;

interface StepRow {
  readonly id: Uuid;
  readonly run_id: string;
  readonly parent_run_id: string | null;
  readonly outcome: string;
  readonly occurred_at: Micros;
  readonly body: Buffer | null;
}

/** Null where the sender named no run. Runs are looked for within one AI system, as their ids are its own. */
export async function readRun(
  db: Kysely<Tables>,
  orgId: Uuid,
  systemId: Uuid | null,
  body: Pick<DecisionBody, "ai" | "manifest">,
): Promise<Run | null> {
  const { runId, parentRunId, manifest } = runColumns(body);
  if (runId === null && parentRunId === null && manifest === null) return null;
  const [parents, children] = await Promise.all([
    parentRunId === null ? [] : readSteps(db, orgId, systemId, sql`d.run_id = ${parentRunId}`, 1),
    runId === null ? [] : readSteps(db, orgId, systemId, sql`d.parent_run_id = ${runId}`, CHILDREN_MAX + 1),
  ]);
  return {
    parent: parents[0] ?? null,
    children: children.slice(0, CHILDREN_MAX),
    truncated: children.length > CHILDREN_MAX,
    manifest,
    missing: manifest === null ? [] : missingFields(body),
  };
}

async function readSteps(
  db: Kysely<Tables>,
  orgId: Uuid,
  systemId: Uuid | null,
  which: RawBuilder<unknown>,
  limit: number,
) {
  const { rows } = await sql<StepRow>`
    SELECT d.id, d.run_id, d.parent_run_id, d.outcome, d.occurred_at, b.body
    FROM decision d LEFT JOIN ledger_body b ON b.org_id = d.org_id AND b.index = d.ledger_index
    WHERE d.org_id = ${orgId} AND d.system_id IS NOT DISTINCT FROM ${systemId}::uuid AND ${which} AND d.run_id IS NOT NULL
    ORDER BY d.occurred_at, d.id LIMIT ${limit}`.execute(db);
  return rows.map((row) => {
    const { ai, process } = (row.body === null ? {} : JSON.parse(row.body.toString("utf8"))) as Partial<DecisionBody>;
    const tool = ai?.operation === "execute_tool" ? process?.toolsCalled?.[0] : undefined;
    return {
      id: row.id,
      runId: row.run_id,
      parentRunId: row.parent_run_id,
      operation: ai?.operation ?? null,
      name: tool ?? ai?.agent?.name ?? ai?.responseModel ?? ai?.requestModel ?? null,
      outcome: row.outcome,
      occurredAt: formatInstant(row.occurred_at),
    };
  });
}
