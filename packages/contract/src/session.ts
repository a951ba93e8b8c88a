/** What sign-in is about: accounts, passwords, tokens, and the session that a person gets. */
import { idSchema, instantSchema, lineSchema } from "@steward/registers";
import { z } from "zod";

import { ACCESS_ROLES, type AccessRole, KEY_SCOPES, type KeyScope } from "./permissions.ts";

export const accessRoleSchema = z.enum(Object.keys(ACCESS_ROLES) as [AccessRole, ...AccessRole[]]);
export const keyScopeSchema = z.enum(Object.keys(KEY_SCOPES) as [KeyScope, ...KeyScope[]]);

/** Length is what makes a password hard to guess (NIST SP 800-63B); no rules about its characters. */
export const PASSWORD_MIN_CHARS = 12;
/** Bounds the work that a stranger can make the server do. */
export const PASSWORD_MAX_CHARS = 256;

export const passwordSchema = z
  .string()
  .min(PASSWORD_MIN_CHARS, `Use at least ${PASSWORD_MIN_CHARS} characters; a sentence is good.`)
  .max(PASSWORD_MAX_CHARS, `Use at most ${PASSWORD_MAX_CHARS} characters.`)
  .refine((text) => text.isWellFormed(), "Use valid text.");
export const emailSchema = lineSchema(254).refine(
  // One plain address: no quotes, lists or comments, which mail software could take for other recipients.
  (text) => /^[^\s@,;:<>"()[\]\\]{1,64}@[^\s@,;:<>"()[\]\\]+\.[^\s@,;:<>"()[\]\\]+$/.test(text),
  "Give an e-mail address, for example ada@example.org.",
);
export const tokenSchema = z.string().regex(/^[A-Za-z0-9_-]{20,100}$/, "This is not the token of a link.");

export const sessionSchema = z.object({
  account: z.object({ id: idSchema, name: z.string(), email: z.string(), personId: idSchema.nullable() }),
  organisation: z.object({ id: idSchema, name: z.string(), timeZone: z.string(), demonstration: z.boolean() }),
  organisations: z.array(z.object({ id: idSchema, name: z.string() })),
  roles: z.array(accessRoleSchema),
  permissions: z.array(z.string()),
  secondFactor: z.enum(["on", "off", "required"]).meta({
    description: "required: a role that you hold demands it, and nothing else is allowed until it is set up.",
  }),
  singleSignOnNeeded: z
    .array(z.object({ id: idSchema, name: z.string() }))
    .nullable()
    .meta({
      description:
        "A role that you hold demands single sign-on, by one of these identity providers; until then nothing else is allowed but taking on roles in an emergency, to whoever may. null: not needed.",
    }),
  systemIds: z
    .array(idSchema)
    .nullable()
    .meta({ description: "The only AI systems that the roles engineer, overseer and auditor hold for; null: all." }),
  emergency: z
    .object({ id: idSchema, roles: z.array(accessRoleSchema), expiresAt: instantSchema })
    .nullable()
    .meta({ description: "Roles that were taken on in an emergency; they are among `roles`." }),
  expiresAt: instantSchema,
});
export type Session = z.infer<typeof sessionSchema>;

/** The password was right, and the account has a second factor: the session comes after its code. */
export const secondFactorNeededSchema = z.object({
  secondFactorNeeded: z.object({
    token: z.string(),
    expiresAt: instantSchema,
    methods: z
      .array(z.enum(["app", "passkey"]))
      .meta({ description: "What the account has; a recovery code does in place of either." }),
  }),
});
export type SecondFactorNeeded = z.infer<typeof secondFactorNeededSchema>;

/** The provider vouched, and the address has an account of its own: its person signs in to it and confirms. */
export const joinNeededSchema = z.object({ joinNeeded: z.object({ token: z.string(), expiresAt: instantSchema }) });
export type JoinNeeded = z.infer<typeof joinNeededSchema>;

export const signedInSchema = z.union([sessionSchema, secondFactorNeededSchema]);
export type SignedIn = z.infer<typeof signedInSchema>;
