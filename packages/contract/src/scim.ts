/** Provisioning by SCIM 2.0 (RFC 7643, RFC 7644): tokens that administrators make, and what providers call with them. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { idParams, nameSchema, reasonSchema } from "./common.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** What providers call lies beside the API, at the path that they expect. */
export const SCIM_PREFIX = "/scim/v2";
export const SCIM_MEDIA_TYPE = "application/scim+json";

export const SCIM_SCHEMAS = {
  user: "urn:ietf:params:scim:schemas:core:2.0:User",
  group: "urn:ietf:params:scim:schemas:core:2.0:Group",
  list: "urn:ietf:params:scim:api:messages:2.0:ListResponse",
  patch: "urn:ietf:params:scim:api:messages:2.0:PatchOp",
  error: "urn:ietf:params:scim:api:messages:2.0:Error",
  serviceProviderConfig: "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
  resourceType: "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
  schema: "urn:ietf:params:scim:schemas:core:2.0:Schema",
} as const;

/** Tokens of one provider that are good at the same time: one in use, one to change over to, and some to spare. */
export const SCIM_TOKENS_MAX = 5;
/** A year and a day, as for API keys: whoever replaces it yearly does not race its end. */
export const SCIM_TOKEN_MAX_DAYS = 366;
export const SCIM_PAGE_MAX = 200;
const SCIM_PAGE_DEFAULT = 100;
/** Providers send the changes of a large group in some hundreds of operations at once. */
const OPERATIONS_MAX = 1000;
/** Members of one group. */
export const SCIM_GROUP_MEMBERS_MAX = 10_000;
/** Ten thousand members by their ids, and what providers add to each. */
const SCIM_BODY_MAX_BYTES = 2 * 1024 * 1024;
const FILTER_MAX_CHARS = 500;
/** A page further back than that is a mistake, and more than the database counts to. */
const START_MAX = 1_000_000;

/** Some providers send truth values as text. */
const truthSchema = z.union([
  z.boolean(),
  z
    .string()
    .max(5)
    .regex(/^(true|false)$/i, "Give true or false.")
    .transform((text) => text.toLowerCase() === "true"),
]);
const textSchema = lineSchema(254).nullish();

const emailsSchema = z
  .array(z.looseObject({ value: lineSchema(254), type: textSchema, primary: truthSchema.nullish() }))
  .max(20)
  .nullish();

/** A user as providers send it. Attributes that Steward has no use for are taken and left out. */
export const scimUserSchema = z.looseObject({
  userName: lineSchema(254),
  externalId: textSchema,
  name: z.looseObject({ formatted: textSchema, givenName: textSchema, familyName: textSchema }).nullish(),
  displayName: textSchema,
  active: truthSchema.nullish(),
  emails: emailsSchema,
});
export type ScimUserInput = z.output<typeof scimUserSchema>;

export const scimGroupSchema = z.looseObject({
  displayName: lineSchema(200),
  externalId: textSchema,
  members: z
    .array(z.looseObject({ value: idSchema }))
    .max(SCIM_GROUP_MEMBERS_MAX)
    .nullish(),
});
export type ScimGroupInput = z.output<typeof scimGroupSchema>;

export const scimPatchSchema = z.looseObject({
  schemas: z.array(z.string().max(200)).max(10),
  Operations: z
    .array(
      z.looseObject({
        op: z
          .string()
          .max(20)
          .regex(/^(add|remove|replace)$/i, "An operation adds, removes or replaces."),
        path: z.string().max(300).nullish(),
        value: z.unknown().optional(),
      }),
    )
    .min(1)
    .max(OPERATIONS_MAX),
});
export type ScimPatch = z.output<typeof scimPatchSchema>;

const attributesQuery = {
  attributes: z.string().max(1000).optional(),
  excludedAttributes: z.string().max(1000).optional(),
};
const oneQuery = z.looseObject(attributesQuery);
export type ScimSelection = z.output<typeof oneQuery>;
const countSchema = z.coerce.number().int().min(-START_MAX).max(START_MAX);
const listQuery = z.looseObject({
  ...attributesQuery,
  filter: z.string().max(FILTER_MAX_CHARS).optional(),
  // What is below the first is read as the first, and a negative count as none (RFC 7644, 3.4.2.4).
  startIndex: countSchema.transform((n) => Math.max(1, n)).default(1),
  count: countSchema.transform((n) => Math.min(SCIM_PAGE_MAX, Math.max(0, n))).default(SCIM_PAGE_DEFAULT),
});
export type ScimListQuery = z.output<typeof listQuery>;

const resourceSchema = z.looseObject({ schemas: z.array(z.string()) });
const tag = "SCIM";

function scim<
  P extends z.ZodType = z.ZodNever,
  Q extends z.ZodType = z.ZodNever,
  B extends z.ZodType = z.ZodNever,
  R extends z.ZodType = z.ZodType,
>(
  definition: Pick<
    Endpoint<P, Q, B, R>,
    "operationId" | "method" | "path" | "summary" | "status" | "params" | "query" | "body" | "response"
  >,
) {
  return endpoint<P, Q, B, R>({
    ...definition,
    tag,
    access: "people.provision",
    bodyMaxBytes: SCIM_BODY_MAX_BYTES,
    produces: SCIM_MEDIA_TYPE,
  });
}

function described(operationId: string, path: string, summary: string) {
  return scim({ operationId, method: "GET", path, summary, query: z.looseObject({}), response: resourceSchema });
}
const schemaParams = z.object({ id: z.string().max(200) });

