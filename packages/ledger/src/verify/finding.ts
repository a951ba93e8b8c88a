/** What a verification finds: each finding is something that must not be so in an honest, undamaged log. */
import { MAX_FINDINGS } from "../limits.ts";

export type FindingCode =
  // The pack and what is signed.
  | "manifest_invalid"
  | "manifest_differs"
  | "checkpoint_invalid"
  | "checkpoint_order"
  | "checkpoint_refuted"
  | "cosignature_invalid"
  | "cosignature_missing"
  | "signature_unknown"
  | "root_differs"
  | "root_unknown"
  | "epoch_invalid"
  // Entries and tiles.
  | "entries_lost"
  | "entries_rewritten"
  | "entry_altered"
  | "entry_extra"
  | "entry_invalid"
  | "entry_missing"
  | "entry_reordered"
  | "id_repeated"
  | "tile_differs"
  | "tile_missing"
  | "version_missing"
  | "version_reordered"
  | "version_repeated"
  // Bodies.
  | "body_altered"
  | "body_missing"
  | "body_unexpected"
  | "disclosure_invalid"
  | "erasure_invalid";

export interface Finding {
  readonly code: FindingCode;
  /** The index of the entry concerned; of the first one, where `lastEntry` is given. */
  readonly entry?: number;
  /** The index of the last entry concerned: the fault lies somewhere in this range, or everywhere. */
  readonly lastEntry?: number;
  /** The file concerned. */
  readonly path?: string;
  /** The fields concerned, for a body. */
  readonly fields?: readonly string[];
  /** A sentence for people. */
  readonly message: string;
}

/** Collects findings; counts them all and keeps the first thousand. */
export class Findings {
  readonly #kept: Finding[] = [];
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(finding: Finding): void {
    this.#total++;
    if (this.#kept.length < MAX_FINDINGS) this.#kept.push(finding);
  }

  /** Those that concern the whole pack, then the others in the order of the entries that they concern. */
  inOrder(): Finding[] {
    return this.#kept.toSorted((a, b) => (a.entry ?? -1) - (b.entry ?? -1));
  }
}

/** `entry 5` or `entries 5 to 9` */
export function entriesText(first: number, last: number): string {
  return first === last ? `entry ${first}` : `entries ${first} to ${last}`;
}

/** A text as the beginning of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
