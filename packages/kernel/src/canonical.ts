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
    text = canonicalize(value);
  } catch (cause) {
    throw new KernelError("not_canonical", "The value has no canonical JSON form.", { cause });
  }
  if (text === undefined || !text.isWellFormed()) {
    throw new KernelError("not_canonical", "The value has no canonical JSON form.");
  }
  return text;
}

/** The canonical bytes (UTF-8) of a JSON value. Errors as canonicalJson. */
export function canonicalBytes(value: Json): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
