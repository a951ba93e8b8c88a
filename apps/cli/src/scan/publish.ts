/** Hands a report to a server, as evidence of what a system's code contains. */
import path from "node:path";
import process from "node:process";

import type { Component, ScanReport } from "@steward/discovery";

import { call, type Server } from "../server.ts";
import { UsageError } from "../usage.ts";
import { readCheckout } from "./checkout.ts";

export interface Publication {
  /** Id or name of the registered AI system that the code belongs to; null where the server is to ask. */
  readonly system: string | null;
  /** What was scanned, the same each time; found in the checkout where it is left out. */
  readonly source: string | undefined;
  readonly root: string;
}

export interface Published {
  readonly ledgerIndex: number;
  readonly systemId: string | null;
  readonly scanId: string;
  /** Under what the server keeps it. */
  readonly source: string;
}

/**
 * Publishes a report and answers how the server keeps it: its entry in the ledger, and the system's id.
 * @throws UsageError where the server refuses it or does not answer.
 */
export async function publishReport(server: Server, report: ScanReport, publication: Publication): Promise<Published> {
  const checkout = readCheckout(publication.root);
  const source =
    publication.source ?? process.env["GITHUB_REPOSITORY"] ?? checkout?.origin ?? path.basename(publication.root);
  const revision = process.env["GITHUB_SHA"] ?? checkout?.revision ?? null;
  const {
    id: scanId,
    ledgerIndex,
    systemId,
  } = await call(server, (client) =>
    client.publishScan({
      body: {
        ...(publication.system === null ? {} : { system: publication.system }),
        source,
        revision,
        // The folder's name and not its path: where somebody keeps a checkout is nobody's business.
        report: { ...copy(report), root: path.basename(publication.root) },
      },
    }),
  );
  return { ledgerIndex, systemId, scanId, source };
}

/**
 * Tells of a component of a published scan whether the server holds it for settled: a register names it, or a decision
 * covers it, as the inventory there says.
 * @throws UsageError where the server does not answer, or the key may not read records.
 */
export async function readRegistered(server: Server, scanId: string): Promise<(component: Component) => boolean> {
  const { items } = await call(server, (client) => client.listUnregistered({ params: { id: scanId } }));
  const open = new Set(items.map(({ kind, name }) => JSON.stringify([kind, name])));
  return ({ kind, name }) => !open.has(JSON.stringify([kind, name]));
}

/**
 * Publishes a bill of materials for a release of a system; answers its entry in the ledger.
 * @throws UsageError where the system has no such release, the server refuses it, or the key may not read releases.
 */
export async function publishBillOfMaterials(
  server: Server,
  document: object,
  { systemId, version }: { readonly systemId: string; readonly version: string },
): Promise<number> {
  return call(server, async (client) => {
    const { items } = await client.records("releases").list({ limit: 1, where: { systemId, version } });
    const [release] = items;
    if (release === undefined) {
      throw new UsageError(`The system has no release ${version}: record it first, then publish what is in it.`);
    }
    const body = { document: document as Record<string, unknown> };
    const { ledgerIndex } = await client.publishReleaseBom({ params: { id: release.id }, body });
    return ledgerIndex;
  });
}

/** The report as the request's type has it: lists that may be changed. */
function copy({ schema, filesScanned, filesSkipped, components }: ScanReport) {
  return {
    schema,
    filesScanned,
    filesSkipped: [...filesSkipped],
    components: components.map((component) => ({ ...component, evidence: [...component.evidence] })),
  };
}
