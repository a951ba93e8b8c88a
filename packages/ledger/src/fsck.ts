/**
 * fsck: rebuilds every tile from the entries, beside the stored ones and never over them, and names those that differ.
 * Whether the entries or the tiles are right is for the signed root to say: `root` is that of the entries.
 */
import { decodeBundle } from "./bundle.ts";
import { equalBytes } from "./bytes.ts";
import { LedgerError } from "./error.ts";
import { emptyRoot, HASH_BYTES, leafHash } from "./hash.ts";
import type { PackReader } from "./pack.ts";
import { bundleCount, bundlePath, leavesPerHash, TILE_WIDTH, tilePath, tileWidth } from "./tile.ts";
import type { Tile } from "./tile.ts";
import { appendLeaves, EMPTY_EDGE } from "./tree.ts";

/** A stored tile that is not what the entries make of it. */
export interface TileDifference {
  readonly path: string;
  /** `length`: it holds more or fewer hashes than it should. */
  readonly fault: "missing" | "length" | "differs";
  /** The first and the last entry under the hashes that differ. */
  readonly firstEntry: number;
  readonly lastEntry: number;
  /** The tile as the entries make it. */
  readonly rebuilt: Tile;
}

export interface FsckReport {
  /** True where every tile could be rebuilt and none differs. */
  readonly ok: boolean;
  readonly size: number;
  /** The root of the rebuilt tree; undefined where a bundle could not be read. */
  readonly root?: Uint8Array;
  readonly differences: readonly TileDifference[];
  /** Why the rebuilding ended early: nothing can be rebuilt above entries that cannot be read. */
  readonly stopped?: { readonly path: string; readonly firstEntry: number; readonly reason: string };
}

/**
 * Checks the stored tiles of a tree of `size` entries.
 * @param onTile receives every tile as it was rebuilt, for whoever wants to keep them.
 */
export async function fsck(reader: PackReader, size: number, onTile?: (tile: Tile) => void): Promise<FsckReport> {
  const differences: TileDifference[] = [];
  let edge = EMPTY_EDGE;
  let root = emptyRoot();
  for (let index = 0; index < bundleCount(size); index++) {
    const path = bundlePath(index, tileWidth(size, 0, index));
    let appended;
    try {
      appended = appendLeaves(edge, await leavesOf(reader, path, tileWidth(size, 0, index)));
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      const stopped = { path, firstEntry: edge.size, reason: error.message };
      return { ok: false, size, differences, stopped };
    }
    for (const tile of appended.tiles) {
      // Tiles of higher levels grow with every bundle; only their final form is stored.
      if (tile.width !== tileWidth(size, tile.level, tile.index)) continue;
      onTile?.(tile);
      const difference = compareTile(tile, await reader.read(tilePath(tile)));
      if (difference !== undefined) differences.push(difference);
    }
    edge = appended.edge;
    root = appended.root;
  }
  return { ok: differences.length === 0, size, root, differences };
}

async function leavesOf(reader: PackReader, path: string, width: number): Promise<Uint8Array[]> {
  const bytes = await reader.read(path);
  if (bytes === undefined) throw new LedgerError("bundle_invalid", "The bundle is missing.");
  const entries = decodeBundle(bytes);
  if (entries.length !== width) {
    throw new LedgerError("bundle_invalid", `The bundle holds ${entries.length} entries instead of ${width}.`);
  }
  return entries.map(leafHash);
}

function compareTile(rebuilt: Tile, stored: Uint8Array | undefined): TileDifference | undefined {
  if (stored !== undefined && equalBytes(stored, rebuilt.hashes)) return undefined;
  const wrong = Array.from({ length: rebuilt.width }, (_, i) => i).filter((i) => {
    const [from, to] = [i * HASH_BYTES, (i + 1) * HASH_BYTES];
    return stored === undefined || !equalBytes(stored.subarray(from, to), rebuilt.hashes.subarray(from, to));
  });
  const span = leavesPerHash(rebuilt.level);
  const first = rebuilt.index * TILE_WIDTH;
  return {
    path: tilePath(rebuilt),
    fault: faultOf(rebuilt, stored),
    // A tile that is only too long differs behind its last hash.
    firstEntry: (first + (wrong[0] ?? rebuilt.width - 1)) * span,
    lastEntry: (first + (wrong.at(-1) ?? rebuilt.width - 1) + 1) * span - 1,
    rebuilt,
  };
}

function faultOf(rebuilt: Tile, stored: Uint8Array | undefined): TileDifference["fault"] {
  if (stored === undefined) return "missing";
  return stored.length === rebuilt.hashes.length ? "differs" : "length";
}
