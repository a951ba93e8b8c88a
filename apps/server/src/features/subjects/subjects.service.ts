/** Access to, and erasure of, what is held about one person. One asks, another approves; the leaves of the ledger stay. */
import type { ErasureRequest, SubjectSummary } from "@steward/contract";
import type { Catalogue } from "@steward/catalogue";
import { type Clock, formatInstant, type Uuid } from "@steward/kernel";
import { ERASURE_ENTRIES_FIELD, ERASURE_KIND } from "@steward/ledger";
import { type Kysely, sql, type Transaction } from "kysely";

import { DatabaseError } from "../../platform/database/errors.ts";
import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { type Appended, appendEvidence, lockHead } from "../../platform/ledger/append.ts";
import { journalErasures } from "../../platform/ledger/erasure-journal.ts";
import { eraseBodies } from "../../platform/ledger/erasures.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import { rollUpCells } from "../cells/cells.rollup.ts";
import { clearColumns, countHeld, lockHeld } from "../decisions/decisions.erasure.ts";
import { subjectHashOf } from "../decisions/decisions.record.ts";
import { findHold } from "./holds.service.ts";
import { exportLines } from "./subjects.export.ts";
import { readRequest } from "./subjects.read.ts";

export interface SubjectDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly catalogue: Catalogue;
}

export async function findSubject(deps: SubjectDeps, caller: Caller, subject: string): Promise<SubjectSummary> {
  return summaryOf(deps.db, caller.orgId, await hashOf(deps, caller, subject));
}

async function summaryOf(db: Kysely<Tables>, orgId: Uuid, subjectHash: Buffer): Promise<SubjectSummary> {
  const [held, hold] = await Promise.all([countHeld(db, orgId, subjectHash), findHold(db, orgId, subjectHash)]);
  return { ...held, hold: hold === undefined ? null : { id: hold.id, reason: hold.reason, placedAt: hold.placedAt } };
}

/** The access itself is evidence: who looked, why, and at how much; never at whom. */
export async function exportSubject(
  deps: SubjectDeps,
  caller: Caller,
  { subject, reason }: { subject: string; reason: string },
): Promise<AsyncGenerator<string>> {
  const { db } = deps;
  const hash = await hashOf(deps, caller, subject);
  const summary = await summaryOf(db, caller.orgId, hash);
  const { decisions, outcomes, refused } = summary;
  const access = await withTransaction(db, async (tx) => {
    const [appended] = await appendEvidence(tx, deps.clock, caller.orgId, [
      {
        kind: "subject.exported",
        actor: caller.actor,
        subject: { kind: "subject_export" },
        body: { reason, decisions, outcomes, refused },
      },
    ]);
    const { at, index } = appended as Appended;
    return { exportedAt: formatInstant(at), accessEntry: index };
  });
  return exportLines(db, caller.orgId, hash, { ...access, summary });
}

/** @throws HttpProblem `not_found` where nothing is held, `conflict` where a request is open. */
export async function requestErasure(
  deps: SubjectDeps,
  caller: Caller,
  { subject, reason }: { subject: string; reason: string },
): Promise<ErasureRequest> {
  const { orgId, actor } = caller;
  const hash = await hashOf(deps, caller, subject);
  const { decisions, refused } = await countHeld(deps.db, orgId, hash);
  if (decisions + refused === 0) throw notFound("Anything about this person");
  try {
    return await withTransaction(deps.db, async (tx) => {
      const [appended] = await appendEvidence(tx, deps.clock, orgId, [
        { kind: "erasure.requested", actor, subject: { kind: "erasure_request" }, body: { reason, decisions } },
      ]);
      const { at, index, subjectId } = appended as Appended;
      await sql`
        INSERT INTO erasure_request (org_id, id, subject_hash, state, reason, requested_at, requested_by, decisions,
          ledger_index)
        VALUES (${orgId}, ${subjectId}, ${hash}, 'requested', ${reason}, ${moment(at)}, ${actor.id}, ${decisions},
          ${index})`.execute(tx);
      return readRequest(tx, orgId, subjectId);
    });
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.constraint !== "erasure_request_open") throw error;
    throw new HttpProblem("conflict", "An erasure for this person waits for its approval already.", { cause: error });
  }
}

