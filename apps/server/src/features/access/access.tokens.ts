/** Secrets that are shown once and stored hashed: they are random, so a plain SHA-256 cannot be guessed back. */
import { hash, randomBytes, randomInt } from "node:crypto";

const TOKEN_BYTES = 32;

const PREFIX_CHARS = 12;
const PREFIX_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/** The part of a key that is no secret: it says of what kind the key is, and finds it. */
export function newPrefix(kind: string): string {
  const letters = Array.from({ length: PREFIX_CHARS }, () => PREFIX_ALPHABET[randomInt(PREFIX_ALPHABET.length)]);
  return `${kind}_${letters.join("")}`;
}

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

export function hashToken(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
