/** Where and how long a member's access holds. */
import { type AccessRole, AUDITOR_DEFAULT_DAYS, AUDITOR_MAX_DAYS, SYSTEM_ROLES } from "@steward/contract";
import { formatInstant, type Micros, MICROS_PER_DAY, parseInstant, type Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { invalidField } from "../../platform/http/problem.ts";
import type { AccessDeps } from "./access.setup.ts";

/** As it is stored and written into the ledger. */
export interface Limits {
  readonly expires_at: string | null;
  readonly system_ids: Uuid[] | null;
}

/** Undefined leaves what is. */
export interface LimitsInput {
  readonly systemIds?: Uuid[] | null | undefined;
  readonly expiresAt?: string | null | undefined;
}

interface Before {
  readonly expires_at: Micros | null;
  readonly system_ids: Uuid[] | null;
}

export const NO_LIMITS: Before = { expires_at: null, system_ids: null };

/** What is asked for, where it can be: an auditor's access always ends. @throws HttpProblem `invalid` */
export async function checkedLimits(
  { clock }: Pick<AccessDeps, "clock">,
  tx: Transaction<Tables>,
  orgId: Uuid,
  roles: readonly AccessRole[],
  input: LimitsInput,
  before: Before,
): Promise<Limits> {
  const now = clock.now();
  const system_ids = input.systemIds === undefined ? before.system_ids : input.systemIds;
  if (system_ids !== null && !roles.some((role) => SYSTEM_ROLES.includes(role))) {
    throw invalidField("systemIds", "Only engineers, overseers and auditors are held to some AI systems.");
  }
  if (input.systemIds) await expectSystems(tx, orgId, input.systemIds);
  const kept = before.expires_at === null ? null : formatInstant(before.expires_at);
  const asked = input.expiresAt === undefined ? kept : input.expiresAt;
  const isAuditor = roles.includes("auditor");
  const expires_at = asked ?? (isAuditor ? formatInstant(now + BigInt(AUDITOR_DEFAULT_DAYS) * MICROS_PER_DAY) : null);
  if (input.expiresAt && (parseInstant(input.expiresAt) as Micros) <= now) {
    throw invalidField("expiresAt", "It lies in the past; disable the member instead.");
  }
  if (isAuditor && (parseInstant(expires_at as string) as Micros) > now + BigInt(AUDITOR_MAX_DAYS) * MICROS_PER_DAY) {
    throw invalidField("expiresAt", `An auditor's access ends within ${AUDITOR_MAX_DAYS} days.`);
  }
  return { expires_at, system_ids };
}

async function expectSystems(tx: Transaction<Tables>, orgId: Uuid, ids: readonly Uuid[]): Promise<void> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM system WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`.execute(tx);
  if (rows[0]?.n !== new Set(ids).size) throw invalidField("systemIds", "There is no such AI system.");
}
