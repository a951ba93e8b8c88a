/** Takes a copy of what a host records. This runs in the caller: it must cost little (JSON text costs three times as much). */
import { asText, type Entry, type Fields } from "./redact.ts";

/** Deeper than any decision; a circular one is found here. */
const MAX_DEPTH = 20;
/** What a number, a name or a bracket costs, about. */
const CHARS_A_VALUE = 16;

let chars = 0;

/** @throws TypeError where it is no plain data. */
export function entryOf(fields: object, defaults: Fields): Entry {
  chars = 0;
  const copied = copy(fields, 0) as Fields;
  const { input, output } = fields as Fields;
  for (const name in defaults) copied[name] ??= defaults[name];
  return { fields: copied, input: contentOf(input), output: contentOf(output), chars };
}

function contentOf(content: unknown): string | undefined {
  if (content === undefined || content === null) return undefined;
  const text = asText(content);
  chars += text.length;
  return text;
}

function copy(value: unknown, depth: number): unknown {
  chars += CHARS_A_VALUE;
  if (typeof value === "string") chars += value.length;
  if (typeof value === "bigint") throw new TypeError("A BigInt has no place in JSON");
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) throw new TypeError(`It is circular, or more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (let i = 0; i < value.length; i++) list.push(copy(value[i], depth + 1));
    return list;
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return copy(toJSON.call(value), depth + 1);
  const fields: Fields = {};
  for (const name in value) {
    // Content is kept as text beside the fields, whatever the policy says of it.
    if (depth === 0 && (name === "input" || name === "output")) continue;
    fields[name] = copy((value as Fields)[name], depth + 1);
  }
  return fields;
}
