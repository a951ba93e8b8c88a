import { canonicalJson } from "@steward/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  checkpointsPath,
  decodeCheckpoints,
  decodeManifest,
  disclosuresPath,
  encodeCheckpoints,
  encodeManifest,
  formatDisclosure,
  packFiles,
  parseDisclosure,
  tilePath,
  tilesOf,
} from "../src/index.ts";
import type { Disclosure, PackManifest } from "../src/index.ts";
import { LOG, ORG_ID, ORIGIN, SampleLog, sampleRecords, WITNESS } from "./sample-pack.ts";
import { codeOf } from "./support.ts";

const MANIFEST: PackManifest = {
  orgId: ORG_ID,
  origin: ORIGIN,
  size: 70_000,
  exportedAt: 1_790_000_000_123_456n,
  keys: [LOG.key],
  witnesses: [WITNESS.key],
  earlierCheckpoints: 3,
};
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("the plan of a pack", () => {
  it("holds every tile, every bundle with its disclosures, the checkpoints, and the manifest last", () => {
    fc.assert(
      fc.property(fc.nat(200_000), fc.nat(1000), (size, earlier) => {
        const files = [...packFiles(size, earlier)];
        expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
        expect(files.filter(({ kind }) => kind === "tile").map(({ path }) => path)).toEqual(
          [...tilesOf(size)].map(tilePath),
        );
        for (const kind of ["bundle", "disclosures"]) {
          let next = 0;
          for (const file of files) {
            if (file.kind !== kind || !("first" in file)) continue;
            expect(file.first).toBe(next);
            next += file.count;
          }
          expect(next).toBe(size);
        }
        const counts = files.map((file) => (file.kind === "checkpoints" ? file.count : 0));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(earlier);
        expect(files.slice(-2).map(({ path }) => path)).toEqual(["checkpoint", "steward-pack.json"]);
      }),
      { numRuns: 30 },
    );
    expect(disclosuresPath(1067)).toBe("disclosures/x001/067.jsonl");
    expect(checkpointsPath(0)).toBe("checkpoints/000.jsonl");
  });
});

describe("the manifest", () => {
  it("reads back as it was written, however it is indented, and has no other members", () => {
    const compact = JSON.stringify(JSON.parse(textOf(encodeManifest(MANIFEST))));
    expect(decodeManifest(bytesOf(compact))).toEqual(MANIFEST);
    expect(decodeManifest(encodeManifest(MANIFEST))).toEqual(MANIFEST);
    const text = textOf(encodeManifest(MANIFEST));
    const variants = [
      "",
      "null",
      "[]",
      "not JSON",
      text.replace("steward-pack/1", "steward-pack/2"),
      text.replace('"size": 70000', '"size": -1'),
      text.replace('"size": 70000', '"size": 70000.5'),
      text.replace('"size": 70000', '"size": "70000"'),
      text.replace('"size": 70000', '"size": 70000,\n  "more": 1'),
      text.replace("earlierCheckpoints", "earlier"),
      text.replace('"exportedAt": "2026', '"exportedAt": "x026'),
      text.replace(`"orgId": "${ORG_ID}"`, '"orgId": "me"'),
      text.replace('"keys": [', '"keys": [1,'),
    ];
    for (const variant of variants)
      expect(
        codeOf(() => decodeManifest(bytesOf(variant))),
        variant,
      ).toBe("pack_invalid");
    const vkey = text.replace(/\+[0-9a-f]{8}\+/, "+00000000+");
    expect(codeOf(() => decodeManifest(bytesOf(vkey)))).toBe("key_invalid");
    expect(codeOf(() => decodeManifest(Uint8Array.of(0xff)))).toBe("text_invalid");
  });
});

describe("checkpoints of a pack", () => {
  it("read back as they were written, and have one form", async () => {
    const log = new SampleLog(sampleRecords(3), [1]);
    const notes = [await log.checkpoint(1, false), await log.checkpoint(3, true)];
    const text = textOf(encodeCheckpoints(notes));
    expect(decodeCheckpoints(bytesOf(text))).toEqual(notes);
    expect(decodeCheckpoints(bytesOf(""))).toEqual([]);
    for (const variant of [text.trim(), `${text}\n`, `1\n`, `{}\n`, `"x\n`, text.replace("—", "\\u2014")]) {
      expect(
        codeOf(() => decodeCheckpoints(bytesOf(variant))),
        variant,
      ).toBe("pack_invalid");
    }
  });
});

describe("a disclosure", () => {
  const salt = "ab".repeat(32);
  const known: Disclosure[] = [
    { index: 0, seed: salt, body: { title: "x", nested: { b: 1, a: [null] } } },
    { index: 7, seed: salt, body: {} },
    { index: 1, erasedBy: 2 },
    { index: 1, erasedBy: 2, open: [{ name: "title", salt, value: { a: 1 } }] },
  ];
  it("reads back as it was written", () => {
    for (const one of known) expect(parseDisclosure(formatDisclosure(one))).toEqual(one);
  });
  it.each([
    ["nothing", null],
    ["an unknown member", { index: 0, seed: salt, body: {}, more: 1 }],
    ["no index", { seed: salt, body: {} }],
    ["a negative index", { index: -1, seed: salt, body: {} }],
    ["half an index", { index: 0.5, erasedBy: 1 }],
    ["a short seed", { index: 0, seed: "ab", body: {} }],
    ["a seed in capitals", { index: 0, seed: salt.toUpperCase(), body: {} }],
    ["a body that is a list", { index: 0, seed: salt, body: [] }],
    ["a body and an erasure", { index: 0, seed: salt, body: {}, erasedBy: 1 }],
    ["nothing opened", { index: 0, erasedBy: 1, open: [] }],
    ["a field opened twice", { index: 0, erasedBy: 1, open: [1, 2].map((value) => ({ name: "a", salt, value })) }],
    ["a field without its salt", { index: 0, erasedBy: 1, open: [{ name: "a", value: 1 }] }],
    ["a field with more", { index: 0, erasedBy: 1, open: [{ name: "a", salt, value: 1, x: 1 }] }],
    ["a field that is text", { index: 0, erasedBy: 1, open: ["a"] }],
  ])("refuses %s", (_, value) => {
    expect(codeOf(() => parseDisclosure(canonicalJson(value as never)))).toBe("disclosure_invalid");
  });
  it("refuses what is not canonical", () => {
    for (const line of [
      '{"index":1,"erasedBy":2}',
      '{"erasedBy":2, "index":1}',
      '{"erasedBy":2,"index":1.0}',
      "{",
      "",
    ]) {
      expect(
        codeOf(() => parseDisclosure(line)),
        line,
      ).toBe("disclosure_invalid");
    }
  });
});
