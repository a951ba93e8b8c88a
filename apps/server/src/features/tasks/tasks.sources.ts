/** Every source of tasks: what each feature leaves to do. */
import { evaluationAction, FactsIndex } from "@steward/assurance";
import { addWorkingDays, deadlineAfter, type Micros, parseInstant, type Uuid } from "@steward/kernel";
import { sql } from "kysely";

import { readPicture } from "../status/status.read.ts";
import { loadEvaluationFacts } from "../status/status.facts.ts";
import { readApprovals, readExpiring } from "./approvals.source.ts";
import { type Duty, type Ground, MEND_WITHIN_WORKING_DAYS } from "./duty.ts";

export async function readDuties(ground: Ground): Promise<Duty[]> {
  const duties: Duty[] = [];
  for (const read of [
    readDrift,
    readAlerts,
    readEvaluations,
    readModelChanges,
    readApprovals,
    readExpiring,
    readGaps,
  ]) {
    duties.push(...(await read(ground)));
  }
  return duties;
}

const NOBODY = { permission: null, notFor: null } as const;

/** Open findings; one for which a decision was asked is the task of whoever decides. */
async function readDrift({ db, orgId }: Ground): Promise<Duty[]> {
  const { rows } = await sql<{
    id: Uuid;
    message: string;
    system_id: Uuid | null;
    owner_id: Uuid | null;
    since: Micros;
    due_at: Micros;
  }>`
    SELECT id, message, system_id, owner_id, since, due_at FROM drift_item i
    WHERE org_id = ${orgId} AND state = 'open' AND NOT EXISTS (
      SELECT FROM drift_disposition d WHERE d.org_id = i.org_id AND d.item_id = i.id AND d.state = 'requested'
    )`.execute(db);
  return rows.map((row) => ({
    ...NOBODY,
    key: `drift:${row.id}`,
    kind: "drift",
    title: row.message,
    todo: "Declare it, attach it to an AI system, or ask for a decision to leave it as it is.",
    source: { kind: "drift_item", id: row.id },
    systemId: row.system_id,
    since: row.since,
    dueAt: row.due_at,
    ownerId: row.owner_id,
  }));
}

const ALERT_TODO: Readonly<Record<string, string>> = {
  open: "Say that you look after it, or act on it.",
  acknowledged: "Act on it, or close it with the reason.",
  acted: "Close it once nothing more is to do.",
};

async function readAlerts({ db, orgId }: Ground): Promise<Duty[]> {
  const { rows } = await sql<{
    id: Uuid;
    summary: string;
    state: string;
    system_id: Uuid;
    owner_id: Uuid | null;
    opened_at: Micros;
    acknowledge_by: Micros;
    act_by: Micros;
  }>`
    SELECT a.id, a.summary, a.state, a.system_id, coalesce(m.owner_id, s.owner_id) AS owner_id, a.opened_at,
      a.acknowledge_by, a.act_by
    FROM alert a
    JOIN monitor m ON m.org_id = a.org_id AND m.id = a.monitor_id
    JOIN system s ON s.org_id = a.org_id AND s.id = a.system_id
    WHERE a.org_id = ${orgId} AND NOT a.withdrawn AND a.state <> 'closed'`.execute(db);
  return rows.map((row) => ({
    ...NOBODY,
    key: `alert:${row.id}`,
    kind: "alert",
    title: row.summary,
    todo: ALERT_TODO[row.state] ?? "",
    source: { kind: "alert", id: row.id },
    systemId: row.system_id,
    since: row.opened_at,
    dueAt: row.state === "open" ? row.acknowledge_by : row.act_by,
    ownerId: row.owner_id,
  }));
}

