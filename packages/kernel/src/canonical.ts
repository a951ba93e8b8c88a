/** Canonical JSON (RFC 8785): one byte sequence for one value, so that a digest of it means something. */
import canonicalize from "canonicalize";

import { KernelError } from "./error.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The canonical text of a JSON value.
 * @throws KernelError `not_canonical` for what JSON cannot hold: NaN, infinities, undefined, lone surrogates.
 */
export function canonicalJson(value: Json): string {
  let text: string | undefined;
  try {
    text = plainText(value, PLAIN_MAX_DEPTH) ?? canonicalize(value);
  } catch (cause) {
    throw new KernelError("not_canonical", "The value has no canonical JSON form.", { cause });
  }
  if (text === undefined || !text.isWellFormed()) {
    throw new KernelError("not_canonical", "The value has no canonical JSON form.");
  }
  return text;
}

/** What people and programs send is far shallower; deeper values are written without recursion. */
const PLAIN_MAX_DEPTH = 32;

/**
 * The canonical text of a plain, shallow value, at a third of the cost of the general algorithm, which is most of what
 * committing to a record costs; undefined for anything out of the ordinary. A property test holds the two equal.
 */
function plainText(value: unknown, depth: number): string | undefined {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return value.isWellFormed() ? JSON.stringify(value) : undefined;
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : undefined;
  if (typeof value !== "object" || depth === 0) return undefined;
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) {
      const part = plainText(item, depth - 1);
      if (part === undefined) return undefined;
      text += text === "" ? part : `,${part}`;
    }
    return `[${text}]`;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype || "toJSON" in value) return undefined;
  for (const key of Object.keys(value).sort()) {
    const name = plainText(key, depth);
    const part = plainText((value as Record<string, unknown>)[key], depth - 1);
    if (name === undefined || part === undefined) return undefined;
    text += text === "" ? `${name}:${part}` : `,${name}:${part}`;
  }
  return `{${text}}`;
}

/** The canonical bytes (UTF-8) of a JSON value. Errors as canonicalJson. */
export function canonicalBytes(value: Json): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
