/**
 * Where evidence files are: each under the SHA-256 of what it holds, so that a file cannot change under its name, and
 * the same file is kept once. Nothing else is known here: which records a file belongs to stands in the database.
 */
import type { Readable } from "node:stream";

import { StewardError } from "@steward/kernel";

export class FileError extends StewardError<
  /** The store does not answer, or refuses: nothing is known to be wrong with the request. */
  | "unavailable"
  /** There is no such file. */
  | "missing"
  /** The file is larger than accepted. */
  | "too_large"
  /** What is stored is not what its name says. */
  | "altered"
> {}

export interface FileStore {
  /** Brings a file of this machine into the store; on its disk when this resolves. The same file may come again. */
  put(digest: string, path: string, sizeBytes: number): Promise<void>;
  /** @throws FileError `missing`, `unavailable` */
  open(digest: string): Promise<Readable>;
  has(digest: string): Promise<boolean>;
  /** No error where it is gone already. */
  remove(digest: string): Promise<void>;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Only digests become parts of paths and addresses. @throws RangeError */
export function requireDigest(digest: string): string {
  if (DIGEST.test(digest)) return digest;
  throw new RangeError("The name of a stored file is its SHA-256 in hexadecimal.");
}
