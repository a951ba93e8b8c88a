/** A log of 30 entries was backed up, grew to 37, was lost, and was restored: entry 30 opens its second epoch. */
import { uuidv7 } from "@steward/kernel";
import { describe, expect, it } from "vitest";

import {
  encodeCheckpoints,
  encodeDisclosures,
  encodeEntry,
  encodeManifest,
  encodeVkey,
  entryWithBody,
  EPOCH_KIND,
  epochBody,
  parseDisclosure,
  signCheckpoint,
  treeRoot,
  verifyPack,
} from "../src/index.ts";
import type { EarlierEpoch, PackManifest, VerifierKey } from "../src/index.ts";
import { LOG, ORG_ID, ORIGIN, packOf, readerOf, SampleLog, sampleRecords } from "./sample-pack.ts";
import type { PackFiles, SampleRecord } from "./sample-pack.ts";
import { signerOf } from "./support.ts";

const KEPT = 30;
const SIGNED_BEFORE = 37;
const SIZE = 40;
const AFTER = signerOf(`${ORIGIN}/2`, 3);
const KEYS = [encodeVkey(AFTER.key), encodeVkey(LOG.key)];

const before = new SampleLog(sampleRecords(SIGNED_BEFORE), [20, KEPT, 33]);

interface Opening {
  readonly lastCheckpoint?: string | null;
  readonly keptEntries?: number;
  readonly previousKey?: VerifierKey;
}

async function opening(over: Opening): Promise<SampleRecord> {
  const seed = new Uint8Array(32).fill(9);
  const lastCheckpoint = await before.checkpoint(SIGNED_BEFORE, false);
  const body = epochBody({ epoch: 2, previousKey: LOG.key, keptEntries: KEPT, lastCheckpoint, ...over });
  const id = uuidv7(1_790_000_100_000, new Uint8Array(10).fill(7));
  const entry = entryWithBody(
    {
      v: 1,
      kind: EPOCH_KIND,
      time: "1790000100000000",
      id,
      actor: { kind: "system", id },
      subject: { kind: "ledger", id },
    },
    seed,
    body,
  );
  return { entry, bytes: encodeEntry(entry), seed, body };
}

interface Restored {
  readonly epochs?: readonly EarlierEpoch[];
  readonly open?: Opening | "none";
}

/** The pack of the restored log, with a checkpoint of each epoch before the last one. */
async function restored({ epochs = [{ key: LOG.key, size: KEPT }], open = {} }: Restored = {}): Promise<PackFiles> {
  const old = sampleRecords(SIZE - 1);
  const records =
    open === "none" ? sampleRecords(SIZE) : [...old.slice(0, KEPT), await opening(open), ...old.slice(KEPT)];
  const log = new SampleLog(records, [20, 35]);
  const files = await packOf(log, [20, 35], false);
  const readTile = async ({ level, index, width }: { level: number; index: number; width: number }) =>
    log.tile(level, index, width);
  const sign = async (size: number, signer = AFTER) =>
    signCheckpoint({ origin: signer.key.name, size, root: await treeRoot(readTile, size) }, signer);
  files.set("checkpoints/000.jsonl", encodeCheckpoints([await sign(20, LOG), await sign(35)]));
  files.set("checkpoint", new TextEncoder().encode(await sign(SIZE)));
  const manifest: PackManifest = {
    orgId: ORG_ID,
    origin: AFTER.key.name,
    size: SIZE,
    exportedAt: 0n,
    keys: [AFTER.key],
    witnesses: [],
    earlierCheckpoints: 2,
    epochs,
  };
  files.set("steward-pack.json", encodeManifest(manifest));
  return files;
}

const verify = (files: PackFiles, keptCheckpoints: string[] = [], keys = KEYS) =>
  verifyPack(readerOf(files), { keys, keptCheckpoints });

describe("a log that was restored", () => {
  it("verifies across its epochs, and says what was lost", async () => {
    const result = await verify(await restored());
    expect(result.findings).toEqual([]);
    expect(result.stats.earlierCheckpoints).toBe(2);
    expect(result.notes.join(" ")).toContain(
      "goes on in a new epoch with entry 30: Entries 30 to 36 of before had been signed and were lost with it.",
    );
  });

  it("says that nothing was lost where the backup held all that was signed", async () => {
    const lastCheckpoint = await before.checkpoint(KEPT, false);
    const result = await verify(await restored({ open: { lastCheckpoint } }));
    expect(result.findings).toEqual([]);
    expect(result.notes.join(" ")).toContain("nothing that is known to have been signed was lost");
  });

  it("holds against checkpoints of the epoch before that an auditor kept", async () => {
    const result = await verify(await restored(), [
      await before.checkpoint(20, false),
      await before.checkpoint(30, false),
    ]);
    expect(result.findings).toEqual([]);
    expect(result.stats.earlierCheckpoints).toBe(4);
  });

  it("does not hide from an auditor that entries they saw signed are gone", async () => {
    const { ok, findings } = await verify(await restored(), [await before.checkpoint(33, false)]);
    expect(ok).toBe(false);
    expect(findings).toMatchObject([{ code: "entries_lost", entry: 30, lastEntry: 32 }]);
    expect(findings[0]?.message).toContain("entry 30 declares this");
  });

  it("is caught when it declares less than what was signed", async () => {
    const lastCheckpoint = await before.checkpoint(33, false);
    const files = await restored({ open: { lastCheckpoint } });
    const { findings } = await verify(files, [await before.checkpoint(SIGNED_BEFORE, false)]);
    expect(findings[0]?.message).toContain("does not declare this: it knows of 33 signed entries only");
  });
});

describe("an epoch", () => {
  const codes = async (files: PackFiles) => (await verify(files)).findings.map(({ code }) => code);

  it("that no entry opens is found", async () => {
    expect(await codes(await restored({ open: "none" }))).toEqual(["epoch_invalid"]);
  });

  it("that the manifest does not tell of is found", async () => {
    expect(await codes(await restored({ epochs: [] }))).toContain("epoch_invalid");
  });

  it.each<[string, Opening]>([
    ["another number of entries", { keptEntries: 29 }],
    ["another key", { previousKey: signerOf(ORIGIN, 8).key }],
    ["a checkpoint that is none", { lastCheckpoint: "nothing\n" }],
  ])("whose opening names %s is found", async (_what, open) => {
    expect(await codes(await restored({ open }))).toEqual(["epoch_invalid"]);
  });

  it("whose opening names a checkpoint that the old key did not sign is found", async () => {
    const forged = await signCheckpoint({ origin: ORIGIN, size: 99, root: new Uint8Array(32) }, signerOf(ORIGIN, 8));
    expect(await codes(await restored({ open: { lastCheckpoint: forged } }))).toEqual(["epoch_invalid"]);
  });

  it("whose opening is withheld is found", async () => {
    const files = await restored();
    const text = new TextDecoder().decode(files.get("disclosures/000.jsonl"));
    const all = text.split("\n").filter(Boolean).map(parseDisclosure);
    const changed = all.map((one) => (one.index === KEPT ? { index: KEPT, erasedBy: SIZE - 1 } : one));
    files.set("disclosures/000.jsonl", encodeDisclosures(changed));
    expect(await codes(files)).toContain("epoch_invalid");
  });

  it("does not let the old key sign what came after it", async () => {
    const files = await restored();
    const result = await verify(files, [], [encodeVkey(LOG.key)]);
    expect(result.findings.map(({ code }) => code)).toContain("checkpoint_invalid");
  });
});
