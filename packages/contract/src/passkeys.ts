/** Passkeys (WebAuthn): adding, listing and removing them, and signing in by one. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { emptySchema, idParams } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { codeSchema } from "./second-factor.ts";
import { PASSWORD_MAX_CHARS, sessionSchema } from "./session.ts";

/** Passkeys of one account: devices and keys in drawers. */
export const PASSKEYS_MAX = 20;

/** Base64url of what an authenticator makes: keys of post-quantum algorithms take some kilobytes. */
const bytesSchema = (maxChars: number) =>
  z
    .string()
    .max(maxChars)
    .regex(/^[A-Za-z0-9_-]*$/, "This is no base64url.");
/** WebAuthn bounds a credential id at 1,023 bytes. */
const credentialIdSchema = bytesSchema(1364);

const credentialShape = {
  id: credentialIdSchema,
  rawId: credentialIdSchema,
  type: z.literal("public-key"),
  authenticatorAttachment: z.enum(["cross-platform", "platform"]).nullish(),
  clientExtensionResults: z.record(z.string().max(100), z.unknown()).default({}),
};

const registrationSchema = z.object({
  ...credentialShape,
  response: z.object({
    clientDataJSON: bytesSchema(4000),
    attestationObject: bytesSchema(60_000),
    transports: z.array(z.string().max(40)).max(10).optional(),
  }),
});

const assertionSchema = z.object({
  ...credentialShape,
  response: z.object({
    clientDataJSON: bytesSchema(4000),
    authenticatorData: bytesSchema(4000),
    signature: bytesSchema(20_000),
    userHandle: bytesSchema(200).nullish(),
  }),
});

export const passkeySchema = z.object({
  id: idSchema,
  name: z.string(),
  backedUp: z
    .boolean()
    .meta({ description: "Whether it is kept beyond the device, so that losing that loses nothing." }),
  createdAt: instantSchema,
  lastUsedAt: instantSchema.nullable(),
});
export type Passkey = z.infer<typeof passkeySchema>;

/** As navigator.credentials takes them; made and read by WebAuthn libraries on both sides. */
const optionsSchema = z.object({ options: z.record(z.string(), z.unknown()) });

const proof = {
  password: z.string().max(PASSWORD_MAX_CHARS),
  code: codeSchema.optional().meta({ description: "Of the authenticator app, where the account has one." }),
};

const tag = "Access";

export const passkeyEndpoints = {
  listPasskeys: endpoint({
    operationId: "listPasskeys",
    method: "GET",
    path: "/account/passkeys",
    tag,
    summary: "Your passkeys",
    access: "signed_in",
    response: z.object({ items: z.array(passkeySchema) }),
  }),
  startPasskey: endpoint({
    operationId: "startPasskey",
    method: "POST",
    path: "/account/passkeys/options",
    tag,
    summary: "Begin to add a passkey: answers what the authenticator is asked",
    access: "signed_in",
    body: z.strictObject(proof),
    response: optionsSchema,
  }),
  addPasskey: endpoint({
    operationId: "addPasskey",
    method: "POST",
    path: "/account/passkeys",
    tag,
    summary: "Add a passkey with what the authenticator answered",
    access: "signed_in",
    body: z.strictObject({ name: lineSchema(100), credential: registrationSchema }),
    response: z.object({
      passkey: passkeySchema,
      recoveryCodes: z.array(z.string()).nullable().meta({
        description: "Shown this once, where the account had none: each signs in once in place of the passkey.",
      }),
    }),
    status: 201,
  }),
  removePasskey: endpoint({
    operationId: "removePasskey",
    method: "POST",
    path: "/account/passkeys/:id/removal",
    tag,
    summary: "Remove a passkey",
    access: "signed_in",
    params: idParams,
    body: z.strictObject(proof),
    response: emptySchema,
  }),
  startPasskeySignIn: endpoint({
    operationId: "startPasskeySignIn",
    method: "POST",
    path: "/session/passkey/options",
    tag,
    summary: "Begin to sign in by a passkey",
    access: "public",
    response: optionsSchema,
  }),
  signInByPasskey: endpoint({
    operationId: "signInByPasskey",
    method: "POST",
    path: "/session/passkey",
    tag,
    summary: "Sign in by a passkey; it stands for both factors",
    access: "public",
    body: z.strictObject({ credential: assertionSchema }),
    response: sessionSchema,
    status: 201,
  }),
};
