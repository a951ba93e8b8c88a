/** Late outcomes: what turned out to be true of decisions. Each is kept; the one observed last holds. */
import type { KeyObject } from "node:crypto";

import type { Catalogue } from "@steward/catalogue";
import { type OutcomeInput, outcomeOfDecisionSchema, type OutcomeReceipt } from "@steward/contract";
import { canonicalJson, type Clock, formatInstant, type Micros, parseInstant, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { UnreadableLine } from "../../platform/http/body.ts";
import { type Caller, coversSystem } from "../../platform/http/caller.ts";
import { fieldErrors, HttpProblem, notFound } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { keyedHash } from "../../platform/ledger/keyed-hash.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import { readClockSkew } from "../decisions/decisions.lookup.ts";
import { findDecisions, type FoundDecision } from "./outcomes.lookup.ts";

export interface OutcomeDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly keys: KeyStore;
}

type Fault = OutcomeReceipt["errors"][number];

/** An outcome that is well formed, or what is wrong with it. */
type Judged = { readonly input: OutcomeInput; readonly digest: Buffer } | { readonly ref: string; faults: Fault[] };

/** Where an outcome stands: stored before, or to be stored as entry `planned` of the group. */
type Placed =
  | { readonly faults: Fault[] }
  | { readonly decision: FoundDecision; readonly version: number; readonly index: number }
  | { readonly decision: FoundDecision; readonly planned: number; readonly repeats: boolean };

interface Planned {
  readonly decision: FoundDecision;
  readonly input: OutcomeInput;
  readonly digest: Buffer;
  readonly version: number;
}

/** @throws HttpProblem `invalid` naming the field, `not_found`, `forbidden` for a key of another system. */
export async function recordOutcome(deps: OutcomeDeps, caller: Caller, input: OutcomeInput): Promise<OutcomeReceipt> {
  const [receipt] = await record(deps, caller, [input]);
  const fault = receipt?.errors[0];
  if (receipt === undefined || fault === undefined) return receipt as OutcomeReceipt;
  if (fault.message === NOT_FOUND) throw notFound("This decision");
  if (fault.message === FORBIDDEN) throw new HttpProblem("forbidden", FORBIDDEN);
  const errors = receipt.errors.map(({ field, message }) =>
    field === "/decision"
      ? { pointer: "/id", message, in: "path" as const }
      : { pointer: field, message, in: "body" as const },
  );
  throw new HttpProblem("invalid", fault.message, { errors });
}

/** Judges each by itself; those that are well formed and belong to a decision are stored together. */
export async function recordOutcomes(deps: OutcomeDeps, caller: Caller, values: readonly unknown[]) {
  const items = await record(deps, caller, values);
  const count = (result: OutcomeReceipt["result"]) => items.filter((item) => item.result === result).length;
  return { accepted: count("accepted"), duplicates: count("duplicate"), rejected: count("rejected"), items };
}

async function record(deps: OutcomeDeps, caller: Caller, values: readonly unknown[]): Promise<OutcomeReceipt[]> {
  const key = await deps.keys.subjectKey(caller.orgId);
  const judged = values.map((value) => judge(value, key));
  const wellFormed = judged.flatMap((one) => ("input" in one ? [one] : []));
  if (wellFormed.length === 0) return judged.map((one) => rejected(refOf(one), "faults" in one ? one.faults : []));
  return withTransaction(deps.db, async (tx) => {
    const latest = deps.clock.now() + (await readClockSkew(tx, caller.orgId, deps.catalogue));
    const find = await findDecisions(
      tx,
      caller.orgId,
      wellFormed.map(({ input }) => input),
    );
    const kept = await readVersions(
      tx,
      caller.orgId,
      find.all.map(({ id }) => id),
    );
    const planned: Planned[] = [];
    const placed = judged.map((one): Placed => {
      if (!("input" in one)) return one;
      const found = find.decisionOf(one.input);
      const faults = faultsOf(one.input, found, caller, latest);
      if (faults.length > 0) return { faults };
      return place(found as FoundDecision, one, kept, planned);
    });
    const appended = await append(deps.clock, tx, caller, planned);
    return placed.map((place, i) => receiptOf(refOf(judged[i] as Judged), place, planned, appended));
  });
}

function judge(value: unknown, key: KeyObject): Judged {
  if (value instanceof UnreadableLine) return { ref: "", faults: [{ field: "", message: value.reason }] };
  const parsed = outcomeOfDecisionSchema.safeParse(value);
  if (!parsed.success) {
    const ref = (value as { decision?: unknown } | null)?.decision;
    const faults = fieldErrors(parsed.error, "body").map(({ pointer, message }) => ({ field: pointer, message }));
    return { ref: typeof ref === "string" ? ref.slice(0, REF_SHOWN_CHARS) : "", faults };
  }
  const { outcome, observedAt, source = null, note = null } = parsed.data;
  // The same moment may be written in several ways; how the decision was named does not matter.
  const content = canonicalJson({ outcome, observedAt: String(parseInstant(observedAt)), source, note });
  return { input: parsed.data, digest: keyedHash(key, content) };
}

