/** Text that must be read again but not from the database alone: AES-256-GCM under a key file of the installation. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

import { INSTALLATION_ID } from "../http/caller.ts";
import type { KeyStore } from "../ledger/keys.ts";

/** What is sealed: each purpose has a key of its own, so that a sealed value cannot be moved from one to another. */
export type SealPurpose = "second-factor" | "mail" | "recovery" | "identity-provider";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `owner` names the row that the text belongs to and goes in as associated data, so that rows cannot be swapped. */
export async function seal(keys: KeyStore, purpose: SealPurpose, owner: string, text: string): Promise<Buffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, await sealingKey(keys, purpose), nonce).setAAD(Buffer.from(owner));
  return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

/** @throws where the text was sealed for another owner or purpose, or under another installation's key. */
export async function unseal(keys: KeyStore, purpose: SealPurpose, owner: string, sealed: Buffer): Promise<string> {
  const tag = sealed.subarray(-TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, await sealingKey(keys, purpose), sealed.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(owner))
    .setAuthTag(tag);
  return decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
}

async function sealingKey(keys: KeyStore, purpose: SealPurpose): Promise<Buffer> {
  const base = await keys.subjectKey(INSTALLATION_ID);
  return Buffer.from(hkdfSync("sha256", base, "", `steward/${purpose}/v1`, KEY_BYTES));
}
