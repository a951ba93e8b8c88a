/** Intake of decisions: judges each record by itself, stores what is well formed, answers when it is durable. */
import {
  DECISIONS_BODY_MAX_BYTES,
  type DecisionInput,
  type intakeItemSchema,
  type intakeResultSchema,
} from "@steward/contract";
import type { Uuid } from "@steward/kernel";
import type { z } from "zod";

import { DatabaseError } from "../../platform/database/errors.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { APPEND_MAX_ENTRIES } from "../../platform/ledger/append.ts";
import { mapInTurns } from "../../platform/jobs/turns.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import { GroupQueue, type QueueLimits, type Submission } from "./decisions.queue.ts";
import { type Judged, judgeRecord, recordOf } from "./decisions.record.ts";
import { type Outcome, type Sender, type Sent, type StoreDeps, writeDecisions } from "./decisions.store.ts";

export type IntakeItem = z.infer<typeof intakeItemSchema>;
export type IntakeResult = z.infer<typeof intakeResultSchema>;

export interface IntakeDeps extends StoreDeps {
  readonly keys: KeyStore;
}

/** What may wait in one process: about two seconds of the intake measured, and eight of the largest requests. */
const DEFAULT_LIMITS: QueueLimits = {
  groupMaxRecords: APPEND_MAX_ENTRIES,
  waitingMaxRecords: 16_000,
  waitingMaxBytes: 8 * DECISIONS_BODY_MAX_BYTES,
};

/** A full queue is worked off within this time. */
const RETRY_AFTER_SECONDS = 2;
/** The database needs a moment to come back. */
const RETRY_AFTER_FAILURE_SECONDS = 5;

/** What one caller handed in. It is judged when it is written: whoever is turned away costs next to nothing. */
interface Batch extends Submission {
  readonly sender: Sender;
  readonly judges: readonly (() => Judged)[];
}

/** How each record was judged, and what became of those that are well formed, in order. */
interface Answer {
  readonly judged: readonly Judged[];
  readonly outcomes: readonly Outcome[];
}

/** Judged in one turn of the event loop; between turns others are served. */
const JUDGED_PER_TURN = 100;

export interface Intake {
  /** @throws HttpProblem `too_many_requests`, `unavailable` where not even one more decision would be taken in. */
  admit(): void;
  /**
   * Records one decision or a batch.
   * @throws HttpProblem `too_many_requests`, `unavailable`; for a single decision also `conflict` and `forbidden`.
   */
  record(caller: Caller, body: DecisionInput | readonly unknown[]): Promise<IntakeResult>;
  /** Records each by itself; answers for each, in order. @throws HttpProblem `too_many_requests`, `unavailable`. */
  recordEach(caller: Caller, values: readonly unknown[]): Promise<IntakeItem[]>;
  /** Answers what was taken in, and takes nothing more. */
  close(): Promise<void>;
}

export function createIntake(deps: IntakeDeps, limits: QueueLimits = DEFAULT_LIMITS): Intake {
  const write = async (orgId: Uuid, batches: readonly Batch[]): Promise<Answer[]> => {
    const judged = await judgeAll(batches);
    const sent = batches.map(({ sender }, i) => sentOf(sender, judged[i] as Judged[]));
    const all = sent.flat();
    const outcomes = all.length === 0 ? [] : await writeDecisions(deps, orgId, all);
    let next = 0;
    return batches.map((_, i) => ({
      judged: judged[i] as Judged[],
      outcomes: outcomes.slice(next, (next += (sent[i] as Sent[]).length)),
    }));
  };
  const queue = new GroupQueue<Batch, Answer>(write, mayBeOnesFault, limits);

  async function store(caller: Caller, judges: readonly (() => Judged)[], bytes: number): Promise<Answer> {
    const sender: Sender = { actor: caller.actor, systemId: caller.systemId };
    const batch = { sender, judges, records: judges.length, bytes };
    refuse(queue.refusal(batch));
    try {
      return await queue.push(caller.orgId, batch);
    } catch (error) {
      throw asProblem(error);
    }
  }

  async function recordEach(caller: Caller, values: readonly unknown[]): Promise<IntakeItem[]> {
    const subjectKey = await deps.keys.subjectKey(caller.orgId);
    const judges = values.map((value) => () => judgeRecord(value, subjectKey));
    return itemsOf(await store(caller, judges, sizeOf(values)));
  }

  return {
    admit: () => refuse(queue.refusal({ records: 1, bytes: 0 })),
    recordEach,
    async record(caller, body) {
      if (isBatch(body)) return resultOf(await recordEach(caller, body));
      const subjectKey = await deps.keys.subjectKey(caller.orgId);
      const answer = await store(caller, [() => ({ ok: true, record: recordOf(body, subjectKey) })], sizeOf(body));
      throwRefused(answer.outcomes[0] as Outcome, body.id);
      return resultOf(itemsOf(answer));
    },
    close: () => queue.close(),
  };
}

