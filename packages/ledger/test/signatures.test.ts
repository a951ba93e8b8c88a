import { describe, expect, it } from "vitest";

import {
  addSignatureLines,
  cosign,
  ED25519_COSIGNATURE,
  encodeCheckpoints,
  encodeManifest,
  encodeVkey,
  formatSignatureLine,
  LedgerError,
  MAX_FINDINGS,
  signCheckpoint,
  verifyPack,
} from "../src/index.ts";
import type { PackManifest, VerifyOptions } from "../src/index.ts";
import { LOG, ORG_ID, ORIGIN, packOf, readerOf, SampleLog, samplePack, sampleRecords, WITNESS } from "./sample-pack.ts";
import type { PackFiles } from "./sample-pack.ts";
import { signerOf } from "./support.ts";

const KEYS = [encodeVkey(LOG.key)];
const WITNESSES = [encodeVkey(WITNESS.key)];
const MANIFEST: PackManifest = {
  orgId: ORG_ID,
  origin: ORIGIN,
  size: 40,
  exportedAt: 0n,
  keys: [LOG.key],
  witnesses: [],
  earlierCheckpoints: 2,
};
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const verify = (files: PackFiles, options: VerifyOptions = { keys: KEYS }) => verifyPack(readerOf(files), options);
const codes = async (files: PackFiles, options?: VerifyOptions): Promise<string[]> =>
  (await verify(files, options)).findings.map(({ code }) => code);
const log = new SampleLog(sampleRecords(40), [10, 20]);
const plain = (): Promise<PackFiles> => packOf(log, [10, 20], false);

describe("outside signatures", () => {
  it("that are missing are said to be missing, plainly, and are no fault", async () => {
    const result = await verify(await plain());
    expect(result.ok).toBe(true);
    expect(result.witnessed).toEqual([]);
    expect(result.notes).toHaveLength(1);
    expect(result.notes[0]).toMatch(/^There is no outside signature: .* operator alone/);
  });

  it("are told with the witness, the size and the time", async () => {
    const result = await verify(await packOf(log, [10, 20], true), { keys: KEYS, witnesses: WITNESSES });
    expect(result.witnessed).toEqual([{ witness: "witness.example/w1", size: 40, timeSeconds: 1_790_000_040n }]);
    expect(result.notes).toEqual([]);
  });

  it("by keys that only the pack names are told with that reserve", async () => {
    const result = await verify(await packOf(log, [10, 20], true), {});
    expect(result.ok).toBe(true);
    expect(result.notes.join(" ")).toMatch(
      /log's key was taken from the pack.*witnesses' keys were taken from the pack/,
    );
  });

  it("of an earlier checkpoint leave the rest of the log unwitnessed, and that is said", async () => {
    const files = await plain();
    files.set("steward-pack.json", encodeManifest({ ...MANIFEST, witnesses: [WITNESS.key] }));
    files.set(
      "checkpoints/000.jsonl",
      encodeCheckpoints([await log.checkpoint(10, false), await log.checkpoint(20, true)]),
    );
    const result = await verify(files, { keys: KEYS, witnesses: WITNESSES });
    expect(result.ok).toBe(true);
    expect(result.witnessed).toMatchObject([{ size: 20 }]);
    expect(result.notes).toEqual(["Entries 20 to 39 came after the last checkpoint that a witness cosigned."]);
  });

  it("that the auditor or the pack expects and that are not there are a fault", async () => {
    expect(await codes(await plain(), { keys: KEYS, witnesses: WITNESSES })).toEqual(["cosignature_missing"]);
    const files = await plain();
    files.set("steward-pack.json", encodeManifest({ ...MANIFEST, witnesses: [WITNESS.key] }));
    expect(await codes(files)).toEqual(["cosignature_missing"]);
  });

  it("of a witness that the pack does not name, or that do not verify, are faults", async () => {
    const unnamed = await plain();
    unnamed.set("checkpoint", text(await log.checkpoint(40, true)));
    expect(await codes(unnamed)).toEqual(["signature_unknown"]);
    const forger = signerOf("witness.example/w1", 3, ED25519_COSIGNATURE);
    const note = await log.checkpoint(40, false);
    const forged = await cosign(note, { key: WITNESS.key, sign: forger.sign }, 1n);
    const files = await plain();
    files.set("checkpoint", text(addSignatureLines(note, formatSignatureLine(forged))));
    files.set("steward-pack.json", encodeManifest({ ...MANIFEST, witnesses: [WITNESS.key] }));
    expect(await codes(files)).toEqual(["cosignature_invalid", "cosignature_missing"]);
  });
});

