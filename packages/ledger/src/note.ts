/** Signed notes: C2SP signed-note, section "Format". */
import { verifyEd25519 } from "#ed25519";

import { base64Decode, base64Encode, concatBytes, utf8Encode } from "./bytes.ts";
import { LedgerError } from "./error.ts";
import { ED25519, isKeyName, KEY_ID_BYTES, sameKeyId } from "./key.ts";
import type { Signer, VerifierKey } from "./key.ts";
import { MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES } from "./limits.ts";

export interface NoteSignature {
  /** The name of the key that signed. */
  readonly name: string;
  /** The key id (4 bytes). */
  readonly id: Uint8Array;
  /** What follows the key id; its form depends on the key's type. */
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** The signed text, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL_PATTERN = /[\u0000-\u0009\u000b-\u001f]/;

/**
 * Splits a note into its text and signatures; verifies nothing.
 * @throws LedgerError `note_invalid`.
 */
export function parseNote(note: string): SignedNote {
  if (note.length > MAX_NOTE_BYTES) throw invalid(`is longer than ${MAX_NOTE_BYTES} characters`);
  if (!note.isWellFormed() || CONTROL_PATTERN.test(note)) throw invalid("has control characters or is not Unicode");
  if (!note.endsWith("\n")) throw invalid("does not end with a newline");
  const split = note.lastIndexOf("\n\n");
  if (split < 0) throw invalid("has no blank line before its signatures");
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > MAX_NOTE_SIGNATURES) throw invalid(`has more than ${MAX_NOTE_SIGNATURES} signatures`);
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

/** The text of a signed note. */
export function formatNote(note: SignedNote): string {
  return `${note.text}\n${note.signatures.map(formatSignatureLine).join("")}`;
}

/** `— <key name> <Base64 of key id and signature>` and a newline. */
export function formatSignatureLine(signature: NoteSignature): string {
  return `— ${signature.name} ${base64Encode(concatBytes(signature.id, signature.signature))}\n`;
}

/**
 * Reads one signature line, without its newline.
 * @throws LedgerError `note_invalid`.
 */
export function parseSignatureLine(line: string): NoteSignature {
  const match = /^— (\S+) (\S+)$/u.exec(line);
  const name = match?.[1];
  if (name === undefined || !isKeyName(name)) throw invalid("has a line among its signatures that is none");
  let bytes: Uint8Array;
  try {
    bytes = base64Decode(match?.[2] as string);
  } catch (cause) {
    throw new LedgerError("note_invalid", `The signature line of ${name} is not Base64.`, { cause });
  }
  if (bytes.length <= KEY_ID_BYTES) throw invalid("has a signature line without a signature");
  return { name, id: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

/**
 * Signs a text (which must end with a newline) with an Ed25519 key of type 1.
 * @throws LedgerError `key_invalid` for a key of another type, `note_invalid` for a text that cannot be a note's.
 */
export async function signNote(text: string, signer: Signer): Promise<NoteSignature> {
  if (signer.key.type !== ED25519) throw new LedgerError("key_invalid", "A note is signed by a key of type 1.");
  const signature = await signer.sign(utf8Encode(text));
  const made = { name: signer.key.name, id: signer.key.id, signature };
  parseNote(formatNote({ text, signatures: [made] }));
  return made;
}

/**
 * True where the note carries a valid Ed25519 signature of this key (type 1), false where it carries none.
 * @throws LedgerError `signature_invalid` where it carries one that does not verify: such a note is to be rejected.
 */
export function isSignedBy(note: SignedNote, key: VerifierKey): boolean {
  const own = key.type === ED25519 ? note.signatures.filter((signature) => sameKeyId(signature, key)) : [];
  const message = utf8Encode(note.text);
  for (const { signature } of own) {
    if (!verifyEd25519(signature, message, key.publicKey)) {
      throw new LedgerError("signature_invalid", `The signature of ${key.name} does not verify.`);
    }
  }
  return own.length > 0;
}

function invalid(why: string): LedgerError {
  return new LedgerError("note_invalid", `The signed note ${why}.`);
}
