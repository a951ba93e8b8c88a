/** Set-up, sign-in, people who may sign in, and API keys. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { emptySchema, idParams, nameSchema, reasonSchema } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { AUDITOR_DEFAULT_DAYS } from "./permissions.ts";
import {
  accessRoleSchema,
  emailSchema,
  keyScopeSchema,
  PASSWORD_MAX_CHARS,
  passwordSchema,
  sessionSchema,
  signedInSchema,
  tokenSchema,
} from "./session.ts";

export const memberSchema = z.object({
  id: idSchema,
  name: z.string(),
  email: z.string(),
  personId: idSchema.nullable(),
  roles: z.array(accessRoleSchema),
  state: z.enum(["invited", "active", "disabled", "expired"]),
  expiresAt: instantSchema.nullable().meta({ description: "When the access ends by itself." }),
  systems: z
    .array(z.object({ id: idSchema, name: z.string() }))
    .nullable()
    .meta({ description: "The only AI systems that the engineer, overseer or auditor has to do with; null: all." }),
  link: z
    .object({
      expiresAt: instantSchema,
      mail: z.enum(["pending", "sent", "failed"]).nullable().meta({ description: "null: handed over, not mailed." }),
      mailError: z.string().nullable(),
    })
    .nullable()
    .meta({ description: "The one-time link that is open, never the link itself." }),
  secondFactor: z.boolean(),
  lastSignInAt: instantSchema.nullable(),
});
export type Member = z.infer<typeof memberSchema>;

const linkSchema = z.object({
  url: z.string().meta({ description: "One-time link; give it to the person over a channel that you trust." }),
  expiresAt: instantSchema,
});

export const apiKeySchema = z.object({
  id: idSchema,
  name: z.string(),
  prefix: z.string().meta({ description: "First characters, to recognise it by." }),
  scopes: z.array(keyScopeSchema),
  systemId: idSchema.nullable().meta({ description: "The only AI system that it may write for." }),
  createdAt: instantSchema,
  createdBy: z.string(),
  expiresAt: instantSchema,
  revokedAt: instantSchema.nullable(),
  lastUsedAt: instantSchema.nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** Longest life of a key: a year and a day, so that yearly rotation does not race its own expiry. */
export const KEY_MAX_DAYS = 366;

/** More systems than that are better granted by none at all. */
const GRANTED_SYSTEMS_MAX = 200;
const systemIdsSchema = z
  .array(idSchema)
  .min(1, "Name at least one AI system, or leave it out for all.")
  .max(GRANTED_SYSTEMS_MAX)
  .nullable()
  .meta({ description: "Only these AI systems, for the roles engineer, overseer and auditor; null: all." });
const expirySchema = instantSchema.nullable().meta({
  description: `When the access ends. An auditor's always does: after ${AUDITOR_DEFAULT_DAYS} days unless you say.`,
});

const tag = "Access";

