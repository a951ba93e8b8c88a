/**
 * Appending to a Merkle tree that is kept as tiles (RFC 6962 hashing, C2SP tlog-tiles layout).
 *
 * Only the right edge is read: at most one partial tile per level, 24 KiB for sixteen million entries.
 */
import { LedgerError } from "./error.ts";
import { emptyRoot, HASH_BYTES, nodeHash, nodeHashInto } from "./hash.ts";
import { hashesAtLevel, partialWidth, rightEdge, TILE_WIDTH, tilePath } from "./tile.ts";
import type { Tile } from "./tile.ts";

/** A tree as appending sees it: its size, and by level the bytes of its partial tile (empty where there is none). */
export interface TreeEdge {
  readonly size: number;
  readonly partials: readonly Uint8Array[];
}

export interface Appended {
  /** The new size. */
  readonly size: number;
  /** The new root. */
  readonly root: Uint8Array;
  /** The tiles to store, each in place of the tile of the same level and index, if there is one. */
  readonly tiles: readonly Tile[];
  /** What the next append needs, for a sequencer that keeps it in memory. */
  readonly edge: TreeEdge;
}

/** The edge of the tree without leaves. */
export const EMPTY_EDGE: TreeEdge = { size: 0, partials: [] };

/**
 * The edge of a stored tree from its partial tiles (those of `rightEdge(size)`, in any order; wider ones are narrowed).
 * @throws LedgerError `tile_missing`, or `tile_invalid` for a tile that is too narrow.
 */
export function edgeFromTiles(size: number, tiles: readonly Tile[]): TreeEdge {
  if (!Number.isSafeInteger(size) || size < 0) throw new LedgerError("tree_invalid", `${size} is not a tree size.`);
  const partials: Uint8Array[] = [];
  for (let level = 0; hashesAtLevel(size, level) > 0; level++) partials.push(new Uint8Array(0));
  for (const wanted of rightEdge(size)) {
    const tile = tiles.find(({ level, index }) => level === wanted.level && index === wanted.index);
    if (tile === undefined) throw new LedgerError("tile_missing", `Tile ${tilePath(wanted)} is missing.`);
    const lengthBytes = wanted.width * HASH_BYTES;
    if (tile.hashes.length < lengthBytes) {
      throw new LedgerError(
        "tile_invalid",
        `Tile ${tilePath(wanted)} holds ${tile.hashes.length / HASH_BYTES} hashes.`,
      );
    }
    partials[wanted.level] = tile.hashes.subarray(0, lengthBytes);
  }
  return { size, partials };
}

/**
 * Appends leaf hashes. Reads nothing but its arguments and changes none of them.
 * @throws LedgerError `tree_invalid` where the edge does not fit its size or a hash is not 32 bytes long.
 */
export function appendLeaves(edge: TreeEdge, leafHashes: readonly Uint8Array[]): Appended {
  checkEdge(edge);
  const partials = [...edge.partials];
  const tiles: Tile[] = [];
  let fresh = joinHashes(leafHashes);
  for (let level = 0; fresh.length > 0; level++) {
    const stored = partials[level] ?? new Uint8Array(0);
    const hashes = new Uint8Array(stored.length + fresh.length);
    hashes.set(stored);
    hashes.set(fresh, stored.length);
    const first = Math.floor(hashesAtLevel(edge.size, level) / TILE_WIDTH);
    const grown = cutIntoTiles(hashes, level, first);
    tiles.push(...grown);
    const full = grown.filter(({ width }) => width === TILE_WIDTH);
    partials[level] = hashes.slice(full.length * TILE_WIDTH * HASH_BYTES);
    fresh = joinHashes(full.map((tile) => perfectRoot(tile.hashes, 0, TILE_WIDTH)));
  }
  const next: TreeEdge = { size: edge.size + leafHashes.length, partials };
  return { size: next.size, root: rootOfEdge(next), tiles, edge: next };
}

/** The root of a tree from its right edge. */
export function rootOfEdge(edge: TreeEdge): Uint8Array {
  let root: Uint8Array | undefined;
  for (const [level, hashes] of edge.partials.entries()) {
    const width = partialWidth(edge.size, level);
    // The tree of n leaves is a row of perfect trees, one for each set bit of n, the largest to the left.
    for (let count = 1; count <= width; count *= 2) {
      if (width % (2 * count) < count) continue;
      const left = perfectRoot(hashes, width - (width % (2 * count)), count);
      root = root === undefined ? left : nodeHash(left, root);
    }
  }
  return root ?? emptyRoot();
}

/** The root over `count` (a power of two) consecutive hashes of a tile, beginning with the hash number `from`. */
export function perfectRoot(hashes: Uint8Array, from: number, count: number): Uint8Array {
  // A copy, also of Node's Buffer, whose own slice is a view: it is hashed in place.
  const row = new Uint8Array(hashes.subarray(from * HASH_BYTES, (from + count) * HASH_BYTES));
  for (let width = count / 2; width >= 1; width /= 2) {
    for (let i = 0; i < width; i++) nodeHashInto(row, 2 * i * HASH_BYTES, row, i * HASH_BYTES);
  }
  return row.slice(0, HASH_BYTES);
}

function checkEdge(edge: TreeEdge): void {
  for (let level = 0; hashesAtLevel(edge.size, level) > 0 || level < edge.partials.length; level++) {
    if (edge.partials[level]?.length !== partialWidth(edge.size, level) * HASH_BYTES) {
      throw new LedgerError("tree_invalid", `The edge's tile of level ${level} does not fit a tree of ${edge.size}.`);
    }
  }
}

function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(hashes.length * HASH_BYTES);
  for (const [i, hash] of hashes.entries()) {
    if (hash.length !== HASH_BYTES) throw new LedgerError("tree_invalid", `Hash ${i} is not ${HASH_BYTES} bytes long.`);
    joined.set(hash, i * HASH_BYTES);
  }
  return joined;
}

function cutIntoTiles(hashes: Uint8Array, level: number, firstIndex: number): Tile[] {
  const tiles: Tile[] = [];
  for (let at = 0; at < hashes.length; at += TILE_WIDTH * HASH_BYTES) {
    const bytes = hashes.slice(at, at + TILE_WIDTH * HASH_BYTES);
    tiles.push({ level, index: firstIndex + tiles.length, width: bytes.length / HASH_BYTES, hashes: bytes });
  }
  return tiles;
}
