/** Bounded reads of files that may change, grow, vanish or turn into something else while they are read. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

import { HEAD_BYTES } from "../limits.ts";
import { failureReason } from "./walk.ts";

/** Reads of one open file, at given offsets. */
export interface OpenFile {
  readonly sizeBytes: number;
  /** Up to `length` bytes from `offset`: fewer at the end of the file. */
  read(offset: number, length: number): Buffer;
}

export type ReadResult<T> = { readonly value: T } | { readonly failure: string };

/**
 * Opens a regular file for the time of a callback. Non-blocking and without following a link, so that a pipe or link
 * that took the file's place since it was listed can neither hang the scan nor lead it outside of the tree.
 */
export function withFile<T>(absolute: string, use: (file: OpenFile) => T): ReadResult<T> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(absolute, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return { failure: "not a regular file" };
    const open = descriptor;
    return { value: use({ sizeBytes: stat.size, read: (offset, length) => readAt(open, offset, length) }) };
  } catch (error) {
    return { failure: failureReason(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readAt(descriptor: number, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, buffer, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/** The first bytes of a file, enough for every magic number. */
export function readHead(file: OpenFile): Buffer {
  return file.read(0, Math.min(HEAD_BYTES, file.sizeBytes));
}
