/** The token of a one-time link. */
import { useState } from "react";

/** From the fragment (`#token=…` or `#…`), which no server sees, or from the query (`?token=…`). */
export function tokenOf(location: { hash: string; search: string }): string | undefined {
  const fragment = location.hash.replace(/^#/, "");
  const inFragment = fragment.includes("=") ? new URLSearchParams(fragment).get("token") : fragment;
  const token = inFragment || new URLSearchParams(location.search).get("token");
  return token || undefined;
}

/** The token of the address as the page was opened. */
export function useLinkToken(): string | undefined {
  const [token] = useState(() => tokenOf(window.location));
  return token;
}