const REF_SHOWN_CHARS = 100;
const NOT_FOUND = "There is no such decision.";
const ERASED = "The personal content of this decision was erased; nothing more is kept about it.";
const FORBIDDEN = "This key writes for another AI system only.";

function faultsOf(
  input: OutcomeInput,
  found: FoundDecision | "none" | "several",
  caller: Caller,
  latest: Micros,
): Fault[] {
  if (found === "none") return [{ field: "/decision", message: NOT_FOUND }];
  if (found === "several") {
    return [{ field: "/system", message: "Several AI systems have a decision with this id: say which system." }];
  }
  if (!coversSystem(caller, "decisions.write", found.system_id)) {
    return [{ field: "/decision", message: FORBIDDEN }];
  }
  if (found.erased_by !== null) return [{ field: "/decision", message: ERASED }];
  // A clock that is ahead would make a mistake hold until its time has come.
  if ((parseInstant(input.observedAt) as Micros) > latest) {
    return [{ field: "/observedAt", message: "This moment has not come yet." }];
  }
  return [];
}

interface KeptVersion {
  readonly version: number;
  readonly ledger_index: number;
}

interface Kept {
  readonly byDigest: Map<string, KeptVersion | { readonly planned: number }>;
  newest: number;
}

async function readVersions(tx: Transaction<Tables>, orgId: Uuid, ids: readonly Uuid[]): Promise<Map<Uuid, Kept>> {
  const { rows } = await sql<KeptVersion & { decision_id: Uuid; digest: Buffer }>`
    SELECT decision_id, version, digest, ledger_index FROM decision_outcome
    WHERE org_id = ${orgId} AND decision_id = ANY(${ids}::uuid[])`.execute(tx);
  const kept = new Map<Uuid, Kept>(ids.map((id) => [id, { byDigest: new Map(), newest: 0 }]));
  for (const row of rows) {
    const one = kept.get(row.decision_id) as Kept;
    one.byDigest.set(row.digest.toString("hex"), row);
    one.newest = Math.max(one.newest, row.version);
  }
  return kept;
}

function place(
  decision: FoundDecision,
  { input, digest }: { input: OutcomeInput; digest: Buffer },
  kept: Map<Uuid, Kept>,
  planned: Planned[],
): Placed {
  const versions = kept.get(decision.id) as Kept;
  const same = versions.byDigest.get(digest.toString("hex"));
  if (same && "planned" in same) return { decision, planned: same.planned, repeats: true };
  if (same) return { decision, version: same.version, index: same.ledger_index };
  versions.newest++;
  versions.byDigest.set(digest.toString("hex"), { planned: planned.length });
  planned.push({ decision, input, digest, version: versions.newest });
  return { decision, planned: planned.length - 1, repeats: false };
}

async function append(clock: Clock, tx: Transaction<Tables>, caller: Caller, planned: readonly Planned[]) {
  const appended = await appendEvidence(
    tx,
    clock,
    caller.orgId,
    planned.map(({ decision, input, version }) => ({
      kind: "outcome.recorded",
      actor: caller.actor,
      subject: { kind: "decision_outcome" },
      body: {
        outcome: {
          decisionId: decision.id,
          version,
          outcome: input.outcome,
          observedAt: formatInstant(parseInstant(input.observedAt) as Micros),
          source: input.source ?? null,
        },
        ...((input.note ?? null) === null ? {} : { note: input.note as string }),
      },
    })),
  );
  if (planned.length === 0) return appended;
  await tx
    .insertInto("decision_outcome")
    .values(
      planned.map(({ decision, input, digest, version }, i) => {
        const { subjectId, at, index } = appended[i] as Appended;
        return {
          org_id: caller.orgId,
          decision_id: decision.id,
          version,
          id: subjectId,
          outcome: input.outcome,
          observed_at: moment(parseInstant(input.observedAt) as Micros),
          recorded_at: moment(at),
          source: input.source ?? null,
          digest,
          ledger_index: index,
        };
      }),
    )
    .execute();
  return appended;
}

function refOf(judged: Judged): string {
  return "input" in judged ? judged.input.decision : judged.ref;
}

function rejected(decision: string, errors: Fault[]): OutcomeReceipt {
  return { decision, result: "rejected", decisionId: null, version: null, ledgerIndex: null, errors };
}

function receiptOf(
  ref: string,
  place: Placed,
  planned: readonly Planned[],
  appended: readonly Appended[],
): OutcomeReceipt {
  if ("faults" in place) return rejected(ref, place.faults);
  const base = { decision: ref, decisionId: place.decision.id, errors: [] };
  if ("version" in place) {
    return { ...base, result: "duplicate", version: place.version, ledgerIndex: place.index };
  }
  const { version } = planned[place.planned] as Planned;
  const { index } = appended[place.planned] as Appended;
  return { ...base, result: place.repeats ? "duplicate" : "accepted", version, ledgerIndex: index };
}
