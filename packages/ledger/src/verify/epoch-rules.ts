/**
 * What must hold of a log that was restored: each epoch begins with the entry that opens it, and whatever was signed
 * before and is not in the log any more is declared by that entry.
 */
import { openCheckpoint } from "../checkpoint.ts";
import type { Body } from "../commitment.ts";
import { EPOCH_KIND, readEpochBody } from "../epoch.ts";
import type { EarlierEpoch, EpochOpening } from "../epoch.ts";
import type { Entry } from "../entry.ts";
import { LedgerError } from "../error.ts";
import { encodeVkey } from "../key.ts";
import { capital, entriesText } from "./finding.ts";
import type { Findings } from "./finding.ts";

/** A checkpoint of an earlier epoch that reaches beyond what was kept of it. */
interface Lost {
  readonly epoch: EarlierEpoch;
  readonly size: number;
  readonly source: string;
}

export class EpochRules {
  readonly #findings: Findings;
  readonly #epochs: readonly EarlierEpoch[];
  readonly #lost: Lost[] = [];
  /** What each epoch's opening declares as signed before, by the number of entries kept. */
  readonly #declared = new Map<number, number>();
  readonly #notes: string[] = [];
  #opened = 0;

  constructor(findings: Findings, epochs: readonly EarlierEpoch[]) {
    this.#findings = findings;
    this.#epochs = epochs;
  }

  /** The earlier epoch that signed under this name; undefined for any other name. */
  epochOf(origin: string): EarlierEpoch | undefined {
    return this.#epochs.find(({ key }) => key.name === origin);
  }

  /** Remembers a checkpoint of entries that the log does not hold any more, to be judged when all was read. */
  lose(lost: Lost): void {
    this.#lost.push(lost);
  }

  /** Checks one entry with its body (undefined or "faulty": not known). */
  check(index: number, entry: Entry, body: Body | "faulty" | undefined): void {
    if (entry.kind !== EPOCH_KIND) return;
    const epoch = this.#epochs[this.#opened++];
    if (body === "faulty") return;
    try {
      if (body === undefined) throw new LedgerError("entry_invalid", "What it says is withheld.");
      const opening = readEpochBody(body);
      if (epoch === undefined || !isOpenedBy(epoch, opening, index, this.#opened + 1)) {
        throw new LedgerError("entry_invalid", "It is not the one that the manifest tells of.");
      }
      this.#declare(epoch, opening);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#invalid(`Entry ${index} opens an epoch: ${error.message}`, index);
    }
  }

  /** After the last entry. `bodiesRead`: without them the openings could not be looked for. */
  finish(bodiesRead: boolean): void {
    for (const epoch of bodiesRead ? this.#epochs.slice(this.#opened) : []) {
      this.#invalid(`No entry opens the epoch after ${epoch.key.name} at ${epoch.size} entries.`, epoch.size);
    }
    for (const lost of this.#lost) this.#judge(lost);
  }

  /** What belongs to the result and is no fault. */
  notes(): readonly string[] {
    return this.#notes;
  }

  #declare({ key, size }: EarlierEpoch, { lastCheckpoint }: EpochOpening): void {
    const last = lastCheckpoint === null ? 0 : openCheckpoint(lastCheckpoint, [key]).size;
    this.#declared.set(size, last);
    const loss =
      last > size
        ? `${capital(entriesText(size, last - 1))} of before had been signed and were lost with it`
        : "nothing that is known to have been signed was lost with it";
    this.#notes.push(`The log was restored from a backup, and goes on in a new epoch with entry ${size}: ${loss}.`);
  }

  #judge({ epoch, size, source }: Lost): void {
    const declared = this.#declared.get(epoch.size) ?? 0;
    const range = entriesText(epoch.size, size - 1);
    const admitted =
      declared >= size
        ? `entry ${epoch.size} declares this.`
        : `entry ${epoch.size} does not declare this: it knows of ${declared} signed entries only.`;
    this.#findings.add({
      code: "entries_lost",
      entry: epoch.size,
      lastEntry: size - 1,
      path: source,
      message: `The log signed ${size} entries (${source}); ${range} of then were lost by a restore, and ${admitted}`,
    });
  }

  #invalid(message: string, entry: number): void {
    this.#findings.add({ code: "epoch_invalid", entry, message });
  }
}

function isOpenedBy(epoch: EarlierEpoch, opening: EpochOpening, index: number, number: number): boolean {
  return (
    epoch.size === index &&
    opening.keptEntries === index &&
    opening.epoch === number &&
    encodeVkey(opening.previousKey) === encodeVkey(epoch.key)
  );
}
