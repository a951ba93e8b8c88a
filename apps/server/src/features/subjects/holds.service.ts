/** Legal holds: what is held about a person must be kept, whoever asks for its erasure and whatever retention says. */
import type { LegalHold } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, type RawBuilder, sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import { DatabaseError } from "../../platform/database/errors.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import type { SubjectDeps } from "./subjects.service.ts";

/** @throws HttpProblem `conflict` where one is open. What is held may come only later: it is kept all the same. */
export async function placeHold(
  deps: Pick<SubjectDeps, "db" | "clock">,
  { orgId, actor }: Caller,
  subjectHash: Buffer,
  reason: string,
): Promise<LegalHold> {
  try {
    return await withTransaction(deps.db, async (tx) => {
      const [appended] = await appendEvidence(tx, deps.clock, orgId, [
        { kind: "legal_hold.placed", actor, subject: { kind: "legal_hold", version: 1 }, body: { reason } },
      ]);
      const { at, index, subjectId } = appended as Appended;
      await sql`
        INSERT INTO legal_hold (org_id, id, subject_hash, reason, placed_at, placed_by, ledger_index)
        VALUES (${orgId}, ${subjectId}, ${subjectHash}, ${reason}, ${moment(at)}, ${actor.id}, ${index})`.execute(tx);
      return readHold(tx, orgId, subjectId);
    });
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.constraint !== "legal_hold_open") throw error;
    throw new HttpProblem("conflict", "A legal hold keeps what is held about this person already.", { cause: error });
  }
}

/** @throws HttpProblem `not_found`, `conflict` where it was lifted before. */
export async function liftHold(
  deps: Pick<SubjectDeps, "db" | "clock">,
  { orgId, actor }: Caller,
  id: Uuid,
  reason: string,
): Promise<LegalHold> {
  return withTransaction(deps.db, async (tx) => {
    const { rows } = await sql<{ lifted_at: Micros | null }>`
      SELECT lifted_at FROM legal_hold WHERE org_id = ${orgId} AND id = ${id} FOR NO KEY UPDATE`.execute(tx);
    if (!rows[0]) throw notFound("This legal hold");
    if (rows[0].lifted_at !== null) throw new HttpProblem("conflict", "This legal hold was lifted before.");
    const [appended] = await appendEvidence(tx, deps.clock, orgId, [
      { kind: "legal_hold.lifted", actor, subject: { kind: "legal_hold", id, version: 2 }, body: { reason } },
    ]);
    const { at, index } = appended as Appended;
    await sql`
      UPDATE legal_hold SET lifted_at = ${moment(at)}, lifted_by = ${actor.id}, lift_reason = ${reason},
        ledger_index = ${index}
      WHERE org_id = ${orgId} AND id = ${id}`.execute(tx);
    return readHold(tx, orgId, id);
  });
}

/** The hold that keeps what is held about a person; undefined where none does. */
export async function findHold(db: Kysely<Tables>, orgId: Uuid, subjectHash: Buffer): Promise<LegalHold | undefined> {
  const [hold] = await select(db, orgId, sql`AND subject_hash = ${subjectHash} AND lifted_at IS NULL`, 1);
  return hold;
}

const ORDER = "-id";

export async function listHolds(db: Kysely<Tables>, orgId: Uuid, query: PageQuery): Promise<Page<LegalHold>> {
  return pageById(
    query,
    ORDER,
    ({ before, limit }) => select(db, orgId, before === undefined ? sql`` : sql`AND id < ${before}`, limit),
    (holds) => holds,
  );
}

async function readHold(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<LegalHold> {
  const [hold] = await select(db, orgId, sql`AND id = ${id}`, 1);
  return hold as LegalHold;
}

async function select(db: Kysely<Tables>, orgId: Uuid, where: RawBuilder<unknown>, limit: number) {
  const { rows } = await sql<{
    id: Uuid;
    reason: string;
    placed_at: Micros;
    placed_by: string;
    lifted_at: Micros | null;
    lifted_by: string | null;
    lift_reason: string | null;
    ledger_index: number;
  }>`SELECT * FROM legal_hold WHERE org_id = ${orgId} ${where} ORDER BY id DESC LIMIT ${limit}`.execute(db);
  const people = rows.flatMap((row) => [row.placed_by, ...(row.lifted_by === null ? [] : [row.lifted_by])]);
  const names = await nameActors(
    db,
    orgId,
    people.map((id) => ({ actor_kind: "person" as const, actor_id: id })),
  );
  const person = (id: string) => ({ kind: "person" as const, id, name: names.get(id) ?? null });
  return rows.map((row): LegalHold => ({
    id: row.id,
    reason: row.reason,
    placedAt: formatInstant(row.placed_at),
    placedBy: person(row.placed_by),
    liftedAt: row.lifted_at === null ? null : formatInstant(row.lifted_at),
    liftedBy: row.lifted_by === null ? null : person(row.lifted_by),
    liftReason: row.lift_reason,
    ledgerIndex: row.ledger_index,
  }));
}
