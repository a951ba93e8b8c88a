/** What a schema finds wrong with a field, in sentences for whoever filled it in. */
import type { z } from "zod";

type Issue = z.core.$ZodRawIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};

const FORMATS: Readonly<Record<string, string>> = {
  email: "This is not an e-mail address.",
  uuid: "This is not a UUID.",
  url: "This is not a web address.",
  datetime: "Give a moment as in 2026-03-10T12:00:00Z (RFC 3339).",
  date: "Give a date as in 2026-03-10.",
};

/** For `z.config`: schemas whose author wrote a message of their own keep it. */
export function fieldMessage(issue: Issue): string | undefined {
  if (issue.input === undefined && issue.code !== "unrecognized_keys") return "This is required.";
  switch (issue.code) {
    case "invalid_type":
      return `This must be ${TYPES[issue.expected] ?? issue.expected}.`;
    case "invalid_value":
      return choose(issue.values.map(String));
    case "invalid_union":
      return Array.isArray(issue.options) ? choose(issue.options.map(String)) : undefined;
    case "invalid_format":
      return FORMATS[issue.format];
    case "not_multiple_of":
      return `This must be a multiple of ${issue.divisor}.`;
    case "too_small":
      return limit(issue.origin, Number(issue.minimum), issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return limit(issue.origin, Number(issue.maximum), issue.inclusive === false ? "less than" : "at most");
    default:
      return undefined;
  }
}

function choose(values: readonly string[]): string {
  return values.length === 1 ? `This must be ${values[0]}.` : `Choose one of ${values.join(", ")}.`;
}

const COUNTED: Readonly<Record<string, readonly [one: string, several: string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
};

function limit(origin: string, bound: number, comparison: string): string | undefined {
  if (["number", "int", "bigint"].includes(origin)) return `This must be ${comparison} ${bound}.`;
  const units = COUNTED[origin];
  if (units === undefined) return undefined;
  if (bound === 1 && comparison === "at least") return "This must not be empty.";
  return `This must have ${comparison} ${bound.toLocaleString("en")} ${units[bound === 1 ? 0 : 1]}.`;
}
