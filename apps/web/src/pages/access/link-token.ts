/** The token of a one-time link. */
import { useState } from "react";

/** From the fragment (`#token=…` or `#…`), which no server sees, or from the query (`?token=…`). */
export function tokenOf(location: { hash: string; search: string }): string | undefined {
  const fragment = location.hash.replace(/^#/, "");
  const inFragment = fragment.includes("=") ? new URLSearchParams(fragment).get("token") : fragment;
  const token = inFragment || new URLSearchParams(location.search).get("token");
  return token || undefined;
}

const KEPT = "steward.join";

/** Keeps the token in this browser while the person signs in: no address that a server sees carries it. */
export function keepLinkToken(token: string): void {
  window.sessionStorage.setItem(KEPT, token);
}

export function forgetLinkToken(): void {
  window.sessionStorage.removeItem(KEPT);
}

/** The token of the address as the page was opened, or the one that was kept. */
export function useLinkToken(): string | undefined {
  const [token] = useState(() => tokenOf(window.location) ?? window.sessionStorage.getItem(KEPT) ?? undefined);
  return token;
}
