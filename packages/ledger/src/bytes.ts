/** Bytes as text and back. Decoders are strict: one byte sequence has one text, so a changed bit cannot hide. */
import { LedgerError } from "./error.ts";

const UTF8 = new TextEncoder();
// A byte order mark is data here, not decoration: kept, so that it is seen and refused.
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HEX_PATTERN = /^(?:[0-9a-f]{2})*$/;

export function utf8Encode(text: string): Uint8Array {
  return UTF8.encode(text);
}

/** @throws LedgerError `text_invalid` for bytes that are not UTF-8. */
export function utf8Decode(bytes: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch (cause) {
    throw new LedgerError("text_invalid", "The bytes are not valid UTF-8.", { cause });
  }
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hexEncode(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX_OF_BYTE[byte] as string;
  return text;
}

/** @throws LedgerError `text_invalid` for anything but pairs of lower-case hexadecimal digits. */
export function hexDecode(text: string): Uint8Array {
  if (!HEX_PATTERN.test(text)) throw new LedgerError("text_invalid", "The text is not lower-case hexadecimal.");
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Standard Base64 with padding (RFC 4648 section 4). */
export function base64Encode(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** @throws LedgerError `text_invalid` for other alphabets, missing padding, white space and set padding bits. */
export function base64Decode(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new LedgerError("text_invalid", "The text is not Base64.", { cause });
  }
  // atob forgives white space, missing padding and stray bits; writing it back shows them.
  if (btoa(binary) !== text) throw new LedgerError("text_invalid", "The text is not canonical Base64.");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
