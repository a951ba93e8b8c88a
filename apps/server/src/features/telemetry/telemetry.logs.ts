/** Takes in log records: the events of calls, and the results of their evaluation. Other logs are nothing of ours. */
import { formatInstant, type Micros } from "@steward/kernel";
import {
  type CallEvent,
  type EvaluationResult,
  type LogRecord,
  normaliseEvaluation,
  type PartialSuccess,
  readEvent,
  type Source,
  sourceOf,
  text,
} from "@steward/telemetry";

import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import type { IntakeDeps } from "../decisions/decisions.intake.ts";
import { type CallEvents, recordCallEvents } from "../decisions/events.service.ts";
import { recordSightings } from "../inventory/observations.service.ts";
import { line, runIdOf } from "./telemetry.mapping.ts";
import { matchSources } from "./telemetry.sources.ts";
import { CALLS_MAX_PER_REQUEST, sha256, sightingOf } from "./telemetry.traces.ts";

/** What a record without a time says in its place. */
const NOT_TOLD: Micros = 0n;

interface ToldCall {
  readonly source: Source;
  readonly first: LogRecord;
  readonly messages: CallEvent[];
  readonly evaluations: EvaluationResult[];
  records: number;
}

/** @throws HttpProblem `too_large`, `unavailable` */
export async function receiveRecords(
  deps: IntakeDeps,
  caller: Caller,
  records: readonly LogRecord[],
): Promise<PartialSuccess> {
  const told = callsOf(records);
  if (told.length > CALLS_MAX_PER_REQUEST) {
    throw new HttpProblem("too_large", `Send events of at most ${CALLS_MAX_PER_REQUEST} calls in one request.`);
  }
  const matchOf = await matchSources(deps.db, caller);
  const calls: CallEvents[] = [];
  const unknown: ToldCall[] = [];
  let rejected = 0;
  for (const one of told) {
    const match = matchOf(one.source);
    if (match.kind === "system" && one.first.spanId !== "") calls.push(eventsOf(one, match.systemId));
    else if (match.kind === "unknown") unknown.push(one);
    else rejected += one.records;
  }
  await recordCallEvents(deps, caller.orgId, caller.actor, calls);
  await observe(deps, caller, unknown);
  const why = "Events without a span belong to no call, and a key writes for its own AI system only.";
  return { rejected, message: rejected === 0 ? "" : why };
}

function callsOf(records: readonly LogRecord[]): ToldCall[] {
  const calls = new Map<string, ToldCall>();
  for (const record of records) {
    const message = readEvent(record, sha256);
    const evaluation = normaliseEvaluation(record);
    if (!message && !evaluation) continue;
    const source = sourceOf(record.resource);
    const key = JSON.stringify([source, record.traceId, record.spanId]);
    const call = calls.get(key) ?? { source, first: record, messages: [], evaluations: [], records: 0 };
    calls.set(key, call);
    if (message) call.messages.push(record.at === NOT_TOLD ? message : { at: formatInstant(record.at), ...message });
    if (evaluation) call.evaluations.push(evaluation);
    call.records++;
  }
  return [...calls.values()];
}

function eventsOf({ first, messages, evaluations }: ToldCall, systemId: string): CallEvents {
  return {
    systemId,
    runId: runIdOf(first.traceId, first.spanId),
    messages,
    evaluations: evaluations.map(({ name, score, label }) => ({
      name: line(name) ?? "unnamed",
      score,
      label: line(label),
    })),
  };
}

/** A service that sends events but no spans is seen by them. */
async function observe(deps: IntakeDeps, caller: Caller, unknown: readonly ToldCall[]): Promise<void> {
  if (unknown.length === 0) return;
  const now = deps.clock.now();
  const sightings = unknown.map(({ source, first }) =>
    sightingOf(source, text(first.attributes, "gen_ai.provider.name", "gen_ai.system"), undefined, first.at, now),
  );
  await withTransaction(deps.db, (tx) =>
    recordSightings(tx, deps.clock, caller.orgId, { source: "otlp", actor: caller.actor, sightings, complete: false }),
  );
}
