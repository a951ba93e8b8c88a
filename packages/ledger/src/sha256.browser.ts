/** SHA-256 (FIPS 180-4) in plain JavaScript, because the browser's own is asynchronous. Twin of sha256.node.ts. */
import { sha256 } from "@noble/hashes/sha2.js";

import { hexEncode, utf8Encode } from "./bytes.ts";

/** Writes the 32-byte digest of `data` into `out` at `at`. */
export function sha256Into(data: Uint8Array, out: Uint8Array, at: number): void {
  out.set(sha256(data), at);
}

/** The digest of bytes, or of the UTF-8 of a text, in hexadecimal. */
export function sha256Hex(data: Uint8Array | string): string {
  return hexEncode(sha256(typeof data === "string" ? utf8Encode(data) : data));
}
