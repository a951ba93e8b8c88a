import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { emptyRoot, fsck, openCheckpoint, tilePath } from "../src/index.ts";
import type { Tile } from "../src/index.ts";
import { LOG, readerOf, samplePack } from "./sample-pack.ts";
import type { PackFiles } from "./sample-pack.ts";
import { flipBit, hex } from "./support.ts";

const SIZE = 600;
let pack: PackFiles;
beforeAll(async () => {
  pack = await samplePack({ size: SIZE });
});
const changed = (path: string, bytes: Uint8Array | undefined): PackFiles => {
  const files = new Map(pack);
  if (bytes === undefined) files.delete(path);
  else files.set(path, bytes);
  return files;
};

describe("fsck", () => {
  it("rebuilds the tiles that are stored, and the signed root", async () => {
    const tiles = new Map<string, Tile>();
    const report = await fsck(readerOf(pack), SIZE, (tile) => tiles.set(tilePath(tile), tile));
    expect(report).toMatchObject({ ok: true, size: SIZE, differences: [] });
    const checkpoint = openCheckpoint(new TextDecoder().decode(pack.get("checkpoint")), [LOG.key]);
    expect(hex(report.root as Uint8Array)).toBe(hex(checkpoint.root));
    const stored = [...pack.keys()].filter((path) => /^tile\/\d/.test(path));
    expect([...tiles.keys()].toSorted()).toEqual(stored.toSorted());
    for (const path of stored)
      expect(hex(tiles.get(path)?.hashes as Uint8Array)).toBe(hex(pack.get(path) as Uint8Array));
    expect(await fsck(readerOf(new Map()), 0)).toEqual({ ok: true, size: 0, root: emptyRoot(), differences: [] });
  });

  it("names every tile with a changed bit, and the entries below it", async () => {
    const paths = [...pack.keys()].filter((path) => /^tile\/\d/.test(path));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), async (path, seed) => {
        const bytes = pack.get(path) as Uint8Array;
        const bit = seed % (bytes.length * 8);
        const report = await fsck(readerOf(changed(path, flipBit(bytes, bit))), SIZE);
        expect(report.differences).toHaveLength(1);
        const [level, index] = [...path.matchAll(/\d+/g)].map(([digits]) => Number(digits)) as [number, number];
        const hash = index * 256 + (bit >> 8);
        const span = 256 ** level;
        expect(report.differences[0]).toMatchObject({
          path,
          fault: "differs",
          firstEntry: hash * span,
          lastEntry: (hash + 1) * span - 1,
        });
        expect(hex(report.differences[0]?.rebuilt.hashes as Uint8Array)).toBe(hex(bytes));
      }),
      { numRuns: 60 },
    );
  });

  it("names tiles that are missing, too short or too long", async () => {
    for (const path of ["tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"]) {
      const bytes = pack.get(path) as Uint8Array;
      const fault = async (other: Uint8Array | undefined): Promise<string | undefined> =>
        (await fsck(readerOf(changed(path, other)), SIZE)).differences[0]?.fault;
      expect(await fault(undefined)).toBe("missing");
      expect(await fault(bytes.subarray(0, -32))).toBe("length");
      expect(await fault(new Uint8Array([...bytes, 1]))).toBe("length");
    }
  });

  it("finds an altered entry in every tile above it, and has another root than the signed one", async () => {
    const path = "tile/entries/001";
    const report = await fsck(readerOf(changed(path, flipBit(pack.get(path) as Uint8Array, 80))), SIZE);
    expect(report.differences.map((one) => [one.path, one.firstEntry, one.lastEntry])).toEqual([
      ["tile/0/001", 256, 256],
      ["tile/1/000.p/2", 256, 511],
    ]);
    const honest = await fsck(readerOf(pack), SIZE);
    expect(hex(report.root as Uint8Array)).not.toBe(hex(honest.root as Uint8Array));
  });

  it("stops at a bundle that cannot be read, and says where", async () => {
    const bundle = pack.get("tile/entries/001") as Uint8Array;
    for (const [bytes, reason] of [
      [undefined, /missing/],
      [bundle.subarray(0, -1), /cut off/],
      [bundle.subarray(0, 2 + 256 * (bundle[0] as number) + (bundle[1] as number)), /holds 1 entries instead of 256/],
    ] as const) {
      const report = await fsck(readerOf(changed("tile/entries/001", bytes)), SIZE);
      expect(report.ok).toBe(false);
      expect(report.root).toBeUndefined();
      expect(report.stopped).toMatchObject({ path: "tile/entries/001", firstEntry: 256 });
      expect(report.stopped?.reason).toMatch(reason);
    }
  });
});
