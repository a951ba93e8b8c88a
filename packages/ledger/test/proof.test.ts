import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  appendLeaves,
  consistencyProof,
  EMPTY_EDGE,
  emptyRoot,
  inclusionProof,
  LedgerError,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from "../src/index.ts";
import type { ConsistencyClaim, InclusionClaim, ReadTile } from "../src/index.ts";
import {
  refConsistency,
  refInclusion,
  refLeaf,
  refRoot,
  refRootOfInclusion,
  refRootsOfConsistency,
  someLeaves,
} from "./reference.ts";
import { flipBit, hex } from "./support.ts";

const GARBAGE = refLeaf(Buffer.from("garbage"));

function tilesOfTree(leaves: readonly Uint8Array[]): ReadTile {
  const tiles = new Map(appendLeaves(EMPTY_EDGE, leaves).tiles.map((tile) => [`${tile.level}/${tile.index}`, tile]));
  return ({ level, index }) => tiles.get(`${level}/${index}`)?.hashes;
}

// The rules by which github.com/transparency-dev/merkle breaks its proofs, applied to trees of our own.
type Variant<Claim> = readonly [rule: string, claim: Claim, proof: readonly Uint8Array[]];

function brokenProofs(proof: readonly Uint8Array[], roots: readonly Uint8Array[]): [string, readonly Uint8Array[]][] {
  const variants: [string, readonly Uint8Array[]][] = [
    ["trailing garbage", [...proof, GARBAGE]],
    ["preceding garbage", [GARBAGE, ...proof]],
    ["trailing empty hash", [...proof, new Uint8Array(0)]],
  ];
  for (const root of roots) variants.push(["trailing root", [...proof, root]], ["preceding root", [root, ...proof]]);
  for (const [i, hash] of proof.entries()) {
    variants.push(
      [`removed component ${i}`, proof.toSpliced(i, 1)],
      [`inserted component ${i}`, proof.toSpliced(i, 0, GARBAGE)],
      [`doubled component ${i}`, proof.toSpliced(i, 0, hash)],
      [`truncated after ${i}`, proof.slice(0, i)],
      [`short component ${i}`, proof.with(i, hash.subarray(1))],
    );
    for (const bit of [0, 3, 4, 255])
      variants.push([`modified component ${i} bit ${bit}`, proof.with(i, flipBit(hash, bit))]);
  }
  return variants;
}

function brokenInclusions(claim: InclusionClaim, proof: readonly Uint8Array[]): Variant<InclusionClaim>[] {
  const { index, size, root, leafHash } = claim;
  const claims: [string, InclusionClaim][] = [
    ["index - 1", { ...claim, index: index - 1 }],
    ["index + 1", { ...claim, index: index + 1 }],
    ["index ^ 2", { ...claim, index: index ^ 2 }],
    ["index of the size", { ...claim, index: size }],
    ["size * 2", { ...claim, size: size * 2 }],
    ["size / 2", { ...claim, size: Math.floor(size / 2) }],
    ["size 0", { ...claim, size: 0 }],
    ["size NaN", { ...claim, size: Number.NaN }],
    ["index 0.5", { ...claim, index: index + 0.5 }],
    ["wrong leaf", { ...claim, leafHash: GARBAGE }],
    ["leaf bit", { ...claim, leafHash: flipBit(leafHash, 9) }],
    ["empty root", { ...claim, root: emptyRoot() }],
    ["root of no bytes", { ...claim, root: new Uint8Array(0) }],
    ["random root", { ...claim, root: GARBAGE }],
    ["root bit", { ...claim, root: flipBit(root, 77) }],
  ];
  return [
    ...claims.map(([rule, broken]): Variant<InclusionClaim> => [rule, broken, proof]),
    ...brokenProofs(proof, [root]).map(([rule, broken]): Variant<InclusionClaim> => [rule, claim, broken]),
  ];
}

