/** Tile arithmetic and paths: C2SP tlog-tiles, sections "Merkle Tree" and "Partial Tiles". */
import { LedgerError } from "./error.ts";
import { HASH_BYTES } from "./hash.ts";

/** Hashes of a full tile; also entries of a full bundle. */
export const TILE_WIDTH = 256;

/** Where a tile stands and how many hashes it holds (256 for a full one). */
export interface TileRef {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

export interface Tile extends TileRef {
  /** The tile's bytes: `width` hashes of 32 bytes, one after the other. */
  readonly hashes: Uint8Array;
}

/** Leaves below one hash of a tile of this level. */
export function leavesPerHash(level: number): number {
  return TILE_WIDTH ** level;
}

/** Hashes that exist at a tile level of a tree of this size. */
export function hashesAtLevel(size: number, level: number): number {
  return Math.floor(size / leavesPerHash(level));
}

/** Hashes of the partial tile at the right edge of a level; 0 where there is none. */
export function partialWidth(size: number, level: number): number {
  return hashesAtLevel(size, level) % TILE_WIDTH;
}

/** The width of a tile in a tree of this size; 0 where the tree does not reach it. */
export function tileWidth(size: number, level: number, index: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAtLevel(size, level) - index * TILE_WIDTH));
}

/** The partial tiles of a tree, lowest level first: all that appending needs to read. */
export function rightEdge(size: number): TileRef[] {
  const edge: TileRef[] = [];
  for (let level = 0; hashesAtLevel(size, level) > 0; level++) {
    const width = partialWidth(size, level);
    if (width > 0) edge.push({ level, index: Math.floor(hashesAtLevel(size, level) / TILE_WIDTH), width });
  }
  return edge;
}

/** Every tile of a tree, level by level. */
export function* tilesOf(size: number): Generator<TileRef> {
  for (let level = 0; hashesAtLevel(size, level) > 0; level++) {
    const count = Math.ceil(hashesAtLevel(size, level) / TILE_WIDTH);
    for (let index = 0; index < count; index++) yield { level, index, width: tileWidth(size, level, index) };
  }
}

/** Bundles of entries that a tree of this size has. */
export function bundleCount(size: number): number {
  return Math.ceil(size / TILE_WIDTH);
}

/** An index in three-digit path elements, all but the last marked with an x: 1234067 is `x001/x234/067`. */
export function indexPath(index: number): string {
  const elements = [String(index % 1000).padStart(3, "0")];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    elements.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return elements.join("/");
}

/** `tile/<L>/<N>[.p/<W>]` */
export function tilePath(tile: TileRef): string {
  return `tile/${tile.level}/${indexPath(tile.index)}${widthSuffix(tile.width)}`;
}

/** `tile/entries/<N>[.p/<W>]` */
export function bundlePath(index: number, width: number): string {
  return `tile/entries/${indexPath(index)}${widthSuffix(width)}`;
}

function widthSuffix(width: number): string {
  return width === TILE_WIDTH ? "" : `.p/${width}`;
}

/** What a tlog-tiles path asks for: a tile, or a bundle of entries (`level` is then "entries"). */
export interface TilePath {
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

const TILE_PATH_PATTERN = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;

/** Reads a path as a server receives it; undefined for anything that the specification does not allow. */
export function parseTilePath(path: string): TilePath | undefined {
  const match = TILE_PATH_PATTERN.exec(path);
  if (!match) return undefined;
  const index = Number((match[2] as string).replaceAll(/[x/]/g, ""));
  const level = match[1] === "entries" ? "entries" : Number(match[1]);
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
  if (!Number.isSafeInteger(index) || width < 1 || (match[3] !== undefined && width >= TILE_WIDTH)) return undefined;
  if (level !== "entries" && level > 63) return undefined;
  // Leading zeroes and superfluous x000 elements do not read back.
  const canonical = level === "entries" ? bundlePath(index, width) : tilePath({ level, index, width });
  return canonical === path ? { level, index, width } : undefined;
}

/**
 * The first `width` hashes of a stored tile: a partial tile of an earlier tree is the beginning of the later one.
 * @throws LedgerError `tile_invalid` where the stored tile is narrower.
 */
export function narrowTile(tile: Tile, width: number): Tile {
  if (tile.hashes.length < width * HASH_BYTES) {
    throw new LedgerError("tile_invalid", `Tile ${tilePath(tile)} does not hold ${width} hashes.`);
  }
  return { level: tile.level, index: tile.index, width, hashes: tile.hashes.subarray(0, width * HASH_BYTES) };
}
