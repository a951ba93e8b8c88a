/**
 * Reads bodies: JSON, or lines of JSON where an endpoint takes them, packed or not. Whatever is unpacked counts against
 * the endpoint's limit, so a few bytes that unpack to gigabytes are refused after the limit, not after the memory.
 */
import type { Readable } from "node:stream";

import { SCIM_MEDIA_TYPE } from "@steward/contract";
import type { FastifyInstance, FastifyRequest } from "fastify";

import { type BodyLimits, DEFAULT_LIMITS, Held, Turns } from "./body-limits.ts";
import { parseJson } from "./json.ts";
import { HttpProblem } from "./problem.ts";

/** Newline-delimited JSON goes by several names. */
export const LINES_TYPES = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

/** What an endpoint does with lines: takes them as a list, reads them while they arrive, or does not take them. */
export type Lines = "list" | "stream" | undefined;

declare module "fastify" {
  interface FastifyContextConfig {
    lines?: Lines;
    /** The body is a file, handed on while it arrives. */
    file?: boolean;
    /** The answer may take minutes. */
    slow?: boolean;
  }
}

export function useBodies(app: FastifyInstance, limits: BodyLimits = DEFAULT_LIMITS): void {
  const held = new Held(limits.heldMaxBytes);
  const turns = new Turns(limits);
  // Not when it is answered: a sender that goes away is never answered.
  app.addHook("onRequest", async (request, reply) => {
    reply.raw.once("close", () => {
      held.release(request);
      turns.release(request);
    });
  });
  /** The body, when it is its turn to be worked on: lists wait as they came. */
  const read = async (request: FastifyRequest, payload: Readable): Promise<Buffer> => {
    const bytes = await readWhole(request, payload, held);
    if (request.routeOptions.config.lines === "list") await turns.take(request, bytes.length);
    return bytes;
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ["application/json", SCIM_MEDIA_TYPE],
    async (request: FastifyRequest, payload: Readable) => {
      if (request.routeOptions.config.lines === "stream") throw wrongType();
      return parseJson(await read(request, payload));
    },
  );
  app.addContentTypeParser(LINES_TYPES, async (request: FastifyRequest, payload: Readable) => {
    const { lines } = request.routeOptions.config;
    if (lines === "stream") return payload;
    if (lines === "list") return linesOf(await read(request, payload)).map(parseLine);
    throw wrongType();
  });
  app.addContentTypeParser("application/octet-stream", async (request: FastifyRequest, payload: Readable) => {
    if (request.routeOptions.config.file !== true) throw wrongType();
    return payload;
  });
}

function wrongType(): HttpProblem {
  return new HttpProblem("unsupported_media_type", "This content type is not understood here.");
}

/** Stands in a list for a line that is no JSON. */
export class UnreadableLine {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

const NEWLINE = 0x0a;

/** The lines that are not empty. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (!isBlank(line)) lines.push(line);
    start = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

/** An empty line, which editors leave at the end, says nothing. */
export function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}

export function parseLine(line: Buffer): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    if (error instanceof HttpProblem) return new UnreadableLine(error.message);
    throw error;
  }
}

async function readWhole(request: FastifyRequest, payload: Readable, held: Held): Promise<Buffer> {
  const limit = request.routeOptions.bodyLimit;
  if (Number(request.headers["content-length"]) > limit) throw tooLarge();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  payload.on("data", (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    try {
      if (size > limit) throw tooLarge();
      held.add(request, chunk.length);
    } catch (error) {
      // Unpacking would go on for nobody; ending the stream would end the connection before the answer.
      payload.removeAllListeners("data");
      payload.pause();
      reject(error as Error);
    }
  });
  // Unpacking streams come paused.
  payload.resume();
  let ended = false;
  payload.once("end", () => {
    ended = true;
    resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
  });
  payload.once("error", (error) => reject(unreadable(error)));
  payload.once("close", () => {
    // Errors are dear: one is made only where there is something to tell.
    if (!ended) reject(unreadable(new Error("closed before its end")));
  });
  return promise;
}

function tooLarge(): HttpProblem {
  return new HttpProblem("too_large", "The body is larger than this endpoint accepts.", {
    headers: { connection: "close" },
  });
}

/** What is said of a body that broke off or does not unpack. */
export function unreadable(cause: unknown): HttpProblem {
  return new HttpProblem("malformed", "The body is cut off, or is not what its Content-Encoding says.", { cause });
}
