import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { decodeBundle, encodeBundle, encodeVkey, HASH_BYTES, parseTilePath, verifyPack } from "../src/index.ts";
import type { PackVerification } from "../src/index.ts";
import { ERASED_BY, LOG, packOf, readerOf, SampleLog, samplePack, sampleRecords, WITNESS } from "./sample-pack.ts";
import type { PackFiles } from "./sample-pack.ts";
import { flipBit, hex } from "./support.ts";

const SIZE = 600;
const EARLIER = [1, 100, 256, 299, 520];
const OPTIONS = { keys: [encodeVkey(LOG.key)], witnesses: [encodeVkey(WITNESS.key)] };
let pack: PackFiles;
beforeAll(async () => {
  pack = await samplePack({ size: SIZE, earlier: EARLIER, witnessed: true });
});

const verify = (files: PackFiles): Promise<PackVerification> => verifyPack(readerOf(files), OPTIONS);
const changed = (path: string, bytes: Uint8Array | undefined): PackFiles => {
  const files = new Map(pack);
  if (bytes === undefined) files.delete(path);
  else files.set(path, bytes);
  return files;
};

/** The entry to which a byte of a file belongs: the first and last one that a finding may name. */
function entriesAt(path: string, byte: number): readonly [number, number] | undefined {
  const bytes = pack.get(path) as Uint8Array;
  const tile = parseTilePath(path);
  if (tile?.level === "entries") {
    let [at, entry] = [0, tile.index * 256];
    for (const { length } of decodeBundle(bytes)) {
      if (byte < at + 2 + length) return [entry, entry];
      [at, entry] = [at + 2 + length, entry + 1];
    }
  } else if (tile !== undefined) {
    const span = 256 ** tile.level;
    const hash = tile.index * 256 + Math.floor(byte / HASH_BYTES);
    return [hash * span, (hash + 1) * span - 1];
  } else if (path.startsWith("disclosures/")) {
    const before = Buffer.from(bytes.subarray(0, byte)).toString().split("\n").length - 1;
    const line = Buffer.from(bytes).toString().split("\n")[before] as string;
    const { index } = JSON.parse(line) as { index: number };
    return [index, index];
  }
  return undefined;
}

async function expectFlipFound(path: string, bit: number): Promise<void> {
  const result = await verify(changed(path, flipBit(pack.get(path) as Uint8Array, bit)));
  const name = `bit ${bit} of ${path}`;
  expect(result.ok, name).toBe(false);
  const expected = entriesAt(path, bit >> 3);
  if (expected === undefined) {
    expect(
      result.findings.some((finding) => finding.path?.startsWith(path)),
      name,
    ).toBe(true);
    return;
  }
  const { first } = result;
  if (path.startsWith("disclosures/")) {
    // A line that now bears the index of another entry may be a fault of that one, too.
    expect(
      result.findings.map(({ entry }) => entry),
      name,
    ).toContain(expected[0]);
    return;
  }
  expect([first?.entry, first?.lastEntry ?? first?.entry], `${name}: ${first?.message}`).toEqual(expected);
}

describe("a changed bit is found, and its entry named", () => {
  it("in every kind of file, wherever it is", async () => {
    const paths = [...pack.keys()].filter((path) => path !== "steward-pack.json");
    expect(new Set(paths.map((path) => path.replaceAll(/\d+/g, "N"))).size).toBeGreaterThanOrEqual(7);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), async (path, seed) => {
        await expectFlipFound(path, seed % ((pack.get(path) as Uint8Array).length * 8));
      }),
      { numRuns: 250 },
    );
  });

  it("in each byte of a small pack", async () => {
    const large = pack;
    pack = await samplePack({ size: 8, earlier: [3, 5], witnessed: true });
    try {
      for (const [path, { length }] of pack) {
        if (path === "steward-pack.json") continue;
        for (let byte = 0; byte < length; byte++) await expectFlipFound(path, byte * 8 + ((byte * 5) % 8));
      }
    } finally {
      pack = large;
    }
  });
});

