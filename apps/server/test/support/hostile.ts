/** Makes requests from the contract: a plausible one for each endpoint, and hostile variations of every field. */
import type { Endpoint } from "@steward/contract";
import { z } from "zod";

type JsonSchema = {
  type?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  format?: string;
  pattern?: string;
  minimum?: number;
  minItems?: number;
  minLength?: number;
  propertyNames?: unknown;
};

/** Values that break parsers, databases and screens. */
export const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  -1e308,
  Number.MAX_SAFE_INTEGER,
  0.1,
  "",
  " ",
  "a\u0000b",
  "\u0007",
  "line\nbreak",
  "\ud800",
  "\u202egnp.exe",
  "'; DROP TABLE person; --",
  "' OR '1'='1",
  "$1",
  "%",
  "\\",
  "<script>alert(1)</script>",
  "../../../etc/passwd",
  "{{7*7}}",
  "=HYPERLINK(0)",
  "9999-99-99",
  "2026-02-30T00:00:00Z",
  "00000000-0000-0000-0000-000000000000",
  "x".repeat(20_000),
  "é".repeat(400),
  [],
  {},
  [[[[]]]],
  { $ne: null },
  { toString: "x" },
];

/** Bodies that are no JSON, or JSON of a kind that no endpoint takes. */
export const HOSTILE_BODIES: readonly (string | Buffer)[] = [
  "",
  "{",
  "null",
  "[]",
  "[null]",
  '"text"',
  "123",
  "1e999",
  '{"a":1}trailing',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  Buffer.from([0xc3, 0x28]),
  "[".repeat(10_000) + "]".repeat(10_000),
  `{"a":${"[".repeat(200)}${"]".repeat(200)}}`,
  "\ufeff{}",
];

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as JsonSchema;
}

/** A value that fits the shape of a schema; it need not satisfy every rule behind it. */
export function plausible(schema: JsonSchema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return plausible(schema.anyOf[0] as JsonSchema);
  if (schema.format === "uuid") return "01900000-0000-7000-8000-000000000001";
  if (schema.format === "date") return "2026-01-01";
  if (schema.format === "date-time") return "2026-01-01T00:00:00Z";
  if (schema.type === "object" || schema.properties) {
    const names = schema.required ?? [];
    return Object.fromEntries(names.map((name) => [name, plausible(schema.properties?.[name] ?? {})]));
  }
  if (schema.type === "array") return (schema.minItems ?? 0) > 0 ? [plausible(schema.items ?? {})] : [];
  if (schema.type === "integer" || schema.type === "number") return Math.max(1, schema.minimum ?? 1);
  if (schema.type === "boolean") return true;
  return "x".repeat(Math.max(1, schema.minLength ?? 1));
}

/** The plausible body with one field after the other replaced by one hostile value, at every depth, and one added. */
export function* hostileBodies(endpoint: Endpoint, pick: (values: readonly unknown[]) => readonly unknown[]) {
  if (!endpoint.body) return;
  const schema = jsonSchemaOf(endpoint.body);
  const base = plausible(schema);
  for (const path of fieldPaths(schema, [])) {
    for (const value of pick(HOSTILE_VALUES)) yield replaceAt(base, path, value);
  }
  if (typeof base === "object" && base !== null && !Array.isArray(base)) yield { ...base, surprise: 1 };
}

function* fieldPaths(schema: JsonSchema, path: readonly (string | number)[]): Generator<readonly (string | number)[]> {
  for (const alternative of schema.anyOf ?? [schema]) {
    for (const [name, part] of Object.entries(alternative.properties ?? {})) {
      yield [...path, name];
      yield* fieldPaths(part, [...path, name]);
    }
    if (alternative.items && path.length < 4) yield* fieldPaths(alternative.items, [...path, 0]);
  }
}

function replaceAt(base: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (typeof head === "number") return [replaceAt(Array.isArray(base) ? base[0] : undefined, rest, value)];
  const holder = typeof base === "object" && base !== null && !Array.isArray(base) ? base : {};
  return { ...holder, [head]: replaceAt((holder as Record<string, unknown>)[head], rest, value) };
}
