/** What one person asks for and another decides: exceptions, acceptances, uses. */
import type { Lifecycle } from "./define.ts";

/** The fields that say who asked and who approved. */
export const ASKED_BY = "requestedById";
export const APPROVED_BY = "approvedById";

/** The states of what is asked for; deciding it needs a permission of its own. */
export function approvalLifecycle(permission: string) {
  return {
    field: "state",
    initial: ["requested"],
    transitions: { requested: ["approved", "rejected", "revoked"], approved: ["revoked"], rejected: [], revoked: [] },
    decisions: {
      approved: { permission, act: "Approve" },
      rejected: { permission, act: "Reject" },
      revoked: { permission, act: "Revoke", undoes: true },
    },
  } as const satisfies Lifecycle;
}