/**
 * Erases in one transaction: bodies and columns go, leaves stay, and the erasure entry names the entries that it covers.
 * @throws HttpProblem `not_found`, `conflict` where it was decided before, `forbidden` for the one who asked.
 */
export async function approveErasure(
  deps: SubjectDeps,
  caller: Caller,
  id: Uuid,
  reason: string,
): Promise<ErasureRequest> {
  const { orgId, actor } = caller;
  // What is counted stays: it is counted by its groups before they go.
  await rollUpCells(deps);
  const erased = await withTransaction(deps.db, async (tx) => {
    const request = await lockOpen(tx, caller, id);
    const { ids, indexes } = await lockHeld(tx, orgId, request.subject_hash);
    // With the head of the log locked nobody places a hold any more before this is done.
    await lockHead(tx, orgId);
    await refuseHeld(tx, orgId, request.subject_hash);
    const [appended] = await appendEvidence(tx, deps.clock, orgId, [
      {
        kind: ERASURE_KIND,
        actor,
        subject: { kind: "erasure_request", id },
        body: {
          cause: "request",
          requestedBy: request.requested_by,
          reason: request.reason,
          approval: reason,
          decisions: ids,
          [ERASURE_ENTRIES_FIELD]: indexes,
        },
      },
    ]);
    await eraseBodies(tx, orgId, indexes, (appended as Appended).index);
    await clearColumns(tx, orgId, ids, (appended as Appended).index);
    return close(tx, caller, id, { state: "erased", reason, decisions: ids.length, appended: appended as Appended });
  });
  // An older backup must not bring it back: remembered outside the database before it is acknowledged.
  await journalErasures(deps.db, deps.keys);
  return erased;
}

export async function rejectErasure(
  deps: SubjectDeps,
  caller: Caller,
  id: Uuid,
  reason: string,
): Promise<ErasureRequest> {
  return withTransaction(deps.db, async (tx) => {
    const { decisions } = await lockOpen(tx, caller, id);
    const [appended] = await appendEvidence(tx, deps.clock, caller.orgId, [
      {
        kind: "erasure.rejected",
        actor: caller.actor,
        subject: { kind: "erasure_request", id },
        body: { reason },
      },
    ]);
    return close(tx, caller, id, { state: "rejected", reason, decisions, appended: appended as Appended });
  });
}

/** @throws HttpProblem `conflict` while a legal hold keeps it. */
async function refuseHeld(tx: Transaction<Tables>, orgId: Uuid, subjectHash: Buffer): Promise<void> {
  const hold = await findHold(tx, orgId, subjectHash);
  if (!hold) return;
  throw new HttpProblem("conflict", `A legal hold keeps this: “${hold.reason}”. Lift it before anything is erased.`);
}

export async function hashOf({ keys }: SubjectDeps, { orgId }: Caller, subject: string): Promise<Buffer> {
  return subjectHashOf(subject, await keys.subjectKey(orgId));
}

interface OpenRequest {
  readonly subject_hash: Buffer;
  readonly state: string;
  readonly reason: string;
  readonly requested_by: string;
  readonly decisions: number;
}

async function lockOpen(tx: Transaction<Tables>, { orgId, actor }: Caller, id: Uuid): Promise<OpenRequest> {
  const { rows } = await sql<OpenRequest>`
    SELECT subject_hash, state, reason, requested_by, decisions FROM erasure_request
    WHERE org_id = ${orgId} AND id = ${id} FOR NO KEY UPDATE`.execute(tx);
  const request = rows[0];
  if (!request) throw notFound("This request");
  if (request.state !== "requested") throw new HttpProblem("conflict", "This request was decided before.");
  if (request.requested_by === actor.id) {
    throw new HttpProblem("forbidden", "You asked for this erasure: another person decides about it.");
  }
  return request;
}

async function close(
  tx: Transaction<Tables>,
  { orgId, actor }: Caller,
  id: Uuid,
  { state, reason, decisions, appended }: { state: string; reason: string; decisions: number; appended: Appended },
): Promise<ErasureRequest> {
  await sql`
    UPDATE erasure_request SET state = ${state}, decided_at = ${moment(appended.at)}, decided_by = ${actor.id},
      decision_reason = ${reason}, decisions = ${decisions}, ledger_index = ${appended.index}
    WHERE org_id = ${orgId} AND id = ${id}`.execute(tx);
  return readRequest(tx, orgId, id);
}