describe("entries of a bundle, as rows of a database, are compared with the tree", () => {
  /** Rewrites the bundle of 256 entries (0, 1) or 88 (2), as if its rows had been changed. */
  const rewrite = (bundle: number, change: (entries: Uint8Array[]) => Uint8Array[]): PackFiles => {
    const path = bundle === 2 ? "tile/entries/002.p/88" : `tile/entries/00${bundle}`;
    return changed(path, encodeBundle(change(decodeBundle(pack.get(path) as Uint8Array))));
  };
  const bundleAndTwo = fc.tuple(fc.nat(2), fc.nat(87), fc.nat(87)).filter(([, a, b]) => a !== b);

  it("a deleted one is named as missing", async () => {
    await fc.assert(
      fc.asyncProperty(bundleAndTwo, async ([bundle, at]) => {
        const result = await verify(rewrite(bundle, (entries) => entries.toSpliced(at, 1)));
        expect(result.first).toMatchObject({ code: "entry_missing", entry: bundle * 256 + at });
        const tree = result.findings.filter(({ code }) => /^(?:entry|tile|root)_/.test(code));
        expect(tree).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
  });

  it("two that were swapped are named as out of their place", async () => {
    await fc.assert(
      fc.asyncProperty(bundleAndTwo, async ([bundle, a, b]) => {
        const swap = (entries: Uint8Array[]): Uint8Array[] =>
          entries.with(a, entries[b] as Uint8Array).with(b, entries[a] as Uint8Array);
        const result = await verify(rewrite(bundle, swap));
        expect(result.first).toMatchObject({ code: "entry_reordered", entry: bundle * 256 + Math.min(a, b) });
        const named = result.findings.filter(({ code }) => code === "entry_reordered").map(({ entry }) => entry);
        expect(named).toEqual([a, b].toSorted((x, y) => x - y).map((at) => bundle * 256 + at));
      }),
      { numRuns: 40 },
    );
  });

  it("one that was moved is named", async () => {
    await fc.assert(
      fc.asyncProperty(bundleAndTwo, async ([bundle, from, to]) => {
        const move = (entries: Uint8Array[]): Uint8Array[] =>
          entries.toSpliced(from, 1).toSpliced(to, 0, entries[from] as Uint8Array);
        const result = await verify(rewrite(bundle, move));
        expect(result.first).toMatchObject({ code: "entry_reordered", entry: bundle * 256 + Math.min(from, to) });
      }),
      { numRuns: 40 },
    );
  });

  it("the first one after a cut tail is named as missing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 87 }), async (kept) => {
        const result = await verify(rewrite(2, (entries) => entries.slice(0, kept)));
        expect(result.first).toMatchObject({ code: "entry_missing", entry: 512 + kept });
      }),
      { numRuns: 20 },
    );
  });

  it("one that was inserted, doubled or added is named as extra, by the place where it stands", async () => {
    const added = new TextEncoder().encode("forged");
    const inserted = await verify(rewrite(2, (entries) => entries.toSpliced(17, 0, added)));
    expect(inserted.first).toMatchObject({ code: "entry_extra", entry: 529 });
    const doubled = await verify(rewrite(2, (entries) => entries.toSpliced(17, 0, entries[17] as Uint8Array)));
    expect(doubled.first?.entry).toBeGreaterThanOrEqual(529);
    expect(doubled.first?.entry).toBeLessThanOrEqual(530);
    const appended = await verify(rewrite(2, (entries) => [...entries, added]));
    expect(appended.first).toMatchObject({ code: "entry_extra", entry: 600 });
  });

  it("one that was replaced by a well-formed other one is named as altered", async () => {
    const other = sampleRecords(900)[899]?.bytes as Uint8Array;
    const result = await verify(rewrite(1, (entries) => entries.with(99, other)));
    expect(result.findings.map(({ code, entry }) => [code, entry])).toEqual([["entry_altered", 355]]);
  });

  it("are still checked after one that is broken", async () => {
    const files = rewrite(0, (entries) => entries.with(10, Uint8Array.of(1)).with(200, Uint8Array.of(2)));
    files.set("tile/entries/002.p/88", flipBit(files.get("tile/entries/002.p/88") as Uint8Array, 100));
    const { findings } = await verify(files);
    const altered = findings.filter(({ code }) => code === "entry_altered").map(({ entry }) => entry);
    expect(altered).toEqual([10, 200, 512]);
    expect(findings.some(({ code }) => code === "root_differs")).toBe(false);
  });
});

