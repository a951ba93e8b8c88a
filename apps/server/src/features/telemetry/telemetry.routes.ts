/**
 * The receiver of OTLP/HTTP at the paths that every exporter knows. Answers and errors are in the encoding of the
 * request, as the protocol asks for; what may be sent again answers 429 or 503 with Retry-After.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import {
  decodeLogs,
  decodeSpans,
  type Encoded,
  encodeAnswer,
  encodeFailure,
  type Encoding,
  type PartialSuccess,
  type Signal,
  TelemetryError,
} from "@steward/telemetry";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { authorise } from "../../platform/http/bind.ts";
import type { Authenticator, Caller } from "../../platform/http/caller.ts";
import { parseJson } from "../../platform/http/json.ts";
import { HttpProblem, type ProblemCode } from "../../platform/http/problem.ts";
import { problemOf } from "../../platform/http/server.ts";
import type { Intake, IntakeDeps } from "../decisions/decisions.intake.ts";
import { receiveRecords } from "./telemetry.logs.ts";
import { receiveSpans } from "./telemetry.traces.ts";

/** A request as it travels: exporters send some hundreds of spans, collectors some thousands. */
export const OTLP_BODY_MAX_BYTES = 8 * 1024 * 1024;
/** What it may grow to: attributes compress well, and a bomb better. */
export const OTLP_INFLATED_MAX_BYTES = 32 * 1024 * 1024;

const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** gRPC's codes, by which OTLP's errors are named. */
const STATUS_CODES: Readonly<Partial<Record<ProblemCode, number>>> = {
  malformed: 3,
  invalid: 3,
  unsupported_media_type: 3,
  too_large: 3,
  unauthenticated: 16,
  forbidden: 7,
  too_many_requests: 8,
  unavailable: 14,
};
const STATUS_INTERNAL = 13;

export function telemetryRoutes(
  http: FastifyInstance,
  authenticator: Authenticator,
  deps: IntakeDeps,
  intake: Intake,
): void {
  const signals: Record<Signal, (caller: Caller, encoded: Encoded) => Promise<PartialSuccess>> = {
    traces: (caller, encoded) => receiveSpans(deps, intake, caller, decodeSpans(encoded)),
    logs: (caller, encoded) => receiveRecords(deps, caller, decodeLogs(encoded)),
  };
  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const parsing = { parseAs: "buffer", bodyLimit: OTLP_BODY_MAX_BYTES } as const;
    scope.addContentTypeParser(Object.values(MEDIA_TYPES), parsing, async (_: unknown, body: Buffer) => body);
    scope.setErrorHandler((error, request, reply) => answerFailure(error, request, reply));
    for (const [signal, receive] of Object.entries(signals) as [Signal, (typeof signals)[Signal]][]) {
      // Unpacked here, so that a bomb is told from a broken body.
      scope.post(`/v1/${signal}`, { decompress: false }, async (request, reply) => {
        const caller = await authorise("decisions.write", authenticator, request, reply);
        const encoding = encodingOf(request);
        const bytes = await inflate(request.body as Buffer, request.headers["content-encoding"]);
        const encoded: Encoded =
          encoding === "json" ? { encoding, value: parseJson(bytes) } : { encoding, bytes: new Uint8Array(bytes) };
        const partial = await receive(caller as Caller, encoded);
        return send(reply.status(200), encoding, encodeAnswer(signal, encoding, partial));
      });
    }
  });
}

function encodingOf(request: FastifyRequest): Encoding {
  return request.headers["content-type"]?.startsWith(MEDIA_TYPES.protobuf) ? "protobuf" : "json";
}

function send(reply: FastifyReply, encoding: Encoding, content: Uint8Array | string): FastifyReply {
  return reply.type(MEDIA_TYPES[encoding]).send(typeof content === "string" ? content : Buffer.from(content));
}

/** @throws HttpProblem `malformed`, `too_large`, `unsupported_media_type` */
async function inflate(body: Buffer | undefined, coding: string | undefined): Promise<Buffer> {
  const bytes = body ?? Buffer.alloc(0);
  if (coding === undefined || coding === "identity") return bytes;
  if (coding !== "gzip")
    throw new HttpProblem("unsupported_media_type", "Only gzip is understood as content encoding.");
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: OTLP_INFLATED_MAX_BYTES });
  } catch (cause) {
    if ((cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw new HttpProblem("too_large", `The body is larger than ${OTLP_INFLATED_MAX_BYTES} bytes when unpacked.`);
    }
    throw new HttpProblem("malformed", "The body is not valid gzip.", { cause });
  }
}

function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof TelemetryError ? new HttpProblem("malformed", error.message, { cause: error }) : error;
  const problem = problemOf(known, request);
  const encoding = encodingOf(request);
  const code = STATUS_CODES[problem.code] ?? STATUS_INTERNAL;
  return send(
    reply.status(problem.status).headers(problem.headers),
    encoding,
    encodeFailure(encoding, code, problem.message),
  );
}
