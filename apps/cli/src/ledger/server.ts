/** The ledger of a running server, over its API. */
import type { Client } from "@steward/client";
import type { PackReader } from "@steward/ledger";

import { call, type Server } from "../server.ts";
import { UsageError } from "../usage.ts";

export type LedgerSummary = Awaited<ReturnType<Client["getLedger"]>>;
export type Checkpoint = NonNullable<LedgerSummary["checkpoint"]>;

/** @throws UsageError where nothing was signed yet. */
export async function readLedger(server: Server): Promise<LedgerSummary & { checkpoint: Checkpoint }> {
  const ledger = await call(server, (client) => client.getLedger());
  const { checkpoint } = ledger;
  if (checkpoint === null) throw new UsageError("This ledger has no checkpoint yet: nothing was recorded so far.");
  return { ...ledger, checkpoint };
}

/** Attempts to read a file: the server may be restarting, or answer that it is busy. */
const ATTEMPTS = 4;
const PAUSE_MS = 500;

/** The pack of the checkpoint of a size. */
export function serverPack(server: Server, size: number): PackReader {
  return {
    async read(path) {
      for (let attempt = 1; ; attempt++) {
        const answer = await fetchFile(server, `${path}?size=${size}`);
        if (answer === undefined || answer instanceof Uint8Array) return answer;
        if (attempt === ATTEMPTS) throw answer;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** attempt));
      }
    },
  };
}

/** The bytes, undefined where there is no such file, or an error that may pass. */
async function fetchFile({ url, key }: Server, path: string): Promise<Uint8Array | undefined | UsageError> {
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch(`${url}/api/v1/ledger/pack/${path}`, { headers: { authorization: `Bearer ${key}` } });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    return new UsageError(`${url} does not answer.`, { cause });
  }
  if (response.ok) return bytes;
  if (response.status === 404) return undefined;
  const problem = new UsageError(`${url} answers ${response.status} for ${path}: ${detailOf(bytes)}`);
  if (response.status >= 500 || response.status === 429) return problem;
  throw problem;
}

function detailOf(bytes: Uint8Array): string {
  try {
    const { detail, title } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { detail?: string; title?: string };
    return detail ?? title ?? "no reason given";
  } catch {
    return "no reason given";
  }
}
