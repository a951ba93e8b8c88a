/** A Merkle tree written down from the recursive definitions of RFC 6962 section 2.1, slow and obviously right. */
import { createHash } from "node:crypto";

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

export const refLeaf = (data: Uint8Array): Uint8Array => sha256(Uint8Array.of(0), data);
export const refNode = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(Uint8Array.of(1), left, right);

/** The largest power of two smaller than n. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** MTH over leaf hashes. */
export function refRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const k = split(leaves.length);
  return refNode(refRoot(leaves.slice(0, k)), refRoot(leaves.slice(k)));
}

/** PATH(m, D[n]) */
export function refInclusion(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...refInclusion(m, leaves.slice(0, k)), refRoot(leaves.slice(k))]
    : [...refInclusion(m - k, leaves.slice(k)), refRoot(leaves.slice(0, k))];
}

/** PROOF(m, D[n]) */
export function refConsistency(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  return m === 0 ? [] : subproof(m, leaves, true);
}

function subproof(m: number, leaves: readonly Uint8Array[], whole: boolean): Uint8Array[] {
  if (m === leaves.length) return whole ? [] : [refRoot(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), refRoot(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), refRoot(leaves.slice(0, k))];
}

/** The tile of C2SP tlog-tiles by its formal definition. */
export function refTile(leaves: readonly Uint8Array[], level: number, index: number, width: number): Uint8Array {
  const span = 256 ** level;
  const first = index * 256;
  const hashes = Array.from({ length: width }, (_, i) =>
    refRoot(leaves.slice((first + i) * span, (first + i + 1) * span)),
  );
  return new Uint8Array(Buffer.concat(hashes));
}

/** Distinct, reproducible leaf hashes. */
export function someLeaves(count: number, tag = "leaf"): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => refLeaf(Buffer.from(`${tag} ${i}`)));
}

/** The root that an inclusion proof leads to, by the recursion of PATH; undefined where it has not the right length. */
export function refRootOfInclusion(
  leaf: Uint8Array,
  m: number,
  n: number,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (m < 0 || m >= n) return undefined;
  if (n === 1) return path.length === 0 ? leaf : undefined;
  const k = split(n);
  const last = path.at(-1);
  const rest = path.slice(0, -1);
  const below = m < k ? refRootOfInclusion(leaf, m, k, rest) : refRootOfInclusion(leaf, m - k, n - k, rest);
  if (last === undefined || below === undefined) return undefined;
  return m < k ? refNode(below, last) : refNode(last, below);
}

/** The two roots that a consistency proof leads to, by the recursion of SUBPROOF; undefined as above. */
export function refRootsOfConsistency(
  firstRoot: Uint8Array,
  m: number,
  n: number,
  proof: readonly Uint8Array[],
  whole = true,
): readonly [Uint8Array, Uint8Array] | undefined {
  if (m < 1 || m > n) return undefined;
  if (m === n) {
    const hash = whole ? firstRoot : proof[0];
    return hash !== undefined && proof.length === (whole ? 0 : 1) ? [hash, hash] : undefined;
  }
  const k = split(n);
  const last = proof.at(-1);
  const rest = proof.slice(0, -1);
  const below =
    m <= k
      ? refRootsOfConsistency(firstRoot, m, k, rest, whole)
      : refRootsOfConsistency(firstRoot, m - k, n - k, rest, false);
  if (last === undefined || below === undefined) return undefined;
  return m <= k ? [below[0], refNode(below[1], last)] : [refNode(last, below[0]), refNode(last, below[1])];
}
