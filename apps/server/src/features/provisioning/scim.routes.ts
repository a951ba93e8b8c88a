/** Binds SCIM at the path that providers expect, with its media type, its errors and its limits. */
import { provisioningEndpoints, SCIM_MEDIA_TYPE, SCIM_PREFIX, scimEndpoints } from "@steward/contract";
import type { Clock } from "@steward/kernel";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { createRouter, type Router } from "../../platform/http/bind.ts";
import type { Authenticator, Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { problemOf } from "../../platform/http/server.ts";
import type { AccessRouteOptions } from "../access/access.routes.ts";
import type { AccessDeps } from "../access/access.setup.ts";
import { scimErrorBody, scimStatus } from "./scim.errors.ts";
import {
  createGroup,
  deleteGroup,
  groupResource,
  groupVersion,
  listGroups,
  patchGroup,
  readGroup,
  replaceGroup,
} from "./scim.groups.ts";
import {
  resourceTypes,
  schemaResource,
  schemaResources,
  scimBase,
  selected,
  serviceProviderConfig,
} from "./scim.resources.ts";
import { createScimAuthenticator, createScimToken, describeProvisioning, revokeScimToken } from "./scim.tokens.ts";
import { listUsers, readUser, type UserRow, userResource, userVersion } from "./scim.users.read.ts";
import { createUser, deleteUser, patchUser, replaceUser, scopeOf } from "./scim.users.ts";

/** Requests of one token in a second, and how many it may save up: Entra ID sends 25, Okta fewer. */
const RATE_PER_SECOND = 50;
const BURST = 500;

type Selection = Parameters<typeof selected>[1];

export function provisioningRoutes(router: Router, deps: AccessDeps, { publicUrl }: AccessRouteOptions): void {
  router.bind(provisioningEndpoints.listScimTokens, async ({ caller, params }) =>
    describeProvisioning(deps, caller.orgId, params.id, scimBase(publicUrl())),
  );
  router.bind(provisioningEndpoints.createScimToken, async ({ caller, params, body }) =>
    createScimToken(deps, caller, params.id, body),
  );
  router.bind(provisioningEndpoints.revokeScimToken, async ({ caller, params, body }) =>
    revokeScimToken(deps, caller, params.id, body.changeReason),
  );
}

/** Answers the operation ids that are served, once the server is ready. */
export function scimRoutes(
  http: FastifyInstance,
  deps: AccessDeps,
  { publicUrl }: AccessRouteOptions,
): ReadonlySet<string> {
  const bound = new Set<string>();
  const base = () => scimBase(publicUrl());
  void http.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => answerFailure(error, request, reply));
    const authenticator = limited(createScimAuthenticator(deps), deps.clock);
    const router = createRouter(scope, authenticator, undefined, SCIM_PREFIX);
    describingRoutes(router, base);
    userRoutes(router, deps, base);
    groupRoutes(router, deps, base);
    for (const id of router.bound) bound.add(id);
  });
  return bound;
}

/** Counts each token's requests, on each server by itself: a provider that runs wild slows down nobody else. */
function limited(inner: Authenticator, clock: Clock): Authenticator {
  const buckets = new Map<string, { left: number; at: bigint }>();
  return {
    async authenticate(request, reply) {
      const caller = await inner.authenticate(request, reply);
      if (caller) spend(caller);
      return caller;
    },
  };

  function spend({ actor }: Caller): void {
    const now = clock.now();
    const bucket = buckets.get(actor.id) ?? { left: BURST, at: now };
    const gained = (Number(now - bucket.at) / 1e6) * RATE_PER_SECOND;
    const left = Math.min(BURST, bucket.left + Math.max(0, gained)) - 1;
    if (left < 0) {
      throw new HttpProblem("too_many_requests", "More requests of this token than are worked off; wait a little.", {
        headers: { "retry-after": "1" },
      });
    }
    buckets.set(actor.id, { left, at: now });
  }
}

