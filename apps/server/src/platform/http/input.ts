/** Reads what was sent: strict UTF-8, strict JSON, then the endpoint's schema, and says which field is wrong. */
import type { Endpoint } from "@steward/contract";
import type { FastifyInstance } from "fastify";
import type { z } from "zod";

import { fieldErrors, type FieldError, HttpProblem } from "./problem.ts";

/** Deeper JSON than this has no meaning here, and recursion over it costs stack. */
const JSON_MAX_DEPTH = 64;

/** Parses JSON bodies from exact bytes, so that bad UTF-8 is refused instead of silently replaced. */
export function useStrictJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, parseJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new HttpProblem("malformed", "The body is not valid UTF-8.", { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unreadable";
    throw new HttpProblem("malformed", `The body is not valid JSON: ${reason.slice(0, 200)}`, { cause });
  }
  checkTree(value, 0);
  return value;
}

/** Depth, and the two member names through which a parsed object could reach a prototype. */
function checkTree(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth >= JSON_MAX_DEPTH) throw new HttpProblem("malformed", `The body is nested deeper than ${JSON_MAX_DEPTH}.`);
  if (Array.isArray(value)) {
    for (const item of value) checkTree(item, depth + 1);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === "__proto__") throw new HttpProblem("malformed", "A member may not be called __proto__.");
    checkTree(item, depth + 1);
  }
}

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
  const body = readPart(endpoint.body, raw.body, "body", errors);
  if (errors.length > 0) {
    throw new HttpProblem("invalid", errors[0]?.message ?? "The request does not fit.", { errors });
  }
  return { params, query, body };
}

function readPart(schema: z.ZodType | undefined, value: unknown, place: FieldError["in"], errors: FieldError[]) {
  if (!schema) {
    if (place === "query") refuseUnknownQuery(value, errors);
    return undefined;
  }
  const nul = findNul(value, "");
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
