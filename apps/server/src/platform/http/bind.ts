/** Binds an endpoint of the contract to its handler: reads, authorises, calls, and answers by the schema. */
import { DEFAULT_BODY_MAX_BYTES, type Endpoint, type Permission, type SystemScope } from "@steward/contract";
import type { Uuid } from "@steward/kernel";
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import type { z } from "zod";

import { type Authenticator, boundSystems, type Caller, INSTALLATION_ID } from "./caller.ts";
import { readInput } from "./input.ts";
import { HttpProblem, notFound } from "./problem.ts";

/** What a part of the request is once read; parts that an endpoint does not declare are undefined. */
type Parsed<S> = [Exclude<S, undefined>] extends [z.ZodNever]
  ? undefined
  : Exclude<S, undefined> extends infer T extends z.ZodType
    ? z.output<T>
    : undefined;

export interface Call<E extends Endpoint> {
  readonly params: Parsed<E["params"]>;
  readonly query: Parsed<E["query"]>;
  readonly body: Parsed<E["body"]>;
  /** Present unless the endpoint is public. */
  readonly caller: E["access"] extends "public" ? Caller | undefined : Caller;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export type Handler<E extends Endpoint> = (call: Call<E>) => Promise<z.input<E["response"]> | FastifyReply>;

/** Throws where nothing more is taken in now: asked before the body is read, which would be in vain. */
export type Admission = () => void;

export interface Router {
  /** Serves an endpoint of the contract. */
  bind<E extends Endpoint>(endpoint: E, handler: Handler<E>, admit?: Admission): void;
}

export const API_PREFIX = "/api/v1";

/** Told of each request that was let in, before it is served. */
export type Witness = (caller: Caller, endpoint: Endpoint, request: FastifyRequest) => Promise<void>;

/** Routes are bound once; `bound` lets the composition check that no endpoint of the contract was forgotten. */
export function createRouter(
  app: FastifyInstance,
  authenticator: Authenticator,
  witness?: Witness,
  prefix: string = API_PREFIX,
): Router & { bound: Set<string> } {
  const bound = new Set<string>();
  // Known before the body is read: a stranger's body is not.
  const callers = new WeakMap<FastifyRequest, Caller | undefined>();
  return {
    bound,
    bind(endpoint, handler, admit) {
      bound.add(endpoint.operationId);
      app.route({
        method: endpoint.method as HTTPMethods,
        url: `${prefix}${endpoint.path}`,
        bodyLimit: endpoint.bodyMaxBytes ?? DEFAULT_BODY_MAX_BYTES,
        config: {
          operationId: endpoint.operationId,
          lines: endpoint.lines,
          ...(endpoint.consumes === "file" ? { file: true } : {}),
          ...(endpoint.slow ? { slow: true } : {}),
        },
        ...(isPacked(endpoint) ? {} : { compress: false as const }),
        onRequest: async (request, reply) => {
          const caller = await authorise(endpoint.access, authenticator, request, reply, endpoint.systems);
          callers.set(request, caller);
          if (caller && witness) await witness(caller, endpoint, request);
          admit?.();
        },
        handler: (request, reply) => serve(endpoint, handler, callers.get(request), request, reply),
      });
    },
  };
}

/**
 * Packing would hold back the answers of a stream. And files, tiles and whatever else may hold any bytes go as they are:
 * the plugin takes bytes that begin as packed ones do for its own work, and a client would unpack what nobody packed.
 */
function isPacked({ lines, produces }: Endpoint): boolean {
  return lines !== "stream" && produces !== "application/octet-stream";
}

async function serve<E extends Endpoint>(
  endpoint: E,
  handler: Handler<E>,
  caller: Caller | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const input = readInput(endpoint, request);
  const answer = await handler({ ...input, caller, request, reply } as Call<E>);
  if (answer === reply || reply.sent) return reply;
  if (reply.statusCode === 200) void reply.status(endpoint.status ?? 200);
  if (endpoint.produces !== undefined) return answer;
  const shaped = endpoint.response.safeParse(answer);
  if (!shaped.success) {
    throw new Error(`${endpoint.operationId} answers another shape than its contract`, { cause: shaped.error });
  }
  return shaped.data;
}

/** Deny by default: only a public endpoint is served without a caller, and only a held permission opens another. */
export async function authorise(
  access: Endpoint["access"],
  authenticator: Authenticator,
  request: FastifyRequest,
  reply: FastifyReply,
  systems?: SystemScope,
): Promise<Caller | undefined> {
  if (access === "public") return undefined;
  const caller = await authenticator.authenticate(request, reply);
  if (!caller) throw new HttpProblem("unauthenticated", "Sign in, or send a valid API key as a Bearer token.");
  if (caller.orgId === INSTALLATION_ID) throw new HttpProblem("forbidden", "This caller belongs to no organisation.");
  if (access === "signed_in") {
    if (caller.kind === "person") return caller;
    throw new HttpProblem("forbidden", "An API key cannot do this; sign in.");
  }
  if (caller.permissions.has(access)) {
    expectInScope(caller, access, request, systems);
    return caller;
  }
  throw new HttpProblem(
    "forbidden",
    caller.withheld ?? `This needs the permission “${access}”, which you do not hold.`,
  );
}

/** Whose access is for some AI systems only is let in where the endpoint says how it holds them against what it touches. */
function expectInScope(caller: Caller, access: Permission, request: FastifyRequest, systems?: SystemScope): void {
  const bound = boundSystems(caller, access);
  if (bound === undefined || systems === "checked" || systems === "free") return;
  if (systems === "path") {
    const { id } = request.params as { id?: Uuid };
    if (id !== undefined && bound.includes(id)) return;
    throw notFound("This AI system");
  }
  throw new HttpProblem(
    "forbidden",
    "Your access is for some AI systems only, and this is about the whole organisation.",
  );
}