describe("the log's own signature", () => {
  it("must be by a key that the auditor trusts", async () => {
    const other = encodeVkey(signerOf(ORIGIN, 7).key);
    const result = await verify(await plain(), { keys: [other] });
    expect(result.findings).toMatchObject([{ code: "checkpoint_invalid", path: "checkpoint" }]);
    expect(result.size).toBe(40);
  });

  it("of earlier checkpoints may be by a key that was replaced since, if the pack names it", async () => {
    const rotated = signerOf(ORIGIN, 7);
    const files = await plain();
    const newer = await packOf(log, [10, 20], false);
    newer.set("steward-pack.json", encodeManifest({ ...MANIFEST, keys: [rotated.key, LOG.key] }));
    const { root } = await verify(files);
    newer.set(
      "checkpoint",
      text(await signCheckpoint({ origin: ORIGIN, size: 40, root: root as Uint8Array }, rotated)),
    );
    const result = await verify(newer, { keys: [encodeVkey(rotated.key)] });
    expect(result.ok).toBe(true);
    expect(result.notes.join(" ")).toMatch(/names 1 key\(s\) of the log that you did not give/);
    newer.set("steward-pack.json", encodeManifest({ ...MANIFEST, keys: [rotated.key] }));
    expect(await codes(newer, { keys: [encodeVkey(rotated.key)] })).toEqual([
      "checkpoint_invalid",
      "checkpoint_invalid",
    ]);
  });

  it("is asked for under a key that is one", async () => {
    await expect(verify(await plain(), { keys: ["nonsense"] })).rejects.toThrow(LedgerError);
    await expect(verify(await plain(), { witnesses: ["nonsense"] })).rejects.toThrow(LedgerError);
  });
});

describe("earlier checkpoints", () => {
  it("are as many as the manifest says, in order, each once", async () => {
    const [ten, twenty] = [await log.checkpoint(10, false), await log.checkpoint(20, false)];
    const withFile = async (notes: string[], count = 2): Promise<PackFiles> => {
      const files = await plain();
      files.set("steward-pack.json", encodeManifest({ ...MANIFEST, earlierCheckpoints: count }));
      files.set("checkpoints/000.jsonl", encodeCheckpoints(notes));
      return files;
    };
    expect(await codes(await withFile([ten, twenty]))).toEqual([]);
    expect(await codes(await withFile([twenty, ten]))).toEqual(["checkpoint_order"]);
    expect(await codes(await withFile([ten, ten]))).toEqual(["checkpoint_order"]);
    expect(await codes(await withFile([ten]))).toEqual(["checkpoint_invalid"]);
    expect(await codes(await withFile([ten, twenty], 3))).toEqual(["checkpoint_invalid"]);
    expect(await codes(await withFile([ten], 257))).toEqual(["checkpoint_invalid", "checkpoint_invalid"]);
  });

  it("of another log do not count, in the pack and among those that were kept", async () => {
    const foreign = signerOf("other.example", 1);
    const note = await signCheckpoint({ origin: "other.example", size: 10, root: new Uint8Array(32) }, foreign);
    const options = { keys: [...KEYS, encodeVkey(foreign.key)], keptCheckpoints: [note, "nonsense"] };
    expect(await codes(await plain(), options)).toEqual(["checkpoint_invalid", "checkpoint_invalid"]);
  });

  it("that the auditor kept are compared, too, among those of the pack", async () => {
    const kept = [await log.checkpoint(20, false), await log.checkpoint(10, true), await log.checkpoint(40, false)];
    const result = await verify(await plain(), { keys: KEYS, keptCheckpoints: kept });
    expect(result.ok).toBe(true);
    expect(result.stats.earlierCheckpoints).toBe(5);
  });
});

describe("the manifest", () => {
  it("must agree with the checkpoint", async () => {
    const files = await plain();
    files.set("steward-pack.json", encodeManifest({ ...MANIFEST, size: 41 }));
    expect(await codes(files)).toEqual(["manifest_differs"]);
    files.set("steward-pack.json", encodeManifest({ ...MANIFEST, origin: "other.example" }));
    expect(await codes(files)).toEqual(["manifest_differs"]);
  });

  it("may be missing where the auditor has the key; that is still a fault", async () => {
    const files = await plain();
    files.delete("steward-pack.json");
    const result = await verify(files);
    expect(result.findings.map(({ code }) => code)).toEqual(["manifest_invalid"]);
    expect(result).toMatchObject({ size: 40, origin: ORIGIN });
    expect(await codes(new Map())).toEqual(["manifest_invalid", "checkpoint_invalid"]);
  });

  it("cannot make the verifier read on for ever by a size that it invents", async () => {
    const files = await plain();
    files.set("steward-pack.json", encodeManifest({ ...MANIFEST, size: Number.MAX_SAFE_INTEGER }));
    files.delete("checkpoint");
    const result = await verify(files);
    expect(result.ok).toBe(false);
    expect(result.findings.length).toBe(MAX_FINDINGS);
    const checkpoints = await plain();
    checkpoints.set("steward-pack.json", encodeManifest({ ...MANIFEST, earlierCheckpoints: Number.MAX_SAFE_INTEGER }));
    expect(await codes(checkpoints)).toEqual(["checkpoint_invalid", "checkpoint_invalid"]);
    expect(result.findingsTotal).toBeGreaterThan(MAX_FINDINGS);
  });
});

describe("progress", () => {
  it("is reported after each bundle", async () => {
    const seen: number[] = [];
    const files = await samplePack({ size: 600 });
    await verify(files, { keys: KEYS, onProgress: ({ entries }) => seen.push(entries) });
    expect(seen).toEqual([256, 512, 600]);
  });
  it("errors of the reader are thrown, not found", async () => {
    const broken = { read: async (): Promise<undefined> => Promise.reject(new Error("disk")) };
    await expect(verifyPack(broken)).rejects.toThrow("disk");
  });
});
