/** A set of UUIDs in 16 bytes each, so that a million entries need megabytes and not gigabytes. */
import type { Uuid } from "@steward/kernel";

const WORDS = 4;
const FIRST_CAPACITY = 1024;
/** The part of the table that may be filled before it is doubled. */
const MAX_LOAD = 0.6;

const HYPHEN = 45;
const ZERO = 48;
const NINE = 57;
const LETTER_A = 97;

export class UuidSet {
  #count = 0;
  #words = new Uint32Array(FIRST_CAPACITY * WORDS);

  /** Adds a UUID; false where it was there already. */
  add(id: Uuid): boolean {
    if (this.#count >= (this.#words.length / WORDS) * MAX_LOAD) this.#grow();
    if (!insert(this.#words, word(id, 0, 8), word(id, 9, 18), word(id, 19, 28), word(id, 28, 36))) return false;
    this.#count++;
    return true;
  }

  #grow(): void {
    const small = this.#words;
    const large = new Uint32Array(small.length * 2);
    for (let at = 0; at < small.length; at += WORDS) {
      const a = small[at] as number;
      const b = small[at + 1] as number;
      if (!isEmpty(a, b)) insert(large, a, b, small[at + 2] as number, small[at + 3] as number);
    }
    this.#words = large;
  }
}

/** The value of the hexadecimal digits of a UUID's text from `start` to `end`, hyphens left out. */
function word(id: Uuid, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const code = id.charCodeAt(i);
    if (code !== HYPHEN) value = (value << 4) | (code <= NINE ? code - ZERO : code - LETTER_A + 10);
  }
  return value >>> 0;
}

// The second word of a UUID is never zero: it holds the version digit, which is at least 1.
function isEmpty(a: number, b: number): boolean {
  return a === 0 && b === 0;
}

/** Open addressing with linear probing; all words are mixed, since those of some versions are hardly random. */
function insert(words: Uint32Array, a: number, b: number, c: number, d: number): boolean {
  const mask = words.length / WORDS - 1;
  let hash =
    Math.imul(a ^ Math.imul(b, 0x85eb_ca6b), 0xc2b2_ae35) ^ Math.imul(c, 0x9e37_79b1) ^ Math.imul(d, 0x27d4_eb2f);
  hash ^= hash >>> 15;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const at = slot * WORDS;
    if (isEmpty(words[at] as number, words[at + 1] as number)) {
      words[at] = a;
      words[at + 1] = b;
      words[at + 2] = c;
      words[at + 3] = d;
      return true;
    }
    if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return false;
  }
}
