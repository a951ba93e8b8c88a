/** Every error answers as problem details (RFC 9457) that name the field; what is not known stays opaque. */
import type { Problem } from "@steward/contract";
import { StewardError } from "@steward/kernel";
import type { z } from "zod";

export type ProblemCode =
  | "malformed"
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "precondition_required"
  | "precondition_failed"
  | "too_large"
  | "unsupported_media_type"
  | "too_many_requests"
  | "internal"
  | "unavailable";

const TITLES: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  malformed: [400, "The request could not be read"],
  invalid: [422, "Some of what was sent cannot be accepted"],
  unauthenticated: [401, "Sign in first, or send a valid key"],
  forbidden: [403, "You may not do this"],
  not_found: [404, "Nothing was found here"],
  method_not_allowed: [405, "This address does not take that method"],
  conflict: [409, "This contradicts what is already recorded"],
  precondition_required: [428, "Say which version you change: send If-Match with its ETag"],
  precondition_failed: [412, "Somebody changed it meanwhile"],
  too_large: [413, "The request is too large"],
  unsupported_media_type: [415, "Send JSON with content type application/json, or what the endpoint names"],
  too_many_requests: [429, "Too many requests; try again later"],
  internal: [500, "Something went wrong on our side"],
  unavailable: [503, "The service cannot answer just now; try again later"],
};

export type FieldError = NonNullable<Problem["errors"]>[number];

/** An error that a caller is meant to see. */
export class HttpProblem extends StewardError<ProblemCode> {
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: ProblemCode,
    detail: string,
    options: { errors?: readonly FieldError[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(code, detail, { cause: options.cause });
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
  get status(): number {
    return TITLES[this.code][0];
  }
}

/** A single field of the body that cannot be accepted. */
export function invalidField(field: string, message: string): HttpProblem {
  return new HttpProblem("invalid", message, { errors: [{ pointer: `/${field}`, message, in: "body" }] });
}

export function notFound(what: string): HttpProblem {
  return new HttpProblem("not_found", `${what} does not exist, or you may not see it.`);
}

export function problemBody(problem: HttpProblem, requestId: string): Problem {
  const [status, title] = TITLES[problem.code];
  return {
    type: `urn:steward:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance: requestId,
    ...(problem.errors.length > 0 ? { errors: [...problem.errors] } : {}),
  };
}

/** Whatever was thrown, as what the caller is told of it. */
export function asProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof StewardError && error.code === "unavailable") {
    return new HttpProblem("unavailable", "The database cannot be reached just now; nothing was stored.", {
      headers: { "retry-after": "5" },
      cause: error,
    });
  }
  const fastifyError = error as { code?: string; statusCode?: number; message?: string };
  if (fastifyError.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new HttpProblem("too_large", "The body is larger than this endpoint accepts.");
  }
  if (fastifyError.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new HttpProblem("unsupported_media_type", "This content type is not understood here.");
  }
  const status = fastifyError.statusCode;
  if (status === 404) return new HttpProblem("not_found", "There is nothing at this address.");
  if (status === 414) return new HttpProblem("too_large", "The address is longer than accepted.");
  if (status === 429) return new HttpProblem("too_many_requests", "Slow down.", { headers: { "retry-after": "10" } });
  if (status !== undefined && status >= 400 && status < 500) {
    return new HttpProblem("malformed", fastifyError.message ?? "The request could not be read.");
  }
  return new HttpProblem("internal", "An unexpected error. Give the instance id when you report it.", { cause: error });
}

/** A request with a thousand wrong rows need not be answered with a thousand sentences. */
const FIELD_ERRORS_MAX = 50;

/** What a schema found, as field errors with JSON Pointers (RFC 6901). */
export function fieldErrors(error: z.ZodError, place: FieldError["in"]): FieldError[] {
  return error.issues.flatMap((issue) => issueErrors(issue, [], place)).slice(0, FIELD_ERRORS_MAX);
}

function issueErrors(issue: z.core.$ZodIssue, above: readonly PropertyKey[], place: FieldError["in"]): FieldError[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: pointer([...path, key]),
      message: "There is no such field.",
      in: place,
    }));
  }
  const nearest = issue.code === "invalid_union" ? nearestAlternative(issue) : [];
  if (nearest.length > 0) return nearest.flatMap((inner) => issueErrors(inner, path, place));
  return [{ pointer: pointer(path), message: issue.message, in: place }];
}

/** Of the alternatives, the one that came nearest: of the right type, with the fewest complaints. */
function nearestAlternative({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] {
  const wrongType = (issues: readonly z.core.$ZodIssue[]) =>
    issues.some(({ code, path }) => code === "invalid_type" && path.length === 0);
  const rightType = errors.filter((issues) => !wrongType(issues));
  const candidates = rightType.length > 0 ? rightType : errors;
  return candidates.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
