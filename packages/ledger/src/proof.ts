/** Making Merkle proofs from tiles: PATH and PROOF of RFC 6962 sections 2.1.1 and 2.1.2, as they are defined there. */
import { LedgerError } from "./error.ts";
import { emptyRoot, HASH_BYTES, nodeHash } from "./hash.ts";
import { leavesPerHash, TILE_WIDTH, tilePath, tileWidth } from "./tile.ts";
import type { TileRef } from "./tile.ts";
import { perfectRoot } from "./tree.ts";

/** Gives the bytes of a tile: at least the hashes asked for (more, where the tile has grown), undefined if none. */
export type ReadTile = (tile: TileRef) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/**
 * The root of the tree of `size` leaves.
 * @throws LedgerError `tile_missing`, `tile_invalid`, `tree_invalid`.
 */
export async function treeRoot(readTile: ReadTile, size: number): Promise<Uint8Array> {
  checkSizes(0, size);
  return size === 0 ? emptyRoot() : subtreeHashes(readTile, size)(0, size);
}

/**
 * The proof that leaf `index` is in the tree of `size` leaves, from the leaf's sibling upwards.
 * @throws LedgerError `proof_invalid` where there is no such leaf; `tile_missing`, `tile_invalid`.
 */
export async function inclusionProof(readTile: ReadTile, index: number, size: number): Promise<Uint8Array[]> {
  checkSizes(index, size);
  if (index === size) throw new LedgerError("proof_invalid", `A tree of ${size} has no leaf ${index}.`);
  const hashOf = subtreeHashes(readTile, size);
  const path: Promise<Uint8Array>[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      path.push(hashOf(middle, end));
      end = middle;
    } else {
      path.push(hashOf(start, middle));
      start = middle;
    }
  }
  return (await Promise.all(path)).toReversed();
}

/**
 * The proof that the tree of `first` leaves is the beginning of the tree of `second`.
 * @throws LedgerError `proof_invalid` where `first` is larger; `tile_missing`, `tile_invalid`.
 */
export async function consistencyProof(readTile: ReadTile, first: number, second: number): Promise<Uint8Array[]> {
  checkSizes(first, second);
  if (first === 0 || first === second) return [];
  const hashOf = subtreeHashes(readTile, second);
  const proof: Promise<Uint8Array>[] = [];
  // SUBPROOF: descend to where the first tree ends; `whole` while its left edge is still the tree's own.
  let [start, end, whole] = [0, second, true];
  while (first !== end) {
    const middle = start + split(end - start);
    if (first <= middle) {
      proof.push(hashOf(middle, end));
      end = middle;
    } else {
      proof.push(hashOf(start, middle));
      start = middle;
      whole = false;
    }
  }
  if (!whole) proof.push(hashOf(start, end));
  return (await Promise.all(proof)).toReversed();
}

/** MTH(D[start:end]) for the ranges that RFC 6962 visits; each tile is read once. */
function subtreeHashes(readTile: ReadTile, size: number): (start: number, end: number) => Promise<Uint8Array> {
  const tiles = new Map<string, Promise<Uint8Array>>();

  const tileBytes = (tile: TileRef): Promise<Uint8Array> => {
    const path = tilePath(tile);
    const bytes = tiles.get(path) ?? checkedTile(readTile, tile);
    tiles.set(path, bytes);
    return bytes;
  };

  const hashOf = async (start: number, end: number): Promise<Uint8Array> => {
    const count = end - start;
    if (!isPowerOfTwo(count)) {
      const middle = start + split(count);
      return nodeHash(await hashOf(start, middle), await hashOf(middle, end));
    }
    let level = 0;
    while (leavesPerHash(level + 1) <= count) level++;
    const first = start / leavesPerHash(level);
    const index = Math.floor(first / TILE_WIDTH);
    const hashes = await tileBytes({ level, index, width: tileWidth(size, level, index) });
    return perfectRoot(hashes, first % TILE_WIDTH, count / leavesPerHash(level));
  };
  return hashOf;
}

async function checkedTile(readTile: ReadTile, tile: TileRef): Promise<Uint8Array> {
  const bytes = await readTile(tile);
  if (bytes === undefined) throw new LedgerError("tile_missing", `Tile ${tilePath(tile)} is missing.`);
  if (bytes.length < tile.width * HASH_BYTES) {
    throw new LedgerError("tile_invalid", `Tile ${tilePath(tile)} holds only ${bytes.length} bytes.`);
  }
  return bytes;
}

function checkSizes(smaller: number, larger: number): void {
  if (Number.isSafeInteger(smaller) && Number.isSafeInteger(larger) && smaller >= 0 && smaller <= larger) return;
  throw new LedgerError("proof_invalid", `There is no proof from ${smaller} to ${larger}.`);
}

/** The largest power of two smaller than n (n > 1). */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function isPowerOfTwo(n: number): boolean {
  return n === 1 || split(n) * 2 === n;
}
