/** What several tests need: keys made from fixed seeds, and errors as their codes. */
import { ed25519 } from "@noble/curves/ed25519.js";

import { ED25519, LedgerError, verifierKey } from "../src/index.ts";
import type { SignatureType, Signer } from "../src/index.ts";

/** A signer whose secret key is 32 times the same byte: reproducible, and worthless outside tests. */
export function signerOf(name: string, seed: number, type: SignatureType = ED25519): Signer {
  const secret = new Uint8Array(32).fill(seed);
  return {
    key: verifierKey(name, type, ed25519.getPublicKey(secret)),
    sign: (message) => ed25519.sign(message, secret),
  };
}

/** The code of the LedgerError that `act` throws; "accepted" where it throws none; `other` for any other error. */
export function codeOf(act: () => unknown, other?: string): string {
  try {
    act();
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    if (other !== undefined) return other;
    throw error;
  }
  return "accepted";
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The same bytes with one bit changed. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.with(bit >> 3, (bytes[bit >> 3] as number) ^ (1 << (bit & 7)));
}