/** Failed evaluations of releases that ran in production, as long as nothing was done about them. */
async function readEvaluations({ db, orgId, now }: Ground): Promise<Duty[]> {
  const { rows } = await sql<{ id: Uuid; name: string; owner_id: Uuid | null }>`
    SELECT e.id, s.name, s.owner_id FROM evaluation e
    JOIN system s ON s.org_id = e.org_id AND s.id = e.system_id AND NOT s.withdrawn
    WHERE e.org_id = ${orgId} AND e.verdict = 'fail'`.execute(db);
  if (rows.length === 0) return [];
  const index = new FactsIndex(await loadEvaluationFacts(db, orgId, { recordedAt: now, effectiveAt: now }));
  const facts = new Map((index.facts.evaluations ?? []).map((fact) => [fact.id, fact]));
  return rows.flatMap((row): Duty[] => {
    const fact = facts.get(row.id);
    const action = fact && evaluationAction(fact, index, now);
    if (fact === undefined || action === undefined) return [];
    if (action.state !== "open" && action.state !== "overdue") return [];
    return [
      {
        ...NOBODY,
        key: `evaluation:${row.id}`,
        kind: "evaluation",
        title: `${row.name} failed an evaluation (${fact.suite}).`,
        todo: "Deploy a release that passes, roll back to one that did, or have it accepted for a while.",
        source: { kind: "evaluation", id: row.id },
        systemId: fact.systemId as Uuid,
        since: fact.evidence.at,
        dueAt: action.due,
        ownerId: row.owner_id,
      },
    ];
  });
}

async function readModelChanges(ground: Ground): Promise<Duty[]> {
  const { db, orgId, calendar } = ground;
  const { rows } = await sql<{
    id: Uuid;
    seen_model: string;
    system_id: Uuid;
    name: string;
    owner_id: Uuid | null;
    detected_at: Micros;
  }>`
    SELECT c.id, c.seen_model, c.system_id, s.name, s.owner_id, c.detected_at FROM model_change c
    JOIN system s ON s.org_id = c.org_id AND s.id = c.system_id AND NOT s.withdrawn
    WHERE c.org_id = ${orgId} AND NOT c.withdrawn AND c.state = 'open'`.execute(db);
  if (rows.length === 0) return [];
  const allowed = await readAllowed(ground, "CHANGE_REVIEW_TIME");
  return rows.map((row) => ({
    ...NOBODY,
    key: `model_review:${row.id}`,
    kind: "model_review",
    title: `${row.name} is answered by ${row.seen_model}.`,
    todo: "Review the change: accept it, test again, restrict the use or replace the model.",
    source: { kind: "model_change", id: row.id },
    systemId: row.system_id,
    since: row.detected_at,
    dueAt: deadlineAfter(row.detected_at, allowed, calendar),
    ownerId: row.owner_id,
  }));
}

/** A parameter in force: the organisation's own value, else the catalogue's. */
async function readAllowed({ db, orgId, catalogue }: Ground, name: string): Promise<{ value: number; unit: string }> {
  const { rows } = await sql<{ value: number; unit: string }>`
    SELECT value, unit FROM parameter WHERE org_id = ${orgId} AND name = ${name} AND NOT withdrawn`.execute(db);
  return rows[0] ?? catalogue.parameter(name) ?? { value: MEND_WITHIN_WORKING_DAYS, unit: "working days" };
}

/** Requirements whose evidence failed or went stale. What was never shown is a plan, which the overview orders. */
async function readGaps({ orgId, calendar, ...deps }: Ground): Promise<Duty[]> {
  const known = await deps.db
    .selectFrom("status_current")
    .select("org_id")
    .where("org_id", "=", orgId)
    .executeTakeFirst();
  if (known === undefined) return [];
  const picture = await readPicture(deps, orgId, { mode: "recorded" }, "none");
  return picture.statuses.flatMap(({ status, since }): Duty[] => {
    if (status.status !== "failing" && status.status !== "stale") return [];
    const requirement = deps.catalogue.requirement(status.requirementId);
    const from = parseInstant(since);
    if (requirement === undefined || from === undefined) return [];
    const state = status.status === "failing" ? "fails" : "has only stale evidence";
    return [
      {
        ...NOBODY,
        key: `status_gap:${status.requirementId}`,
        kind: "status_gap",
        title: `${requirement.ref} ${requirement.title} ${state}.`,
        todo: "Its page says what was found and what would change it.",
        source: { kind: "requirement", id: status.requirementId },
        systemId: null,
        since: from,
        dueAt: addWorkingDays(from, MEND_WITHIN_WORKING_DAYS, calendar),
        ownerId: null,
      },
    ];
  });
}
