/** Verification of Merkle proofs, step by step as RFC 9162 writes it (the same proofs as RFC 6962). */
import { equalBytes } from "./bytes.ts";
import { emptyRoot, HASH_BYTES, nodeHash } from "./hash.ts";
import { MAX_PROOF_HASHES } from "./limits.ts";

/** What an inclusion proof claims: that the leaf stands at `index` in the tree of `size` leaves with this root. */
export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
}

/** What a consistency proof claims: that the first tree is the beginning of the second. */
export interface ConsistencyClaim {
  readonly firstSize: number;
  readonly firstRoot: Uint8Array;
  readonly secondSize: number;
  readonly secondRoot: Uint8Array;
}

/** RFC 9162 section 2.1.3.2. */
export function verifyInclusion(claim: InclusionClaim, path: readonly Uint8Array[]): boolean {
  const { index, size } = claim;
  if (!isSize(size) || !isSize(index) || index >= size || !isPath(path)) return false;
  let fn = index;
  let sn = size - 1;
  let r = claim.leafHash;
  for (const p of path) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      r = nodeHash(p, r);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      r = nodeHash(r, p);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && equalBytes(r, claim.root);
}

/**
 * RFC 9162 section 2.1.4.2; and, where that leaves the case open: equal trees need an empty proof and equal roots, and
 * the empty tree is the beginning of every tree, with an empty proof.
 */
export function verifyConsistency(claim: ConsistencyClaim, proof: readonly Uint8Array[]): boolean {
  const { firstSize: first, secondSize: second, firstRoot, secondRoot } = claim;
  if (!isSize(first) || !isSize(second) || first > second || !isPath(proof)) return false;
  if (first === second) return proof.length === 0 && equalBytes(firstRoot, secondRoot);
  if (first === 0) return proof.length === 0 && equalBytes(firstRoot, emptyRoot());
  const path = isPowerOfTwo(first) ? [firstRoot, ...proof] : proof;
  const [start, ...rest] = path;
  if (proof.length === 0 || start === undefined) return false;
  let fn = first - 1;
  let sn = second - 1;
  while (isOdd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  let fr = start;
  let sr = start;
  for (const c of rest) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      sr = nodeHash(sr, c);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && equalBytes(fr, firstRoot) && equalBytes(sr, secondRoot);
}

// Arithmetic instead of bit operations: sizes go beyond 32 bits.
const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

function isPowerOfTwo(n: number): boolean {
  let rest = n;
  while (rest > 1 && !isOdd(rest)) rest = half(rest);
  return rest === 1;
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isPath(path: readonly Uint8Array[]): boolean {
  return path.length <= MAX_PROOF_HASHES && path.every((hash) => hash.length === HASH_BYTES);
}