/** Every operation below SCIM_PREFIX. Errors are in SCIM's form. */
export const scimEndpoints = {
  getScimServiceProviderConfig: described(
    "getScimServiceProviderConfig",
    "/ServiceProviderConfig",
    "What is supported",
  ),
  listScimResourceTypes: described("listScimResourceTypes", "/ResourceTypes", "Users and groups"),
  listScimSchemas: described("listScimSchemas", "/Schemas", "The attributes of users and groups"),
  getScimSchema: scim({
    operationId: "getScimSchema",
    method: "GET",
    path: "/Schemas/:id",
    summary: "The attributes of a user or a group",
    params: schemaParams,
    query: z.looseObject({}),
    response: resourceSchema,
  }),
  listScimUsers: scim({
    operationId: "listScimUsers",
    method: "GET",
    path: "/Users",
    summary: "Members of the organisation, by filter and page",
    query: listQuery,
    response: resourceSchema,
  }),
  createScimUser: scim({
    operationId: "createScimUser",
    method: "POST",
    path: "/Users",
    summary: "Let a person in",
    query: oneQuery,
    body: scimUserSchema,
    response: resourceSchema,
    status: 201,
  }),
  getScimUser: scim({
    operationId: "getScimUser",
    method: "GET",
    path: "/Users/:id",
    summary: "A member of the organisation",
    params: idParams,
    query: oneQuery,
    response: resourceSchema,
  }),
  replaceScimUser: scim({
    operationId: "replaceScimUser",
    method: "PUT",
    path: "/Users/:id",
    summary: "Replace what is known of a member",
    params: idParams,
    query: oneQuery,
    body: scimUserSchema,
    response: resourceSchema,
  }),
  patchScimUser: scim({
    operationId: "patchScimUser",
    method: "PATCH",
    path: "/Users/:id",
    summary: "Change some of it; active false ends the access",
    params: idParams,
    query: oneQuery,
    body: scimPatchSchema,
    response: resourceSchema,
  }),
  deleteScimUser: scim({
    operationId: "deleteScimUser",
    method: "DELETE",
    path: "/Users/:id",
    summary: "End a member's access",
    params: idParams,
    query: oneQuery,
    response: z.undefined(),
    status: 204,
  }),
  listScimGroups: scim({
    operationId: "listScimGroups",
    method: "GET",
    path: "/Groups",
    summary: "Groups of the provider, by filter and page",
    query: listQuery,
    response: resourceSchema,
  }),
  createScimGroup: scim({
    operationId: "createScimGroup",
    method: "POST",
    path: "/Groups",
    summary: "Add a group; the access roles of its members follow what is set for it",
    query: oneQuery,
    body: scimGroupSchema,
    response: resourceSchema,
    status: 201,
  }),
  getScimGroup: scim({
    operationId: "getScimGroup",
    method: "GET",
    path: "/Groups/:id",
    summary: "A group and its members",
    params: idParams,
    query: oneQuery,
    response: resourceSchema,
  }),
  replaceScimGroup: scim({
    operationId: "replaceScimGroup",
    method: "PUT",
    path: "/Groups/:id",
    summary: "Replace a group and its members",
    params: idParams,
    query: oneQuery,
    body: scimGroupSchema,
    response: resourceSchema,
  }),
  patchScimGroup: scim({
    operationId: "patchScimGroup",
    method: "PATCH",
    path: "/Groups/:id",
    summary: "Add and remove members, or rename a group",
    params: idParams,
    query: oneQuery,
    body: scimPatchSchema,
    response: resourceSchema,
  }),
  deleteScimGroup: scim({
    operationId: "deleteScimGroup",
    method: "DELETE",
    path: "/Groups/:id",
    summary: "Remove a group; its roles go with it",
    params: idParams,
    query: oneQuery,
    response: z.undefined(),
    status: 204,
  }),
};

export const scimTokenSchema = z.object({
  id: idSchema,
  name: z.string(),
  prefix: z.string().meta({ description: "First characters, to recognise it by." }),
  createdAt: instantSchema,
  createdBy: z.string(),
  expiresAt: instantSchema,
  revokedAt: instantSchema.nullable(),
  lastUsedAt: instantSchema.nullable(),
});
export type ScimToken = z.infer<typeof scimTokenSchema>;

/** How administrators keep the tokens: ordinary operations of the API. */
export const provisioningEndpoints = {
  listScimTokens: endpoint({
    operationId: "listScimTokens",
    method: "GET",
    path: "/identity-providers/:id/scim-tokens",
    tag: "Single sign-on",
    summary: "Tokens by which an identity provider provisions people, never their secrets",
    access: "access.read",
    params: idParams,
    response: z.object({
      items: z.array(scimTokenSchema),
      baseUrl: z.string().meta({ description: "Give this address to the provider." }),
      users: z.number().int().meta({ description: "People whom it provisions." }),
      groups: z.number().int(),
    }),
  }),
  createScimToken: endpoint({
    operationId: "createScimToken",
    method: "POST",
    path: "/identity-providers/:id/scim-tokens",
    tag: "Single sign-on",
    summary: "Make a token; it is shown this once",
    access: "access.write",
    params: idParams,
    body: z.strictObject({
      name: nameSchema,
      expiresInDays: z.number().int().min(1).max(SCIM_TOKEN_MAX_DAYS).default(SCIM_TOKEN_MAX_DAYS),
    }),
    response: z.object({ token: scimTokenSchema, secret: z.string() }),
    status: 201,
  }),
  revokeScimToken: endpoint({
    operationId: "revokeScimToken",
    method: "POST",
    path: "/scim-tokens/:id/revocation",
    tag: "Single sign-on",
    summary: "Revoke a token at once",
    access: "access.write",
    params: idParams,
    body: z.strictObject({ changeReason: reasonSchema.optional() }),
    response: scimTokenSchema,
  }),
};
