/** Codes of authenticator apps (RFC 6238), their secrets sealed, and recovery codes for the day on which the app is lost. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomInt } from "node:crypto";

import type { Micros, Uuid } from "@steward/kernel";
import { generateSecret, generateURI, verify } from "otplib";

import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";

const STEP_SECONDS = 30;
/** A code of the step before still counts: people type slowly, and phones are not on time (RFC 6238, section 5.2). */
const TOLERANCE_SECONDS = 30;

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const RECOVERY_CODES = 10;
/** Without letters and digits that look alike. */
const RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
/** 31^12 is 59 bits: with sign-ins throttled nobody guesses one. */
const RECOVERY_CHARS = 12;

export function newSecret(email: string): { secret: string; uri: string } {
  const secret = generateSecret();
  return { secret, uri: generateURI({ issuer: "Steward", label: email, secret }) };
}

/** The time step of a right code that is newer than `after`; undefined for any other code. */
export async function stepOfCode(
  secret: string,
  code: string,
  now: Micros,
  after: number,
): Promise<number | undefined> {
  const token = plain(code);
  if (!/^\d{6}$/.test(token)) return undefined;
  const epoch = Number(now / 1_000_000n);
  const result = await verify({ secret, token, epoch, epochTolerance: TOLERANCE_SECONDS });
  if (!result.valid) return undefined;
  const step = Math.floor(epoch / STEP_SECONDS) + result.delta;
  return step > after ? step : undefined;
}

export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const letters = Array.from(
      { length: RECOVERY_CHARS },
      () => RECOVERY_ALPHABET[randomInt(RECOVERY_ALPHABET.length)],
    );
    return letters.join("").replaceAll(/(.{4})(?=.)/g, "$1-");
  });
}

/** A code as it is compared: without the spaces and hyphens that make it readable. */
export function plain(code: string): string {
  return code.replaceAll(/[\s-]/g, "").toLowerCase();
}

/** Seals under a key of the installation that is not in the database; the account's id goes with it, so that rows cannot be swapped. */
export async function seal(keys: KeyStore, accountId: Uuid, secret: string): Promise<Buffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, await sealingKey(keys), nonce).setAAD(Buffer.from(accountId));
  return Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

/** @throws where the secret was sealed for another account, or under another installation's key. */
export async function unseal(keys: KeyStore, accountId: Uuid, sealed: Buffer): Promise<string> {
  const tag = sealed.subarray(-TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, await sealingKey(keys), sealed.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(accountId))
    .setAuthTag(tag);
  return decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
}

async function sealingKey(keys: KeyStore): Promise<Buffer> {
  const base = await keys.subjectKey(INSTALLATION_ID);
  return Buffer.from(hkdfSync("sha256", base, "", "steward/second-factor/v1", KEY_BYTES));
}
