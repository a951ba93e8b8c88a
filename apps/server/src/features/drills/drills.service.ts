/**
 * Reconstruction drills: a random sample of a system's decisions is rebuilt from what is stored, and the result is kept
 * as evidence. The seed is recorded, so that anybody can draw the same sample again.
 */
import { randomBytes } from "node:crypto";

import type { Drill } from "@steward/contract";
import {
  type Clock,
  formatInstant,
  type Micros,
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  type Uuid,
  uuidv7Floor,
} from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";

import { moment, type ReconstructionDrillTable, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { newestOf, type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { reconstructDecisions } from "./drills.reconstruct.ts";

export interface DrillDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/**
 * Decisions of one random sample. Where none of sixty is missing anything, fewer than one in twenty of all can be
 * (95 % confidence, rule of three).
 */
export const DRILL_SAMPLE_DECISIONS = 60;
/** Decisions that an earlier drill could not rebuild are drawn again, so that a lucky sample hides nothing; so many. */
const CARRIED_MAX = 200;
/** A drill looks at a day at least. */
const WINDOW: Micros = MICROS_PER_DAY;
/** Time from one drill of a system to the next. */
const DRILL_EVERY: Micros = MICROS_PER_DAY;
/** The first drill of a system waits so long for more decisions than its first one. */
const FIRST_DRILL_AFTER: Micros = MICROS_PER_MINUTE;

const SYSTEM_ACTOR: Actor = { kind: "system", id: INSTALLATION_ID };

/** @throws HttpProblem `not_found`, or `conflict` where there is no decision to draw. */
export async function runDrill(deps: DrillDeps, orgId: Uuid, systemId: Uuid, actor: Actor): Promise<Drill> {
  return withTransaction(deps.db, async (tx) => {
    const known = await sql`SELECT FROM system WHERE org_id = ${orgId} AND id = ${systemId}`.execute(tx);
    if (known.rows.length === 0) throw notFound("This AI system");
    const drawn = await draw(tx, orgId, systemId, deps.clock.now());
    if (drawn.ids.length === 0) {
      throw new HttpProblem("conflict", "This AI system has sent no decision that a sample could be drawn from.");
    }
    const results = await reconstructDecisions(tx, orgId, drawn.ids);
    const missing = [...results]
      .filter(([, elements]) => elements.length > 0)
      .map(([decisionId, elements]) => ({ decisionId, elements }));
    const result = {
      systemId,
      seed: drawn.seed,
      from: formatInstant(drawn.from),
      to: formatInstant(drawn.to),
      population: drawn.population,
      sampled: results.size,
      reconstructed: results.size - missing.length,
      missing,
    };
    const [appended] = await appendEvidence(tx, deps.clock, orgId, [
      {
        kind: "drill.recorded",
        actor,
        subject: { kind: "reconstruction_drill" },
        body: { ...result, drawn: [...results.keys()] },
      },
    ]);
    const { subjectId: id, at, index: ledgerIndex } = appended as Appended;
    const drill: Drill = { id, ranAt: formatInstant(at), ...result, ledgerIndex };
    await insertDrill(tx, orgId, drill);
    return drill;
  });
}

interface Drawn {
  readonly seed: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly population: number;
  readonly ids: readonly Uuid[];
}

/**
 * Draws from everything recorded since the drill before, a day at least, all when they are few: the decisions with the
 * smallest SHA-256 of seed and id, which is a uniform sample without replacement.
 */
async function draw(tx: Transaction<Tables>, orgId: Uuid, systemId: Uuid, to: Micros): Promise<Drawn> {
  const last = await tx
    .selectFrom("reconstruction_drill")
    .select(["to_at", "missing"])
    .where("org_id", "=", orgId)
    .where("system_id", "=", systemId)
    .orderBy("ran_at", "desc")
    .limit(1)
    .executeTakeFirst();
  const from = last === undefined ? 0n : last.to_at < to - WINDOW ? last.to_at : to - WINDOW;
  const seed = randomBytes(16).toString("hex");
  const population = sql`decision WHERE org_id = ${orgId} AND system_id = ${systemId} AND NOT sandbox
    AND NOT step AND erased_by IS NULL AND id >= ${uuidv7Floor(Number(from / 1000n))} AND recorded_at >= ${moment(from)} AND recorded_at < ${moment(to)}`;
  const counted = await sql<{ n: number; first: Micros | null }>`
    SELECT count(*) AS n, min(recorded_at) AS first FROM ${population}`.execute(tx);
  const sample = await sql<{ id: Uuid }>`
    SELECT id FROM ${population} ORDER BY sha256(convert_to(${seed} || id::text, 'UTF8')), id
    LIMIT ${DRILL_SAMPLE_DECISIONS}`.execute(tx);
  const carried = (last?.missing ?? []).slice(0, CARRIED_MAX).map(({ decisionId }) => decisionId);
  return {
    seed,
    from: from === 0n ? (counted.rows[0]?.first ?? to) : from,
    to,
    population: counted.rows[0]?.n ?? 0,
    ids: [...new Set([...carried, ...sample.rows.map(({ id }) => id)])],
  };
}

async function insertDrill(tx: Transaction<Tables>, orgId: Uuid, drill: Drill): Promise<void> {
  await tx
    .insertInto("reconstruction_drill")
    .values({
      org_id: orgId,
      id: drill.id,
      system_id: drill.systemId,
      ran_at: drill.ranAt,
      seed: drill.seed,
      from_at: drill.from,
      to_at: drill.to,
      population: drill.population,
      sampled: drill.sampled,
      reconstructed: drill.reconstructed,
      missing: JSON.stringify(drill.missing),
      ledger_index: drill.ledgerIndex,
    })
    .execute();
}

/**
 * Runs the drill of every system whose last one is a day old, and the first of those whose first decisions have come;
 * answers how many. Systems that have sent nothing since are left alone: a drill over nothing shows nothing.
 * @throws AggregateError when drills failed; the others ran.
 */
export async function runDueDrills(deps: DrillDeps): Promise<number> {
  const ran = await exclusively(deps.db, "drills", async () => {
    const due = await readDue(deps.db, deps.clock.now());
    const results = await inTurn(due, ({ org_id, id }) => runDrill(deps, org_id, id, SYSTEM_ACTOR));
    const failed = results.filter((result) => result.status === "rejected");
    if (failed.length > 0)
      throw new AggregateError(
        failed.map(({ reason }) => reason),
        "Drills failed.",
      );
    return results.length;
  });
  return ran ?? 0;
}

/** Every organisation's due drills: unscoped, because it is the scheduler that asks. */
async function readDue(db: Kysely<Tables>, now: Micros) {
  const settled = uuidv7Floor(Number((now - FIRST_DRILL_AFTER) / 1000n));
  const { rows } = await sql<{ org_id: Uuid; id: Uuid }>`
    SELECT s.org_id, s.id FROM system s
    LEFT JOIN LATERAL (
      SELECT ran_at, to_at FROM reconstruction_drill d WHERE d.org_id = s.org_id AND d.system_id = s.id
      ORDER BY ran_at DESC LIMIT 1
    ) last ON true
    WHERE NOT s.withdrawn AND (last.ran_at IS NULL OR last.ran_at <= ${moment(now - DRILL_EVERY)})
      AND EXISTS (
        SELECT FROM decision d WHERE d.org_id = s.org_id AND d.system_id = s.id AND NOT d.sandbox AND NOT d.step
          AND d.erased_by IS NULL AND (last.to_at IS NOT NULL AND d.recorded_at >= last.to_at OR last.to_at IS NULL AND d.id < ${settled})
      )
    ORDER BY s.org_id, s.id`.execute(db);
  return rows;
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  for (const item of items) results.push(...(await Promise.allSettled([work(item)])));
  return results;
}

const ORDER = "-ranAt";

export async function listDrills(
  db: Kysely<Tables>,
  orgId: Uuid,
  systemId: Uuid,
  query: PageQuery,
): Promise<Page<Drill>> {
  const select = db
    .selectFrom("reconstruction_drill")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("system_id", "=", systemId);
  return pageById(query, ORDER, newestOf(select), (rows) => rows.map(drillView));
}

function drillView(row: Selectable<ReconstructionDrillTable>): Drill {
  return {
    id: row.id,
    systemId: row.system_id,
    ranAt: formatInstant(row.ran_at),
    seed: row.seed,
    from: formatInstant(row.from_at),
    to: formatInstant(row.to_at),
    population: row.population,
    sampled: row.sampled,
    reconstructed: row.reconstructed,
    missing: row.missing,
    ledgerIndex: row.ledger_index,
  };
}
