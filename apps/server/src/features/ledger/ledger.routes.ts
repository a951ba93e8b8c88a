/** Binds the endpoints of the evidence ledger. */
import { ledgerEndpoints } from "@steward/contract";
import { MANIFEST_PATH, parseVkey } from "@steward/ledger";
import type { FastifyReply } from "fastify";

import type { Router } from "../../platform/http/bind.ts";
import { notFound } from "../../platform/http/problem.ts";
import { readEpochs } from "../../platform/ledger/epochs.ts";
import { type CheckDeps, runLedgerCheck } from "./ledger.check.ts";
import { addCosignature } from "./ledger.cosign.ts";
import { databasePack, findCheckpoint } from "./ledger.pack.ts";
import { listChecks, listEntries, readConsistency, readEntry, readLog, readSummary } from "./ledger.read.ts";

export function ledgerRoutes(router: Router, deps: CheckDeps): void {
  const { db } = deps;
  router.bind(ledgerEndpoints.getLedger, async ({ caller }) => readSummary(db, caller.orgId));
  router.bind(ledgerEndpoints.listEntries, async ({ caller, query }) => listEntries(db, caller.orgId, query));
  router.bind(ledgerEndpoints.getEntry, async ({ caller, params }) => readEntry(db, caller.orgId, params.index));
  router.bind(ledgerEndpoints.getConsistency, async ({ caller, query }) =>
    readConsistency(db, caller.orgId, query.from, query.to),
  );
  router.bind(ledgerEndpoints.addCosignature, async ({ caller, body }) => addCosignature(deps, caller.orgId, body));
  router.bind(ledgerEndpoints.listChecks, async ({ caller, query }) => listChecks(db, caller.orgId, query));
  router.bind(ledgerEndpoints.runCheck, async ({ caller }) => runLedgerCheck(deps, caller.orgId, caller.actor));
  router.bind(ledgerEndpoints.getPackFile, async ({ caller, query, request, reply }) => {
    const path = (request.params as Record<string, string>)["*"] ?? "";
    return sendPackFile(deps, caller.orgId, path, query.size, reply);
  });
}

async function sendPackFile(
  { db, clock }: CheckDeps,
  orgId: string,
  path: string,
  size: number | undefined,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const checkpoint = await findCheckpoint(db, orgId, size);
  if (!checkpoint) throw notFound("A checkpoint of this size");
  const { verification_key: vkey } = await readLog(db, orgId);
  const pack = databasePack(db, {
    orgId,
    epochs: await readEpochs(db, orgId),
    logKey: parseVkey(vkey),
    size: checkpoint.size,
    note: checkpoint.note,
    exportedAt: clock.now(),
    asItStands: false,
  });
  const file = await pack.read(path);
  if (file === undefined) throw notFound("This file of the audit pack");
  const type = path === MANIFEST_PATH ? "application/json" : "application/octet-stream";
  return reply.type(type).send(Buffer.from(file));
}
