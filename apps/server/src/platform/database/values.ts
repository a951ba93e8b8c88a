/**
 * How values travel between PostgreSQL and TypeScript. One mapping, the same both ways:
 *
 * | PostgreSQL | TypeScript |
 * |---|---|
 * | timestamptz | Micros (bigint); a bigint parameter is always a moment |
 * | int2, int4, int8, float4, float8 | number; an int8 beyond 2^53 is an error, never a rounded value |
 * | numeric, date, time, timestamp, interval, uuid, text | string, as PostgreSQL writes it |
 * | json, jsonb | parsed; as parameter use `jsonb(value)` |
 * | bytea | Buffer |
 * | boolean | boolean |
 */
import { formatInstant } from "@steward/kernel";
import type { Micros } from "@steward/kernel";
import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import pg from "pg";

import { DatabaseError } from "./errors.ts";

const { builtins } = pg.types;

/** Array types have object ids of their own, which pg does not name (PostgreSQL's pg_type.dat). */
const ARRAY_OF = { text: 1009, int8: 1016, timestamp: 1115, date: 1182, timestamptz: 1185, interval: 1187 } as const;

const TIMESTAMPTZ =
  /^(\d{4,6})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?([+-])(\d{2})(?::(\d{2}))?(?::(\d{2}))?( BC)?$/;

/**
 * Reads PostgreSQL's ISO text of a timestamptz, to the microsecond.
 * @throws DatabaseError `invalid_value` for infinity and for years that JavaScript's calendar can't hold.
 */
export function parseTimestamptz(text: string): Micros {
  const match = TIMESTAMPTZ.exec(text);
  if (!match) throw new DatabaseError("invalid_value", `"${text}" is no moment that Steward can hold.`);
  const [, year, month, day, hour, minute, second, fraction = "", sign, hours, minutes = "0", seconds = "0"] = match;
  // PostgreSQL has no year 0: 1 BC is the astronomical year 0.
  const astronomical = match[12] === undefined ? Number(year) : 1 - Number(year);
  const ms = utcMs(astronomical, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const offsetSeconds = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const unixSeconds = ms / 1000 - (sign === "-" ? -offsetSeconds : offsetSeconds);
  if (Number.isNaN(unixSeconds)) {
    throw new DatabaseError("invalid_value", `"${text}" is no moment that Steward can hold.`);
  }
  return BigInt(unixSeconds) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
}

/** Date.UTC is several times faster, but takes a year under 100 for one of the last century. */
function utcMs(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (year >= 100) return Date.UTC(year, month, day, hour, minute, second);
  const moment = new Date(0);
  moment.setUTCFullYear(year, month, day);
  return moment.setUTCHours(hour, minute, second);
}

/** Reads an int8 that fits a number exactly. @throws DatabaseError `invalid_value` beyond 2^53. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new DatabaseError("invalid_value", `The integer ${text} is larger than Steward can hold exactly.`);
  }
  return value;
}

type Parser = (text: string) => unknown;

const PARSERS = new Map<number, Parser>([
  [builtins.TIMESTAMPTZ, parseTimestamptz],
  [builtins.INT8, parseInt8],
  [builtins.DATE, asText],
  [builtins.TIMESTAMP, asText],
  [builtins.INTERVAL, asText],
  [ARRAY_OF.timestamptz, arrayOf(parseTimestamptz)],
  [ARRAY_OF.int8, arrayOf(parseInt8)],
  [ARRAY_OF.date, arrayOf(asText)],
  [ARRAY_OF.timestamp, arrayOf(asText)],
  [ARRAY_OF.interval, arrayOf(asText)],
]);

/** The type parsers of Steward's queries, in the form that pg takes with a query. */
export const stewardTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    (format === "binary" ? undefined : PARSERS.get(oid)) ?? pg.types.getTypeParser(oid, format as "text"),
};

/** A query parameter as pg takes it: moments become text of full precision, everything else stays. */
export function encodeParameter(value: unknown): unknown {
  if (typeof value === "bigint") return formatInstant(value);
  return Array.isArray(value) ? value.map(encodeParameter) : value;
}

/** A JSON value as jsonb parameter; needed because a bare array would become a PostgreSQL array. */
export function jsonb<T>(value: T): RawBuilder<T> {
  return sql<T>`cast(${JSON.stringify(value)} as jsonb)`;
}

/**
 * An array of ids, digests, moments, numbers or names of our own as PostgreSQL writes it, for parameters of many rows:
 * the driver would look into each value for what to escape. Values that could hold a quote, a comma, a brace, a
 * backslash or a space are given as they are instead.
 */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? "NULL").join(",")}}`;
}

function asText(text: string): string {
  return text;
}

function arrayOf(parse: Parser): Parser {
  const parseTexts = pg.types.getTypeParser(ARRAY_OF.text as never, "text") as (text: string) => NestedTexts;
  const convert = (entry: NestedTexts | string | null): unknown =>
    entry === null ? null : typeof entry === "string" ? parse(entry) : entry.map(convert);
  return (text) => convert(parseTexts(text));
}

type NestedTexts = (NestedTexts | string | null)[];
