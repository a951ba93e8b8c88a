/**
 * Epochs. A log that was restored from a backup goes on under a new name and a new key, because what the old key signed
 * after the backup was taken cannot be continued: the same name would then stand for two histories. The tree stays one:
 * it keeps the entries of the backup, and the first entry of the new epoch names the last checkpoint that is known of
 * the epoch before, so that nobody can lose entries by a restore without saying so.
 */
import type { Body } from "./commitment.ts";
import { LedgerError } from "./error.ts";
import { encodeVkey, parseVkey } from "./key.ts";
import type { VerifierKey } from "./key.ts";

/** The kind of the first entry of an epoch. */
export const EPOCH_KIND = "ledger.epoch_opened";

/** An earlier epoch of a log. */
export interface EarlierEpoch {
  /** The key that signed it; its name is the log's name in that epoch. */
  readonly key: VerifierKey;
  /** Entries that the log kept: the first entry of the next epoch has this index. */
  readonly size: number;
}

/** What the first entry of an epoch says of the one before. */
export interface EpochOpening {
  /** The number of the new epoch; the first one, which no entry opens, is 1. */
  readonly epoch: number;
  readonly previousKey: VerifierKey;
  /** Entries kept: the index of this very entry. */
  readonly keptEntries: number;
  /** The last checkpoint (a signed note) known of the epoch before; null where none was ever signed. */
  readonly lastCheckpoint: string | null;
}

/** The members of the entry's body that are read back; it may have others. */
export function epochBody({ epoch, previousKey, keptEntries, lastCheckpoint }: EpochOpening): Body {
  return { epoch, previousKey: encodeVkey(previousKey), keptEntries, lastCheckpoint };
}

/**
 * Reads what the body of an entry of kind EPOCH_KIND says.
 * @throws LedgerError `entry_invalid` for a member that is missing or of the wrong type, `key_invalid`.
 */
export function readEpochBody(body: Body): EpochOpening {
  const { epoch, previousKey, keptEntries, lastCheckpoint } = body;
  const known =
    isCount(epoch) && isCount(keptEntries) && typeof previousKey === "string" && isTextOrNull(lastCheckpoint);
  if (!known) throw new LedgerError("entry_invalid", "The opening of the epoch lacks a member, or has a wrong one.");
  return { epoch, previousKey: parseVkey(previousKey), keptEntries, lastCheckpoint };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}
