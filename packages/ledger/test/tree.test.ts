import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  appendLeaves,
  bundleCount,
  decodeBundle,
  edgeFromTiles,
  EMPTY_EDGE,
  emptyRoot,
  encodeBundle,
  leafHash,
  LedgerError,
  narrowTile,
  parseTilePath,
  rightEdge,
  rootOfEdge,
  tilePath,
  tilesOf,
} from "../src/index.ts";
import type { Tile, TreeEdge } from "../src/index.ts";
import { refRoot, refTile, someLeaves } from "./reference.ts";
import { hex } from "./support.ts";

const LEAVES = someLeaves(70_000);

/** Stores tiles as the server does: the newest of a level and index replaces the older. */
class TileStore {
  readonly tiles = new Map<string, Tile>();
  put(tiles: readonly Tile[]): void {
    for (const tile of tiles) this.tiles.set(`${tile.level}/${tile.index}`, tile);
  }
  edge(size: number): TreeEdge {
    const wanted = rightEdge(size).map(({ level, index }) => this.tiles.get(`${level}/${index}`));
    return edgeFromTiles(size, wanted as Tile[]);
  }
}

function expectTree(store: TileStore, size: number): void {
  const leaves = LEAVES.slice(0, size);
  for (const ref of tilesOf(size)) {
    const tile = store.tiles.get(`${ref.level}/${ref.index}`) as Tile;
    expect(tile.width).toBe(ref.width);
    expect(hex(tile.hashes), tilePath(ref)).toBe(hex(refTile(leaves, ref.level, ref.index, ref.width)));
  }
  expect(store.tiles.size).toBe([...tilesOf(size)].length);
  expect(hex(rootOfEdge(store.edge(size)))).toBe(hex(refRoot(leaves)));
}

describe("hashing (RFC 6962 section 2.1)", () => {
  it("gives the published values of the empty tree and the empty leaf", () => {
    expect(hex(emptyRoot())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(hex(leafHash(new Uint8Array(0)))).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    expect(hex(rootOfEdge(EMPTY_EDGE))).toBe(hex(emptyRoot()));
  });
  it("gives the roots that Certificate Transparency's test data publish for one to eight leaves", () => {
    const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const roots = [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let edge = EMPTY_EDGE;
    for (const [i, input] of inputs.entries()) {
      const appended = appendLeaves(edge, [leafHash(Buffer.from(input, "hex"))]);
      expect(hex(appended.root)).toBe(roots[i]);
      edge = appended.edge;
    }
  });
});

describe("appending", () => {
  it("gives the tiles and the root of the reference tree, however it is batched", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 8 }), fc.boolean(), (batches, kept) => {
        const store = new TileStore();
        let edge = EMPTY_EDGE;
        for (const batch of batches) {
          const from = kept ? edge : store.edge(edge.size);
          const appended = appendLeaves(from, LEAVES.slice(edge.size, edge.size + batch));
          store.put(appended.tiles);
          edge = appended.edge;
          expect(appended.size).toBe(edge.size);
          expect(hex(appended.root)).toBe(hex(rootOfEdge(edge)));
        }
        expectTree(store, edge.size);
      }),
      { numRuns: 30 },
    );
  });

  it("gives the same across a boundary of three tile levels", () => {
    const store = new TileStore();
    let edge = EMPTY_EDGE;
    for (const size of [65_535, 65_536, 65_537, 70_000]) {
      const appended = appendLeaves(edge, LEAVES.slice(edge.size, size));
      store.put(appended.tiles);
      edge = appended.edge;
      expect(hex(appended.root)).toBe(hex(refRoot(LEAVES.slice(0, size))));
      expect(store.edge(size)).toEqual(edge);
    }
    expect([...tilesOf(70_000)].filter(({ level }) => level === 1).map(({ width }) => width)).toEqual([256, 17]);
    expectTree(store, 70_000);
  });

  it("touches only the tiles that grow", () => {
    const { edge } = appendLeaves(EMPTY_EDGE, LEAVES);
    const { tiles } = appendLeaves(edge, someLeaves(1, "more"));
    expect(tiles.map(tilePath)).toEqual(["tile/0/273.p/113"]);
  });

  it("appending nothing changes nothing", () => {
    const { edge } = appendLeaves(EMPTY_EDGE, LEAVES.slice(0, 300));
    const appended = appendLeaves(edge, []);
    expect(appended.tiles).toEqual([]);
    expect(appended.edge).toEqual(edge);
  });

  it("changes none of its arguments", () => {
    const { edge } = appendLeaves(EMPTY_EDGE, LEAVES.slice(0, 300));
    const before = structuredClone(edge);
    appendLeaves(edge, LEAVES.slice(300, 600));
    expect(edge).toEqual(before);
  });

  it("goes on from tiles in Node's Buffers, as a database gives them, and changes none of them", () => {
    const hashes = LEAVES.slice(0, 900);
    const store = new TileStore();
    let size = 0;
    for (const count of [513, 23, 200, 164]) {
      const stored = [...store.tiles.values()].map(({ level, index, width, hashes }) => {
        return { level, index, width, hashes: Buffer.from(hashes) };
      });
      const before = stored.map((tile) => hex(tile.hashes));
      const edge = size === 0 ? EMPTY_EDGE : edgeFromTiles(size, stored);
      rootOfEdge(edge);
      const appended = appendLeaves(edge, hashes.slice(size, size + count));
      expect(stored.map((tile) => hex(tile.hashes))).toEqual(before);
      store.put(appended.tiles);
      size += count;
      expect(hex(appended.root)).toBe(hex(refRoot(LEAVES.slice(0, size))));
    }
    expectTree(store, 900);
  });

  it("refuses an edge that does not fit, and hashes that are none", () => {
    const { edge, tiles } = appendLeaves(EMPTY_EDGE, LEAVES.slice(0, 300));
    expect(() => appendLeaves({ ...edge, size: 301 }, [])).toThrow(LedgerError);
    expect(() => appendLeaves({ ...edge, partials: [] }, [])).toThrow(LedgerError);
    expect(() => appendLeaves(edge, [new Uint8Array(31)])).toThrow(LedgerError);
    expect(() => edgeFromTiles(300, tiles.slice(0, 1))).toThrow(/tile\/0\/001\.p\/44 is missing/);
    expect(() => edgeFromTiles(299.5, tiles)).toThrow(LedgerError);
    expect(() => edgeFromTiles(310, tiles)).toThrow(/holds 44/);
  });
});

