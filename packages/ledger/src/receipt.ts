/** The receipt of an entry: C2SP tlog-proof. All that is needed, with the log's key, to verify an entry offline. */
import { base64Decode, base64Encode } from "./bytes.ts";
import { parseSize } from "./checkpoint.ts";
import { LedgerError } from "./error.ts";
import { HASH_BYTES } from "./hash.ts";
import { MAX_PROOF_HASHES } from "./limits.ts";
import { parseNote } from "./note.ts";

export interface Receipt {
  /** The entry's index, counted from zero. */
  readonly index: number;
  /** The inclusion proof, from the leaf's sibling upwards. */
  readonly path: readonly Uint8Array[];
  /** The checkpoint of a tree that holds the entry, as a signed note. */
  readonly checkpoint: string;
  /** Opaque and unauthenticated. */
  readonly extra?: Uint8Array;
}

const HEADER = "c2sp.org/tlog-proof@v1";

export function formatReceipt(receipt: Receipt): string {
  const extra = receipt.extra === undefined ? "" : `extra ${base64Encode(receipt.extra)}\n`;
  const path = receipt.path.map((hash) => `${base64Encode(hash)}\n`).join("");
  return `${HEADER}\n${extra}index ${receipt.index}\n${path}\n${receipt.checkpoint}`;
}

/**
 * Reads a receipt; verifies nothing but its form.
 * @throws LedgerError `receipt_invalid`, or `note_invalid` for its checkpoint.
 */
export function parseReceipt(text: string): Receipt {
  const end = text.indexOf("\n\n");
  if (end < 0) throw invalid("has no checkpoint");
  const checkpoint = text.slice(end + 2);
  parseNote(checkpoint);
  const lines = text.slice(0, end).split("\n");
  if (lines.shift() !== HEADER) throw invalid(`does not begin with ${HEADER}`);
  const extra = lines[0]?.startsWith("extra ") === true ? decode((lines.shift() as string).slice(6)) : undefined;
  const indexLine = lines.shift() ?? "";
  const index = indexLine.startsWith("index ") ? parseSize(indexLine.slice(6)) : undefined;
  if (index === undefined) throw invalid("has no index");
  if (lines.length > MAX_PROOF_HASHES) throw invalid(`has more than ${MAX_PROOF_HASHES} hashes`);
  const path = lines.map(decode);
  if (path.some((hash) => hash.length !== HASH_BYTES)) throw invalid("has a line that is not a hash");
  return extra === undefined ? { index, path, checkpoint } : { index, path, checkpoint, extra };
}

function decode(text: string): Uint8Array {
  try {
    return base64Decode(text);
  } catch (cause) {
    throw new LedgerError("receipt_invalid", "The receipt has a line that is not Base64.", { cause });
  }
}

function invalid(why: string): LedgerError {
  return new LedgerError("receipt_invalid", `The receipt ${why}.`);
}
