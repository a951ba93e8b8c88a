/** Verification of one entry by its receipt, offline: C2SP tlog-proof, section "Verifying a tlog proof". */
import type { Json } from "@steward/kernel";

import { checkBody, checkOpenFields, parseSeed } from "../commitment.ts";
import type { Body, OpenField } from "../commitment.ts";
import { openCheckpoint } from "../checkpoint.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { cosignedAt } from "../cosignature.ts";
import { decodeEntry } from "../entry.ts";
import type { Entry } from "../entry.ts";
import { LedgerError } from "../error.ts";
import { leafHash } from "../hash.ts";
import { parseVkey } from "../key.ts";
import { verifyInclusion } from "../merkle-verify.ts";
import { parseNote } from "../note.ts";
import { parseReceipt } from "../receipt.ts";
import type { Receipt } from "../receipt.ts";

/** What is told of the entry's body: all of it with the entry's seed (in hexadecimal), or single fields. */
export type ReceiptDisclosure =
  | { readonly seed: string; readonly body: Readonly<Record<string, Json>> }
  | { readonly open: readonly OpenField[] };

export interface ReceiptInput {
  /** The exact bytes of the entry. */
  readonly entryBytes: Uint8Array;
  /** The receipt, a tlog-proof. */
  readonly receipt: string;
  /** The log's verifier keys; several after a rotation. */
  readonly keys: readonly string[];
  /** Verifier keys of witnesses, each of which must have cosigned. */
  readonly witnesses?: readonly string[];
  readonly disclosure?: ReceiptDisclosure;
}

/** One question and its answer. Steps that rest on one that failed are left out. */
export interface ReceiptStep {
  readonly step: "entry" | "receipt" | "checkpoint" | "inclusion" | "witness" | "body";
  readonly ok: boolean;
  readonly message: string;
}

export interface ReceiptVerification {
  /** True where every step holds. */
  readonly ok: boolean;
  readonly steps: readonly ReceiptStep[];
  readonly entry?: Entry;
  readonly index?: number;
  readonly checkpoint?: Checkpoint;
}

/**
 * Verifies that an entry is in the log, and that what is told of its body is what was recorded.
 * @throws LedgerError `key_invalid` for a verifier key that is none.
 */
export function verifyReceipt(input: ReceiptInput): ReceiptVerification {
  const keys = input.keys.map(parseVkey);
  const witnesses = (input.witnesses ?? []).map(parseVkey);
  const steps: ReceiptStep[] = [];
  const attempt = <T>(step: ReceiptStep["step"], holds: string, act: () => T): T | undefined => {
    try {
      const result = act();
      steps.push({ step, ok: true, message: holds });
      return result;
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      steps.push({ step, ok: false, message: error.message });
      return undefined;
    }
  };

  const entry = attempt("entry", "The entry is in its canonical form.", () => decodeEntry(input.entryBytes));
  const receipt = attempt("receipt", "The receipt is well formed.", () => parseReceipt(input.receipt));
  const checkpoint =
    receipt &&
    attempt("checkpoint", "The checkpoint is signed by the log.", () => openCheckpoint(receipt.checkpoint, keys));
  if (receipt !== undefined && checkpoint !== undefined) {
    attempt("inclusion", `Entry ${receipt.index} is in the signed tree of ${checkpoint.size} entries.`, () =>
      checkInclusion(input.entryBytes, receipt, checkpoint),
    );
    for (const witness of witnesses) {
      attempt("witness", `The witness ${witness.name} cosigned the checkpoint.`, () => {
        if (cosignedAt(parseNote(receipt.checkpoint), witness) !== undefined) return;
        throw new LedgerError("signature_missing", `The witness ${witness.name} did not cosign the checkpoint.`);
      });
    }
  }
  const { disclosure } = input;
  if (entry !== undefined && disclosure !== undefined) {
    attempt("body", "What is shown is what was recorded.", () => checkDisclosure(entry, disclosure));
  }
  return {
    ok: steps.every(({ ok }) => ok),
    steps,
    ...(entry === undefined ? {} : { entry }),
    ...(receipt === undefined ? {} : { index: receipt.index }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
}

function checkInclusion(entryBytes: Uint8Array, receipt: Receipt, { size, root }: Checkpoint): void {
  const claim = { leafHash: leafHash(entryBytes), index: receipt.index, size, root };
  if (verifyInclusion(claim, receipt.path)) return;
  throw new LedgerError("proof_invalid", "The entry is not the one that the signed tree holds at this index.");
}

function checkDisclosure(entry: Entry, disclosure: ReceiptDisclosure): void {
  const faults =
    "open" in disclosure
      ? checkOpenFields(entry, disclosure.open)
      : checkBody(entry, parseSeed(disclosure.seed), disclosure.body satisfies Body);
  if (faults.length === 0) return;
  const named = faults.map(({ field, fault }) => `${field} (${fault})`).join(", ");
  throw new LedgerError("disclosure_invalid", `What is shown is not what was recorded: ${named}.`);
}
