import { beforeAll, describe, expect, it } from "vitest";

import { encodeVkey, formatReceipt, inclusionProof, leafHash, openField, parseReceipt } from "../src/index.ts";
import { verifyReceipt } from "../src/verify.ts";
import type { ReceiptInput } from "../src/verify.ts";
import { LOG, SampleLog, sampleRecords, WITNESS } from "./sample-pack.ts";
import type { SampleRecord } from "./sample-pack.ts";
import { flipBit, hex, signerOf } from "./support.ts";

const SIZE = 600;
const INDEX = 301;
const log = new SampleLog(sampleRecords(SIZE), []);
const record = log.records[INDEX] as SampleRecord;
let input: ReceiptInput;
beforeAll(async () => {
  const path = await inclusionProof(({ level, index, width }) => log.tile(level, index, width), INDEX, SIZE);
  const receipt = formatReceipt({ index: INDEX, path, checkpoint: await log.checkpoint(SIZE, true) });
  input = {
    entryBytes: record.bytes,
    receipt,
    keys: [encodeVkey(LOG.key)],
    witnesses: [encodeVkey(WITNESS.key)],
    disclosure: { seed: hex(record.seed), body: record.body },
  };
});
const failed = (change: Partial<ReceiptInput>): string[] =>
  verifyReceipt({ ...input, ...change })
    .steps.filter(({ ok }) => !ok)
    .map(({ step }) => step);

describe("a receipt with its entry and body", () => {
  it("verifies offline, step by step", () => {
    const result = verifyReceipt(input);
    expect(result.ok).toBe(true);
    expect(result.steps.map(({ step }) => step)).toEqual([
      "entry",
      "receipt",
      "checkpoint",
      "inclusion",
      "witness",
      "body",
    ]);
    expect(result.entry).toEqual(record.entry);
    expect(result).toMatchObject({ index: INDEX, checkpoint: { size: SIZE } });
  });

  it("verifies with single fields, without a body and without witnesses", () => {
    const open = [openField(record.seed, record.body, "score")];
    expect(failed({ disclosure: { open } })).toEqual([]);
    const { disclosure: _, witnesses: __, ...bare } = input;
    expect(verifyReceipt(bare)).toMatchObject({ ok: true });
  });

  it("shows every changed bit of the entry", () => {
    for (let bit = 0; bit < record.bytes.length * 8; bit += 7) {
      expect(failed({ entryBytes: flipBit(record.bytes, bit) }), `bit ${bit}`).toContain("inclusion");
    }
  });

  it("shows every changed bit of the receipt", () => {
    const bytes = new TextEncoder().encode(input.receipt);
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const receipt = new TextDecoder().decode(flipBit(bytes, bit));
      expect(failed({ receipt }).length, `bit ${bit}`).toBeGreaterThan(0);
    }
  });

  it("says which step does not hold", async () => {
    expect(failed({ keys: [encodeVkey(signerOf("other.example", 1).key)] })).toEqual(["checkpoint"]);
    expect(failed({ receipt: "nonsense" })).toEqual(["receipt"]);
    expect(failed({ entryBytes: Uint8Array.of(1) })).toEqual(["entry", "inclusion"]);
    const parsed = parseReceipt(input.receipt);
    expect(failed({ receipt: formatReceipt({ ...parsed, index: INDEX + 1 }) })).toEqual(["inclusion"]);
    expect(failed({ receipt: formatReceipt({ ...parsed, checkpoint: await log.checkpoint(SIZE, false) }) })).toEqual([
      "witness",
    ]);
    expect(failed({ disclosure: { seed: "00", body: record.body } })).toEqual(["body"]);
    const altered = verifyReceipt({
      ...input,
      disclosure: { seed: hex(record.seed), body: { ...record.body, score: 1 } },
    });
    expect(altered.ok).toBe(false);
    expect(altered.steps.at(-1)?.message).toBe("What is shown is not what was recorded: score (differs).");
    const open = [{ ...openField(record.seed, record.body, "score"), value: 0 }];
    expect(failed({ disclosure: { open } })).toEqual(["body"]);
  });

  it("of another entry does not vouch for this one", () => {
    const other = log.records[INDEX + 1] as SampleRecord;
    expect(leafHash(other.bytes)).not.toEqual(leafHash(record.bytes));
    const { disclosure: _, ...rest } = input;
    const result = verifyReceipt({ ...rest, entryBytes: other.bytes });
    expect(result.steps.filter(({ ok }) => !ok).map(({ step }) => step)).toEqual(["inclusion"]);
  });
});
