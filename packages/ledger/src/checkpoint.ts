/** Checkpoints: C2SP tlog-checkpoint. The log's statement of its size and root, as a signed note. */
import { base64Decode, base64Encode } from "./bytes.ts";
import { LedgerError } from "./error.ts";
import { HASH_BYTES } from "./hash.ts";
import type { Signer, VerifierKey } from "./key.ts";
import { formatNote, isSignedBy, parseNote, signNote } from "./note.ts";

export interface Checkpoint {
  /** The log's name, the same as its key's name. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

const SIZE_PATTERN = /^(?:0|[1-9][0-9]{0,15})$/;

/** The text that is signed: origin, size and root, each on its line. */
export function checkpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${base64Encode(checkpoint.root)}\n`;
}

/**
 * Reads the text of a checkpoint. Extension lines are allowed (they are signed, too) and not interpreted.
 * @throws LedgerError `checkpoint_invalid`.
 */
export function parseCheckpointText(text: string): Checkpoint {
  const lines = text.split("\n");
  const [origin = "", sizeText = "", rootText = ""] = lines;
  if (lines.pop() !== "" || lines.length < 3 || lines.includes("")) {
    throw new LedgerError("checkpoint_invalid", "A checkpoint has at least three lines, none empty.");
  }
  const size = parseSize(sizeText);
  if (size === undefined) throw new LedgerError("checkpoint_invalid", "The checkpoint's size is not a size.");
  let root: Uint8Array;
  try {
    root = base64Decode(rootText);
  } catch (cause) {
    throw new LedgerError("checkpoint_invalid", "The checkpoint's root is not Base64.", { cause });
  }
  if (root.length !== HASH_BYTES) throw new LedgerError("checkpoint_invalid", "The checkpoint's root is not a hash.");
  return { origin, size, root };
}

/** A decimal without leading zeroes that is a safe integer; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const size = SIZE_PATTERN.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : undefined;
}

/**
 * The signed note of a checkpoint.
 * @throws LedgerError `key_invalid` where the key's name is not the log's origin.
 */
export async function signCheckpoint(checkpoint: Checkpoint, signer: Signer): Promise<string> {
  if (signer.key.name !== checkpoint.origin) {
    throw new LedgerError("key_invalid", "A log's key bears the name of its origin.");
  }
  const text = checkpointText(checkpoint);
  parseCheckpointText(text);
  return formatNote({ text, signatures: [await signNote(text, signer)] });
}

/**
 * Reads a checkpoint and verifies that one of the log's keys (several after a rotation) signed it.
 * @throws LedgerError `note_invalid`, `checkpoint_invalid`, `signature_missing`, `signature_invalid`.
 */
export function openCheckpoint(note: string, logKeys: readonly VerifierKey[]): Checkpoint {
  const parsed = parseNote(note);
  const checkpoint = parseCheckpointText(parsed.text);
  const own = logKeys.filter((key) => key.name === checkpoint.origin);
  // Every known key is asked, so that a broken signature is seen even beside a good one.
  const signedBy = own.filter((key) => isSignedBy(parsed, key));
  if (signedBy.length === 0) {
    throw new LedgerError("signature_missing", "The checkpoint is not signed by a known key of its log.");
  }
  return checkpoint;
}
