/**
 * Disclosures: what an audit pack tells of the bodies that entries commit to. One line of canonical JSON (RFC 8785)
 * for each entry that has fields, in the order of the entries:
 *
 * - `{"body":{…},"index":n,"seed":"…"}`: the whole body;
 * - `{"erasedBy":m,"index":n}`: withheld, because entry m (an erasure) says that it was erased;
 * - `{"erasedBy":m,"index":n,"open":[{"name":"…","salt":"…","value":…}]}`: erased but for these fields.
 */
import { canonicalJson } from "@steward/kernel";
import type { Json } from "@steward/kernel";

import type { Body, OpenField } from "./commitment.ts";
import { LedgerError } from "./error.ts";

/** A body that is disclosed whole. */
export interface WholeBody {
  readonly index: number;
  /** The entry's seed in hexadecimal. */
  readonly seed: string;
  readonly body: Body;
}

/** A body that was erased, wholly or but for some fields. */
export interface ErasedBody {
  readonly index: number;
  /** The index of the erasure entry. */
  readonly erasedBy: number;
  readonly open?: readonly OpenField[];
}

export type Disclosure = WholeBody | ErasedBody;

const HEX_32_PATTERN = /^[0-9a-f]{64}$/;

/** The line of a disclosure, without a newline. */
export function formatDisclosure(disclosure: Disclosure): string {
  return canonicalJson(disclosure as unknown as Json);
}

/**
 * Reads a line. Whatever it returns formats to this very line.
 * @throws LedgerError `disclosure_invalid`.
 */
export function parseDisclosure(line: string): Disclosure {
  let value: unknown;
  let canonical: string;
  try {
    value = JSON.parse(line);
    canonical = canonicalJson(value as Json);
  } catch (cause) {
    throw new LedgerError("disclosure_invalid", "The disclosure is not JSON.", { cause });
  }
  if (canonical !== line) throw new LedgerError("disclosure_invalid", "The disclosure is not canonical JSON.");
  if (!isWholeBody(value) && !isErasedBody(value)) {
    throw new LedgerError("disclosure_invalid", "The disclosure has not one of its known forms.");
  }
  return value;
}

function isWholeBody(value: unknown): value is WholeBody {
  return (
    isRecord(value) &&
    hasMembers(value, "body,index,seed") &&
    isIndex(value["index"]) &&
    isHex32(value["seed"]) &&
    isRecord(value["body"])
  );
}

function isErasedBody(value: unknown): value is ErasedBody {
  if (!isRecord(value) || !isIndex(value["index"]) || !isIndex(value["erasedBy"])) return false;
  if (hasMembers(value, "erasedBy,index")) return true;
  const open = value["open"];
  if (!hasMembers(value, "erasedBy,index,open") || !Array.isArray(open) || open.length === 0) return false;
  // A field opened twice would have two values.
  return open.every(isOpenField) && new Set(open.map(({ name }) => name)).size === open.length;
}

/** True for one opened field in its exact form. */
export function isOpenField(value: unknown): value is OpenField {
  return (
    isRecord(value) &&
    hasMembers(value, "name,salt,value") &&
    typeof value["name"] === "string" &&
    isHex32(value["salt"])
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasMembers(value: Record<string, unknown>, sorted: string): boolean {
  return Object.keys(value).sort().join() === sorted;
}

function isIndex(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHex32(value: unknown): boolean {
  return typeof value === "string" && HEX_32_PATTERN.test(value);
}
