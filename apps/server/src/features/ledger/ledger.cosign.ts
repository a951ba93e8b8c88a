/** Cosignatures of witnesses: verified before they are kept. */
import { type Clock, formatInstant, type Uuid } from "@steward/kernel";
import {
  addSignatureLines,
  cosignedAt,
  ED25519_COSIGNATURE,
  formatSignatureLine,
  LedgerError,
  parseNote,
  parseSignatureLine,
  parseVkey,
  type VerifierKey,
} from "@steward/ledger";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { invalidField } from "../../platform/http/problem.ts";
import { findCheckpoint } from "./ledger.pack.ts";

export interface Cosignature {
  readonly size: number;
  readonly verificationKey: string;
  readonly cosignature: string;
}

/** Witnesses may cosign in their future by so much: their clocks are not ours. */
const CLOCK_TOLERANCE_SECONDS = 300n;

/** @throws HttpProblem `invalid` naming the field: no such checkpoint, no witness's key, or a signature that is none. */
export async function addCosignature(
  deps: { db: Kysely<Tables>; clock: Clock },
  orgId: Uuid,
  { size, verificationKey, cosignature }: Cosignature,
): Promise<{ size: number }> {
  const checkpoint = await findCheckpoint(deps.db, orgId, size);
  if (!checkpoint) throw invalidField("size", "There is no checkpoint of this size.");
  const key = refused("verificationKey", () => witnessKey(verificationKey));
  const line = refused("cosignature", () => formatSignatureLine(parseSignatureLine(cosignature.trimEnd())));
  const time = refused("cosignature", () => cosignedAt(parseNote(addSignatureLines(checkpoint.note, line)), key));
  if (time === undefined) throw invalidField("cosignature", "It is not by the key that is given with it.");
  const now = deps.clock.now();
  if (time > now / 1_000_000n + CLOCK_TOLERANCE_SECONDS) {
    throw invalidField("cosignature", "Its time lies in the future.");
  }
  await deps.db
    .insertInto("ledger_cosignature")
    .values({
      org_id: orgId,
      size,
      verification_key: verificationKey,
      signature_line: line.trimEnd(),
      created_at: formatInstant(now),
    })
    .onConflict((conflict) => conflict.columns(["org_id", "size", "verification_key"]).doNothing())
    .execute();
  return { size };
}

function witnessKey(text: string): VerifierKey {
  const key = parseVkey(text);
  if (key.type === ED25519_COSIGNATURE) return key;
  throw new LedgerError("key_invalid", "A witness has a key of type 4 (C2SP tlog-cosignature).");
}

function refused<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerError) throw invalidField(field, error.message);
    throw error;
  }
}
