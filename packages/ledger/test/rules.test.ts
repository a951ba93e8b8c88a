import { uuidv7 } from "@steward/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { encodeEntry, encodeVkey, entryWithBody, formatDisclosure, openField, verifyPack } from "../src/index.ts";
import type { Body, Disclosure, Entry, PackVerification } from "../src/index.ts";
import { UuidSet } from "../src/verify/uuid-set.ts";
import { LOG, packOf, readerOf, SampleLog } from "./sample-pack.ts";
import type { PackFiles, SampleRecord } from "./sample-pack.ts";
import { hex } from "./support.ts";

const id = (n: number): string => uuidv7(n, new Uint8Array(10));
const PERSON = { kind: "person", id: id(1) };
const SEED = new Uint8Array(32).fill(9);
const KEYS = [encodeVkey(LOG.key)];

/** A record that an honest log would hold, but for what the test changes. */
function record(index: number, change: Partial<Entry> = {}, body: Body = {}): SampleRecord {
  const base = { v: 1 as const, kind: "risk.updated", time: String(1000 + index), id: id(100 + index), actor: PERSON };
  const subject = { kind: "risk", id: id(2) };
  const entry = entryWithBody({ ...base, subject, ...change }, SEED, body);
  return { entry, bytes: encodeEntry(entry), seed: SEED, body };
}
const versions = (...numbers: number[]): SampleRecord[] =>
  numbers.map((version, i) => record(i, { subject: { kind: "risk", id: id(2), version } }));

async function packWith(records: readonly SampleRecord[], disclosures?: readonly Disclosure[]): Promise<PackFiles> {
  const files = await packOf(new SampleLog(records, []), [], false);
  if (disclosures !== undefined) {
    const text = disclosures.map((one) => `${formatDisclosure(one)}\n`).join("");
    files.set("disclosures/000.jsonl", new TextEncoder().encode(text));
  }
  return files;
}
async function verify(
  records: readonly SampleRecord[],
  disclosures?: readonly Disclosure[],
): Promise<PackVerification> {
  return verifyPack(readerOf(await packWith(records, disclosures)), { keys: KEYS });
}
const told = ({ findings }: PackVerification): unknown[] => findings.map(({ code, entry }) => [code, entry]);

describe("the versions of a subject", () => {
  it("count up from one, each subject by itself", async () => {
    const other = record(3, { subject: { kind: "system", id: id(2), version: 1 } });
    expect(told(await verify([...versions(1, 2, 3), other]))).toEqual([]);
  });
  it.each([
    ["a first one that is missing", [2], [["version_missing", 0]]],
    ["one in the middle that is missing", [1, 2, 4], [["version_missing", 2]]],
    ["several that are missing", [1, 5, 6], [["version_missing", 1]]],
    ["a repeated one", [1, 2, 2, 3], [["version_repeated", 2]]],
    ["an earlier one that is repeated", [1, 2, 3, 1], [["version_repeated", 3]]],
    [
      "two in the wrong order",
      [1, 3, 2, 4],
      [
        ["version_missing", 1],
        ["version_reordered", 2],
      ],
    ],
    [
      "one that comes too late, twice",
      [1, 4, 3, 3],
      [
        ["version_missing", 1],
        ["version_reordered", 2],
        ["version_repeated", 3],
      ],
    ],
    [
      "a version beyond all measure",
      [1, 2 ** 53 - 1, 7],
      [
        ["version_missing", 1],
        ["version_reordered", 2],
      ],
    ],
  ])("name %s", async (_, numbers, expected) => {
    expect(told(await verify(versions(...numbers)))).toEqual(expected);
  });
});

describe("entries", () => {
  it("have an id of their own", async () => {
    expect(told(await verify([record(0), record(1), record(2, { id: id(100) })]))).toEqual([["id_repeated", 2]]);
  });
  it("are canonical, and an entry that is not is named though its hash is right", async () => {
    const text = new TextDecoder().decode(record(1).bytes);
    const loose = { ...record(1), bytes: new TextEncoder().encode(text.replace('"v":1', '"v": 1')) };
    const foreign = { ...record(2), bytes: new TextEncoder().encode("hello") };
    const result = await verify([record(0), loose, foreign, record(3)]);
    expect(told(result)).toEqual([
      ["entry_invalid", 1],
      ["entry_invalid", 2],
    ]);
    expect(result.first?.message).toMatch(/canonical form/);
  });
  it("whose time goes back are noted and are no fault", async () => {
    const result = await verify([record(0), record(5), record(1), record(4)]);
    expect(result.ok).toBe(true);
    expect(result.notes.join(" ")).toMatch(/The time of 2 entries .* first at entry 2 by 4 µs/);
  });
});

