/** From an operation's route and input to a request, and from the answer to a value. */
import { ApiProblem, problemOf, unreachable } from "./problem.ts";

export interface ClientOptions {
  /** Where the API stands, without `/api/v1`: `https://steward.example.org`, or "" for the page's own server. */
  baseUrl?: string | undefined;
  /** An API key; without one the browser's session cookie counts. */
  key?: string | undefined;
  /** For tests and for callers with their own transport. */
  fetch?: typeof fetch | undefined;
}

export interface RequestInput {
  params?: Readonly<Record<string, unknown>> | undefined;
  query?: Readonly<Record<string, unknown>> | undefined;
  body?: unknown;
  ifMatch?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  value: unknown;
  etag: string | null;
}

export type Send = (method: string, path: string, input: RequestInput) => Promise<Answer>;

const PREFIX = "/api/v1";

/** The path below /api/v1 with its parameters and query filled in; parameters that are undefined are left out. */
export function pathOf(template: string, { params = {}, query = {} }: RequestInput): string {
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === null) throw new TypeError(`The path ${template} needs ${name}.`);
    return encodeURIComponent(scalarText(value));
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, scalarText(value));
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

function scalarText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  throw new TypeError("A parameter is a text, a number or a boolean.");
}

/**
 * A function that sends requests to one API.
 * @throws ApiProblem for every answer that is no success, and where there is no answer. A cancelled call rejects with
 * the signal's reason.
 */
export function createSend({ baseUrl = "", key, fetch: send = globalThis.fetch }: ClientOptions): Send {
  return async (method, template, input) => {
    const headers = new Headers({ accept: "application/json" });
    if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
    if (input.ifMatch !== undefined) headers.set("if-match", input.ifMatch);
    const init: RequestInit = { method, headers, signal: input.signal ?? null, credentials: "same-origin" };
    if (input.body !== undefined) {
      headers.set("content-type", "application/json");
      init.body = JSON.stringify(input.body);
    }
    const response = await send(`${baseUrl}${PREFIX}${pathOf(template, input)}`, init).catch((error: unknown) => {
      input.signal?.throwIfAborted();
      throw unreachable(error);
    });
    if (!response.ok) throw await problemOf(response);
    return { value: await valueOf(response), etag: response.headers.get("etag") };
  };
}

async function valueOf(response: Response): Promise<unknown> {
  if (response.status === 204) return {};
  const type = response.headers.get("content-type") ?? "";
  // Lines of JSON are no JSON.
  if (!type.includes("json") || type.includes("ndjson")) return response.text();
  try {
    return await response.json();
  } catch (cause) {
    const title = "The answer cannot be read";
    throw new ApiProblem("unreadable", { type: "about:blank", title, status: response.status }, { cause });
  }
}
