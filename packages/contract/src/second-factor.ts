/** The second factor of an account, its recovery codes, and the sessions that are open. */
import { idSchema, instantSchema } from "@steward/registers";
import { z } from "zod";

import { emptySchema, idParams } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { PASSWORD_MAX_CHARS, sessionSchema, tokenSchema } from "./session.ts";

/** A code of the app has six digits, a recovery code more characters; people write either with spaces or hyphens. */
export const codeSchema = z.string().min(6, "A code has at least six characters.").max(40, "This is no code.");

const currentPassword = z.string().max(PASSWORD_MAX_CHARS);
const recoveryCodes = z
  .array(z.string())
  .meta({ description: "Shown this once. Each signs in once in place of the app." });

const tag = "Access";

export const secondFactorEndpoints = {
  completeSignIn: endpoint({
    operationId: "completeSignIn",
    method: "POST",
    path: "/session/second-factor",
    tag,
    summary: "Complete a sign-in with a code of the app, or a recovery code",
    access: "public",
    body: z.strictObject({ token: tokenSchema, code: codeSchema }),
    response: sessionSchema,
    status: 201,
  }),
  getSecondFactor: endpoint({
    operationId: "getSecondFactor",
    method: "GET",
    path: "/account/second-factor",
    tag,
    summary: "Whether your account has a second factor, and how many recovery codes are left",
    access: "signed_in",
    response: z.object({
      enabled: z.boolean(),
      required: z.boolean().meta({ description: "Whether a role that you hold demands it here." }),
      since: instantSchema.nullable(),
      recoveryCodesLeft: z.number().int(),
      passkey: z
        .boolean()
        .meta({ description: "Whether the account has a passkey, which is a second factor as well." }),
    }),
  }),
  startSecondFactor: endpoint({
    operationId: "startSecondFactor",
    method: "POST",
    path: "/account/second-factor",
    tag,
    summary: "Make a secret for an authenticator app; it counts once a code of it was confirmed",
    access: "signed_in",
    body: z.strictObject({ password: currentPassword }),
    response: z.object({
      secret: z.string().meta({ description: "Base32, to type where no code can be scanned." }),
      uri: z.string().meta({ description: "otpauth:// address, shown as a QR code." }),
    }),
    status: 201,
  }),
  confirmSecondFactor: endpoint({
    operationId: "confirmSecondFactor",
    method: "POST",
    path: "/account/second-factor/confirmation",
    tag,
    summary: "Confirm the app with its first code; answers recovery codes",
    access: "signed_in",
    body: z.strictObject({ code: codeSchema }),
    response: z.object({ recoveryCodes }),
  }),
  renewRecoveryCodes: endpoint({
    operationId: "renewRecoveryCodes",
    method: "POST",
    path: "/account/second-factor/recovery-codes",
    tag,
    summary: "Make new recovery codes; the old ones stop working",
    access: "signed_in",
    body: z.strictObject({
      password: currentPassword,
      code: codeSchema.optional().meta({ description: "Of the authenticator app, where the account has one." }),
    }),
    response: z.object({ recoveryCodes }),
  }),
  removeSecondFactor: endpoint({
    operationId: "removeSecondFactor",
    method: "POST",
    path: "/account/second-factor/removal",
    tag,
    summary: "Take the second factor off your account",
    access: "signed_in",
    body: z.strictObject({ password: currentPassword, code: codeSchema }),
    response: emptySchema,
  }),
  resetMemberSecondFactor: endpoint({
    operationId: "resetMemberSecondFactor",
    method: "POST",
    path: "/members/:id/second-factor-reset",
    tag,
    summary: "Take the second factor off a member who lost it; their sessions end",
    access: "access.write",
    params: idParams,
    body: z.strictObject({ changeReason: z.string().trim().min(1).max(500) }),
    response: emptySchema,
  }),
  listSessions: endpoint({
    operationId: "listSessions",
    method: "GET",
    path: "/account/sessions",
    tag,
    summary: "Where you are signed in",
    access: "signed_in",
    response: z.object({
      items: z.array(
        z.object({
          id: idSchema,
          current: z.boolean(),
          organisation: z.string(),
          userAgent: z.string().nullable(),
          address: z.string().nullable(),
          createdAt: instantSchema,
          lastSeenAt: instantSchema,
          expiresAt: instantSchema,
        }),
      ),
    }),
  }),
  endSession: endpoint({
    operationId: "endSession",
    method: "DELETE",
    path: "/account/sessions/:id",
    tag,
    summary: "Sign out elsewhere",
    access: "signed_in",
    params: idParams,
    response: emptySchema,
  }),
};
