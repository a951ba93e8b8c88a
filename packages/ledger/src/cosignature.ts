/** Witness cosignatures: C2SP tlog-cosignature, the Ed25519 form (`cosignature/v1`). */
import { verifyEd25519 } from "#ed25519";

import { concatBytes, utf8Encode } from "./bytes.ts";
import { LedgerError } from "./error.ts";
import { ED25519_COSIGNATURE, sameKeyId } from "./key.ts";
import type { Signer, VerifierKey } from "./key.ts";
import { formatNote, formatSignatureLine, parseNote, parseSignatureLine } from "./note.ts";
import type { NoteSignature, SignedNote } from "./note.ts";

const TIMESTAMP_BYTES = 8;
const SIGNATURE_BYTES = 64;

/**
 * Cosigns a checkpoint at `timeSeconds` (POSIX). The caller has verified its consistency; see witness.ts.
 * @throws LedgerError `key_invalid` for a key that is not of type 4, `note_invalid` for something that is no note.
 */
export async function cosign(note: string, witness: Signer, timeSeconds: bigint): Promise<NoteSignature> {
  if (witness.key.type !== ED25519_COSIGNATURE) {
    throw new LedgerError("key_invalid", "A checkpoint is cosigned by a key of type 4.");
  }
  const signature = await witness.sign(cosignedMessage(parseNote(note).text, timeSeconds));
  const timestamp = new Uint8Array(TIMESTAMP_BYTES);
  new DataView(timestamp.buffer).setBigUint64(0, timeSeconds);
  return { name: witness.key.name, id: witness.key.id, signature: concatBytes(timestamp, signature) };
}

/**
 * The POSIX time in seconds at which this witness cosigned; undefined where it did not.
 * @throws LedgerError `signature_invalid` where it seems to have, and the signature does not verify.
 */
export function cosignedAt(note: SignedNote, witness: VerifierKey): bigint | undefined {
  let latest: bigint | undefined;
  for (const line of note.signatures) {
    if (witness.type !== ED25519_COSIGNATURE || !sameKeyId(line, witness)) continue;
    const time = verifiedTime(note.text, line.signature, witness);
    if (time === undefined) {
      throw new LedgerError("signature_invalid", `The cosignature of ${witness.name} does not verify.`);
    }
    if (latest === undefined || time > latest) latest = time;
  }
  return latest;
}

/**
 * The note with further signature lines (a witness's answer) added; lines that it has already are not repeated.
 * @throws LedgerError `note_invalid`.
 */
export function addSignatureLines(note: string, lines: string): string {
  const parsed = parseNote(note);
  const present = new Set(parsed.signatures.map(formatSignatureLine));
  const added = lines.split("\n").filter((line) => line !== "" && !present.has(`${line}\n`));
  return formatNote({ text: parsed.text, signatures: [...parsed.signatures, ...added.map(parseSignatureLine)] });
}

function verifiedTime(text: string, timestamped: Uint8Array, witness: VerifierKey): bigint | undefined {
  if (timestamped.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return undefined;
  const view = new DataView(timestamped.buffer, timestamped.byteOffset, timestamped.byteLength);
  const time = view.getBigUint64(0);
  const message = cosignedMessage(text, time);
  return verifyEd25519(timestamped.subarray(TIMESTAMP_BYTES), message, witness.publicKey) ? time : undefined;
}

function cosignedMessage(text: string, timeSeconds: bigint): Uint8Array {
  return utf8Encode(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}
