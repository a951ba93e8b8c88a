/** What goes wrong with a call, as one error class. */
import type { Problem } from "@steward/contract";

/** `problem`: the server answered an error. `unreachable`: no answer. `unreadable`: an answer that is not the API's. */
export type ApiProblemCode = "problem" | "unreachable" | "unreadable";

export type FieldError = NonNullable<Problem["errors"]>[number];

/** A failed call, with the details of RFC 9457 where the server gave them. `status` is 0 where nothing was answered. */
export class ApiProblem extends Error {
  readonly code: ApiProblemCode;
  readonly status: number;
  readonly title: string;
  readonly type: string;
  readonly detail: string | undefined;
  /** Id of the request, as in the server's log. */
  readonly requestId: string | undefined;
  readonly errors: readonly FieldError[];
  /** Seconds after which it is worth trying again, where the server said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ApiProblemCode,
    problem: Problem,
    options: ErrorOptions & { retryAfterSeconds?: number | undefined } = {},
  ) {
    super(problem.detail ?? problem.title, options);
    this.name = "ApiProblem";
    this.code = code;
    this.status = problem.status;
    this.title = problem.title;
    this.type = problem.type;
    this.detail = problem.detail;
    this.requestId = problem.instance;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** Messages by name of the field: see fieldErrors. */
  get fields(): Readonly<Record<string, string>> {
    return fieldErrors(this.errors);
  }
}

/**
 * The first message of each field, by its path with dots: `/values/name` is `values.name`.
 * Errors of the query, the path and headers stand under the name of their parameter.
 */
export function fieldErrors(errors: readonly FieldError[]): Readonly<Record<string, string>> {
  const byField: Record<string, string> = {};
  for (const { pointer, message } of errors) byField[fieldOf(pointer)] ??= message;
  return byField;
}

/** The field that a JSON Pointer (RFC 6901) names, its steps joined by dots; the whole document is "". */
export function fieldOf(pointer: string): string {
  if (!pointer.startsWith("/")) return pointer;
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}

/** Reads the answer of a failed call; an answer that is no problem document (a proxy's page) still becomes one. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const retryAfter = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const options = { retryAfterSeconds: Number.isNaN(retryAfter) ? undefined : retryAfter };
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) return new ApiProblem("problem", body, options);
  const title = `The server answered ${response.status} ${response.statusText}`.trimEnd();
  return new ApiProblem("unreadable", { type: "about:blank", title, status: response.status }, options);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "title" in body && "status" in body;
}

export function unreachable(cause: unknown): ApiProblem {
  return new ApiProblem(
    "unreachable",
    {
      type: "about:blank",
      title: "Steward does not answer",
      status: 0,
      detail: "The server could not be reached. Check the connection, then try again.",
    },
    { cause },
  );
}
