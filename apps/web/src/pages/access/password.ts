import { PASSWORD_CHARS } from "@steward/client";

export const PASSWORD_HELP = `At least ${PASSWORD_CHARS.minimum} characters. A sentence is easy to keep and hard to guess.`;

/** What is wrong with a new password, before it is sent. */
export function passwordError(password: string): string | undefined {
  if (password.length < PASSWORD_CHARS.minimum) return `Use at least ${PASSWORD_CHARS.minimum} characters.`;
  if (password.length > PASSWORD_CHARS.maximum) return `Use at most ${PASSWORD_CHARS.maximum} characters.`;
  return undefined;
}
