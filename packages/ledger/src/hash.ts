/** Hashing of Merkle trees: RFC 6962 section 2.1 (the same in RFC 9162 section 2.1.1), with SHA-256. */
import { sha256Into } from "#sha256";

import { MAX_ENTRY_BYTES } from "./limits.ts";

/** Bytes of a SHA-256 digest. */
export const HASH_BYTES = 32;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

// Scratch space, filled and hashed within one synchronous call: allocating per hash would cost more than hashing.
const leafInput = new Uint8Array(1 + MAX_ENTRY_BYTES);
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES);
leafInput[0] = LEAF_PREFIX;
nodeInput[0] = NODE_PREFIX;

export function sha256(data: Uint8Array): Uint8Array {
  const digest = new Uint8Array(HASH_BYTES);
  sha256Into(data, digest, 0);
  return digest;
}

/** The root of the tree without leaves: the digest of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** The hash of a leaf, SHA-256(0x00 || data), for data of any length. */
export function leafHash(data: Uint8Array): Uint8Array {
  const digest = new Uint8Array(HASH_BYTES);
  leafHashInto(data, digest, 0);
  return digest;
}

/** As leafHash, written into `out` at byte `at`. */
export function leafHashInto(data: Uint8Array, out: Uint8Array, at: number): void {
  const input = data.length <= MAX_ENTRY_BYTES ? leafInput : new Uint8Array(1 + data.length);
  input.set(data, 1);
  sha256Into(input.subarray(0, 1 + data.length), out, at);
}

/** The hash of an inner node, SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** The node over two hashes that stand side by side in `pair` at byte `from`, written into `out` at byte `at`. */
export function nodeHashInto(pair: Uint8Array, from: number, out: Uint8Array, at: number): void {
  nodeInput.set(pair.subarray(from, from + 2 * HASH_BYTES), 1);
  sha256Into(nodeInput, out, at);
}
