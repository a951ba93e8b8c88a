/**
 * The checkpoints of a pack and those that an auditor kept: who signed them, and the roots that they promise.
 * C2SP tlog-checkpoint for the log's own signatures, C2SP tlog-cosignature for those of witnesses.
 */
import { openCheckpoint } from "../checkpoint.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { cosignedAt } from "../cosignature.ts";
import { LedgerError } from "../error.ts";
import { sameKeyId } from "../key.ts";
import type { VerifierKey } from "../key.ts";
import { parseNote } from "../note.ts";
import { CHECKPOINTS_PER_FILE, checkpointsPath, decodeCheckpoints } from "../pack.ts";
import type { PackReader } from "../pack.ts";
import type { EpochRules } from "./epoch-rules.ts";
import { entriesText } from "./finding.ts";
import type { Findings } from "./finding.ts";

/** A signature from outside: a witness saw this log at this size. */
export interface Witnessed {
  readonly witness: string;
  /** The entries that the cosigned checkpoint covers; the largest one, where there are several. */
  readonly size: number;
  readonly timeSeconds: bigint;
}

/** Which keys sign for the log, and which for witnesses. */
export interface KnownKeys {
  readonly log: readonly VerifierKey[];
  readonly witnesses: readonly VerifierKey[];
}

/** A size with the root that was signed for it, and where that is written. */
export interface SignedSize extends Checkpoint {
  readonly source: string;
}

export class Signatures {
  readonly #findings: Findings;
  readonly #keys: KnownKeys;
  readonly #witnessed = new Map<string, Witnessed>();

  constructor(findings: Findings, keys: KnownKeys) {
    this.#findings = findings;
    this.#keys = keys;
  }

  /**
   * Verifies the signatures of a checkpoint; undefined, with a finding, where the log did not sign it.
   * @param foreignLines whether lines of unknown keys are allowed: in an auditor's own file yes, in a pack no.
   */
  open(note: string, source: string, foreignLines: boolean, logKeys = this.#keys.log): SignedSize | undefined {
    let checkpoint: Checkpoint;
    try {
      checkpoint = openCheckpoint(note, logKeys);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#findings.add({ code: "checkpoint_invalid", path: source, message: `${source}: ${error.message}` });
      return undefined;
    }
    this.#checkLines(note, source, foreignLines, checkpoint.size);
    return { ...checkpoint, source };
  }

  /** Every witness with the largest tree that it cosigned. */
  witnessed(): Witnessed[] {
    return [...this.#witnessed.values()].toSorted((a, b) => b.size - a.size);
  }

  #checkLines(note: string, source: string, foreignLines: boolean, size: number): void {
    const parsed = parseNote(note);
    const known = [...this.#keys.log, ...this.#keys.witnesses];
    for (const line of parsed.signatures) {
      if (foreignLines || known.some((key) => sameKeyId(key, line))) continue;
      const message = `${source} has a signature of ${line.name} by a key that the pack does not name.`;
      this.#findings.add({ code: "signature_unknown", path: source, message });
    }
    for (const key of this.#keys.witnesses) {
      try {
        const timeSeconds = cosignedAt(parsed, key);
        if (timeSeconds === undefined || size < (this.#witnessed.get(key.name)?.size ?? 0)) continue;
        this.#witnessed.set(key.name, { witness: key.name, size, timeSeconds });
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        this.#findings.add({ code: "cosignature_invalid", path: source, message: `${source}: ${error.message}` });
      }
    }
  }
}

export interface EarlierInput {
  readonly reader: PackReader;
  readonly findings: Findings;
  readonly signatures: Signatures;
  /** Checkpoints that the pack says to hold. */
  readonly count: number;
  /** The size of the pack. */
  readonly size: number;
  /** The log's name; undefined where neither manifest nor checkpoint tell it. */
  readonly origin: string | undefined;
  /** Checkpoints that the auditor kept, as signed notes. */
  readonly kept: readonly string[];
  readonly epochs: EpochRules;
}

/** Every earlier checkpoint that the log signed, kept ones included, from the smallest to the largest. */
export async function* earlierCheckpoints(input: EarlierInput): AsyncGenerator<SignedSize> {
  const kept = keptCheckpoints(input);
  for await (const one of packedCheckpoints(input)) {
    while ((kept[0]?.size ?? Number.POSITIVE_INFINITY) <= one.size) yield kept.shift() as SignedSize;
    yield one;
  }
  yield* kept;
}

function keptCheckpoints(input: EarlierInput): SignedSize[] {
  return input.kept
    .map((note, i) => input.signatures.open(note, `kept checkpoint ${i + 1}`, true))
    .filter((one): one is SignedSize => one !== undefined && isWithin(input, one))
    .toSorted((a, b) => a.size - b.size);
}

async function* packedCheckpoints(input: EarlierInput): AsyncGenerator<SignedSize> {
  let last = -1;
  for (let file = 0; file * CHECKPOINTS_PER_FILE < input.count; file++) {
    const path = checkpointsPath(file);
    const bytes = await input.reader.read(path);
    if (bytes === undefined) {
      input.findings.add({ code: "checkpoint_invalid", path, message: `${path}: The file is missing.` });
      // The number of checkpoints is a claim, and may be invented: it is not followed into nothing.
      return;
    }
    const expected = Math.min(CHECKPOINTS_PER_FILE, input.count - file * CHECKPOINTS_PER_FILE);
    for (const [i, note] of notesOf(input, path, bytes, expected).entries()) {
      const opened = input.signatures.open(note, `${path} line ${i + 1}`, false);
      if (opened === undefined || !isWithin(input, opened)) continue;
      if (opened.size <= last) {
        const message = `${opened.source}: its size ${opened.size} does not come after ${last}.`;
        input.findings.add({ code: "checkpoint_order", path, message });
        continue;
      }
      last = opened.size;
      yield opened;
    }
  }
}

function notesOf({ findings }: EarlierInput, path: string, bytes: Uint8Array, expected: number): string[] {
  try {
    const notes = decodeCheckpoints(bytes);
    if (notes.length !== expected) {
      const message = `${path}: It holds ${notes.length} checkpoints, not ${expected}.`;
      findings.add({ code: "checkpoint_invalid", path, message });
    }
    return notes;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    findings.add({ code: "checkpoint_invalid", path, message: `${path}: ${error.message}` });
    return [];
  }
}

/** A checkpoint of the same log that is not ahead of the pack, nor of what was kept of its epoch; else a finding. */
function isWithin({ findings, size, origin, epochs }: EarlierInput, one: SignedSize): boolean {
  const epoch = epochs.epochOf(one.origin);
  if (epoch !== undefined) {
    if (one.size <= epoch.size) return true;
    epochs.lose({ epoch, size: one.size, source: one.source });
    return false;
  }
  if (origin !== undefined && one.origin !== origin) {
    const message = `${one.source} is of the log ${one.origin}, not of ${origin}.`;
    findings.add({ code: "checkpoint_invalid", path: one.source, message });
    return false;
  }
  if (one.size <= size) return true;
  const range = entriesText(size, one.size - 1);
  const message = `The log signed ${one.size} entries (${one.source}); this pack ends before ${range}: its end was cut off.`;
  findings.add({ code: "entry_missing", entry: size, lastEntry: one.size - 1, path: one.source, message });
  return false;
}