describe("tiles (C2SP tlog-tiles)", () => {
  it("has the tiles that the specification counts for 70,000 and 256 entries", () => {
    const count = (size: number): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { level, width } of tilesOf(size)) {
        const key = `${level}:${width}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    };
    expect(count(70_000)).toEqual({ "0:256": 273, "0:112": 1, "1:256": 1, "1:17": 1, "2:1": 1 });
    expect(count(256)).toEqual({ "0:256": 1, "1:1": 1 });
    expect(count(0)).toEqual({});
    expect(bundleCount(70_000)).toBe(274);
  });

  it("has the specification's paths", () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe("tile/0/x001/x234/067");
    expect(tilePath({ level: 3, index: 5, width: 17 })).toBe("tile/3/005.p/17");
    expect(parseTilePath("tile/entries/x001/000.p/255")).toEqual({ level: "entries", index: 1000, width: 255 });
  });

  it("reads back every path it writes", () => {
    fc.assert(
      fc.property(fc.nat({ max: 63 }), fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
        expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width });
      }),
    );
  });

  it.each([
    "tile/64/000",
    "tile/00/000",
    "tile/0/0",
    "tile/0/1000",
    "tile/0/x000/001",
    "tile/0/001/002",
    "tile/0/001.p/0",
    "tile/0/001.p/256",
    "tile/0/001.p/012",
    "tile/0/001.p/",
    "tile/entries/001/",
    "tile/data/001",
    "/tile/0/001",
    "tile/0/../001",
    "tile/0/x999/x999/x999/x999/x999/x999/999",
    "",
  ])("refuses the path %j", (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  it("narrows a tile to an earlier size", () => {
    const { tiles } = appendLeaves(EMPTY_EDGE, LEAVES.slice(0, 200));
    const earlier = appendLeaves(EMPTY_EDGE, LEAVES.slice(0, 77));
    expect(narrowTile(tiles[0] as Tile, 77)).toEqual(earlier.tiles[0]);
    expect(() => narrowTile(tiles[0] as Tile, 201)).toThrow(LedgerError);
  });
});

describe("bundles (C2SP tlog-tiles)", () => {
  it("read back as they were written", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 }), (entries) => {
        expect(decodeBundle(encodeBundle(entries)).map(hex)).toEqual(entries.map(hex));
      }),
    );
  });
  it("prefix each entry with its length as a big-endian uint16", () => {
    expect(hex(encodeBundle([Uint8Array.of(7), new Uint8Array(258)]).subarray(0, 5))).toBe("0001070102");
  });
  it("refuse a length beyond the end, no entries and too many", () => {
    const bytes = encodeBundle([Uint8Array.of(1, 2, 3)]);
    expect(() => decodeBundle(bytes.subarray(0, 4))).toThrow(LedgerError);
    expect(() => decodeBundle(bytes.subarray(0, 1))).toThrow(LedgerError);
    expect(() => encodeBundle([])).toThrow(LedgerError);
    expect(() => encodeBundle(Array.from({ length: 257 }, () => new Uint8Array(1)))).toThrow(LedgerError);
    expect(() => decodeBundle(new Uint8Array(2 * 257))).toThrow(LedgerError);
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(LedgerError);
  });
});
