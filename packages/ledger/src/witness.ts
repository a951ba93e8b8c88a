/**
 * The rule of a witness: C2SP tlog-witness, `add-checkpoint`. A witness cosigns a checkpoint only if it continues the
 * last one that it cosigned, so that a log cannot show different histories to different people unnoticed.
 */
import { base64Decode, base64Encode, equalBytes } from "./bytes.ts";
import { openCheckpoint, parseCheckpointText, parseSize } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { LedgerError } from "./error.ts";
import { emptyRoot, HASH_BYTES } from "./hash.ts";
import type { VerifierKey } from "./key.ts";
import { MAX_PROOF_HASHES } from "./limits.ts";
import { verifyConsistency } from "./merkle-verify.ts";
import { parseNote } from "./note.ts";

/** What a log sends to a witness. */
export interface AddCheckpoint {
  /** The size that the log believes the witness saw last; 0 for none. */
  readonly oldSize: number;
  /** The consistency proof from that size. */
  readonly proof: readonly Uint8Array[];
  /** The new checkpoint, a signed note. */
  readonly checkpoint: string;
}

/** What a witness keeps for each log. It must replace it atomically with what it was when it judged. */
export interface WitnessState {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A witness's answer; `status` is the HTTP status of the specification. */
export type WitnessVerdict =
  | { readonly accepted: true; readonly status: 200; readonly next: WitnessState }
  | {
      readonly accepted: false;
      readonly status: 400 | 403 | 404 | 409 | 422;
      readonly reason: string;
      /** With 409: the size that the witness saw last. */
      readonly size?: number;
    };

const NOTHING_SEEN: WitnessState = { size: 0, root: emptyRoot() };

/** Judges a submission against the witness's last state of that log (undefined: never seen). Pure. */
export function judgeCheckpoint(
  request: AddCheckpoint,
  logKeys: readonly VerifierKey[],
  last: WitnessState = NOTHING_SEEN,
): WitnessVerdict {
  const opened = openFor(request.checkpoint, logKeys);
  if ("accepted" in opened) return opened;
  const { size, root } = opened;
  if (request.oldSize > size) return refuse(400, "The old size is larger than the checkpoint's.");
  if (request.oldSize !== last.size) {
    return { accepted: false, status: 409, reason: `The last size seen is ${last.size}.`, size: last.size };
  }
  if (size === 0 && !equalBytes(root, emptyRoot())) return refuse(422, "An empty tree has another root.");
  const claim = { firstSize: last.size, firstRoot: last.root, secondSize: size, secondRoot: root };
  if (!verifyConsistency(claim, request.proof)) {
    return refuse(422, "The checkpoint is not shown to continue the last one seen.");
  }
  return { accepted: true, status: 200, next: { size, root } };
}

function openFor(note: string, logKeys: readonly VerifierKey[]): Checkpoint | (WitnessVerdict & { accepted: false }) {
  try {
    const { origin } = parseCheckpointText(parseNote(note).text);
    if (!logKeys.some((key) => key.name === origin)) return refuse(404, "The log is not known here.");
    return openCheckpoint(note, logKeys);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return refuse(error.code.startsWith("signature_") ? 403 : 400, error.message);
  }
}

function refuse(status: 400 | 403 | 404 | 422, reason: string): WitnessVerdict & { accepted: false } {
  return { accepted: false, status, reason };
}

/** The body of an `add-checkpoint` request. */
export function formatAddCheckpoint(request: AddCheckpoint): string {
  const proof = request.proof.map((hash) => `${base64Encode(hash)}\n`).join("");
  return `old ${request.oldSize}\n${proof}\n${request.checkpoint}`;
}

/**
 * Reads the body of an `add-checkpoint` request.
 * @throws LedgerError `proof_invalid` or `note_invalid`; a witness answers 400.
 */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf("\n\n");
  const [old = "", ...lines] = body.slice(0, Math.max(end, 0)).split("\n");
  const oldSize = old.startsWith("old ") ? parseSize(old.slice(4)) : undefined;
  if (oldSize === undefined) throw new LedgerError("proof_invalid", "The request does not begin with an old size.");
  if (lines.length > MAX_PROOF_HASHES) throw new LedgerError("proof_invalid", "The request has too many hashes.");
  const proof = lines.map(decodeHash);
  const checkpoint = body.slice(end + 2);
  parseNote(checkpoint);
  return { oldSize, proof, checkpoint };
}

function decodeHash(line: string): Uint8Array {
  let hash: Uint8Array;
  try {
    hash = base64Decode(line);
  } catch (cause) {
    throw new LedgerError("proof_invalid", "The request has a line that is not Base64.", { cause });
  }
  if (hash.length !== HASH_BYTES) throw new LedgerError("proof_invalid", "The request has a line that is not a hash.");
  return hash;
}