function brokenConsistencies(claim: ConsistencyClaim, proof: readonly Uint8Array[]): Variant<ConsistencyClaim>[] {
  const { firstSize, secondSize, firstRoot, secondRoot } = claim;
  const claims: [string, ConsistencyClaim][] = [
    ["first - 1", { ...claim, firstSize: firstSize - 1 }],
    ["first + 1", { ...claim, firstSize: firstSize + 1 }],
    ["first ^ 2", { ...claim, firstSize: firstSize ^ 2 }],
    ["second * 2", { ...claim, secondSize: secondSize * 2 }],
    ["second / 2", { ...claim, secondSize: Math.floor(secondSize / 2) }],
    ["sizes swapped", { ...claim, firstSize: secondSize, secondSize: firstSize }],
    ["roots swapped", { ...claim, firstRoot: secondRoot, secondRoot: firstRoot }],
    ["wrong first root", { ...claim, firstRoot: GARBAGE }],
    ["wrong second root", { ...claim, secondRoot: GARBAGE }],
    ["first root bit", { ...claim, firstRoot: flipBit(firstRoot, 200) }],
    ["second root bit", { ...claim, secondRoot: flipBit(secondRoot, 1) }],
  ];
  return [
    ...claims.map(([rule, broken]): Variant<ConsistencyClaim> => [rule, broken, proof]),
    ["empty proof", claim, []],
    ...brokenProofs(proof, [firstRoot, secondRoot]).map(([rule, broken]): Variant<ConsistencyClaim> => [
      rule,
      claim,
      broken,
    ]),
  ];
}

const same = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && hex(a) === hex(b);
const whole = (proof: readonly Uint8Array[]): boolean => proof.every(({ length }) => length === 32);

describe("inclusion proofs", () => {
  it("verify, and their broken variants don't: over 500 of them, judged alike by the recursive definition", () => {
    let variants = 0;
    for (const [index, size] of [
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 3],
      [0, 8],
      [5, 8],
      [2, 5],
      [1, 7],
      [6, 7],
      [31, 33],
      [200, 257],
    ] as const) {
      const leaves = someLeaves(size);
      const claim = { leafHash: leaves[index] as Uint8Array, index, size, root: refRoot(leaves) };
      const proof = refInclusion(index, leaves);
      expect(verifyInclusion(claim, proof)).toBe(true);
      for (const [rule, broken, path] of brokenInclusions(claim, proof)) {
        const name = `${index} of ${size}: ${rule}`;
        const expected =
          Number.isInteger(broken.size) &&
          Number.isInteger(broken.index) &&
          whole(path) &&
          same(refRootOfInclusion(broken.leafHash, broken.index, broken.size, path), broken.root);
        expect(verifyInclusion(broken, path), name).toBe(expected);
        // A proof binds its size only as far as it changes the path; every other change is refused.
        if (!rule.startsWith("size")) expect(expected, name).toBe(false);
        variants++;
      }
    }
    expect(variants).toBeGreaterThan(500);
  });

  it("that are made from tiles are those of the definition", async () => {
    for (const size of [1, 2, 3, 7, 8, 255, 256, 257, 511, 513, 700]) {
      const leaves = someLeaves(size);
      const tiles = tilesOfTree(leaves);
      for (const index of new Set([0, 1, size >> 1, 255, 256, size - 2, size - 1])) {
        if (index < 0 || index >= size) continue;
        const proof = await inclusionProof(tiles, index, size);
        expect(proof.map(hex)).toEqual(refInclusion(index, leaves).map(hex));
      }
    }
  });

  it("are made for every earlier size from the tiles of the present tree", async () => {
    const leaves = someLeaves(66_000);
    const tiles = tilesOfTree(leaves);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 66_000 }), fc.nat(), async (size, seed) => {
        const index = seed % size;
        const root = await treeRoot(tiles, size);
        const claim = { leafHash: leaves[index] as Uint8Array, index, size, root };
        const proof = await inclusionProof(tiles, index, size);
        expect(verifyInclusion(claim, proof)).toBe(true);
        for (const [i, hash] of proof.entries()) {
          expect(verifyInclusion(claim, proof.with(i, flipBit(hash, seed % 256)))).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
    expect(hex(await treeRoot(tiles, 66_000))).toBe(hex(refRoot(leaves)));
  });

  it("read only a few tiles", async () => {
    const tiles = tilesOfTree(someLeaves(66_000));
    let reads = 0;
    const counted: ReadTile = async (tile) => {
      reads++;
      return tiles(tile);
    };
    await inclusionProof(counted, 1000, 66_000);
    expect(reads).toBeLessThanOrEqual(6);
  });

  it("are refused where there is no such leaf or a tile is missing or short", async () => {
    const tiles = tilesOfTree(someLeaves(300));
    await expect(inclusionProof(tiles, 300, 300)).rejects.toThrow(LedgerError);
    await expect(inclusionProof(tiles, -1, 300)).rejects.toThrow(LedgerError);
    await expect(inclusionProof(tiles, 0.5, 300)).rejects.toThrow(LedgerError);
    await expect(inclusionProof(tiles, 0, 400)).rejects.toThrow(/holds only/);
    await expect(inclusionProof(() => undefined, 0, 300)).rejects.toThrow(/is missing/);
  });
});

