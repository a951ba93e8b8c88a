/** What Steward writes to people about getting in. */
import type { OpenLink } from "./access.links.ts";

interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** `2026-03-17 09:00 UTC`: a mail does not know the time zone of its reader. */
function momentText(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}

const UNEXPECTED = "If you did not expect this, ignore it: nothing happens until somebody uses the link.";

export function invitationMail(to: { name: string; organisation: string }, url: string, link: OpenLink): MailText {
  return {
    subject: `Your access to ${to.organisation} in Steward`,
    text: `Hello ${to.name},

${to.organisation} keeps its AI management system in Steward and lets you in.
Set your password with this link. It works once, until ${momentText(link.expiresAt)}:

${url}

${UNEXPECTED}
`,
  };
}

/** To somebody who has an account here already, and has to agree. */
export function joinMail(to: { name: string; organisation: string }, url: string, link: OpenLink): MailText {
  return {
    subject: `${to.organisation} asks you to join in Steward`,
    text: `Hello ${to.name},

${to.organisation} keeps its AI management system in Steward and lets you in. You have an account there already.
Sign in as you do otherwise and confirm with this link. It works once, until ${momentText(link.expiresAt)}:

${url}

${UNEXPECTED}
`,
  };
}

export function recoveryMail(to: { name: string }, url: string, link: OpenLink): MailText {
  return {
    subject: "Set a new password in Steward",
    text: `Hello ${to.name},

somebody, hopefully you, asked to set a new password. This link works once, until ${momentText(link.expiresAt)}:

${url}

If it was not you, ignore this: your password stays as it is.
`,
  };
}

export function breakGlassMail(
  to: { name: string; actor: string; organisation: string },
  act: { roles: readonly string[]; reason: string; expiresAt: string },
): MailText {
  return {
    subject: `Emergency access in ${to.organisation}`,
    text: `Hello ${to.name},

${to.actor} has taken on access roles in ${to.organisation}, in an emergency:

Roles: ${act.roles.map((role) => role.replaceAll("_", " ")).join(", ")}
Until: ${momentText(act.expiresAt)}
Reason: ${act.reason}

It stands in the evidence ledger. An administrator can end it under Settings, Emergency access.
`,
  };
}
