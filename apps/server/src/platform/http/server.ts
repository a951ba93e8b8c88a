/** The HTTP server: errors as problems, security headers, same-origin writes, request ids, limits. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";

import cookie from "@fastify/cookie";
import compress, { type FastifyCompressOptions } from "@fastify/compress";
import { SCIM_PREFIX } from "@steward/contract";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from "fastify";
import helmet from "helmet";
import type { Logger } from "pino";
import { z } from "zod";

import { unreadable, useBodies } from "./body.ts";
import { fieldMessage } from "./field-messages.ts";
import { asProblem, HttpProblem, problemBody } from "./problem.ts";
import { TLS_MIN_VERSION, type TlsMaterial } from "./tls.ts";

/** Longest path parameter: ids, references, tile paths. */
const PARAM_MAX_CHARS = 200;
/** A request that has not arrived whole by then is dropped, so that slow senders hold no sockets; streams may last. */
const REQUEST_TIMEOUT_MS = 60_000;
/** The largest file over a slow line. */
const UPLOAD_TIMEOUT_MS = 600_000;
const CONNECTION_TIMEOUT_MS = 120_000;
/** What reads a whole log says nothing until it is done: some ten million entries. */
const SLOW_ANSWER_TIMEOUT_MS = 30 * 60_000;
/** Proxies in front wait this long; we keep idle connections longer, so that the proxy closes first. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

export interface HttpOptions {
  log: Logger;
  /** The address under which people reach Steward; undefined: whatever host they used. */
  publicUrl?: string | undefined;
  trustedProxies?: readonly string[] | undefined;
  /** Certificate and key; undefined: plain HTTP. */
  tls?: TlsMaterial | undefined;
  /** How long a connection may be silent; for tests. */
  connectionTimeoutMs?: number;
}

const PACKING: FastifyCompressOptions = {
  threshold: 2048,
  encodings: ["br", "gzip", "identity"],
  requestEncodings: ["zstd", "gzip", "deflate", "br", "identity"],
  onUnsupportedRequestEncoding: () =>
    new HttpProblem("unsupported_media_type", "Pack bodies as gzip, zstd, br or deflate, or send them as they are."),
  onInvalidRequestPayload: (_encoding, _request, error) => unreadable(error),
};

export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  z.config({ customError: fieldMessage });
  const app = Fastify({
    ...(options.tls === undefined ? {} : { https: { ...options.tls, minVersion: TLS_MIN_VERSION } }),
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: options.trustedProxies && options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    connectionTimeout: options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    exposeHeadRoutes: false,
    return503OnClosing: true,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: PARAM_MAX_CHARS, ignoreTrailingSlash: false },
    frameworkErrors: (error, request, reply) => {
      answerError(error, request as FastifyRequest, reply as FastifyReply);
    },
  }) as unknown as FastifyInstance;
  useBodies(app);
  await app.register(cookie);
  await app.register(compress, PACKING);
  const secure = securityHeaders(options.publicUrl?.startsWith("https:") ?? false);
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers(secure).header("x-request-id", request.id);
    if (request.url.startsWith("/api/") || request.url.startsWith(SCIM_PREFIX))
      void reply.header("cache-control", "no-store");
    refuseForeignWrites(request, options.publicUrl);
    const { lines, file, slow } = request.routeOptions.config ?? {};
    // A request that a test injects has no connection.
    if (slow === true && request.raw.socket instanceof Socket) request.raw.socket.setTimeout(SLOW_ANSWER_TIMEOUT_MS);
    if (lines !== "stream") dropWhenSlow(request, file === true ? UPLOAD_TIMEOUT_MS : REQUEST_TIMEOUT_MS);
  });
  app.addHook("onResponse", async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        // The path without its query, which may carry words that a person searched for.
        path: request.url.split("?", 1)[0],
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      },
      "request",
    );
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    answerError(
      new HttpProblem("not_found", `There is no ${request.method} ${request.url.split("?", 1)[0]}.`),
      request,
      reply,
    );
  });
  return app;
}

/**
 * What helmet would set on every answer, worked out once. They are handed to Fastify with the other headers: set on
 * Node's response before, all headers would be checked and joined one by one for each answer.
 */
function securityHeaders(isSecure: boolean): Readonly<Record<string, string>> {
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        imgSrc: ["'self'", "data:"],
        scriptSrc: ["'self'"],
        // The component library writes style attributes; scripts stay strict.
        styleSrc: ["'self'", "'unsafe-inline'"],
        connectSrc: ["'self'"],
      },
    },
    strictTransportSecurity: isSecure,
  });
  const headers: Record<string, string> = {};
  const answer = {
    setHeader: (name: string, value: string) => void (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  set({} as IncomingMessage, answer as unknown as ServerResponse, failed);
  return headers;
}

function failed(error?: unknown): void {
  if (error !== undefined) throw error;
}

/**
 * A browser's cookie is only good for writes from our own pages (CSRF): browsers say where a request comes from, and
 * requests that carry no cookie (keys, command line) are not concerned.
 */
function refuseForeignWrites(request: FastifyRequest, publicUrl: string | undefined): void {
  if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS") return;
  if (request.headers.cookie === undefined) return;
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new HttpProblem("forbidden", "A write with a session must come from Steward's own pages.");
  }
  const { origin } = request.headers;
  if (origin === undefined) return;
  // Steward may be reached under several names of this machine; a page of another site never shares any of them.
  const own = [request.host, ...(publicUrl === undefined ? [] : [new URL(publicUrl).host])];
  if (!URL.canParse(origin) || !own.includes(new URL(origin).host)) {
    throw new HttpProblem("forbidden", "A write with a session must come from Steward's own pages.");
  }
}

/** Node’s own limit would hold for streams as well. */
function dropWhenSlow({ raw }: FastifyRequest, withinMs: number): void {
  const timer = setTimeout(() => {
    if (!raw.complete) raw.destroy();
  }, withinMs);
  timer.unref();
  raw.once("close", () => clearTimeout(timer));
}

/** What a caller is told of an error; what is ours to mend goes into the log. */
export function problemOf(error: unknown, request: FastifyRequest): HttpProblem {
  const problem = asProblem(error);
  if (problem.code === "internal") request.log.error({ err: error }, "request failed");
  if (problem.code === "unavailable") request.log.warn({ err: error }, "request refused");
  return problem;
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request);
  void reply
    .status(problem.status)
    .headers(problem.headers)
    .type("application/problem+json")
    .send(JSON.stringify(problemBody(problem, request.id)));
}