describe("bodies", () => {
  const BODY: Body = { title: "Falls", score: 3 };
  const whole = (index: number, body = BODY): Disclosure => ({ index, seed: hex(SEED), body });
  const erasure = (index: number, subject: Entry["subject"], body: Body = {}): SampleRecord =>
    record(index, { kind: "erasure", subject }, body);
  const risk = { kind: "risk", id: id(2) };

  it("are disclosed whole, field by field after an erasure, or not at all", async () => {
    const records = [record(0, {}, BODY), record(1, {}, BODY), record(2), erasure(3, risk)];
    const open = [openField(SEED, BODY, "score")];
    const result = await verify(records, [
      { index: 0, erasedBy: 3 },
      { index: 1, erasedBy: 3, open },
    ]);
    expect(told(result)).toEqual([]);
    expect(result.stats).toMatchObject({ entries: 4, bodiesChecked: 0, bodiesWithheld: 2 });
  });

  it("name the fields that were altered, added or taken away", async () => {
    const result = await verify([record(0, {}, BODY)], [whole(0, { title: "Trips", size: 1 })]);
    expect(result.findings).toMatchObject([{ code: "body_altered", entry: 0, fields: ["score", "title", "size"] }]);
    expect(result.first?.message).toBe(
      'The body of entry 0 was altered: "score" is missing, "title" is not what was recorded, "size" was not recorded.',
    );
  });

  it("name an opened field that is not what was recorded", async () => {
    const open = [{ ...openField(SEED, BODY, "score"), value: 4 }];
    const result = await verify([record(0, {}, BODY), erasure(1, risk)], [{ index: 0, erasedBy: 1, open }]);
    expect(result.findings).toMatchObject([{ code: "body_altered", entry: 0, fields: ["score"] }]);
  });

  it("are faults where they are kept back, or told of an entry that has none", async () => {
    expect(told(await verify([record(0, {}, BODY), record(1)], []))).toEqual([["body_missing", 0]]);
    expect(told(await verify([record(0, {}, BODY), record(1)], [whole(0), whole(1)]))).toEqual([
      ["body_unexpected", 1],
    ]);
  });

  it("are told in the order of their entries, once each", async () => {
    const records = [record(0, {}, BODY), record(1, {}, BODY)];
    const expected = [
      ["disclosure_invalid", undefined],
      ["body_missing", 0],
    ];
    expect(told(await verify(records, [whole(1), whole(0)]))).toEqual(expected);
    expect(told(await verify(records, [whole(0), whole(1), whole(1)]))).toEqual(expected.slice(0, 1));
  });

  it("are withheld only by a later erasure that covers them", async () => {
    const other = { kind: "risk", id: id(3) };
    const records = [
      record(0, {}, BODY),
      record(1, { subject: other }, BODY),
      record(2, {}, BODY),
      erasure(3, risk, { entries: [1] }),
      record(4),
      record(5, {}, BODY),
    ];
    const disclose = (...erasedBy: number[]): Disclosure[] =>
      [0, 1, 2, 5]
        .map((index, i): Disclosure => {
          const by = erasedBy[i] as number;
          return by < 0 ? whole(index) : { index, erasedBy: by };
        })
        .toSpliced(3, 0, whole(3, { entries: [1] }));
    expect(told(await verify(records, disclose(3, 3, 3, -1)))).toEqual([]);
    expect(told(await verify(records, disclose(4, 3, 3, -1)))).toEqual([["erasure_invalid", 0]]);
    expect(told(await verify(records, disclose(0, 3, 3, -1)))).toEqual([["erasure_invalid", 0]]);
    expect(told(await verify(records, disclose(99, 3, 3, -1)))).toEqual([["erasure_invalid", 0]]);
    expect(told(await verify(records, disclose(3, 3, 3, 3)))).toEqual([["erasure_invalid", 5]]);
    const unlisted = records.with(3, erasure(3, risk, { entries: [2] }));
    const withList = disclose(3, 3, 3, -1).with(3, whole(3, { entries: [2] }));
    expect(told(await verify(unlisted, withList))).toEqual([["erasure_invalid", 1]]);
  });

  it("that an erasure lists are not doubted beside an erasure that was itself tampered with", async () => {
    const other = { kind: "risk", id: id(3) };
    const records = [record(0, { subject: other }, BODY), erasure(1, risk, { entries: [0] })];
    const result = await verify(records, [{ index: 0, erasedBy: 1 }, whole(1, { entries: [7] })]);
    expect(told(result)).toEqual([["body_altered", 1]]);
  });

  it("are left alone where the auditor says so, and the result says it", async () => {
    const files = await packWith([record(0, {}, BODY)], []);
    const result = await verifyPack(readerOf(files), { keys: KEYS, bodies: false });
    expect(result.ok).toBe(true);
    expect(result.notes).toContain("The bodies of the entries were not checked.");
  });

  it("of any JSON are read or refused, and never make the verifier throw", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (line) => {
        const files = await packWith([record(0, {}, BODY)], []);
        files.set("disclosures/000.jsonl", new TextEncoder().encode(`${line}\n`));
        expect((await verifyPack(readerOf(files), { keys: KEYS })).ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a set of UUIDs", () => {
  it("knows what was added, like any set", () => {
    const pool = fc.uuid();
    fc.assert(
      fc.property(fc.array(pool, { maxLength: 50 }), (ids) => {
        const [compact, plain] = [new UuidSet(), new Set<string>()];
        for (const one of [...ids, ...ids]) {
          expect(compact.add(one)).toBe(!plain.has(one));
          plain.add(one);
        }
      }),
    );
  });
  it("keeps them apart when it grows, also those that differ in one digit", () => {
    const set = new UuidSet();
    const ids = Array.from({ length: 20_000 }, (_, i) => id(i)).concat("00000000-0000-1000-8000-000000000000");
    expect(ids.every((one) => set.add(one))).toBe(true);
    expect(ids.some((one) => set.add(one))).toBe(false);
  });
});
