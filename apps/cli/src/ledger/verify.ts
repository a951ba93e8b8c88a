/** `steward ledger verify`: all that can be verified without trusting whoever runs the log. */
import { ApiProblem } from "@steward/client";
import { LedgerError, type PackReader, type PackVerification, verifyPack } from "@steward/ledger";

import { call, clientOf, type Server } from "../server.ts";
import { UsageError } from "../usage.ts";
import { folderPack, readTextFile } from "./folder.ts";
import { print, printFindings, progress, reportVerification } from "./report.ts";
import { readLedger, serverPack } from "./server.ts";

/** What the auditor brings along. */
export interface Trust {
  readonly logKeys?: readonly string[] | undefined;
  readonly checkpoints?: readonly string[] | undefined;
  readonly witnesses?: readonly string[] | undefined;
}

/** Verifies a pack in a folder; answers whether nothing was found. */
export async function verifyFolder(folder: string, trust: Trust): Promise<boolean> {
  return reportVerification(await verify(await folderPack(folder), trust));
}

/**
 * Downloads a server's log and verifies it here; then asks the server to compare what it shows with its log, which it
 * alone can do.
 */
export async function verifyServer(server: Server, trust: Trust): Promise<boolean> {
  const verified = reportVerification(await verifyNewest(server, trust));
  return (await checkProjections(server)) && verified;
}

/** A pack is of one moment; bodies that are erased while it is read fit only a newer one. */
const ATTEMPTS = 3;

async function verifyNewest(server: Server, trust: Trust): Promise<PackVerification> {
  for (let attempt = 1; ; attempt++) {
    const { checkpoint } = await readLedger(server);
    const verification = await verify(serverPack(server, checkpoint.size), trust);
    if (attempt === ATTEMPTS || !wasErasedMeanwhile(verification)) return verification;
    const { checkpoint: newer } = await readLedger(server);
    if (newer.size === checkpoint.size) return verification;
  }
}

/** Whether all that is wrong may come from erasures that happened while the pack was read. */
export function wasErasedMeanwhile({ findings }: PackVerification): boolean {
  return findings.length > 0 && findings.every(({ code }) => code === "erasure_invalid");
}

export async function verify(reader: PackReader, trust: Trust): Promise<PackVerification> {
  const keptCheckpoints = await Promise.all((trust.checkpoints ?? []).map(readTextFile));
  const tell = progress("Verified");
  try {
    return await verifyPack(reader, {
      ...(trust.logKeys === undefined ? {} : { keys: trust.logKeys }),
      ...(trust.witnesses === undefined ? {} : { witnesses: trust.witnesses }),
      keptCheckpoints,
      onProgress: ({ entries, size }) => tell(entries, size),
    });
  } catch (error) {
    if (error instanceof LedgerError && error.code === "key_invalid") throw new UsageError(error.message);
    throw error;
  }
}

/** The server's own check of the rows that it shows; its newest one, where the key may not run another. */
async function checkProjections(server: Server): Promise<boolean> {
  let check: { ok: boolean; ranAt: string; findings: { entry: number | null; message: string }[] } | null;
  try {
    check = await clientOf(server).runCheck();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status !== 403) throw new UsageError(`${server.url}: ${error.message}`, { cause: error });
    check = (await call(server, (client) => client.getLedger())).lastCheck;
    const when = check === null ? "and none was made so far" : `its newest is of ${check.ranAt}`;
    print(`Note: this key may not make the server compare what it shows with its log; ${when}.`);
  }
  if (check === null) return true;
  if (check.ok) print(`The server compared what it shows with its log at ${check.ranAt}: it is the same.`);
  else printFindings(check.findings, check.findings.length);
  return check.ok;
}
