/** Decisions about drift: each is evidence, and what leaves a thing as it is needs a second person. */
import type { driftEndpoints } from "@steward/contract";
import { ACCEPT_MAX_DAYS } from "@steward/contract";
import { type Json, type Micros, MICROS_PER_DAY, parseInstant, type Uuid } from "@steward/kernel";
import { type Selectable, sql, type Transaction } from "kysely";
import type { z } from "zod";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { DriftDispositionTable, DriftItemTable } from "../../platform/database/schema.inventory.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, invalidField, notFound } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { misfitOf } from "./drift.choices.ts";
import { type DriftDeps, refreshDrift } from "./drift.reconcile.ts";

type DisposeInput = z.output<typeof driftEndpoints.disposeDrift.body & z.ZodType>;
type DecideInput = z.output<typeof driftEndpoints.decideDisposition.body & z.ZodType>;

export type DriftItemRow = Selectable<DriftItemTable>;

/** @throws HttpProblem `not_found`, `invalid`, `forbidden` for keys, `conflict` where it no longer stands. */
export async function disposeDrift(deps: DriftDeps, caller: Caller, itemId: Uuid, input: DisposeInput): Promise<void> {
  const actor = personOnly(caller);
  await withTransaction(deps.db, async (tx) => {
    const item = await lockItem(tx, caller.orgId, itemId);
    const until = readUntil(input, deps.clock.now());
    const systemId = await readSystem(tx, caller.orgId, item, input);
    await addDisposition(deps, tx, caller.orgId, item, {
      kind: input.kind,
      systemId,
      until,
      reason: input.reason,
      requestedBy: actor,
    });
  });
  await refreshDrift(deps, caller.orgId);
}

export interface NewDisposition {
  readonly kind: DriftDispositionTable["kind"];
  readonly systemId: Uuid | null;
  readonly until: Micros | null;
  readonly reason: string;
  readonly requestedBy: Uuid;
}

/** Writes a disposition: attaching takes effect at once, the others wait for another person. */
export async function addDisposition(
  { clock }: DriftDeps,
  tx: Transaction<Tables>,
  orgId: Uuid,
  item: DriftItemRow,
  { kind, systemId, until, reason, requestedBy }: NewDisposition,
): Promise<void> {
  const [appended] = await appendEvidence(tx, clock, orgId, [
    {
      kind: "drift.disposed",
      actor: { kind: "person", id: requestedBy },
      subject: { kind: "drift_disposition" },
      body: { item: item.id, key: item.key, kind, systemId, until: until === null ? null : moment(until), reason },
    },
  ]);
  const { subjectId, at, index } = appended as Appended;
  await tx
    .insertInto("drift_disposition")
    .values({
      org_id: orgId,
      id: subjectId,
      item_id: item.id,
      finding_key: item.key,
      kind,
      system_id: systemId,
      reason,
      until_at: until === null ? null : moment(until),
      requested_by: requestedBy,
      requested_at: moment(at),
      request_index: index,
      state: kind === "attach" ? "in_force" : "requested",
      decided_by: null,
      decided_at: null,
      decision_reason: null,
      decision_index: null,
    })
    .execute();
}

/** Answers the item that was decided about. @throws HttpProblem `not_found`, `forbidden` for the one who asked, `conflict`. */
export async function decideDisposition(
  deps: DriftDeps,
  caller: Caller,
  id: Uuid,
  { decision, reason = null }: DecideInput,
): Promise<Uuid> {
  const actor = personOnly(caller);
  const itemId = await withTransaction(deps.db, async (tx) => {
    const asked = await tx
      .selectFrom("drift_disposition")
      .selectAll()
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!asked) throw notFound("This decision about drift");
    if (asked.state !== "requested") throw new HttpProblem("conflict", "It is decided already.");
    if (asked.requested_by === actor) {
      throw new HttpProblem("forbidden", "Another person than the one who asked must decide.");
    }
    const body: Record<string, Json> = { item: asked.item_id, key: asked.finding_key, decision, reason };
    const [appended] = await appendEvidence(tx, deps.clock, caller.orgId, [
      { kind: "drift.decided", actor: caller.actor, subject: { kind: "drift_disposition", id }, body },
    ]);
    const { at, index } = appended as Appended;
    await tx
      .updateTable("drift_disposition")
      .set({
        state: decision === "approve" ? "in_force" : "rejected",
        decided_by: actor,
        decided_at: moment(at),
        decision_reason: reason,
        decision_index: index,
      })
      .where("org_id", "=", caller.orgId)
      .where("id", "=", id)
      .execute();
    return asked.item_id;
  });
  await refreshDrift(deps, caller.orgId);
  return itemId;
}

/** The person who calls. @throws HttpProblem `forbidden` for a key: deciding is an act of people. */
export function personOnly(caller: Caller): Uuid {
  if (caller.kind !== "person") throw new HttpProblem("forbidden", "Only a person can decide this.");
  return caller.actor.id;
}

export async function lockItem(tx: Transaction<Tables>, orgId: Uuid, id: Uuid): Promise<DriftItemRow> {
  const item = await tx
    .selectFrom("drift_item")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("id", "=", id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!item) throw notFound("This item of drift");
  if (item.state === "closed") throw new HttpProblem("conflict", "It no longer stands: there is nothing to decide.");
  return item;
}

function readUntil({ kind, until }: DisposeInput, now: Micros): Micros | null {
  if (kind !== "accepted") {
    if (until !== null && until !== undefined) throw invalidField("until", "Only accepting it has an end.");
    return null;
  }
  const end = until === null || until === undefined ? undefined : parseInstant(until);
  if (end === undefined) throw invalidField("until", "Say until when it is accepted.");
  if (end <= now) throw invalidField("until", "Give a moment in the future.");
  if (end > now + BigInt(ACCEPT_MAX_DAYS) * MICROS_PER_DAY) {
    throw invalidField("until", "It can be accepted for a year at most; what lasts longer belongs into the register.");
  }
  return end;
}

async function readSystem(
  tx: Transaction<Tables>,
  orgId: Uuid,
  item: DriftItemRow,
  { kind, systemId = null }: DisposeInput,
): Promise<Uuid | null> {
  const misfit = misfitOf(item, kind);
  if (misfit !== undefined) throw invalidField("kind", misfit);
  if (kind !== "attach") {
    if (systemId !== null) throw invalidField("systemId", "Only attaching names a system.");
    return null;
  }
  if (systemId === null) throw invalidField("systemId", "Say to which AI system it belongs.");
  const { rows } = await sql<{ lifecycle: string; withdrawn: boolean }>`
    SELECT lifecycle, withdrawn FROM system WHERE org_id = ${orgId} AND id = ${systemId}`.execute(tx);
  const [found] = rows;
  if (!found || found.withdrawn) throw invalidField("systemId", "There is no such AI system.");
  // Attached to a retired system, what runs would be looked at by nobody.
  if (found.lifecycle === "retired") throw invalidField("systemId", "This AI system is retired.");
  return systemId;
}
