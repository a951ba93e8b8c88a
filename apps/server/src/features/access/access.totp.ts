/** Codes of authenticator apps (RFC 6238), and recovery codes for the day on which the app is lost. */
import { randomInt } from "node:crypto";

import type { Micros } from "@steward/kernel";
import { generateSecret, generateURI, verify } from "otplib";

const STEP_SECONDS = 30;
/** A code of the step before still counts: people type slowly, and phones are not on time (RFC 6238, section 5.2). */
const TOLERANCE_SECONDS = 30;

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
