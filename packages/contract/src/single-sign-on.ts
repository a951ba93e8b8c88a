/** Single sign-on by OpenID Connect: providers of an organisation, and signing in by one. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { emptySchema, idParams, nameSchema } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { accessRoleSchema, joinNeededSchema, signedInSchema } from "./session.ts";

/** Providers of one organisation: one for each company of a group, and one to try. */
export const PROVIDERS_MAX = 10;
/** Groups that are mapped; a provider that sends more groups than that is fine. */
const GROUPS_MAX = 100;
/** A code, a state and what providers add; some send session state of a kilobyte or two. */
const CALLBACK_MAX_CHARS = 8000;

const domainSchema = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "Give a domain in small letters, such as example.org.");
const scopesSchema = z
  .string()
  .max(300)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, "Give scopes parted by single spaces.")
  .refine((text) => text.split(" ").includes("openid"), "OpenID Connect needs the scope openid.");
const groupRolesSchema = z
  .array(z.strictObject({ group: lineSchema(200), roles: z.array(accessRoleSchema).min(1).max(7) }))
  .max(GROUPS_MAX)
  .refine((list) => new Set(list.map(({ group }) => group)).size === list.length, "List each group once.");

const settings = {
  name: nameSchema.meta({ description: "Stands on the sign-in button." }),
  issuer: z.string().max(500).meta({ description: "Address that its discovery document stands under." }),
  clientId: lineSchema(300),
  scopes: scopesSchema,
  enabled: z.boolean(),
  listed: z.boolean().meta({ description: "Whether the sign-in page names it to everybody." }),
  joins: z.boolean().meta({ description: "Whether people without access get it at their first sign-in." }),
  domains: z.array(domainSchema).max(50).meta({ description: "E-mail domains of its people; empty: any." }),
  secondFactor: z.boolean().meta({ description: "Whether it asks for a second factor itself." }),
  defaultRoles: z.array(accessRoleSchema).max(7).meta({ description: "Roles of everybody who joins by it." }),
  groupsClaim: lineSchema(100).meta({ description: "Claim that holds a person's groups." }),
  groupRoles: groupRolesSchema.meta({ description: "Roles that follow a group, at each sign-in." }),
};

export const identityProviderSchema = z.object({
  ...settings,
  id: idSchema,
  people: z.number().int().meta({ description: "Who signed in by it at least once." }),
  redirectUri: z.string().meta({ description: "Register this address at the provider." }),
  createdAt: instantSchema,
});
export type IdentityProvider = z.infer<typeof identityProviderSchema>;

const secretSchema = z.string().min(1).max(1000).meta({ description: "Kept sealed and never shown again." });

const tag = "Single sign-on";

export const singleSignOnEndpoints = {
  startSingleSignOn: endpoint({
    operationId: "startSingleSignOn",
    method: "POST",
    path: "/session/single-sign-on",
    tag,
    summary: "Begin to sign in by a provider: answers the address to send the browser to",
    access: "public",
    body: z.strictObject({ providerId: idSchema }),
    response: z.object({ url: z.string() }),
  }),
  completeSingleSignOn: endpoint({
    operationId: "completeSingleSignOn",
    method: "POST",
    path: "/session/single-sign-on/completion",
    tag,
    summary: "Complete it with what the provider sent back",
    access: "public",
    body: z.strictObject({
      query: z.string().max(CALLBACK_MAX_CHARS).meta({ description: "The query of the address that it sent back to." }),
    }),
    response: z.union([signedInSchema, joinNeededSchema]),
    status: 201,
  }),
  listIdentityProviders: endpoint({
    operationId: "listIdentityProviders",
    method: "GET",
    path: "/identity-providers",
    tag,
    summary: "Identity providers, never their secrets",
    access: "access.read",
    response: z.object({ items: z.array(identityProviderSchema), redirectUri: z.string() }),
  }),
  createIdentityProvider: endpoint({
    operationId: "createIdentityProvider",
    method: "POST",
    path: "/identity-providers",
    tag,
    summary: "Add an identity provider; its discovery document is read at once",
    access: "access.write",
    body: z.strictObject({
      name: settings.name,
      issuer: settings.issuer,
      clientId: settings.clientId,
      clientSecret: secretSchema,
      scopes: settings.scopes.default("openid profile email"),
      enabled: settings.enabled.default(true),
      listed: settings.listed.default(true),
      joins: settings.joins.default(false),
      domains: settings.domains.default([]),
      secondFactor: settings.secondFactor.default(false),
      defaultRoles: settings.defaultRoles.default([]),
      groupsClaim: settings.groupsClaim.default("groups"),
      groupRoles: settings.groupRoles.default([]),
    }),
    response: identityProviderSchema,
    status: 201,
  }),
  changeIdentityProvider: endpoint({
    operationId: "changeIdentityProvider",
    method: "PATCH",
    path: "/identity-providers/:id",
    tag,
    summary: "Change an identity provider; without a new secret the old one stays",
    access: "access.write",
    params: idParams,
    body: z.strictObject({ ...settings, clientSecret: secretSchema }).partial(),
    response: identityProviderSchema,
  }),
  removeIdentityProvider: endpoint({
    operationId: "removeIdentityProvider",
    method: "DELETE",
    path: "/identity-providers/:id",
    tag,
    summary: "Remove an identity provider; sessions that it vouched for end",
    access: "access.write",
    params: idParams,
    response: emptySchema,
  }),
};
