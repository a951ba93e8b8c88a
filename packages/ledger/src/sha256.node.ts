/** SHA-256 (FIPS 180-4) by Node's OpenSSL. Chosen by the `#sha256` import condition; sha256.browser.ts is its twin. */
import { hash } from "node:crypto";

/** Writes the 32-byte digest of `data` into `out` at `at`. */
export function sha256Into(data: Uint8Array, out: Uint8Array, at: number): void {
  // One-shot hashing into a one-byte-per-character string is three times as fast as into a Buffer.
  const digest = hash("sha256", data, "binary");
  for (let i = 0; i < 32; i++) out[at + i] = digest.charCodeAt(i);
}

/** The digest of bytes, or of the UTF-8 of a text, in hexadecimal. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash("sha256", data, "hex");
}
