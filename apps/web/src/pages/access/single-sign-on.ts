/** Leaving for an identity provider, and where to go on after coming back. */
import { api } from "../../api.ts";

const NEXT = "steward.sign-in.next";

/** Goes to the provider. Where the person wanted to go stays in this browser: no address carries it. */
export async function leaveFor(providerId: string, next: string | undefined): Promise<void> {
  const { url } = await api.startSingleSignOn({ body: { providerId } });
  if (next === undefined) window.sessionStorage.removeItem(NEXT);
  else window.sessionStorage.setItem(NEXT, next);
  window.location.assign(url);
}

export function takeNext(): string | undefined {
  const next = window.sessionStorage.getItem(NEXT) ?? undefined;
  window.sessionStorage.removeItem(NEXT);
  return next;
}
