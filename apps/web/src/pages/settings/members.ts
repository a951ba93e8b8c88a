/** Words and choices about members. */
import { ACCESS_ROLES, type Member } from "@steward/client";

export type AccessRole = Member["roles"][number];

export interface ShownLink {
  name: string;
  url: string | null;
  expiresAt: string | null;
  /** Set where the link was mailed instead of shown. */
  mailedTo?: string | undefined;
}

export const ROLE_OPTIONS = Object.entries(ACCESS_ROLES).map(([value, meaning]) => ({
  value,
  label: `${value.replaceAll("_", " ")}: ${meaning}`,
}));

/** What became of the one-time link that is open. */
export function linkWords(link: NonNullable<Member["link"]>): string {
  if (link.mail === "pending") return link.mailError === null ? "mail queued, good" : "mail delayed, good";
  if (link.mail === "failed") return "mail not delivered, good";
  return link.mail === "sent" ? "mailed, good" : "handed over, good";
}
