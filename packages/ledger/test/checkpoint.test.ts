import { generateKeyPairSync, sign as nodeSign } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { verifyEd25519 as verifyInBrowser } from "../src/ed25519.browser.ts";
import { verifyEd25519 as verifyInNode } from "../src/ed25519.node.ts";
import {
  addSignatureLines,
  checkpointText,
  cosign,
  cosignedAt,
  ED25519_COSIGNATURE,
  encodeVkey,
  formatNote,
  formatSignatureLine,
  isSignedBy,
  LedgerError,
  openCheckpoint,
  parseCheckpointText,
  parseNote,
  parseVkey,
  signCheckpoint,
  signNote,
  verifierKey,
} from "../src/index.ts";
import { sha256Hex as hexInBrowser, sha256Into as sha256InBrowser } from "../src/sha256.browser.ts";
import { sha256Hex as hexInNode, sha256Into as sha256InNode } from "../src/sha256.node.ts";
import { codeOf, flipBit, signerOf } from "./support.ts";

const ORIGIN = "steward.example/org/1";
const log = signerOf(ORIGIN, 1);
const witness = signerOf("witness.example/w1", 2, ED25519_COSIGNATURE);
const CHECKPOINT = { origin: ORIGIN, size: 20_852_163, root: new Uint8Array(32).fill(9) };

describe("published examples", () => {
  it("verifies the example of C2SP signed-note", () => {
    const key = parseVkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    const note =
      "This is an example message.\n\n— example.com/foo " +
      "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    expect(isSignedBy(parseNote(note), key)).toBe(true);
    expect(codeOf(() => isSignedBy(parseNote(note.replace("example m", "example n")), key))).toBe("signature_invalid");
  });
  it("verifies the example of Go's note package", () => {
    const vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
      "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    expect(isSignedBy(parseNote(note), parseVkey(vkey))).toBe(true);
    expect(encodeVkey(parseVkey(vkey))).toBe(vkey);
  });
  it("computes the key id of the Go checksum database", () => {
    const vkey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    expect(encodeVkey(parseVkey(vkey))).toBe(vkey);
  });
  it("reads the example of C2SP tlog-cosignature", () => {
    const note = parseNote(
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n" +
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n",
    );
    expect(parseCheckpointText(note.text)).toMatchObject({ origin: "example.com/behind-the-sofa", size: 20_852_163 });
    const [logLine, witnessLine] = note.signatures;
    expect(logLine?.signature.length).toBe(64);
    expect(witnessLine?.signature.length).toBe(72);
    expect(new DataView((witnessLine as { signature: Uint8Array<ArrayBuffer> }).signature.buffer).getBigUint64(0)).toBe(
      1_679_315_147n,
    );
  });
});

describe("the twins for Node and the browser", () => {
  it("hash alike", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(8), (data, at) => {
        const [a, b] = [new Uint8Array(40), new Uint8Array(40)];
        sha256InNode(data, a, at);
        sha256InBrowser(data, b, at);
        expect(a).toEqual(b);
        expect(hexInNode(data)).toBe(hexInBrowser(data));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(hexInNode(text)).toBe(hexInBrowser(text));
        expect(hexInNode(text)).toBe(hexInNode(new TextEncoder().encode(text)));
      }),
    );
  });
  it("verify alike, signatures of OpenSSL too", () => {
    const pair = generateKeyPairSync("ed25519");
    const publicKey = new Uint8Array(Buffer.from(pair.publicKey.export({ format: "jwk" }).x as string, "base64url"));
    const message = Buffer.from("message");
    const signature = new Uint8Array(nodeSign(null, message, pair.privateKey));
    for (const verify of [verifyInNode, verifyInBrowser]) {
      expect(verify(signature, message, publicKey)).toBe(true);
      for (let byte = 0; byte < 64; byte++) {
        expect(verify(signature.with(byte, (signature[byte] as number) ^ 1), message, publicKey)).toBe(false);
      }
      expect(verify(signature, Buffer.from("massage"), publicKey)).toBe(false);
      expect(verify(signature.subarray(1), message, publicKey)).toBe(false);
      expect(verify(signature, message, publicKey.subarray(1))).toBe(false);
      expect(verify(new Uint8Array(64), message, new Uint8Array(32).fill(255))).toBe(false);
    }
  });
});

