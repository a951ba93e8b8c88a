/** Reads what was sent by the endpoint's schema, and says which field is wrong. */
import type { Endpoint } from "@steward/contract";
import type { z } from "zod";

import { fieldErrors, type FieldError, HttpProblem } from "./problem.ts";

export interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** The request's parts as the endpoint declares them. @throws HttpProblem `invalid` naming every wrong field. */
export function readInput(endpoint: Endpoint, raw: Input): Input {
  const errors: FieldError[] = [];
  const params = readPart(endpoint.params, raw.params, "path", errors);
  const query = readPart(endpoint.query, raw.query, "query", errors);
  // Lists of items that are judged one by one are not refused for what is in one of them.
  const body = readPart(endpoint.body, raw.body, "body", errors, endpoint.lines !== "list");
  if (errors.length > 0) {
    throw new HttpProblem("invalid", errors[0]?.message ?? "The request does not fit.", { errors });
  }
  return { params, query, body };
}

function readPart(
  schema: z.ZodType | undefined,
  value: unknown,
  place: FieldError["in"],
  errors: FieldError[],
  refuseNul = true,
) {
  if (!schema) {
    if (place === "query") refuseUnknownQuery(value, errors);
    return undefined;
  }
  const nul = refuseNul ? findNul(value, "") : undefined;
  if (nul !== undefined) {
    errors.push({ pointer: nul, message: "Remove the NUL character.", in: place });
    return undefined;
  }
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  errors.push(...fieldErrors(result.error, place));
  return undefined;
}

function refuseUnknownQuery(value: unknown, errors: FieldError[]): void {
  for (const name of Object.keys((value ?? {}) as object)) {
    errors.push({ pointer: `/${name}`, message: "There is no such parameter.", in: "query" });
  }
}

/** PostgreSQL text cannot hold U+0000; found here it is a named field instead of a database error. */
function findNul(value: unknown, path: string): string | undefined {
  if (typeof value === "string") return value.includes("\u0000") ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = key.includes("\u0000") ? path : findNul(item, `${path}/${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
