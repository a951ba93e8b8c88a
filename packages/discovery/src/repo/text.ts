/** Bytes to text, and offsets to lines. */
import { isUtf8 } from "node:buffer";

/** The text of a file, or undefined where the bytes are no text that we read (invalid UTF-8, a NUL inside). */
export function decodeText(bytes: Buffer): string | undefined {
  if (bytes.length >= 2) {
    // Windows tools write requirements.txt and scripts as UTF-16; the byte order mark says so.
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  }
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined;
  const text = bytes.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Finds the line of an offset by binary search over the line starts. */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  /** The line, from 1, that holds the character at the offset. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** The offset at which a line begins. */
  startOf(line: number): number {
    return this.#starts[line - 1] ?? 0;
  }
}

/** Mean line length in bytes: a script far above what people write came out of a bundler or minifier. */
export function meanLineChars(bytes: Uint8Array): number {
  let lines = 1;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return bytes.length / lines;
}