describe("verifier keys", () => {
  it("refuses what is no key or not its own id", () => {
    const vkey = encodeVkey(log.key);
    expect(parseVkey(vkey)).toEqual(log.key);
    const [name, id, material] = vkey.split("+") as [string, string, string];
    const variants = [
      "",
      "name",
      `${name}+${id}`,
      `+${id}+${material}`,
      `a b+${id}+${material}`,
      `${name}+00000000+${material}`,
      `${name}x+${id}+${material}`,
      `${name}+${id}+${material.slice(0, -4)}`,
      `${name}+${id.toUpperCase()}x+${material}`,
      `${name}+${id}+${Buffer.from([2, ...log.key.publicKey]).toString("base64")}`,
      `${vkey}\n`,
    ];
    for (const variant of variants)
      expect(
        codeOf(() => parseVkey(variant)),
        variant,
      ).toBe("key_invalid");
  });
  it("gives one key different ids as a log's and as a witness's", () => {
    const other = verifierKey(ORIGIN, ED25519_COSIGNATURE, log.key.publicKey);
    expect(other.id).not.toEqual(log.key.id);
  });
});

describe("a checkpoint (C2SP tlog-checkpoint)", () => {
  it("is signed, read and verified", async () => {
    const note = await signCheckpoint(CHECKPOINT, log);
    expect(openCheckpoint(note, [log.key])).toEqual(CHECKPOINT);
    expect(note.startsWith(`${ORIGIN}\n20852163\n`)).toBe(true);
    expect(formatNote(parseNote(note))).toBe(note);
  });

  it("shows every changed bit", async () => {
    const bytes = new TextEncoder().encode(await signCheckpoint(CHECKPOINT, log));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = flipBit(bytes, bit);
      expect(
        codeOf(() => openCheckpoint(new TextDecoder().decode(changed), [log.key])),
        `bit ${bit}`,
      ).not.toBe("accepted");
    }
  });

  it("is not accepted from another key, nor from a log of another name", async () => {
    const note = await signCheckpoint(CHECKPOINT, log);
    expect(codeOf(() => openCheckpoint(note, [signerOf(ORIGIN, 3).key]))).toBe("signature_missing");
    expect(codeOf(() => openCheckpoint(note, []))).toBe("signature_missing");
    const stranger = signerOf("stranger.example", 4);
    const foreign = formatNote({
      text: checkpointText(CHECKPOINT),
      signatures: [await signNote(checkpointText(CHECKPOINT), stranger)],
    });
    expect(codeOf(() => openCheckpoint(foreign, [stranger.key]))).toBe("signature_missing");
    await expect(signCheckpoint(CHECKPOINT, stranger)).rejects.toThrow(LedgerError);
  });

  it("may be signed by an old and a new key, and a broken signature of either is refused", async () => {
    const rotated = signerOf(ORIGIN, 5);
    const text = checkpointText(CHECKPOINT);
    const signatures = [await signNote(text, log), await signNote(text, rotated)];
    const note = formatNote({ text, signatures });
    expect(openCheckpoint(note, [log.key])).toEqual(CHECKPOINT);
    expect(openCheckpoint(note, [rotated.key, log.key])).toEqual(CHECKPOINT);
    const broken = [{ name: ORIGIN, id: log.key.id, signature: new Uint8Array(64) }, ...signatures.slice(1)];
    expect(codeOf(() => openCheckpoint(formatNote({ text, signatures: broken }), [rotated.key, log.key]))).toBe(
      "signature_invalid",
    );
  });

  it.each([
    ["no size", "o\n\nAAAA\n"],
    ["two lines", "o\n1\n"],
    ["no final newline", `o\n1\n${"A".repeat(43)}=`],
    ["a leading zero", `o\n01\n${"A".repeat(43)}=\n`],
    ["a size beyond 2^53", `o\n9007199254740993\n${"A".repeat(43)}=\n`],
    ["a negative size", `o\n-1\n${"A".repeat(43)}=\n`],
    ["a short root", "o\n1\nAAAA\n"],
    ["stray Base64 bits", `o\n1\n${"A".repeat(42)}B=\n`],
    ["an empty extension line", `o\n1\n${"A".repeat(43)}=\n\n`],
    ["an empty origin", `\n1\n${"A".repeat(43)}=\n`],
  ])("refuses %s", (_, text) => {
    expect(codeOf(() => parseCheckpointText(text))).toBe("checkpoint_invalid");
  });

  it("keeps to the form of a signed note", () => {
    const line = formatSignatureLine({ name: "n", id: new Uint8Array(4), signature: new Uint8Array(64) });
    const variants = [
      "",
      "text\n",
      `text\n${line}`,
      `text\n\n${line.slice(0, -1)}`,
      `text\n\n${line}\n`,
      `te\txt\n\n${line}`,
      `te\u0000xt\n\n${line}`,
      `\ud800\n\n${line}`,
      `text\n\n${line.replace("—", "-")}`,
      `text\n\n${line.replace("n ", "n+m ")}`,
      `text\n\n${line.replace(" n ", "  n ")}`,
      `text\n\n— n AAAAAA==\n`,
      `text\n\n— n A===\n`,
      `text\n\n${line.repeat(65)}`,
      `${"x".repeat(70_000)}\n\n${line}`,
    ];
    for (const variant of variants)
      expect(
        codeOf(() => parseNote(variant)),
        variant.slice(0, 40),
      ).toBe("note_invalid");
    expect(parseNote(`a\n\nb\n\n${line.repeat(64)}`).text).toBe("a\n\nb\n");
  });

  it("refuses to sign a text that would not be a note's", async () => {
    await expect(signNote("no newline", log)).rejects.toThrow(LedgerError);
    await expect(signNote("text\n", witness)).rejects.toThrow(LedgerError);
  });
});

