/** Filters as conditions of the database: what providers look people and groups up by. */
import { type RawBuilder, sql } from "kysely";
import { type Filter, parse } from "scim2-parse-filter";

import { ScimProblem } from "./scim.errors.ts";

type Compared = boolean | null | number | string;
/** How an attribute equals a value, by its name in small letters. */
export type Attributes = Readonly<Record<string, (value: Compared) => RawBuilder<boolean>>>;

const NEVER = sql<boolean>`false`;

/** Text that is compared without regard to case, as userName is. */
export function caseless(column: RawBuilder<unknown>): Attributes[string] {
  return (value) => (typeof value === "string" ? sql<boolean>`lower(${column}) = lower(${value})` : NEVER);
}

export function exact(column: RawBuilder<unknown>): Attributes[string] {
  return (value) => (typeof value === "string" ? sql<boolean>`${column} = ${value}` : NEVER);
}

export function truth(column: RawBuilder<unknown>): Attributes[string] {
  return (value) => sql<boolean>`${column} = ${value === true || String(value).toLowerCase() === "true"}`;
}

/** @throws ScimProblem `invalidFilter` for what is no filter, or asks for more than equality. */
export function conditionOf(filter: string | undefined, attributes: Attributes): RawBuilder<boolean> {
  if (filter === undefined || filter.trim() === "") return sql<boolean>`true`;
  if (filter.includes("\u0000")) throw refused("Remove the NUL character.");
  let parsed: Filter;
  try {
    parsed = parse(filter);
  } catch (cause) {
    throw refused("This is not a filter.", cause);
  }
  return conditionFrom(parsed, attributes, "");
}

function conditionFrom(filter: Filter, attributes: Attributes, above: string): RawBuilder<boolean> {
  if (filter.op === "and" || filter.op === "or") {
    const { filters } = filter as Extract<Filter, { filters: Filter[] }>;
    const parts = filters.map((part) => conditionFrom(part, attributes, above));
    return sql<boolean>`(${sql.join(parts, filter.op === "and" ? sql` AND ` : sql` OR `)})`;
  }
  if (filter.op === "[]") {
    const { attrPath, valFilter } = filter as Extract<Filter, { valFilter: Filter }>;
    return conditionFrom(valFilter, attributes, `${above}${attrPath}.`);
  }
  if (filter.op !== "eq") throw refused("Only eq, and, and or are understood.");
  const { attrPath, compValue } = filter as Extract<Filter, { compValue: unknown }>;
  const name = `${above}${attrPath}`.replace(/^urn:.*:(?=[^:]+$)/i, "").toLowerCase();
  const equals = attributes[name];
  if (!equals) throw refused(`Nothing is found by ${name}; ${Object.keys(attributes).join(", ")} are.`);
  return equals(compValue);
}

function refused(detail: string, cause?: unknown): ScimProblem {
  return new ScimProblem("invalid", "invalidFilter", detail, cause);
}
