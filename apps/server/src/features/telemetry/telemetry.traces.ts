/** Takes in spans: calls of registered systems are decisions, those of others are observations for the inventory. */
import { createHash } from "node:crypto";

import type { DecisionInput } from "@steward/contract";
import type { Micros } from "@steward/kernel";
import {
  type Call,
  normaliseSpan,
  type PartialSuccess,
  type Source,
  sourceOf,
  type Span,
  supplierOf,
} from "@steward/telemetry";

import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { APPEND_MAX_ENTRIES } from "../../platform/ledger/append.ts";
import type { Intake, IntakeDeps } from "../decisions/decisions.intake.ts";
import { recordSightings, type Sighting } from "../inventory/observations.service.ts";
import { decisionOf, line } from "./telemetry.mapping.ts";
import { matchSources } from "./telemetry.sources.ts";

/** Calls of one request; senders batch some hundreds. */
export const CALLS_MAX_PER_REQUEST = 10_000;

export const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

interface Told {
  readonly call: Call;
  readonly span: Span;
  readonly source: Source;
}

/**
 * Answers when everything is durable: first the decisions, which may be sent again, then the observations, which would
 * be counted twice.
 * @throws HttpProblem `too_large`, `too_many_requests`, `unavailable`
 */
export async function receiveSpans(
  deps: IntakeDeps,
  intake: Intake,
  caller: Caller,
  spans: readonly Span[],
): Promise<PartialSuccess> {
  const told = spans.flatMap((span): Told[] => {
    const call = normaliseSpan(span, sha256);
    return call ? [{ call, span, source: sourceOf(span.resource) }] : [];
  });
  if (told.length > CALLS_MAX_PER_REQUEST) {
    throw new HttpProblem("too_large", `Send at most ${CALLS_MAX_PER_REQUEST} calls in one request.`);
  }
  const matchOf = await matchSources(deps.db, caller);
  const inputs: DecisionInput[] = [];
  const unknown: Told[] = [];
  const reasons: string[] = [];
  for (const one of told) {
    const match = matchOf(one.source);
    if (match.kind === "system") inputs.push(decisionOf(one.call, one.span, one.source, match.systemId));
    else if (match.kind === "unknown") unknown.push(one);
    else reasons.push("This key writes for another AI system than the one that steward.system names.");
  }
  reasons.push(...(await recordAll(intake, caller, inputs)));
  await observe(deps, caller, unknown);
  return { rejected: reasons.length, message: messageOf(reasons, unknown) };
}

/** Answers a reason for each that was refused. */
async function recordAll(intake: Intake, caller: Caller, inputs: readonly DecisionInput[]): Promise<string[]> {
  const reasons: string[] = [];
  for (let i = 0; i < inputs.length; i += APPEND_MAX_ENTRIES) {
    const { items } = await intake.record(caller, inputs.slice(i, i + APPEND_MAX_ENTRIES));
    for (const { id, result, errors } of items) {
      const [error] = errors;
      if (result === "rejected") reasons.push(`${id}: ${error?.field ?? ""} ${error?.message ?? "It was refused."}`);
    }
  }
  return reasons;
}

/** Whoever uses a model without being registered is somebody whom the inventory wants to know. */
async function observe(deps: IntakeDeps, caller: Caller, unknown: readonly Told[]): Promise<void> {
  const sightings = unknown.map(({ call, source }) =>
    sightingOf(source, call.provider, call.responseModel ?? call.requestModel, call.endedAt, deps.clock.now()),
  );
  if (sightings.length === 0) return;
  await withTransaction(deps.db, (tx) =>
    recordSightings(tx, deps.clock, caller.orgId, { source: "otlp", actor: caller.actor, sightings, complete: false }),
  );
}

const PROVIDER_UNKNOWN = "unknown";
const SERVICE_UNKNOWN = "unknown_service";

export function sightingOf(
  { system, service }: Source,
  provider: string | undefined,
  model: string | undefined,
  at: Micros,
  now: Micros,
): Sighting {
  // A sender's clock may be anywhere; what was seen was seen by now.
  const seenAt = at > 0n && at < now ? at : now;
  return {
    provider: line(provider && supplierOf(provider), 100) ?? PROVIDER_UNKNOWN,
    model: line(model) ?? null,
    version: null,
    digest: null,
    service: line(system ?? service) ?? SERVICE_UNKNOWN,
    systemId: null,
    count: 1,
    firstAt: seenAt,
    lastAt: seenAt,
  };
}

/** Reasons are many and alike; the first few say what to mend. */
const REASONS_SHOWN = 3;

function messageOf(reasons: readonly string[], unknown: readonly Told[]): string {
  const services = [...new Set(unknown.map(({ source }) => line(source.system ?? source.service) ?? SERVICE_UNKNOWN))];
  return [
    ...reasons.slice(0, REASONS_SHOWN),
    ...(services.length === 0
      ? []
      : [
          `No AI system is registered for ${services.slice(0, REASONS_SHOWN).join(", ")}: kept as an observation in the ` +
            "inventory. Register it, name it in steward.system, or bind the key to it.",
        ]),
  ].join(" ");
}
