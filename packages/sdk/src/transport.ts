/** One request to the server, and what its answer means for what was sent. */
import type { Parcel } from "./backlog.ts";

export type Answer =
  /** The server has taken it, all but the records that it judged to be wrong. */
  | {
      readonly is: "taken";
      readonly accepted: number;
      readonly duplicates: number;
      readonly rejected: number;
      readonly why?: string;
    }
  /** Keep it and send it again. */
  | { readonly is: "later"; readonly state: "away" | "refused"; readonly waitMs: number; readonly why: string }
  /** It would be refused again, as it is. */
  | { readonly is: "wrong"; readonly why: string };

/** Longer than the slowest honest answer; a sender must not wait for a server that hangs. */
const REQUEST_TIMEOUT_MS = 15_000;
/** A server that asks for more is asked again after this. */
const RETRY_AFTER_MAX_MS = 600_000;
const PROBLEM_TEXT_MAX_CHARS = 300;
/** Shorter bodies gain nothing by being packed. */
const PACKED_MIN_CHARS = 2048;
/** The server, or a proxy before it, does not take packed bodies. */
const UNSUPPORTED_MEDIA_TYPE = 415;

/** Answers that speak of the key, or of the address, and not of the decisions that were sent. */
const REFUSALS = new Set([401, 403, 404, 405]);
/** Answers that speak of the moment. */
const LATER = new Set([401, 408, 425, 429]);

export class Transport {
  readonly #base: string;
  readonly #key: string;
  #packs = typeof CompressionStream === "function";

  constructor(url: string, key: string) {
    this.#base = new URL("/api/v1/", url).href;
    this.#key = key;
  }

  /** Never rejects. */
  async send({ kind, body }: Parcel): Promise<Answer> {
    try {
      const packs = this.#packs && body.length >= PACKED_MIN_CHARS;
      let response = await this.#post(kind, packs ? await packed(body) : body);
      if (packs && response.status === UNSUPPORTED_MEDIA_TYPE) {
        this.#packs = false;
        response = await this.#post(kind, body);
      }
      const text = await response.text();
      if (response.ok) return kind === "served" ? taken() : judged(text);
      return failed(kind, response, text);
    } catch (error) {
      return { is: "later", state: "away", waitMs: 0, why: `The server is not reached: ${reasonOf(error)}` };
    }
  }

  #post(kind: Parcel["kind"], body: string | ArrayBuffer): Promise<Response> {
    return fetch(this.#base + kind, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.#key}`,
        "content-type": "application/json",
        ...(typeof body === "string" ? {} : { "content-encoding": "gzip" }),
      },
      body,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  }
}

/** Batches are alike in all but their values: packed they are a tenth. */
async function packed(body: string): Promise<ArrayBuffer> {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

function taken(): Answer {
  return { is: "taken", accepted: 0, duplicates: 0, rejected: 0 };
}

interface Judgement {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly items: readonly {
    readonly id?: string;
    /** An outcome names its decision. */
    readonly decision?: string;
    readonly result: string;
    readonly errors: readonly { message: string }[];
  }[];
}

function judged(text: string): Answer {
  const { accepted, duplicates, rejected, items } = JSON.parse(text) as Judgement;
  const wrong = items.find(({ result }) => result === "rejected");
  const why = wrong ? { why: `${wrong.id ?? wrong.decision}: ${wrong.errors[0]?.message ?? "rejected"}` } : {};
  return { is: "taken", accepted, duplicates, rejected, ...why };
}

function failed(kind: Parcel["kind"], { status, headers }: Response, text: string): Answer {
  const why = `The server answered ${status}: ${text.slice(0, PROBLEM_TEXT_MAX_CHARS)}`;
  const refused = REFUSALS.has(status);
  // Decisions of any system are taken; a count, or an outcome, of an unknown one is not, and must not hold up the rest.
  const isWrong = status < 500 && !LATER.has(status) && !(refused && kind === "decisions");
  if (isWrong) return { is: "wrong", why };
  return { is: "later", state: refused ? "refused" : "away", waitMs: retryAfterMs(headers.get("retry-after")), why };
}

/** Seconds or a date (RFC 9110, 10.2.3); 0 where it says nothing. */
export function retryAfterMs(header: string | null, nowMs: number = Date.now()): number {
  if (header === null) return 0;
  const waitMs = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS);
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : error instanceof Error ? error.message : String(error);
}
