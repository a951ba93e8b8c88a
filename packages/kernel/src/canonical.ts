/** Canonical JSON (RFC 8785): one byte sequence for one value, so that a digest of it means something. */
import canonicalize from "canonicalize";

import { KernelError } from "./error.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON value by its canonical text, for whoever needs the text more than once: making it is dear. */
export class CanonicalText {
  readonly text: string;

  /** Errors as canonicalJson. */
  constructor(value: Json) {
    this.text = canonicalJson(value);
  }
}

/**
 * The canonical text of a JSON value.
 * @throws KernelError `not_canonical` for what JSON cannot hold: NaN, infinities, undefined, lone surrogates.
 */
export function canonicalJson(value: Json): string {
  let text: string | undefined;
  try {
    text = plainText(value) ?? canonicalize(value);
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

/** Stands for a value that is out of the ordinary. */
const UNUSUAL = Symbol("unusual");

/**
 * The canonical text of a plain, shallow value, at a sixth of the cost of the general algorithm, which is most of what
 * committing to a record costs; undefined for anything out of the ordinary. Once its names are in order, the text is what
 * JavaScript writes anyway (RFC 8785 is built on it). A property test holds the two equal.
 */
function plainText(value: unknown): string | undefined {
  const ordered = inOrder(value, PLAIN_MAX_DEPTH);
  return ordered === UNUSUAL ? undefined : JSON.stringify(ordered);
}

/** The value with its names in order: itself where they are, else a copy of what is not. */
function inOrder(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.isWellFormed() ? value : UNUSUAL;
  if (typeof value === "number") return Number.isFinite(value) ? value : UNUSUAL;
  if (value === null || typeof value === "boolean") return value;
  if (typeof value !== "object" || depth === 0) return UNUSUAL;
  if (Array.isArray(value)) return itemsInOrder(value, depth);
  if (Object.getPrototypeOf(value) !== Object.prototype || "toJSON" in value) return UNUSUAL;
  return membersInOrder(value as Record<string, unknown>, depth);
}

function itemsInOrder(items: readonly unknown[], depth: number): unknown {
  let copy: unknown[] | undefined;
  // Counted, so that holes are seen: they are undefined, which is unusual.
  for (let i = 0; i < items.length; i++) {
    const item = inOrder(items[i], depth - 1);
    if (item === UNUSUAL) return UNUSUAL;
    if (item !== items[i]) (copy ??= [...items])[i] = item;
  }
  return copy ?? items;
}

function membersInOrder(members: Record<string, unknown>, depth: number): unknown {
  const names = Object.keys(members);
  let same = true;
  let last = "";
  for (const name of names) {
    // Names like numbers come first in every object, whatever the order in which they are set.
    const first = name.charCodeAt(0);
    if ((first >= 0x30 && first <= 0x39) || name === "__proto__" || !name.isWellFormed()) return UNUSUAL;
    same &&= name >= last;
    last = name;
  }
  if (!same) names.sort();
  let copy: Record<string, unknown> | undefined = same ? undefined : {};
  for (const name of names) {
    const member = inOrder(members[name], depth - 1);
    if (member === UNUSUAL) return UNUSUAL;
    if (copy === undefined && member !== members[name]) copy = { ...members };
    if (copy !== undefined) copy[name] = member;
  }
  return copy ?? members;
}

/** The canonical bytes (UTF-8) of a JSON value. Errors as canonicalJson. */
export function canonicalBytes(value: Json): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