export const accessEndpoints = {
  getSetup: endpoint({
    operationId: "getSetup",
    method: "GET",
    path: "/setup",
    tag,
    summary: "Whether this installation still waits for its first organisation",
    access: "public",
    response: z.object({ needed: z.boolean() }),
  }),
  setUp: endpoint({
    operationId: "setUp",
    method: "POST",
    path: "/setup",
    tag,
    summary: "First run: make the organisation and its first person, with the token of the one-time link",
    access: "public",
    body: z.strictObject({
      token: tokenSchema,
      organisation: z.strictObject({ name: nameSchema, timeZone: lineSchema(64) }),
      person: z.strictObject({ name: nameSchema, email: emailSchema }),
      password: passwordSchema,
    }),
    response: sessionSchema,
    status: 201,
  }),
  getSignInOptions: endpoint({
    operationId: "getSignInOptions",
    method: "GET",
    path: "/session/options",
    tag,
    summary: "How people can sign in here",
    access: "public",
    response: z.object({
      recoveryByMail: z.boolean().meta({ description: "Whether a lost password can be replaced by mail." }),
      providers: z.array(z.object({ id: idSchema, name: z.string() })),
    }),
  }),
  requestRecovery: endpoint({
    operationId: "requestRecovery",
    method: "POST",
    path: "/session/recovery",
    tag,
    summary: "Ask for a link to set a new password; the answer is the same whether the account exists or not",
    access: "public",
    body: z.strictObject({ email: emailSchema }),
    response: emptySchema,
    status: 202,
  }),
  signIn: endpoint({
    operationId: "signIn",
    method: "POST",
    path: "/session",
    tag,
    summary: "Sign in; answers 202 and a token where a second factor is wanted",
    access: "public",
    body: z.strictObject({ email: z.string().max(254), password: z.string().max(PASSWORD_MAX_CHARS) }),
    response: signedInSchema,
    status: 201,
  }),
  getSession: endpoint({
    operationId: "getSession",
    method: "GET",
    path: "/session",
    tag,
    summary: "Who is signed in, where, and what they may do",
    access: "signed_in",
    response: sessionSchema,
  }),
  signOut: endpoint({
    operationId: "signOut",
    method: "DELETE",
    path: "/session",
    tag,
    summary: "Sign out",
    access: "signed_in",
    response: emptySchema,
  }),
  switchOrganisation: endpoint({
    operationId: "switchOrganisation",
    method: "PUT",
    path: "/session/organisation",
    tag,
    summary: "Work in another organisation that you belong to",
    access: "signed_in",
    body: z.strictObject({ organisationId: idSchema }),
    response: sessionSchema,
  }),
  changePassword: endpoint({
    operationId: "changePassword",
    method: "PUT",
    path: "/session/password",
    tag,
    summary: "Change your password; every other session of yours ends",
    access: "signed_in",
    body: z.strictObject({ current: z.string().max(PASSWORD_MAX_CHARS), password: passwordSchema }),
    response: emptySchema,
  }),
  createOrganisation: endpoint({
    operationId: "createOrganisation",
    method: "POST",
    path: "/session/organisations",
    tag,
    summary: "Add another organisation to this installation; you become its administrator and governance lead",
    access: "organisations.create",
    body: z.strictObject({ name: nameSchema, timeZone: lineSchema(64) }),
    response: z.object({ id: idSchema }),
    status: 201,
  }),
  readLink: endpoint({
    operationId: "readLink",
    method: "POST",
    path: "/links/read",
    tag,
    summary: "Whom a one-time link is for",
    access: "public",
    body: z.strictObject({ token: tokenSchema }),
    response: z.object({
      name: z.string(),
      email: z.string(),
      organisation: z.string(),
      joins: z.boolean().meta({
        description: "The account exists: its person signs in and confirms, instead of setting a password.",
      }),
    }),
  }),
  joinByLink: endpoint({
    operationId: "joinByLink",
    method: "POST",
    path: "/links/join",
    tag,
    summary: "Confirm with your own account that you belong to the organisation of a one-time link, and go on there",
    access: "signed_in",
    body: z.strictObject({ token: tokenSchema }),
    response: sessionSchema,
    status: 201,
  }),
  useLink: endpoint({
    operationId: "useLink",
    method: "POST",
    path: "/links/use",
    tag,
    summary: "Set a password with a one-time link, and sign in",
    access: "public",
    body: z.strictObject({ token: tokenSchema, password: passwordSchema }),
    response: signedInSchema,
    status: 201,
  }),
  listMembers: endpoint({
    operationId: "listMembers",
    method: "GET",
    path: "/members",
    tag,
    summary: "Who may sign in to this organisation",
    access: "access.read",
    response: z.object({ items: z.array(memberSchema) }),
  }),
  addMember: endpoint({
    operationId: "addMember",
    method: "POST",
    path: "/members",
    tag,
    summary: "Let a person in; answers a one-time link",
    access: "access.write",
    body: z.strictObject({
      name: nameSchema,
      email: emailSchema,
      roles: z.array(accessRoleSchema).min(1).max(7),
      systemIds: systemIdsSchema.optional(),
      expiresAt: expirySchema.optional(),
      deliver: z
        .enum(["link", "email"])
        .default("link")
        .meta({ description: "link: you hand it over; email: Steward mails it, where it has a mail server." }),
    }),
    response: z.object({
      member: memberSchema,
      link: linkSchema.nullable().meta({
        description: "null where it was mailed. Whoever has an account already signs in and confirms by it.",
      }),
    }),
    status: 201,
  }),
  changeMember: endpoint({
    operationId: "changeMember",
    method: "PATCH",
    path: "/members/:id",
    tag,
    summary: "Change a member's access roles, or disable and enable",
    access: "access.write",
    params: idParams,
    body: z.strictObject({
      roles: z.array(accessRoleSchema).min(1).max(7).optional(),
      disabled: z.boolean().optional(),
      systemIds: systemIdsSchema.optional(),
      expiresAt: expirySchema.optional(),
      changeReason: reasonSchema.optional(),
    }),
    response: memberSchema,
  }),
  makeMemberLink: endpoint({
    operationId: "makeMemberLink",
    method: "POST",
    path: "/members/:id/link",
    tag,
    summary: "Make a new one-time link for a member who lost the password; the old one stops working",
    access: "access.write",
    params: idParams,
    response: linkSchema,
    status: 201,
  }),
  mailMemberLink: endpoint({
    operationId: "mailMemberLink",
    method: "POST",
    path: "/members/:id/mailed-link",
    tag,
    summary: "Mail a new one-time link to a member; the old one stops working",
    access: "access.write",
    params: idParams,
    response: memberSchema,
  }),
  revokeMemberLink: endpoint({
    operationId: "revokeMemberLink",
    method: "DELETE",
    path: "/members/:id/link",
    tag,
    summary: "Revoke the open link of a member; who never joined may no longer sign in",
    access: "access.write",
    params: idParams,
    response: memberSchema,
  }),
  listApiKeys: endpoint({
    operationId: "listApiKeys",
    method: "GET",
    path: "/api-keys",
    tag,
    summary: "API keys, never their secrets",
    access: "access.read",
    response: z.object({ items: z.array(apiKeySchema) }),
  }),
  createApiKey: endpoint({
    operationId: "createApiKey",
    method: "POST",
    path: "/api-keys",
    tag,
    summary: "Make a key; its secret is shown this once",
    access: "access.write",
    body: z.strictObject({
      name: nameSchema,
      scopes: z.array(keyScopeSchema).min(1).max(10),
      systemId: idSchema.nullable().default(null),
      expiresInDays: z.number().int().min(1).max(KEY_MAX_DAYS).default(90),
    }),
    response: z.object({ key: apiKeySchema, secret: z.string() }),
    status: 201,
  }),
  revokeApiKey: endpoint({
    operationId: "revokeApiKey",
    method: "POST",
    path: "/api-keys/:id/revocation",
    tag,
    summary: "Revoke a key at once",
    access: "access.write",
    params: idParams,
    body: z.strictObject({ changeReason: reasonSchema.optional() }),
    response: apiKeySchema,
  }),
};