describe("files", () => {
  it("that are missing are named, with what they held", async () => {
    const codeOf: Record<string, string> = {
      "tile/0/000": "tile_missing",
      "tile/0/002.p/88": "tile_missing",
      "tile/1/000.p/2": "tile_missing",
      "tile/entries/001": "entry_missing",
      "disclosures/001.jsonl": "body_missing",
      "checkpoints/000.jsonl": "checkpoint_invalid",
      checkpoint: "checkpoint_invalid",
      "steward-pack.json": "manifest_invalid",
    };
    for (const [path, code] of Object.entries(codeOf)) {
      const { findings } = await verify(changed(path, undefined));
      expect(
        findings.map((finding) => finding.code),
        path,
      ).toContain(code);
    }
    const { first } = await verify(changed("tile/entries/001", undefined));
    expect(first).toMatchObject({ code: "entry_missing", entry: 256 });
    const disclosures = await verify(changed("disclosures/001.jsonl", undefined));
    const bodies = [...Array(256).keys()].map((i) => 256 + i).filter((i) => i % 4 !== 2 || i === ERASED_BY);
    expect(disclosures.findings.filter(({ code }) => code === "body_missing").map(({ entry }) => entry)).toEqual(
      bodies,
    );
  });

  it("that are longer or shorter than they should be are named", async () => {
    for (const path of [
      "tile/0/000",
      "tile/0/002.p/88",
      "tile/1/000.p/2",
      "tile/entries/002.p/88",
      "checkpoint",
      "checkpoints/000.jsonl",
      "disclosures/001.jsonl",
    ]) {
      const bytes = pack.get(path) as Uint8Array;
      for (const other of [bytes.subarray(0, -1), new Uint8Array([...bytes, 0]), new Uint8Array(0)]) {
        const result = await verify(changed(path, other));
        expect(
          result.findings.some((finding) => finding.path === path),
          `${path} ${other.length}`,
        ).toBe(true);
      }
    }
  });

  it("of a bundle that are missing together end the tree, and the first entry is named", async () => {
    const files = changed("tile/entries/001", undefined);
    files.delete("tile/0/001");
    const result = await verify(files);
    expect(result.root).toBeUndefined();
    expect(result.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["root_unknown", "tile_missing", "entry_missing"]),
    );
    expect(result.first).toMatchObject({ entry: 256, lastEntry: 511 });
  });

  it("may be any bytes: nothing makes the verifier throw", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pack.keys()), fc.uint8Array({ maxLength: 300 }), async (path, bytes) => {
        expect((await verify(changed(path, bytes))).ok).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a rewrite of entries together with their tiles", () => {
  const rewritten = async (at: number): Promise<PackFiles> => {
    const records = sampleRecords(SIZE);
    const forged = { ...(records[at] as (typeof records)[0]), bytes: (records[at + 4] as (typeof records)[0]).bytes };
    return packOf(new SampleLog(records.with(at, forged), EARLIER), EARLIER, true);
  };
  /** The signed files of the true log over the tree of the forged one. */
  const withTrueSignatures = (files: PackFiles): PackFiles => {
    const mixed = new Map(files);
    for (const path of ["checkpoint", "checkpoints/000.jsonl"]) mixed.set(path, pack.get(path) as Uint8Array);
    return mixed;
  };

  it("is bounded by the last checkpoint that holds and the first that does not", async () => {
    for (const [at, from, to] of [
      [50, 1, 99],
      [255, 100, 255],
      [256, 256, 298],
      [530, 520, 599],
    ] as const) {
      const result = await verify(withTrueSignatures(await rewritten(at)));
      const bounds = result.findings.filter(({ code }) => code === "checkpoint_refuted" || code === "root_differs");
      expect(
        bounds.map(({ entry }) => entry),
        `${at}`,
      ).toContain(from);
      expect(Math.min(...bounds.map(({ lastEntry }) => lastEntry as number))).toBe(to);
      expect(bounds[0]?.message).toMatch(/rewritten/);
    }
  });

  it("of one level only is narrowed down to the bundle", async () => {
    const forged = await rewritten(300);
    const files = new Map(pack);
    for (const path of ["tile/entries/001", "tile/0/001"]) files.set(path, forged.get(path) as Uint8Array);
    const result = await verify(files);
    expect(result.findings.find(({ code }) => code === "entries_rewritten")).toMatchObject({
      entry: 256,
      lastEntry: 511,
    });
    expect(result.findings.map(({ code }) => code)).toContain("root_differs");
    expect(result.ok).toBe(false);
  });

  it("with every checkpoint signed anew is refuted by a checkpoint that the auditor kept", async () => {
    const forged = await rewritten(300);
    const kept = new TextDecoder().decode(pack.get("checkpoint"));
    const alone = await verify(forged);
    expect(alone.findings.map(({ code, entry }) => [code, entry])).toContainEqual(["version_repeated", 304]);
    const result = await verifyPack(readerOf(forged), { ...OPTIONS, keptCheckpoints: [kept] });
    expect(result.findings).toContainEqual(
      expect.objectContaining({ code: "checkpoint_refuted", entry: 520, lastEntry: 599, path: "kept checkpoint 1" }),
    );
  });

  it("by cutting the end off is refuted by a later checkpoint, kept or left in the pack", async () => {
    const shorter = await samplePack({ size: 520, earlier: EARLIER.slice(0, 4), witnessed: true });
    expect((await verify(shorter)).ok).toBe(true);
    const kept = new TextDecoder().decode(pack.get("checkpoint"));
    const result = await verifyPack(readerOf(shorter), { ...OPTIONS, keptCheckpoints: [kept] });
    expect(result.findings).toHaveLength(1);
    expect(result.first).toMatchObject({ code: "entry_missing", entry: 520, lastEntry: 599 });
    const log = new SampleLog(sampleRecords(520), [1, 100]);
    const left = await packOf(log, [1, 100], false);
    left.set(
      "checkpoints/000.jsonl",
      new TextEncoder().encode([1, 100].map(() => `${JSON.stringify(kept)}\n`).join("")),
    );
    expect((await verify(left)).findings.map(({ code }) => code)).toContain("entry_missing");
  });
});

it("the sample's bytes are reproducible", async () => {
  const again = await samplePack({ size: SIZE, earlier: EARLIER, witnessed: true });
  expect([...again].map(([path, bytes]) => [path, hex(bytes)])).toEqual(
    [...pack].map(([path, bytes]) => [path, hex(bytes)]),
  );
});
