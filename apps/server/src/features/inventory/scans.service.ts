/** Scans of repositories as evidence: the document with its digest, for a system or for none yet. */
import { createHash } from "node:crypto";

import type { ScanDocument, scanInputSchema } from "@steward/contract";
import { canonicalJson, type Clock, formatInstant, type Json, type Uuid } from "@steward/kernel";
import type { Kysely, Transaction } from "kysely";
import type { z } from "zod";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { ScanComponentRow } from "../../platform/database/schema.inventory.ts";
import { holdLock, withTransaction } from "../../platform/database/transaction.ts";
import { type Caller, expectCovered } from "../../platform/http/caller.ts";
import { invalidField } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { findSystems } from "../decisions/decisions.lookup.ts";

export interface ScanDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

type ScanInput = z.output<typeof scanInputSchema>;

/** Answers the id of the scan. @throws HttpProblem `invalid` for an unknown system, `forbidden` for a key of another one. */
export async function publishScan(deps: ScanDeps, caller: Caller, input: ScanInput): Promise<Uuid> {
  return withTransaction(deps.db, async (tx) => {
    const systemId = await resolveSystem(tx, caller, input.system ?? null);
    // Two scans of one source at once must each see the other's components.
    await holdLock(tx, `steward/scan/${caller.orgId}/${input.source}`);
    const since = await readFirstSeen(tx, caller.orgId, input.source);
    const digest = documentDigest(input.report);
    const { report, source } = input;
    const revision = input.revision ?? null;
    const [appended] = await appendEvidence(tx, deps.clock, caller.orgId, [
      {
        kind: "scan.recorded",
        actor: caller.actor,
        subject: { kind: "scan" },
        digests: { document: digest.slice("sha256:".length) },
        body: {
          source,
          systemId,
          revision,
          filesScanned: report.filesScanned,
          filesSkipped: report.filesSkipped.length,
          components: report.components.length,
          digest,
        },
      },
    ]);
    const { subjectId: id, at, index } = appended as Appended;
    await tx
      .insertInto("scan")
      .values({
        org_id: caller.orgId,
        id,
        source,
        system_id: systemId,
        revision,
        recorded_at: moment(at),
        actor_kind: caller.actor.kind,
        actor_id: caller.actor.id,
        files_scanned: report.filesScanned,
        files_skipped: report.filesSkipped.length,
        components: JSON.stringify(componentRows(report, since, formatInstant(at))),
        digest,
        document: JSON.stringify(report),
        ledger_index: index,
      })
      .execute();
    return id;
  });
}

/** A key that is bound to a system publishes for it, whether it names it or not. */
async function resolveSystem(tx: Transaction<Tables>, caller: Caller, named: string | null): Promise<Uuid | null> {
  if (named === null) {
    expectCovered(caller, "inventory.write", caller.systemId);
    return caller.systemId;
  }
  const found = (await findSystems(tx, caller.orgId, [named]))(named);
  if (!found) throw invalidField("system", "No registered AI system has this id or name.");
  expectCovered(caller, "inventory.write", found.id);
  return found.id;
}

/** Since when each component of the newest scan of a source has been found without a break. */
async function readFirstSeen(
  tx: Transaction<Tables>,
  orgId: Uuid,
  source: string,
): Promise<Map<string, ScanComponentRow>> {
  const newest = await tx
    .selectFrom("scan")
    .select("components")
    .where("org_id", "=", orgId)
    .where("source", "=", source)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return new Map((newest?.components ?? []).map((row) => [identity(row), row]));
}

function componentRows(
  report: ScanDocument,
  since: ReadonlyMap<string, ScanComponentRow>,
  now: string,
): ScanComponentRow[] {
  return report.components.map(({ kind, name, version, ecosystem, provider, confidence, evidence }) => {
    const known = since.get(identity({ kind, name }));
    return {
      kind,
      name,
      version: version ?? null,
      ecosystem: ecosystem ?? null,
      provider: provider ?? null,
      confidence,
      places: evidence.length,
      file: evidence[0]?.file ?? "",
      line: evidence[0]?.line ?? 1,
      firstSeenAt: known?.firstSeenAt ?? now,
      versionSeenAt: known !== undefined && known.version === (version ?? null) ? known.versionSeenAt : now,
    };
  });
}

function identity({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}

/** Digest of a document: SHA-256 of its canonical JSON, so that it is the same whatever program wrote it out. */
export function documentDigest(document: object): string {
  return `sha256:${createHash("sha256")
    .update(canonicalJson(document as Json))
    .digest("hex")}`;
}