describe("consistency proofs", () => {
  it("verify, and their broken variants don't: over 500 of them, judged alike by the recursive definition", () => {
    let variants = 0;
    for (const [first, second] of [
      [1, 2],
      [1, 8],
      [6, 8],
      [2, 5],
      [6, 7],
      [7, 8],
      [3, 7],
      [4, 8],
      [31, 33],
      [128, 257],
      [200, 257],
    ] as const) {
      const leaves = someLeaves(second);
      const claim: ConsistencyClaim = {
        firstSize: first,
        firstRoot: refRoot(leaves.slice(0, first)),
        secondSize: second,
        secondRoot: refRoot(leaves),
      };
      const proof = refConsistency(first, leaves);
      expect(verifyConsistency(claim, proof)).toBe(true);
      for (const [rule, broken, path] of brokenConsistencies(claim, proof)) {
        const name = `${first} to ${second}: ${rule}`;
        const roots = refRootsOfConsistency(broken.firstRoot, broken.firstSize, broken.secondSize, path);
        const expected = whole(path) && same(roots?.[0], broken.firstRoot) && same(roots?.[1], broken.secondRoot);
        expect(verifyConsistency(broken, path), name).toBe(expected);
        if (!rule.startsWith("second *") && !rule.startsWith("second /")) expect(expected, name).toBe(false);
        variants++;
      }
    }
    expect(variants).toBeGreaterThan(500);
  });

  it("of equal and of empty trees are empty", () => {
    const root = refRoot(someLeaves(5));
    const equal = { firstSize: 5, firstRoot: root, secondSize: 5, secondRoot: root };
    expect(verifyConsistency(equal, [])).toBe(true);
    expect(verifyConsistency(equal, [GARBAGE])).toBe(false);
    expect(verifyConsistency({ ...equal, secondRoot: GARBAGE }, [])).toBe(false);
    const empty = { firstSize: 0, firstRoot: emptyRoot(), secondSize: 5, secondRoot: root };
    expect(verifyConsistency(empty, [])).toBe(true);
    expect(verifyConsistency(empty, [GARBAGE])).toBe(false);
    expect(verifyConsistency({ ...empty, firstRoot: GARBAGE }, [])).toBe(false);
    expect(verifyConsistency({ ...empty, secondSize: 0, secondRoot: emptyRoot() }, [])).toBe(true);
    expect(verifyConsistency({ ...equal, firstSize: -1 }, [])).toBe(false);
    expect(verifyConsistency({ ...equal, firstSize: 4 }, [])).toBe(false);
    const tooLong = Array.from({ length: 64 }, () => GARBAGE);
    expect(verifyConsistency({ ...equal, firstSize: 4 }, tooLong)).toBe(false);
  });

  it("that are made from tiles are those of the definition, and verify", async () => {
    const leaves = someLeaves(700);
    const tiles = tilesOfTree(leaves);
    await fc.assert(
      fc.asyncProperty(fc.nat(700), fc.nat(700), async (a, b) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        const proof = await consistencyProof(tiles, first, second);
        expect(proof.map(hex)).toEqual(refConsistency(first, leaves.slice(0, second)).map(hex));
        const firstRoot = refRoot(leaves.slice(0, first));
        const claim = { firstSize: first, firstRoot, secondSize: second, secondRoot: refRoot(leaves.slice(0, second)) };
        expect(verifyConsistency(claim, proof)).toBe(true);
      }),
    );
  });

  it("are refused for sizes that are none or not in order", async () => {
    const tiles = tilesOfTree(someLeaves(3));
    for (const [first, second] of [
      [3, 2],
      [-1, 2],
      [1, 2.5],
    ] as const) {
      await expect(consistencyProof(tiles, first, second)).rejects.toThrow(LedgerError);
    }
  });
});
