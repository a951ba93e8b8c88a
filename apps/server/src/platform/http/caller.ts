/** Who is calling, and what they may do: the only thing a handler knows about access. */
import type { AccessRole, Permission } from "@steward/contract";
import type { Uuid } from "@steward/kernel";
import type { FastifyReply, FastifyRequest } from "fastify";

import { HttpProblem } from "./problem.ts";

/** Stands for the installation itself: the organisation id of its own log, and the actor of its own acts. */
export const INSTALLATION_ID: Uuid = "00000000-0000-8000-8000-000000000000";

export interface Caller {
  readonly kind: "person" | "key";
  readonly orgId: Uuid;
  /** Goes into the ledger: the person's or the key's random id, never a name. */
  readonly actor: { readonly kind: "person" | "key"; readonly id: string };
  readonly permissions: ReadonlySet<Permission>;
  /** Why permissions that the roles give are withheld, as a sentence, with what to do. */
  readonly withheld?: string | undefined;
  readonly roles: readonly AccessRole[];
  /** A key that may write for one AI system only. */
  readonly systemId: Uuid | null;
  readonly accountId: Uuid | null;
  readonly sessionHash: Buffer | null;
  /** A person whose roles hold for some AI systems only; what they may do beyond those stands in `everywhere`. */
  readonly grant?: { readonly systemIds: readonly Uuid[]; readonly everywhere: ReadonlySet<Permission> } | undefined;
  readonly membershipId?: Uuid | undefined;
  /** The identity provider that vouched for the session: it proves who this is in this organisation alone. */
  readonly providerId: Uuid | null;
}

/** Resolves a request to its caller; undefined where it carries no valid session or key. */
export interface Authenticator {
  authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Caller | undefined>;
}

/** The AI systems to which a permission of the caller is bound; undefined: it is bound to none. */
export function boundSystems(caller: Caller, permission: Permission): readonly Uuid[] | undefined {
  if (caller.grant === undefined || caller.grant.everywhere.has(permission)) return undefined;
  return caller.grant.systemIds;
}

/** Whether the caller may use a permission on an AI system, or on what belongs to none. */
export function coversSystem(caller: Caller, permission: Permission, systemId: Uuid | null): boolean {
  if (caller.systemId !== null && caller.systemId !== systemId) return false;
  const bound = boundSystems(caller, permission);
  return bound === undefined || (systemId !== null && bound.includes(systemId));
}

/** @throws HttpProblem `forbidden` where the caller's access is for other AI systems. */
export function expectCovered(caller: Caller, permission: Permission, systemId: Uuid | null): void {
  if (coversSystem(caller, permission, systemId)) return;
  const who = caller.kind === "key" ? "This key writes" : "Your access is";
  throw new HttpProblem("forbidden", `${who} for another AI system only.`);
}
