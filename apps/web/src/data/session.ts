import { ACCESS_ROLES, PERMISSIONS, ROLE_PERMISSIONS } from "@steward/client";
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";

import { api } from "../api.ts";

export const SESSION_KEY = ["session"] as const;

/** Who is signed in hardly changes; an ended session shows in the next call anyway. */
const SESSION_FRESH_MS = 5 * 60_000;

export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: ({ signal }) => api.getSession({ signal }),
  staleTime: SESSION_FRESH_MS,
});

/** How people can sign in here; for pages before and after. */
export const signInOptionsQuery = queryOptions({
  queryKey: ["sign-in-options"],
  queryFn: ({ signal }) => api.getSignInOptions({ signal }),
  staleTime: SESSION_FRESH_MS,
});

/** The session; only for pages inside the application, whose route has loaded it. */
export function useSession() {
  return useSuspenseQuery(sessionQuery).data;
}

export type PermissionName = keyof typeof PERMISSIONS;

export interface May {
  allowed: boolean;
  /** Why not; to stand beside the disabled control. */
  reason: string | null;
}

/** Whether the signed-in person may do something, and if not, who may. */
export function useMay(permission: PermissionName): May {
  const session = useSession();
  if (session.permissions.includes(permission)) return { allowed: true, reason: null };
  return { allowed: false, reason: `This needs the access role ${rolesHolding(permission)}.` };
}

/** `governance lead or auditor` */
export function rolesHolding(permission: PermissionName): string {
  const roles = Object.keys(ACCESS_ROLES) as (keyof typeof ACCESS_ROLES)[];
  const holding = roles.filter((role) => (ROLE_PERMISSIONS[role] as readonly string[]).includes(permission));
  return new Intl.ListFormat("en", { type: "disjunction" }).format(holding.map((role) => role.replaceAll("_", " ")));
}
