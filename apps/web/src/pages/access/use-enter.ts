import type { Session } from "@steward/client";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";

import { SESSION_KEY } from "../../data/session.ts";
import { safeReturnPath } from "../../paths.ts";

/** Goes in with a new session: to where the person wanted to go, or to the overview. */
export function useEnter() {
  const queryClient = useQueryClient();
  const router = useRouter();
  return async (session: Session, next?: string) => {
    queryClient.clear();
    queryClient.setQueryData(SESSION_KEY, session);
    await router.navigate({ href: safeReturnPath(next, window.location.origin), replace: true });
  };
}
