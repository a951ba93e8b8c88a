/** Compares the tiles above the lowest level with the tree that the entries make (C2SP tlog-tiles, "Merkle Tree"). */
import { equalBytes } from "../bytes.ts";
import { HASH_BYTES } from "../hash.ts";
import type { PackReader } from "../pack.ts";
import { leavesPerHash, TILE_WIDTH, tilePath, tileWidth } from "../tile.ts";
import type { TileRef } from "../tile.ts";
import { capital, entriesText } from "./finding.ts";
import type { Finding, Findings } from "./finding.ts";

interface OpenTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array[];
}

/** A stored tile that is not the one that the entries make. */
interface Mismatch {
  readonly level: number;
  readonly path: string;
  readonly entry: number;
  readonly lastEntry: number;
}

export class UpperTiles {
  readonly #reader: PackReader;
  readonly #size: number;
  readonly #findings: Findings;
  readonly #open = new Map<number, OpenTile>();
  readonly #complete: OpenTile[] = [];
  readonly #mismatches: Mismatch[] = [];
  #lastRead: { readonly path: string; readonly bytes: Uint8Array | undefined } | undefined;
  compared = 0;

  constructor(reader: PackReader, size: number, findings: Findings) {
    this.#reader = reader;
    this.#size = size;
    this.#findings = findings;
  }

  /** Takes the next hash of a level from the growing tree. */
  add(level: number, hash: Uint8Array): void {
    const tile = this.#open.get(level) ?? { level, index: 0, hashes: [] };
    tile.hashes.push(hash);
    if (tile.hashes.length < TILE_WIDTH) {
      this.#open.set(level, tile);
      return;
    }
    this.#complete.push(tile);
    this.#open.set(level, { level, index: tile.index + 1, hashes: [] });
  }

  /** The stored hash over bundle `index` of 256 entries; undefined where no tile holds one. */
  async storedHashOfBundle(index: number): Promise<Uint8Array | undefined> {
    const tile = Math.floor(index / TILE_WIDTH);
    const at = (index % TILE_WIDTH) * HASH_BYTES;
    const width = tileWidth(this.#size, 1, tile);
    if (at >= width * HASH_BYTES) return undefined;
    const hash = (await this.#read({ level: 1, index: tile, width }))?.subarray(at, at + HASH_BYTES);
    return hash?.length === HASH_BYTES ? hash : undefined;
  }

  /** Compares the tiles that became full since the last call. */
  async compareComplete(): Promise<void> {
    for (const tile of this.#complete.splice(0)) await this.#compare(tile);
  }

  /** Compares the partial tiles of the right edge. */
  async compareEdge(): Promise<void> {
    for (const tile of this.#open.values()) if (tile.hashes.length > 0) await this.#compare(tile);
  }

  /**
   * Reports the tiles that differ. Where the entries have the signed root, the tiles were altered; where they have not,
   * or nothing is signed, the entries below may have been rewritten, and the lowest tile that differs shows where.
   */
  report(entriesAreRight: boolean): void {
    for (const mismatch of this.#mismatches) {
      if (entriesAreRight) this.#findings.add(alteredTile(mismatch));
      else if (!this.#mismatches.some((other) => isWithin(other, mismatch))) this.#findings.add(rewritten(mismatch));
    }
  }

  async #compare(tile: OpenTile): Promise<void> {
    const ref = { level: tile.level, index: tile.index, width: tile.hashes.length };
    const path = tilePath(ref);
    const stored = await this.#read(ref);
    this.compared++;
    const span = leavesPerHash(tile.level);
    const first = tile.index * TILE_WIDTH;
    if (stored === undefined) {
      const lastEntry = (first + ref.width) * span - 1;
      const message = `The tile ${path} is missing.`;
      this.#findings.add({ code: "tile_missing", entry: first * span, lastEntry, path, message });
      return;
    }
    const wrong = tile.hashes.flatMap((hash, i) =>
      equalBytes(hash, stored.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)) ? [] : [i],
    );
    if (wrong.length === 0 && stored.length === ref.width * HASH_BYTES) return;
    // A tile that is only too long differs behind its last hash.
    const [from, to] = [wrong[0] ?? ref.width - 1, wrong.at(-1) ?? ref.width - 1];
    const entry = (first + from) * span;
    this.#mismatches.push({ level: tile.level, path, entry, lastEntry: (first + to + 1) * span - 1 });
  }

  async #read(tile: TileRef): Promise<Uint8Array | undefined> {
    const path = tilePath(tile);
    if (this.#lastRead?.path !== path) this.#lastRead = { path, bytes: await this.#reader.read(path) };
    return this.#lastRead.bytes;
  }
}

function isWithin(lower: Mismatch, upper: Mismatch): boolean {
  return lower.level < upper.level && lower.entry >= upper.entry && lower.lastEntry <= upper.lastEntry;
}

function alteredTile({ path, entry, lastEntry }: Mismatch): Finding {
  const message = `The tile ${path} was altered over ${entriesText(entry, lastEntry)}; the entries are as they were signed.`;
  return { code: "tile_differs", entry, lastEntry, path, message };
}

function rewritten({ path, entry, lastEntry }: Mismatch): Finding {
  const range = capital(entriesText(entry, lastEntry));
  const message = `${range} do not agree with the tile ${path}: they were rewritten together with the tiles below it.`;
  return { code: "entries_rewritten", entry, lastEntry, path, message };
}
