/** What has been recorded and not yet been packed, in order; bounded in records and in characters. */
import type { Entry } from "./redact.ts";

export class Queue {
  readonly #maxRecords: number;
  readonly #maxChars: number;
  #entries: Entry[] = [];
  /** Entries before this place are taken; they are let go of in one go. */
  #start = 0;
  #chars = 0;

  constructor(maxRecords: number, maxChars: number) {
    this.#maxRecords = maxRecords;
    this.#maxChars = maxChars;
  }

  get length(): number {
    return this.#entries.length - this.#start;
  }

  /** False where there is no room. */
  push(entry: Entry): boolean {
    if (this.length >= this.#maxRecords || this.#chars + entry.chars > this.#maxChars) return false;
    this.#entries.push(entry);
    this.#chars += entry.chars;
    return true;
  }

  /** The oldest, at most so many; at least one where there is one. */
  take(maxRecords: number, maxChars: number): Entry[] {
    let end = this.#start;
    let chars = 0;
    for (; end < this.#entries.length && end - this.#start < maxRecords; end++) {
      const { chars: more } = this.#entries[end] as Entry;
      if (end > this.#start && chars + more > maxChars) break;
      chars += more;
    }
    const taken = this.#entries.slice(this.#start, end);
    this.#chars -= chars;
    this.#start = end;
    if (this.#start === this.#entries.length) {
      this.#entries = [];
      this.#start = 0;
    } else if (this.#start > this.#maxRecords / 2) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
    return taken;
  }
}