function describingRoutes(router: Router, base: () => string): void {
  router.bind(scimEndpoints.getScimServiceProviderConfig, async ({ reply }) =>
    send(reply, 200, serviceProviderConfig(base())),
  );
  router.bind(scimEndpoints.listScimResourceTypes, async ({ reply }) => send(reply, 200, resourceTypes(base())));
  router.bind(scimEndpoints.listScimSchemas, async ({ reply }) => send(reply, 200, schemaResources(base())));
  router.bind(scimEndpoints.getScimSchema, async ({ params, reply }) => {
    const schema = schemaResource(base(), params.id);
    if (!schema) throw notFound("This schema");
    return send(reply, 200, schema);
  });
}

function userRoutes(router: Router, deps: AccessDeps, base: () => string): void {
  const answer = (reply: FastifyReply, status: number, row: UserRow, query: Selection) => {
    const resource = userResource(row, base());
    void reply.header("etag", userVersion(row));
    if (status === 201) void reply.header("location", resource.meta.location);
    return send(reply, status, selected(resource, query));
  };
  router.bind(scimEndpoints.listScimUsers, async ({ caller, query, reply }) =>
    send(reply, 200, await listUsers(deps.db, scopeOf(caller), query, base())),
  );
  router.bind(scimEndpoints.createScimUser, async ({ caller, body, query, reply }) =>
    answer(reply, 201, await createUser(deps, caller, body), query),
  );
  router.bind(scimEndpoints.getScimUser, async ({ caller, params, query, reply }) =>
    answer(reply, 200, await readUser(deps.db, scopeOf(caller), params.id), query),
  );
  router.bind(scimEndpoints.replaceScimUser, async ({ caller, params, body, query, request, reply }) =>
    answer(reply, 200, await replaceUser(deps, caller, params.id, () => body, request.headers["if-match"]), query),
  );
  router.bind(scimEndpoints.patchScimUser, async ({ caller, params, body, query, request, reply }) =>
    answer(reply, 200, await patchUser(deps, caller, params.id, body, request.headers["if-match"]), query),
  );
  router.bind(scimEndpoints.deleteScimUser, async ({ caller, params, request, reply }) => {
    await deleteUser(deps, caller, params.id, request.headers["if-match"]);
    return reply.status(204).send();
  });
}

function groupRoutes(router: Router, deps: AccessDeps, base: () => string): void {
  const answer = (
    reply: FastifyReply,
    status: number,
    row: Awaited<ReturnType<typeof readGroup>>,
    query: Selection,
  ) => {
    const resource = groupResource(row, base());
    void reply.header("etag", groupVersion(row));
    if (status === 201) void reply.header("location", resource.meta.location);
    return send(reply, status, selected(resource, query));
  };
  router.bind(scimEndpoints.listScimGroups, async ({ caller, query, reply }) =>
    send(reply, 200, await listGroups(deps.db, scopeOf(caller), query, base())),
  );
  router.bind(scimEndpoints.createScimGroup, async ({ caller, body, query, reply }) =>
    answer(reply, 201, await createGroup(deps, caller, body), query),
  );
  router.bind(scimEndpoints.getScimGroup, async ({ caller, params, query, reply }) =>
    answer(reply, 200, await readGroup(deps.db, scopeOf(caller), params.id, query), query),
  );
  router.bind(scimEndpoints.replaceScimGroup, async ({ caller, params, body, query, request, reply }) =>
    answer(reply, 200, await replaceGroup(deps, caller, params.id, () => body, request.headers["if-match"]), query),
  );
  router.bind(scimEndpoints.patchScimGroup, async ({ caller, params, body, query, request, reply }) =>
    answer(reply, 200, await patchGroup(deps, caller, params.id, body, request.headers["if-match"]), query),
  );
  router.bind(scimEndpoints.deleteScimGroup, async ({ caller, params, request, reply }) => {
    await deleteGroup(deps, caller, params.id, request.headers["if-match"]);
    return reply.status(204).send();
  });
}

function send(reply: FastifyReply, status: number, resource: object): FastifyReply {
  return reply.status(status).type(SCIM_MEDIA_TYPE).send(JSON.stringify(resource));
}

function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request);
  return send(reply.headers(problem.headers), scimStatus(problem), scimErrorBody(problem));
}
