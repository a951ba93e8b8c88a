import { describe, expect, it } from "vitest";

import {
  appendLeaves,
  checkpointText,
  consistencyProof,
  EMPTY_EDGE,
  emptyRoot,
  formatAddCheckpoint,
  formatNote,
  formatReceipt,
  inclusionProof,
  judgeCheckpoint,
  parseAddCheckpoint,
  parseReceipt,
  signCheckpoint,
  signNote,
} from "../src/index.ts";
import type { ReadTile, WitnessState } from "../src/index.ts";
import { refRoot, someLeaves } from "./reference.ts";
import { codeOf, signerOf } from "./support.ts";

const ORIGIN = "steward.example/org/1";
const log = signerOf(ORIGIN, 1);
const LEAVES = someLeaves(600);
const tiles = new Map(appendLeaves(EMPTY_EDGE, LEAVES).tiles.map((tile) => [`${tile.level}/${tile.index}`, tile]));
const readTile: ReadTile = ({ level, index }) => tiles.get(`${level}/${index}`)?.hashes;
const rootAt = (size: number): Uint8Array => refRoot(LEAVES.slice(0, size));
const checkpointAt = (size: number, root = rootAt(size)): Promise<string> =>
  signCheckpoint({ origin: ORIGIN, size, root }, log);
const submission = async (oldSize: number, size: number) => ({
  oldSize,
  proof: await consistencyProof(readTile, oldSize, size),
  checkpoint: await checkpointAt(size),
});

describe("a witness (C2SP tlog-witness)", () => {
  it("accepts a log that only grows, and remembers where it was", async () => {
    let last: WitnessState | undefined;
    for (const size of [0, 3, 3, 256, 300, 600]) {
      const verdict = judgeCheckpoint(await submission(last?.size ?? 0, size), [log.key], last);
      expect(verdict).toEqual({ accepted: true, status: 200, next: { size, root: rootAt(size) } });
      if (verdict.accepted) last = verdict.next;
    }
  });

  it("answers as the specification says where anything is wrong", async () => {
    const last = { size: 300, root: rootAt(300) };
    const good = await submission(300, 600);
    const status = (request: typeof good, keys = [log.key], state: WitnessState | undefined = last): number =>
      judgeCheckpoint(request, keys, state).status;
    expect(status(good)).toBe(200);
    expect(status(good, [])).toBe(404);
    expect(status(good, [signerOf("other.example", 2).key])).toBe(404);
    expect(status(good, [signerOf(ORIGIN, 2).key])).toBe(403);
    expect(status({ ...good, oldSize: 601 })).toBe(400);
    expect(status({ ...good, oldSize: 299 })).toBe(409);
    expect(judgeCheckpoint({ ...good, oldSize: 0 }, [log.key], last)).toMatchObject({ status: 409, size: 300 });
    expect(status({ ...good, proof: good.proof.slice(1) })).toBe(422);
    expect(status({ ...good, proof: [] })).toBe(422);
    expect(status({ ...good, checkpoint: "nonsense" })).toBe(400);
    expect(status(await submission(0, 600), [log.key], { size: 0, root: emptyRoot() })).toBe(200);
    expect(
      status({ ...(await submission(0, 600)), proof: good.proof }, [log.key], { size: 0, root: emptyRoot() }),
    ).toBe(422);
  });

  it("refuses a fork: another tree of the same size, or one that does not continue what it saw", async () => {
    const fork = someLeaves(600, "fork");
    const last = { size: 300, root: rootAt(300) };
    const same = { oldSize: 300, proof: [], checkpoint: await checkpointAt(300, refRoot(fork.slice(0, 300))) };
    expect(judgeCheckpoint(same, [log.key], last).status).toBe(422);
    const longer = { ...(await submission(300, 600)), checkpoint: await checkpointAt(600, refRoot(fork)) };
    expect(judgeCheckpoint(longer, [log.key], last).status).toBe(422);
    const smaller = { oldSize: 300, proof: [], checkpoint: await checkpointAt(200) };
    expect(judgeCheckpoint(smaller, [log.key], last).status).toBe(400);
    const empty = { oldSize: 0, proof: [], checkpoint: await checkpointAt(0, rootAt(1)) };
    expect(judgeCheckpoint(empty, [log.key]).status).toBe(422);
  });

  it("refuses a checkpoint whose signature is broken", async () => {
    const good = await submission(300, 600);
    const text = checkpointText({ origin: ORIGIN, size: 600, root: rootAt(600) });
    const { name, id } = await signNote(text, log);
    const checkpoint = formatNote({ text, signatures: [{ name, id, signature: new Uint8Array(64) }] });
    expect(judgeCheckpoint({ ...good, checkpoint }, [log.key], { size: 300, root: rootAt(300) }).status).toBe(403);
  });

  it("reads what a log writes, and nothing else", async () => {
    const request = await submission(300, 600);
    const body = formatAddCheckpoint(request);
    expect(parseAddCheckpoint(body)).toEqual(request);
    expect(parseAddCheckpoint(formatAddCheckpoint(await submission(0, 600))).proof).toEqual([]);
    const variants: [string, string][] = [
      ["", "proof_invalid"],
      [body.replace("old 300", "old 0300"), "proof_invalid"],
      [body.replace("old 300", "new 300"), "proof_invalid"],
      [body.replace("old 300\n", "old 300\nAAAA\n"), "proof_invalid"],
      [body.replace("old 300\n", "old 300\n*\n"), "proof_invalid"],
      [body.replace("old 300\n", `old 300\n${`${"A".repeat(43)}=\n`.repeat(64)}`), "proof_invalid"],
      [body.slice(0, -1), "note_invalid"],
    ];
    for (const [variant, code] of variants) expect(codeOf(() => parseAddCheckpoint(variant))).toBe(code);
  });
});

describe("a receipt (C2SP tlog-proof)", () => {
  it("reads back as it was written", async () => {
    const path = await inclusionProof(readTile, 299, 600);
    const receipt = { index: 299, path, checkpoint: await checkpointAt(600) };
    const text = formatReceipt(receipt);
    expect(text.startsWith("c2sp.org/tlog-proof@v1\nindex 299\n")).toBe(true);
    expect(parseReceipt(text)).toEqual(receipt);
    const withExtra = { ...receipt, extra: Uint8Array.of(1, 2, 3) };
    expect(parseReceipt(formatReceipt(withExtra))).toEqual(withExtra);
    const single = { index: 0, path: [], checkpoint: await checkpointAt(1) };
    expect(parseReceipt(formatReceipt(single))).toEqual(single);
  });

  it("has exactly one form", async () => {
    const path = await inclusionProof(readTile, 2, 600);
    const text = formatReceipt({ index: 2, path, checkpoint: await checkpointAt(600) });
    const variants = [
      "",
      text.replace("@v1", "@v2"),
      text.replace("index 2", "index 02"),
      text.replace("index 2", "index -2"),
      text.replace("index 2\n", ""),
      text.replace("index 2\n", "index 2\nAAAA\n"),
      text.replace("index 2\n", "index 2\n=\n"),
      text.replace("index 2\n", `index 2\n${`${"A".repeat(43)}=\n`.repeat(64)}`),
      text.replace("index 2\n", "extra \u0001\nindex 2\n"),
      text.slice(0, text.indexOf("\n\n")),
    ];
    for (const variant of variants)
      expect(
        codeOf(() => parseReceipt(variant)),
        variant.slice(0, 50),
      ).toBe("receipt_invalid");
    expect(codeOf(() => parseReceipt(text.slice(0, -1)))).toBe("note_invalid");
  });
});
