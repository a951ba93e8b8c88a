/** Reads attributes of any type that an instrumentation may have sent; what does not fit counts as not sent. */
import type { Attributes, Value } from "./model.ts";

type Names = readonly string[];

/** The first of several attributes that holds a text. */
export function text(attributes: Attributes, ...names: Names): string | undefined {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === "string" && value.trim() !== "") return value.trim();
  }
  return undefined;
}

/** The first of several attributes that holds a count; some instrumentations send it as text. */
export function count(attributes: Attributes, ...names: Names): number | undefined {
  for (const name of names) {
    const value = attributes[name];
    const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
  }
  return undefined;
}

/** A list of texts, or one that was written as JSON, or a single text. */
export function texts(value: Value | undefined): string[] {
  const parsed = structured(value);
  const list = Array.isArray(parsed) ? parsed : [parsed];
  return list.filter((item): item is string => typeof item === "string" && item !== "");
}

/** Deeper values than this are read as the text that they came as. */
const STRUCTURE_MAX_DEPTH = 64;

/** A value that may have been written as JSON, because attributes could hold no structure. */
export function structured(value: Value | undefined): Value | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    const parsed = JSON.parse(value) as Value;
    return isShallow(parsed, STRUCTURE_MAX_DEPTH) ? parsed : value;
  } catch {
    return value;
  }
}

function isShallow(value: Value, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((member: Value) => isShallow(member, levels - 1));
}

export function isObject(value: unknown): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An index beyond this is no list that a person wrote. */
const INDEX_MAX = 10_000;

/**
 * Lists that were flattened into attributes: `llm.input_messages.0.message.role` is item 0 of `llm.input_messages`, with
 * `message.role`.
 */
export function flattened(attributes: Attributes, prefix: string): Attributes[] {
  const items = new Map<number, Record<string, Value>>();
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const match = /^(\d{1,5})\.(.+)$/.exec(name.slice(prefix.length + 1));
    const index = Number(match?.[1]);
    if (!match || index > INDEX_MAX) continue;
    items.set(index, { ...items.get(index), [match[2] as string]: value });
  }
  return [...items].toSorted(([a], [b]) => a - b).map(([, item]) => item);
}
