/** AI-BOMs of releases as evidence. */
import type { ReleaseBom } from "@steward/contract";
import { type Clock, formatInstant, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { type Caller, expectCovered } from "../../platform/http/caller.ts";
import { invalidField, notFound } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { type BomDocument, isModelWithCard, readBom } from "./documents.components.ts";
import { documentDigest } from "./scans.service.ts";

export interface DocumentDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/** @throws HttpProblem `not_found`, `invalid` for another format, `forbidden` for a key of another system. */
export async function publishBom(
  { db, clock }: DocumentDeps,
  caller: Caller,
  releaseId: Uuid,
  document: BomDocument,
): Promise<ReleaseBom> {
  const bom = readBom(document);
  if (bom === undefined) {
    throw invalidField("document", "Send a CycloneDX document as JSON: bomFormat, specVersion and components.");
  }
  const { format, components } = bom;
  const hasModelCard = components.some(isModelWithCard);
  const digest = documentDigest(document);
  return withTransaction(db, async (tx) => {
    const { rows } = await sql<{ system_id: Uuid }>`
      SELECT system_id FROM release WHERE org_id = ${caller.orgId} AND id = ${releaseId} AND NOT withdrawn`.execute(tx);
    const [found] = rows;
    if (!found) throw notFound("This release");
    expectCovered(caller, "inventory.write", found.system_id);
    const [appended] = await appendEvidence(tx, clock, caller.orgId, [
      {
        kind: "ai_bom.recorded",
        actor: caller.actor,
        subject: { kind: "ai_bom" },
        digests: { document: digest.slice("sha256:".length) },
        body: { releaseId, format, components: components.length, hasModelCard, digest },
      },
    ]);
    const { subjectId: id, at, index } = appended as Appended;
    await tx
      .insertInto("release_document")
      .values({
        org_id: caller.orgId,
        id,
        release_id: releaseId,
        kind: "ai_bom",
        format,
        has_model_card: hasModelCard,
        digest,
        document: JSON.stringify(document),
        recorded_at: moment(at),
        actor_kind: caller.actor.kind,
        actor_id: caller.actor.id,
        ledger_index: index,
      })
      .execute();
    return { id, releaseId, format, hasModelCard, digest, recordedAt: formatInstant(at), ledgerIndex: index };
  });
}
