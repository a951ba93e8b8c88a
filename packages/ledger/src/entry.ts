/**
 * The ledger's entry: what a leaf holds. Canonical JSON (RFC 8785) of a closed shape, stored as exact bytes.
 *
 * An entry never carries a name, an e-mail address or free text. Every value comes from an alphabet in which none of
 * them can be written: lower-case kinds, UUIDs, integers and SHA-256 digests. Field names are names of program members.
 */
import type { Micros, Uuid } from "@steward/kernel";

import { utf8Decode, utf8Encode } from "./bytes.ts";
import { canonicalText, readCanonicalText } from "./entry-text.ts";
import { LedgerError } from "./error.ts";
import { MAX_ENTRY_BYTES } from "./limits.ts";

/** Who acted: a kind and a random surrogate id. */
export interface Actor {
  readonly kind: string;
  readonly id: Uuid;
}

/** What was acted upon; `version` counts 1, 2, 3 … without gaps over all entries of the same subject that carry one. */
export interface Subject {
  readonly kind: string;
  readonly id: Uuid;
  readonly version?: number;
}

export interface Entry {
  readonly v: 1;
  /** What happened, for example `risk.updated`. */
  readonly kind: string;
  /** Microseconds since the Unix epoch as a decimal string: JSON numbers lose integers above 2^53. */
  readonly time: string;
  /** The id of this entry, unique within its log. */
  readonly id: Uuid;
  readonly actor: Actor;
  readonly subject: Subject;
  /** SHA-256 digests (64 hexadecimal digits) of things kept elsewhere: files, components, inputs. Never empty. */
  readonly digests?: Readonly<Record<string, string>>;
  /** The commitment to each field of the body (see commitment.ts). Never empty. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** The kind of the entry that says that personal data of its subject were erased. */
export const ERASURE_KIND = "erasure";

/**
 * The field of an erasure's body that lists, by their indexes, the entries of *other* subjects whose bodies it erased.
 * Earlier entries of the erasure's own subject need no listing.
 */
export const ERASURE_ENTRIES_FIELD = "entries";

/** The time of an entry as a moment. */
export function entryTime(entry: Entry): Micros {
  return BigInt(entry.time);
}

/**
 * The canonical bytes of an entry.
 * @throws LedgerError `entry_invalid` naming the member, or `entry_too_large`.
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const bytes = utf8Encode(canonicalText(entry));
  checkSize(bytes);
  return bytes;
}

/**
 * Reads an entry from its exact bytes; whatever it returns encodes to these very bytes.
 * @throws LedgerError `entry_too_large`, `entry_invalid` naming the member, or `entry_not_canonical`.
 */
export function decodeEntry(bytes: Uint8Array): Entry {
  checkSize(bytes);
  let text: string;
  let value: unknown;
  try {
    text = utf8Decode(bytes);
    const entry = readCanonicalText(text);
    if (entry !== undefined) return entry;
    value = JSON.parse(text);
  } catch (cause) {
    throw new LedgerError("entry_invalid", "The entry is not JSON in UTF-8.", { cause });
  }
  // It is wrong in some way: say in which.
  if (canonicalText(value) !== text) {
    throw new LedgerError("entry_not_canonical", "The entry is valid JSON but not in its canonical form (RFC 8785).");
  }
  return value as Entry;
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length <= MAX_ENTRY_BYTES) return;
  throw new LedgerError(
    "entry_too_large",
    `An entry holds at most ${MAX_ENTRY_BYTES} bytes; this has ${bytes.length}.`,
  );
}
