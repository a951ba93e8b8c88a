/** Who is calling, and what they may do: the only thing a handler knows about access. */
import type { AccessRole, Permission } from "@steward/contract";
import type { Uuid } from "@steward/kernel";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Stands for the installation itself: the organisation id of its own log, and the actor of its own acts. */
export const INSTALLATION_ID: Uuid = "00000000-0000-8000-8000-000000000000";

export interface Caller {
  readonly kind: "person" | "key";
  readonly orgId: Uuid;
  /** Goes into the ledger: the person's or the key's random id, never a name. */
  readonly actor: { readonly kind: "person" | "key"; readonly id: string };
  readonly permissions: ReadonlySet<Permission>;
  readonly roles: readonly AccessRole[];
  /** A key that may write for one AI system only. */
  readonly systemId: Uuid | null;
  readonly accountId: Uuid | null;
  readonly sessionHash: Buffer | null;
  /** The identity provider that vouched for the session: it proves who this is in this organisation alone. */
  readonly providerId: Uuid | null;
}

/** Resolves a request to its caller; undefined where it carries no valid session or key. */
export interface Authenticator {
  authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Caller | undefined>;
}
