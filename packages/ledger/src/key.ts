/** Keys of signed notes: C2SP signed-note, sections "Signatures" and "Verifier keys". */
import { base64Decode, base64Encode, concatBytes, equalBytes, hexEncode, utf8Encode } from "./bytes.ts";
import { LedgerError } from "./error.ts";
import { sha256 } from "./hash.ts";

/** Ed25519 over the note text. */
export const ED25519 = 0x01;
/** Timestamped Ed25519 cosignature of a checkpoint (C2SP tlog-cosignature). */
export const ED25519_COSIGNATURE = 0x04;
export type SignatureType = typeof ED25519 | typeof ED25519_COSIGNATURE;

export interface VerifierKey {
  /** The key's name: for a log its origin, for a witness a schema-less URL. */
  readonly name: string;
  readonly type: SignatureType;
  /** The 32 bytes of an Ed25519 public key (RFC 8032). */
  readonly publicKey: Uint8Array;
  /** The key id: the first four bytes of a digest over name, type and key. */
  readonly id: Uint8Array;
}

/** Makes the raw 64-byte Ed25519 signature of a message; the private key stays with whoever implements this. */
export type Sign = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;

export interface Signer {
  readonly key: VerifierKey;
  readonly sign: Sign;
}

const PUBLIC_KEY_BYTES = 32;
/** Bytes of a key id. */
export const KEY_ID_BYTES = 4;

// Unicode spaces are those of \s and the one (next line) that ECMAScript leaves out.
const NAME_PATTERN = /^[^\s\u0085+]+$/u;
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL_PATTERN = /[\u0000-\u001f]/;

export function isKeyName(name: string): boolean {
  return NAME_PATTERN.test(name) && name.isWellFormed() && !CONTROL_PATTERN.test(name);
}

/**
 * A verifier key with its id computed.
 * @throws LedgerError `key_invalid` for a name with spaces or a plus sign, or a public key that is not 32 bytes long.
 */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new LedgerError("key_invalid", "A key name has no spaces, plus signs or controls.");
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new LedgerError(
      "key_invalid",
      `An Ed25519 public key has ${PUBLIC_KEY_BYTES} bytes, not ${publicKey.length}.`,
    );
  }
  const id = sha256(concatBytes(utf8Encode(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, KEY_ID_BYTES);
  return { name, type, publicKey, id };
}

/** `<name>+<key id in hex>+<type and public key in Base64>` */
export function encodeVkey(key: VerifierKey): string {
  return `${key.name}+${hexEncode(key.id)}+${base64Encode(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

/**
 * Reads a verifier key and checks its id.
 * @throws LedgerError `key_invalid`.
 */
export function parseVkey(vkey: string): VerifierKey {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey);
  if (!match) throw new LedgerError("key_invalid", "A verifier key has the form name+id+key.");
  const [, name, id, encoded] = match as unknown as [string, string, string, string];
  let material: Uint8Array;
  try {
    material = base64Decode(encoded);
  } catch (cause) {
    throw new LedgerError("key_invalid", "The verifier key's last part is not Base64.", { cause });
  }
  const type = material[0];
  if (type !== ED25519 && type !== ED25519_COSIGNATURE) {
    throw new LedgerError("key_invalid", `The verifier key is of type ${type}; only Ed25519 (1, 4) is supported.`);
  }
  const key = verifierKey(name, type, material.slice(1));
  if (hexEncode(key.id) !== id)
    throw new LedgerError("key_invalid", "The verifier key's id does not belong to its key.");
  return key;
}

/** True for two keys that signatures cannot tell apart: same name and same id. */
export function sameKeyId(a: { name: string; id: Uint8Array }, b: { name: string; id: Uint8Array }): boolean {
  return a.name === b.name && equalBytes(a.id, b.id);
}