describe("a cosignature (C2SP tlog-cosignature)", () => {
  it("is added to the checkpoint and tells its time", async () => {
    const note = await signCheckpoint(CHECKPOINT, log);
    const line = formatSignatureLine(await cosign(note, witness, 1_679_315_147n));
    const cosigned = addSignatureLines(note, line);
    expect(addSignatureLines(cosigned, line)).toBe(cosigned);
    expect(openCheckpoint(cosigned, [log.key])).toEqual(CHECKPOINT);
    expect(cosignedAt(parseNote(cosigned), witness.key)).toBe(1_679_315_147n);
    expect(cosignedAt(parseNote(note), witness.key)).toBeUndefined();
    expect(cosignedAt(parseNote(cosigned), log.key)).toBeUndefined();
    expect(isSignedBy(parseNote(cosigned), witness.key)).toBe(false);
  });
  it("covers text and time: a change of either is refused", async () => {
    const note = await signCheckpoint(CHECKPOINT, log);
    const { name, id, signature } = await cosign(note, witness, 5n);
    const parsed = parseNote(note);
    const variants = [
      { text: parsed.text.replace("20852163", "20852164"), signatures: [{ name, id, signature }] },
      { text: parsed.text, signatures: [{ name, id, signature: signature.with(7, 6) }] },
      { text: parsed.text, signatures: [{ name, id, signature: signature.subarray(8) }] },
    ];
    for (const variant of variants) expect(codeOf(() => cosignedAt(variant, witness.key))).toBe("signature_invalid");
  });
  it("needs a key of type 4", async () => {
    await expect(cosign(await signCheckpoint(CHECKPOINT, log), log, 1n)).rejects.toThrow(LedgerError);
  });
});
