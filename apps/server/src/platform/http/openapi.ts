/** The API document, made from the contract: OpenAPI 3.1, whose schemas are JSON Schema 2020-12. */
import { type Endpoint, endpoints, KEY_SCOPES, problemSchema } from "@steward/contract";
import { z } from "zod";

import { API_PREFIX } from "./bind.ts";

type JsonObject = Record<string, unknown>;

const ERRORS: Readonly<Record<string, string>> = {
  "400": "The request could not be read.",
  "401": "Nobody is signed in, or the key is not valid.",
  "403": "The caller may not do this.",
  "404": "Nothing was found, or the caller may not see it.",
  "409": "It contradicts what is already recorded.",
  "412": "Somebody changed the record meanwhile.",
  "413": "The request is too large.",
  "415": "The content type or encoding of the body is not understood.",
  "422": "A field cannot be accepted; the problem names it.",
  "428": "If-Match is missing.",
  "429": "Too many requests; Retry-After says when to try again.",
  "503": "Nothing was stored; Retry-After says when to try again.",
};

export function openApiDocument(): JsonObject {
  const schemas: JsonObject = {};
  const schemaOf = (schema: z.ZodType, io: "input" | "output") => hoist(schema, io, schemas);
  const paths: Record<string, JsonObject> = {};
  for (const endpoint of endpoints) {
    const path = `${API_PREFIX}${openApiPath(endpoint.path)}`;
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = operation(endpoint, schemaOf);
  }
  schemas["Problem"] = schemaOf(problemSchema, "output");
  return {
    openapi: "3.1.0",
    info: {
      title: "Steward",
      version: "1",
      summary: "Evidence in, computed conformity status out.",
      description:
        "Errors are problem details (RFC 9457) that name the field. Lists are cut by keys: give `nextCursor` back as " +
        "`cursor`. Records carry an ETag; a change needs it as If-Match. Unknown fields are refused.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      responses: Object.fromEntries(
        Object.entries(ERRORS).map(([status, description]) => [`Problem${status}`, { description, content: PROBLEM }]),
      ),
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: `API key with scopes: ${Object.keys(KEY_SCOPES).join(", ")}.`,
        },
        session: { type: "apiKey", in: "cookie", name: "steward_session" },
      },
    },
  };
}

type SchemaOf = (schema: z.ZodType, io: "input" | "output") => JsonObject;

function operation(endpoint: Endpoint, schemaOf: SchemaOf): JsonObject {
  const needsKey = endpoint.access !== "public";
  const security = endpoint.access === "signed_in" ? [{ session: [] }] : [{ key: [] }, { session: [] }];
  return {
    operationId: endpoint.operationId,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    "x-permission": endpoint.access,
    ...(needsKey ? { security } : { security: [] }),
    parameters: [
      ...parametersOf(endpoint.params, "path", schemaOf),
      ...wildcardOf(endpoint.path),
      ...parametersOf(endpoint.query, "query", schemaOf),
      ...(endpoint.etag === "required" ? [IF_MATCH] : []),
    ],
    ...requestBodyOf(endpoint, schemaOf),
    responses: responsesOf(endpoint, schemaOf),
  };
}

function requestBodyOf(endpoint: Endpoint, schemaOf: SchemaOf): JsonObject {
  const json = endpoint.body ? { "application/json": { schema: schemaOf(endpoint.body, "input") } } : {};
  const lines = endpoint.lines ? { "application/x-ndjson": { schema: { type: "string" } } } : {};
  const file = endpoint.consumes
    ? { "application/octet-stream": { schema: { type: "string", format: "binary" } } }
    : {};
  const content = { ...json, ...lines, ...file };
  return Object.keys(content).length > 0 ? { requestBody: { required: true, content } } : {};
}

const PROBLEM = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

const IF_MATCH = {
  name: "If-Match",
  in: "header",
  required: true,
  description: "ETag of the version that you read.",
  schema: { type: "string" },
};

function responsesOf(endpoint: Endpoint, schemaOf: SchemaOf): JsonObject {
  const type = endpoint.produces ?? "application/json";
  const schema = endpoint.produces === undefined ? schemaOf(endpoint.response, "output") : { type: "string" };
  const success: JsonObject = { description: "Done.", content: { [type]: { schema } } };
  if (endpoint.etag) success["headers"] = { ETag: { schema: { type: "string" }, description: "The version." } };
  const errors = Object.entries(ERRORS).filter(([status]) => applies(endpoint, status));
  return {
    [String(endpoint.status ?? 200)]: success,
    ...Object.fromEntries(errors.map(([status]) => [status, { $ref: `#/components/responses/Problem${status}` }])),
  };
}

function applies(endpoint: Endpoint, status: string): boolean {
  if (status === "401") return endpoint.access !== "public" || endpoint.operationId === "signIn";
  if (status === "403") return endpoint.access !== "public" || endpoint.method !== "GET";
  if (status === "404") return endpoint.params !== undefined;
  if (status === "412" || status === "428") return endpoint.etag === "required";
  if (["413", "415", "409", "429"].includes(status)) {
    return endpoint.body !== undefined || endpoint.lines !== undefined || endpoint.consumes !== undefined;
  }
  return true;
}

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query", schemaOf: SchemaOf): JsonObject[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function wildcardOf(path: string): JsonObject[] {
  if (!path.endsWith("/*")) return [];
  return [{ name: "path", in: "path", required: true, description: "Path of the file.", schema: { type: "string" } }];
}

function openApiPath(path: string): string {
  return path.replaceAll(/:([a-zA-Z]+)/g, "{$1}").replace(/\*$/, "{path}");
}

/** A schema as JSON Schema; named parts of it become components and are referred to. */
function hoist(schema: z.ZodType, io: "input" | "output", components: JsonObject): JsonObject {
  const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: "any" }));
  const moved = JSON.parse(text.replaceAll("#/$defs/", "#/components/schemas/")) as JsonObject;
  const { $schema: _dialect, $defs: parts = {}, id, ...rest } = moved;
  for (const [name, part] of Object.entries(parts as Record<string, JsonObject>)) {
    const { id: _name, ...body } = part;
    components[name] = body;
  }
  if (typeof id !== "string") return rest;
  components[id] = rest;
  return { $ref: `#/components/schemas/${id}` };
}
