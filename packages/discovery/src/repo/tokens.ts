/** A multi-pattern byte search (Aho-Corasick), so that only files that hold an AI token are parsed. */

const BYTE_VALUES = 256;

/**
 * Finds whether any of a set of ASCII tokens occurs in a buffer, ignoring the case of ASCII letters.
 * One pass over the bytes, whatever the number of tokens.
 */
export class TokenSearch {
  /** For each byte the class that all tokens treat alike; class 0 is every byte that no token holds. */
  readonly #classOf = new Uint8Array(BYTE_VALUES);
  readonly #classes: number;
  /** Next state by state and class; a state from which a token was completed is negative. */
  readonly #next: Int32Array;

  constructor(tokens: Iterable<string>) {
    const patterns = [...new Set([...tokens].map((token) => token.toLowerCase()))];
    this.#classes = this.#assignClasses(patterns);
    this.#next = this.#build(patterns);
  }

  /** True where the buffer holds one of the tokens. */
  occursIn(bytes: Uint8Array): boolean {
    const next = this.#next;
    const classOf = this.#classOf;
    const classes = this.#classes;
    let state = 0;
    for (let i = 0; i < bytes.length; i++) {
      state = next[state * classes + (classOf[bytes[i] as number] as number)] as number;
      if (state < 0) return true;
    }
    return false;
  }

  #assignClasses(patterns: readonly string[]): number {
    let classes = 1;
    for (const pattern of patterns) {
      for (let i = 0; i < pattern.length; i++) {
        const code = pattern.charCodeAt(i);
        if (this.#classOf[code] !== 0) continue;
        this.#classOf[code] = classes++;
        const upper = pattern.charAt(i).toUpperCase().charCodeAt(0);
        this.#classOf[upper] = this.#classOf[code] as number;
      }
    }
    return classes;
  }

  #build(patterns: readonly string[]): Int32Array {
    const classes = this.#classes;
    const children: number[][] = [Array.from<number>({ length: classes }).fill(0)];
    const final: boolean[] = [false];
    for (const pattern of patterns) {
      let state = 0;
      for (let i = 0; i < pattern.length; i++) {
        const column = this.#classOf[pattern.charCodeAt(i)] as number;
        const row = children[state] as number[];
        if (row[column] === 0) {
          row[column] = children.length;
          children.push(Array.from<number>({ length: classes }).fill(0));
          final.push(false);
        }
        state = row[column] as number;
      }
      final[state] = true;
    }
    linkFailures(children, final, classes);
    const next = new Int32Array(children.length * classes);
    for (const [state, row] of children.entries()) {
      for (const [column, target] of row.entries()) {
        next[state * classes + column] = final[target] === true ? -1 : target;
      }
    }
    return next;
  }
}

/** Completes the trie to an automaton: where a state has no child for a class, it goes where its longest suffix goes. */
function linkFailures(children: number[][], final: boolean[], classes: number): void {
  const failure = Array.from<number>({ length: children.length }).fill(0);
  const queue = (children[0] as number[]).filter((state) => state !== 0);
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] as number;
    const back = failure[state] as number;
    if (final[back] === true) final[state] = true;
    const row = children[state] as number[];
    for (let column = 0; column < classes; column++) {
      const child = row[column] as number;
      const fallback = (children[back] as number[])[column] as number;
      if (child === 0) row[column] = fallback;
      else {
        failure[child] = fallback;
        queue.push(child);
      }
    }
  }
}