async function judgeAll(batches: readonly Batch[]): Promise<Judged[][]> {
  const judges = batches.flatMap((batch) => batch.judges);
  const judged = await mapInTurns(judges, JUDGED_PER_TURN, (judge) => judge());
  let next = 0;
  return batches.map((batch) => judged.slice(next, (next += batch.judges.length)));
}

function sentOf(sender: Sender, judged: readonly Judged[]): Sent[] {
  return judged.flatMap((one) => (one.ok ? [{ sender, record: one.record }] : []));
}

/** About how many bytes a value holds while it waits. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return Float64Array.BYTES_PER_ELEMENT;
  let size = 0;
  for (const member of Object.values(value)) size += sizeOf(member);
  return size;
}

function isBatch(body: DecisionInput | readonly unknown[]): body is readonly unknown[] {
  return Array.isArray(body);
}

/** What the database as a whole does is nobody's fault; anything else may come from one record among many. */
function mayBeOnesFault(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return true;
  return !["unavailable", "outcome_unknown", "timeout", "conflict"].includes(error.code);
}

function refuse(refusal: "full" | "closed" | undefined): void {
  if (refusal === "full") {
    throw new HttpProblem("too_many_requests", "More decisions arrive than can be stored; send these again shortly.", {
      headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
    });
  }
  if (refusal === "closed") {
    throw new HttpProblem("unavailable", "Steward is being stopped; nothing of this was stored.", {
      headers: { "retry-after": String(RETRY_AFTER_FAILURE_SECONDS) },
    });
  }
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const headers = { "retry-after": String(RETRY_AFTER_FAILURE_SECONDS) };
  if (error.code === "outcome_unknown") {
    const detail =
      "The connection to the database was lost while these decisions were being stored: they may be there or not. " +
      "Send them again with the same ids; what is there is not stored twice.";
    return new HttpProblem("unavailable", detail, { headers, cause: error });
  }
  if (error.code === "timeout" || error.code === "conflict") {
    return new HttpProblem("unavailable", "The database is too busy; nothing of this was stored.", {
      headers,
      cause: error,
    });
  }
  return error;
}

const FORBIDDEN = "This key writes for another AI system only.";

function conflictWith(id: string, decisionId: string): string {
  return `Another decision is stored under the id “${id}”: ${decisionId}. What was sent is kept beside it as evidence. Give each decision an id of its own.`;
}

/** A single record that is refused is a failed request. */
function throwRefused(outcome: Outcome, id: string): void {
  if (outcome.result === "forbidden") {
    throw new HttpProblem("forbidden", FORBIDDEN, { errors: [{ pointer: "/system", message: FORBIDDEN, in: "body" }] });
  }
  if (outcome.result === "conflict") {
    const message = conflictWith(id, outcome.decisionId);
    throw new HttpProblem("conflict", message, { errors: [{ pointer: "/id", message, in: "body" }] });
  }
}

function itemsOf({ judged, outcomes }: Answer): IntakeItem[] {
  let next = 0;
  return judged.map((one) => {
    if (!one.ok) return rejected(one.id, null, [...one.faults]);
    const { id } = one.record.input;
    const outcome = outcomes[next++] as Outcome;
    if (outcome.result === "forbidden") return rejected(id, null, [{ field: "/system", message: FORBIDDEN }]);
    if (outcome.result === "conflict") {
      return rejected(id, outcome, [{ field: "/id", message: conflictWith(id, outcome.decisionId) }]);
    }
    const { result, decisionId, ledgerIndex, flags } = outcome;
    return { id, result, decisionId, ledgerIndex, flags: [...flags], errors: [] };
  });
}

/** `stored` is the decision that has the id already. */
function rejected(
  id: string,
  stored: { decisionId: Uuid; ledgerIndex: number } | null,
  errors: IntakeItem["errors"],
): IntakeItem {
  const { decisionId, ledgerIndex } = stored ?? { decisionId: null, ledgerIndex: null };
  return { id, result: "rejected", decisionId, ledgerIndex, flags: [], errors };
}

function resultOf(items: IntakeItem[]): IntakeResult {
  const count = (result: IntakeItem["result"]) => items.filter((item) => item.result === result).length;
  return { accepted: count("accepted"), duplicates: count("duplicate"), rejected: count("rejected"), items };
}
