import { ApiProblem } from "@steward/client";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { SESSION_KEY } from "./session.ts";

/** A page that was just left is shown at once when it is opened again. */
const FRESH_MS = 10_000;
/** Failures that may be gone a moment later are tried again this often. */
const RETRIES = 2;

const UNAUTHENTICATED = 401;

/** The cache of answers. `onSignedOut` is called when the server no longer knows the session. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noteSignedOut }),
    mutationCache: new MutationCache({ onError: noteSignedOut }),
    defaultOptions: { queries: { staleTime: FRESH_MS, retry: isWorthRetrying } },
  });
  function noteSignedOut(error: unknown): void {
    // Without a session there is nothing to lose: a refused sign-in is that page's own matter.
    if (!isUnauthenticated(error) || client.getQueryData(SESSION_KEY) === undefined) return;
    client.clear();
    onSignedOut();
  }
  return client;
}

export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === UNAUTHENTICATED;
}

/** The server's refusals stand; silence and its own failures may pass. */
export function isWorthRetrying(failures: number, error: unknown): boolean {
  const passing = error instanceof ApiProblem && (error.code === "unreachable" || error.status >= 500);
  return passing && failures < RETRIES;
}
