/** Commits policies to the ledger, so that the time of their thresholds is the ledger's. */
import { type evaluationPolicyInputSchema, POLICY_MAX_BYTES } from "@steward/contract";
import { canonicalJson, type Clock, formatInstant, type Json, type Uuid } from "@steward/kernel";
import type { Kysely, Transaction } from "kysely";
import type { z } from "zod";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, invalidField } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { digestOf, type Document, type ParsedPolicy, readPolicy } from "./evaluations.policy.ts";
import { expectRelease, expectSystem, findPolicy, lockSystem } from "./evaluations.store.ts";

/** A name is read in lists and stands in an index. */
const NAME_MAX_CHARS = 200;
const VERSION_MAX_CHARS = 100;

type PolicyInput = z.output<typeof evaluationPolicyInputSchema>;

export interface Committed {
  readonly id: Uuid;
  readonly isNew: boolean;
}

/**
 * Commits a policy. The same document again changes nothing: it holds since it was first committed.
 * @throws HttpProblem `invalid` naming the field, `conflict` where the version has other content, `forbidden`
 */
export async function commitPolicy(
  deps: { readonly db: Kysely<Tables>; readonly clock: Clock },
  caller: Caller,
  input: PolicyInput,
): Promise<Committed> {
  const digest = digestOf(input.policy, "policy");
  if (canonicalJson(input.policy as Json).length > POLICY_MAX_BYTES) {
    throw invalidField("policy", `A policy has at most ${POLICY_MAX_BYTES} characters.`);
  }
  const parsed = readPolicy(input.policy);
  for (const [field, most] of [
    ["name", NAME_MAX_CHARS],
    ["version", VERSION_MAX_CHARS],
  ] as const) {
    if (String(parsed.policy[field]).length > most)
      throw invalidField(`policy/${field}`, `Use at most ${most} characters.`);
  }
  return withTransaction(deps.db, async (tx) => {
    const system = await expectSystem(tx, caller, input.system);
    if (input.release !== undefined) await expectRelease(tx, caller.orgId, system.id, input.release);
    await lockSystem(tx, caller.orgId, system.id);
    const known = await findPolicy(tx, caller.orgId, system.id, digest);
    if (known) return { id: known.id, isNew: false };
    await expectNewVersion(tx, caller.orgId, system.id, parsed);
    const id = await insertPolicy(deps.clock, tx, caller, system.id, { input, parsed, digest });
    return { id, isNew: true };
  });
}

async function expectNewVersion(
  tx: Transaction<Tables>,
  orgId: Uuid,
  systemId: Uuid,
  { policy }: ParsedPolicy,
): Promise<void> {
  const version = String(policy.version);
  const other = await tx
    .selectFrom("evaluation_policy")
    .select("recorded_at")
    .where("org_id", "=", orgId)
    .where("system_id", "=", systemId)
    .where("name", "=", policy.name)
    .where("version", "=", version)
    .executeTakeFirst();
  if (!other) return;
  const message =
    `Version ${version} of the policy “${policy.name}” was committed with other content on ` +
    `${formatInstant(other.recorded_at)}; raise its version.`;
  throw new HttpProblem("conflict", message, { errors: [{ pointer: "/policy/version", message, in: "body" }] });
}

interface Draft {
  readonly input: PolicyInput;
  readonly parsed: ParsedPolicy;
  readonly digest: string;
}

async function insertPolicy(
  clock: Clock,
  tx: Transaction<Tables>,
  caller: Caller,
  systemId: Uuid,
  { input, parsed, digest }: Draft,
): Promise<Uuid> {
  const document: Document = input.policy;
  const named = { kind: parsed.kind, name: parsed.policy.name, version: String(parsed.policy.version) };
  const source = {
    repository: input.source?.repository ?? null,
    path: input.source?.path ?? null,
    revision: input.source?.revision ?? null,
  };
  const [appended] = await appendEvidence(tx, clock, caller.orgId, [
    {
      kind: "evaluation_policy.committed",
      actor: caller.actor,
      subject: { kind: "evaluation_policy" },
      digests: { policy: digest.slice("sha256:".length) },
      body: { systemId, ...named, digest, document: document as Json, ...source },
    },
  ]);
  const { subjectId: id, at, index } = appended as Appended;
  await tx
    .insertInto("evaluation_policy")
    .values({
      org_id: caller.orgId,
      id,
      system_id: systemId,
      ...named,
      digest,
      document: JSON.stringify(document),
      ...source,
      recorded_at: moment(at),
      actor_kind: caller.actor.kind,
      actor_id: caller.actor.id,
      ledger_index: index,
    })
    .execute();
  return id;
}
