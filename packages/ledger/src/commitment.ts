/**
 * Salted commitments to the fields of an entry's body: the leaf proves every value and tells none.
 *
 * - Each entry has one random 32-byte *seed*, kept beside its body and never in the ledger.
 * - salt(name) = HMAC-SHA256(seed, "steward/salt/v1" || name), so one field can be disclosed by its own salt while
 *   the seed, and with it every other field, stays closed.
 * - commitment = SHA-256 over the canonical JSON (RFC 8785) array ["steward/field/v1", salt in hex, name, value].
 *
 * Without its salt a commitment says nothing about a value, however easily guessed: deleting the seed and the salts
 * erases the value from the ledger, and every Merkle proof stays valid.
 */
import { canonicalJson, CanonicalText, type Json } from "@steward/kernel";

import { sha256Hex, sha256Into } from "#sha256";

import { hexDecode, utf8Encode } from "./bytes.ts";
import type { Entry } from "./entry.ts";
import { isFieldName } from "./entry-text.ts";
import { LedgerError } from "./error.ts";
import { HASH_BYTES } from "./hash.ts";

/** What an entry commits to: a flat record of fields; values may be any JSON. */
export type Body = Readonly<Record<string, Json>>;

/** A body, of which some values are given by their canonical text. */
export type BodyTexts = Readonly<Record<string, Json | CanonicalText>>;

/** Bytes of an entry's seed. */
export const SEED_BYTES = 32;

const SALT_TAG = utf8Encode("steward/salt/v1");
const HMAC_BLOCK_BYTES = 64;
/** Bytes of the inner message before the field's name. */
const INNER_BYTES = HMAC_BLOCK_BYTES + SALT_TAG.length;
const MAX_NAME_BYTES = 64;

/** One field opened by itself. */
export interface OpenField {
  readonly name: string;
  /** The field's salt in hexadecimal. */
  readonly salt: string;
  readonly value: Json;
}

/** What is wrong with a field of a disclosed body. */
export interface FieldFault {
  readonly field: string;
  /** `differs`: not the committed value; `missing`: committed, not disclosed; `extra`: disclosed, not committed. */
  readonly fault: "differs" | "missing" | "extra";
}

/**
 * The commitment to each field of a body, for the member `fields` of its entry.
 * @throws LedgerError `seed_invalid`, `field_name_invalid`; KernelError `not_canonical` for a value JSON cannot hold.
 */
export function commitBody(seed: Uint8Array, body: Body): Record<string, string> {
  return commitBodyText(seed, body).fields;
}

/**
 * As commitBody, with the canonical text of the whole body (RFC 8785), which is made of the same parts: whoever stores
 * the body needs both.
 */
export function commitBodyText(seed: Uint8Array, body: BodyTexts): { fields: Record<string, string>; text: string } {
  const saltOf = saltsOf(seed);
  const fields: Record<string, string> = {};
  const members: Record<string, string> = {};
  for (const name of Object.keys(body)) {
    if (!isFieldName(name)) throw new LedgerError("field_name_invalid", `"${name}" cannot be the name of a field.`);
    const member = body[name] as Json | CanonicalText;
    const value = member instanceof CanonicalText ? member.text : canonicalJson(member);
    fields[name] = commit(saltOf(name), name, value);
    members[name] = `"${name}":${value}`;
  }
  const names = Object.keys(body).sort();
  return { fields, text: `{${names.map((name) => members[name]).join(",")}}` };
}

/** An entry with the commitments to its body; without the member `fields` where the body is empty. */
export function entryWithBody(entry: Omit<Entry, "fields">, seed: Uint8Array, body: Body): Entry {
  return Object.keys(body).length === 0 ? entry : { ...entry, fields: commitBody(seed, body) };
}

/**
 * Opens one field of a body for disclosure by itself.
 * @throws LedgerError `field_name_invalid` where the body has no such field.
 */
export function openField(seed: Uint8Array, body: Body, name: string): OpenField {
  const value = isFieldName(name) && Object.hasOwn(body, name) ? body[name] : undefined;
  if (value === undefined) throw new LedgerError("field_name_invalid", `The body has no field "${name}".`);
  return { name, salt: saltsOf(seed)(name), value };
}

/**
 * Compares a whole body with an entry's commitments; every fault is named, in the order of the entry's fields.
 * @throws LedgerError `seed_invalid` for a seed that is not 32 bytes long.
 */
export function checkBody(entry: Entry, seed: Uint8Array, body: Body): FieldFault[] {
  const saltOf = saltsOf(seed);
  const fields = entry.fields ?? {};
  const faults: FieldFault[] = [];
  for (const name in fields) {
    if (!Object.hasOwn(body, name)) faults.push({ field: name, fault: "missing" });
    else if (!opens(fields[name], saltOf(name), name, body[name] as Json))
      faults.push({ field: name, fault: "differs" });
  }
  for (const name in body) if (!Object.hasOwn(fields, name)) faults.push({ field: name, fault: "extra" });
  return faults;
}

/** Compares single opened fields with an entry's commitments. Fields that are not opened are no fault. */
export function checkOpenFields(entry: Entry, open: readonly OpenField[]): FieldFault[] {
  const fields = entry.fields ?? {};
  const faults: FieldFault[] = [];
  for (const { name, salt, value } of open) {
    if (!Object.hasOwn(fields, name)) faults.push({ field: name, fault: "extra" });
    else if (!opens(fields[name], salt, name, value)) faults.push({ field: name, fault: "differs" });
  }
  return faults;
}

function opens(commitment: string | undefined, salt: string, name: string, value: Json): boolean {
  try {
    return commit(salt, name, canonicalJson(value)) === commitment;
  } catch {
    return false;
  }
}

// Salts and names need no escaping, so this is the canonical text of the array.
function commit(salt: string, name: string, canonicalValue: string): string {
  return sha256Hex(`["steward/field/v1","${salt}","${name}",${canonicalValue}]`);
}

/** HMAC (RFC 2104) with the seed as its key; its two key blocks are made once for all fields of an entry. */
function saltsOf(seed: Uint8Array): (name: string) => string {
  if (seed.length !== SEED_BYTES) {
    throw new LedgerError("seed_invalid", `A seed has ${SEED_BYTES} bytes, not ${seed.length}.`);
  }
  const inner = new Uint8Array(INNER_BYTES + MAX_NAME_BYTES).fill(0x36, 0, HMAC_BLOCK_BYTES);
  const outer = new Uint8Array(HMAC_BLOCK_BYTES + HASH_BYTES).fill(0x5c);
  for (let i = 0; i < SEED_BYTES; i++) {
    inner[i] = (seed[i] as number) ^ 0x36;
    outer[i] = (seed[i] as number) ^ 0x5c;
  }
  inner.set(SALT_TAG, HMAC_BLOCK_BYTES);
  return (name) => {
    // The names of fields are ASCII and at most 64 characters long.
    for (let i = 0; i < name.length; i++) inner[INNER_BYTES + i] = name.charCodeAt(i);
    sha256Into(inner.subarray(0, INNER_BYTES + name.length), outer, HMAC_BLOCK_BYTES);
    return sha256Hex(outer);
  };
}

/**
 * A seed from its hexadecimal text.
 * @throws LedgerError `text_invalid`, `seed_invalid`.
 */
export function parseSeed(text: string): Uint8Array {
  const seed = hexDecode(text);
  if (seed.length !== SEED_BYTES) throw new LedgerError("seed_invalid", `A seed has ${SEED_BYTES} bytes.`);
  return seed;
}
