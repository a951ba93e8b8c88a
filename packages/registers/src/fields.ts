/** The kinds of field a register may have: each knows its schema, its column and how to explain itself to a person. */
import { formatInstant, isUuid, parseInstant } from "@steward/kernel";
import { z } from "zod";

import { LINE_MAX_CHARS, LIST_MAX_ITEMS, lineSchema, PARAGRAPHS_MAX_CHARS, paragraphsSchema } from "./text.ts";

export type FieldType =
  | "line"
  | "paragraphs"
  | "choice"
  | "choices"
  | "lines"
  | "flag"
  | "integer"
  | "number"
  | "date"
  | "instant"
  | "ref"
  | "refs";

/** The PostgreSQL type of the field's column; `link` is a table of pairs with foreign keys. */
export type ColumnType =
  | "text"
  | "text[]"
  | "boolean"
  | "bigint"
  | "double precision"
  | "date"
  | "timestamptz"
  | "uuid"
  | "link";

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly help?: string;
}

export interface Help {
  /** What the field is called on a screen. */
  readonly label: string;
  /** One or two sentences: what to write and why it matters. */
  readonly help: string;
  readonly example?: string;
  /** The value names or identifies a natural person: committed to, never shown, in the ledger; erasable. */
  readonly personal?: boolean;
  /** The field stands under this heading of the form. */
  readonly section?: string;
}

export interface Field<T = unknown> extends Help {
  readonly type: FieldType;
  readonly required: boolean;
  readonly column: ColumnType;
  readonly schema: z.ZodType<T>;
  readonly choices?: readonly Choice[];
  /** The kind of register that a `ref` or `refs` field points to. */
  readonly target?: string;
  readonly maxChars?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

/** Postgres and JSON agree on integers up to here. */
const INTEGER_LIMIT = Number.MAX_SAFE_INTEGER;

export function line(help: Help & { maxChars?: number; pattern?: RegExp; patternHelp?: string }): Field<string> {
  const { maxChars = LINE_MAX_CHARS, pattern, patternHelp, ...rest } = help;
  const base = lineSchema(maxChars);
  const schema = pattern ? base.refine((text) => pattern.test(text), patternHelp ?? `Match ${pattern.source}.`) : base;
  const field: Field<string> = { ...rest, type: "line", required: true, column: "text", schema, maxChars };
  return pattern ? { ...field, pattern: pattern.source } : field;
}

export function paragraphs(help: Help & { maxChars?: number }): Field<string> {
  const { maxChars = PARAGRAPHS_MAX_CHARS, ...rest } = help;
  return { ...rest, type: "paragraphs", required: true, column: "text", schema: paragraphsSchema(maxChars), maxChars };
}

/** A list of short texts, each at most once. */
export function lines(help: Help & { maxChars?: number }): Field<string[]> {
  const { maxChars = LINE_MAX_CHARS, ...rest } = help;
  const schema = z
    .array(lineSchema(maxChars))
    .max(LIST_MAX_ITEMS, `List at most ${LIST_MAX_ITEMS} entries.`)
    .refine((items) => new Set(items).size === items.length, "List each entry once.");
  return { ...rest, type: "lines", required: true, column: "text[]", schema, maxChars };
}

export function choice<const C extends readonly Choice[]>(help: Help & { choices: C }): Field<C[number]["value"]> {
  const values = help.choices.map((item) => item.value);
  const schema = z.enum(values as [string, ...string[]], { error: `Choose one of ${values.join(", ")}.` });
  return { ...help, type: "choice", required: true, column: "text", schema };
}

export function choices<const C extends readonly Choice[]>(help: Help & { choices: C }): Field<C[number]["value"][]> {
  const values = help.choices.map((item) => item.value);
  const schema = z
    .array(z.enum(values as [string, ...string[]], { error: `Choose from ${values.join(", ")}.` }))
    .max(values.length, "Choose each value once.")
    .refine((items) => new Set(items).size === items.length, "Choose each value once.");
  return { ...help, type: "choices", required: true, column: "text[]", schema };
}

export function flag(help: Help): Field<boolean> {
  return { ...help, type: "flag", required: true, column: "boolean", schema: z.boolean() };
}

export function integer(help: Help & { minimum?: number; maximum?: number }): Field<number> {
  const { minimum = -INTEGER_LIMIT, maximum = INTEGER_LIMIT } = help;
  const schema = z.number().int("Give a whole number.").min(minimum).max(maximum);
  return { ...help, type: "integer", required: true, column: "bigint", schema, minimum, maximum };
}

export function number(help: Help & { minimum?: number; maximum?: number }): Field<number> {
  const { minimum = -1e15, maximum = 1e15 } = help;
  const schema = z.number().min(minimum).max(maximum);
  return { ...help, type: "number", required: true, column: "double precision", schema, minimum, maximum };
}

/** A calendar day, YYYY-MM-DD, read in the organisation's time zone. */
export function date(help: Help): Field<string> {
  return { ...help, type: "date", required: true, column: "date", schema: dateSchema };
}

/** A moment, RFC 3339; stored and answered in UTC with microseconds. */
export function instant(help: Help): Field<string> {
  return { ...help, type: "instant", required: true, column: "timestamptz", schema: instantSchema };
}

/** The id of a record of another register, held by a foreign key. */
export function ref(target: string, help: Help): Field<string> {
  return { ...help, type: "ref", required: true, column: "uuid", schema: idSchema, target };
}

/** Ids of records of another register, held by foreign keys. */
export function refs(target: string, help: Help): Field<string[]> {
  const schema = z
    .array(idSchema)
    .max(LIST_MAX_ITEMS, `List at most ${LIST_MAX_ITEMS} entries.`)
    .refine((items) => new Set(items).size === items.length, "List each id once.");
  return { ...help, type: "refs", required: true, column: "link", schema, target };
}

/** The same field, allowed to be empty (null). */
export function optional<T>(field: Field<T>): Field<T | null> {
  return { ...field, required: false, schema: field.schema.nullable() };
}

export const idSchema: z.ZodType<string> = z
  .string()
  .refine(isUuid, "Give the id of a record: a UUID in lower case.")
  .meta({ format: "uuid" });

// Years that a management system can meaningfully speak of; outside them a date is a slip of the keyboard.
const EARLIEST_DATE = "1900-01-01";
const LATEST_DATE = "2200-01-01";

export const dateSchema: z.ZodType<string> = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(`${text}T00:00:00Z`) !== undefined, {
    error: "Give a calendar day as YYYY-MM-DD.",
  })
  .refine((text) => text >= EARLIEST_DATE && text < LATEST_DATE, "Give a day between 1900 and 2200.")
  .meta({ format: "date" });

export const instantSchema: z.ZodType<string> = z
  .string()
  .max(40)
  // Read once: as a check and a change apart, every moment of every record would be read twice.
  .check((context) => {
    const normal = normalInstant(context.value);
    if (normal !== undefined && normal >= EARLIEST_DATE && normal < LATEST_DATE) context.value = normal;
    else {
      context.issues.push({
        code: "custom",
        message: "Give a moment as RFC 3339, for example 2026-03-31T09:00:00Z.",
        input: context.value,
        continue: false,
      });
    }
  })
  .meta({ format: "date-time" });

function normalInstant(text: string): string | undefined {
  const micros = parseInstant(text);
  return micros === undefined ? undefined : formatInstant(micros);
}
