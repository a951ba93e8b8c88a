/** A set of UUIDs in 16 bytes each, so that a million entries need megabytes and not gigabytes. */
import type { Uuid } from "@steward/kernel";

const WORDS = 4;
const FIRST_CAPACITY = 1024;
/** The part of the table that may be filled before it is doubled. */
const MAX_LOAD = 0.6;

export class UuidSet {
  #count = 0;
  #words = new Uint32Array(FIRST_CAPACITY * WORDS);

  /** Adds a UUID; false where it was there already. */
  add(id: Uuid): boolean {
    if (this.#count >= (this.#words.length / WORDS) * MAX_LOAD) this.#grow();
    const added = insert(this.#words, [word(id, 0, 8), word(id, 9, 18), word(id, 19, 28), word(id, 28, 36)]);
    if (added) this.#count++;
    return added;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#words.length * 2);
    for (let at = 0; at < this.#words.length; at += WORDS) {
      const [a = 0, b = 0, c = 0, d = 0] = this.#words.subarray(at, at + WORDS);
      if (!isEmpty(a, b, c, d)) insert(larger, [a, b, c, d]);
    }
    this.#words = larger;
  }
}

/** Thirty-two bits of a UUID's text, from `start` to `end`; a hyphen may stand between them. */
function word(id: Uuid, start: number, end: number): number {
  return Number.parseInt(id.slice(start, end).replace("-", ""), 16);
}

// A UUID is never all zeroes: its version digit is at least 1.
function isEmpty(a: number, b: number, c: number, d: number): boolean {
  return a === 0 && b === 0 && c === 0 && d === 0;
}

/** Open addressing with linear probing; the last words of a UUID are its most random ones. */
function insert(words: Uint32Array, [a, b, c, d]: readonly [number, number, number, number]): boolean {
  const capacity = words.length / WORDS;
  let slot = (Math.imul(c ^ (d >>> 7) ^ Math.imul(a ^ b, 0x85eb_ca6b), 0x9e37_79b1) ^ d) >>> 0;
  for (;;) {
    const at = (slot % capacity) * WORDS;
    const [w = 0, x = 0, y = 0, z = 0] = [words[at], words[at + 1], words[at + 2], words[at + 3]];
    if (w === a && x === b && y === c && z === d) return false;
    if (isEmpty(w, x, y, z)) {
      words.set([a, b, c, d], at);
      return true;
    }
    slot++;
  }
}
